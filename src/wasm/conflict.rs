//! The calls of a conflict, which the engine carries out.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Object, Promise};
use wasm_bindgen::prelude::*;

use super::arguments::{taken, unlisted, word};
use super::client::{outcome, read_error};
use super::driver::Driver;
use super::dto;
use super::error::{Returned, from_core, set, set_text};
use super::handle::Kept;
use super::input::{document, snapshot, text};
use super::merge::offset_numbers;
use super::options::is_none;
use super::state::Client;
use super::steps::begin;
use super::wire::{self, ConflictCall, of_client, of_conflict, refreshed, reopened as names};
use crate::client::{ConflictState, Found, Held, Memory, Outcome, Refresh, Save, WriteOptions};
use crate::conflict::{Choice, Conflict, Decision};
use crate::error::Error;
use crate::gather::Gather;
use crate::http::{Format, Problem};

/// Carries out a call of a conflict.
pub(super) fn called(held: &Held, client: &Client, number: u32, arguments: &Array) -> Returned {
    let done = |decided: Result<(), Error>| decided.map(|()| JsValue::UNDEFINED).map_err(from_core);
    Ok(match ConflictCall::of(number).ok_or_else(unlisted)? {
        ConflictCall::View => dto::conflict(&held.borrow())?,
        ConflictCall::Decisions => dto::decisions(&held.borrow().conflict).into(),
        ConflictCall::Unresolved => (held.borrow().conflict.unresolved() as u32).into(),
        ConflictCall::Merged => {
            let merged = held.borrow().conflict.merged().map_err(from_core)?;
            merged.as_ref().map_or(JsValue::NULL, dto::document)
        }
        ConflictCall::Take => {
            let [choice, id]: of_conflict::Take<JsValue> = taken(arguments);
            let choice = Choice::parse(&word(&choice)?).map_err(from_core)?;
            done(held.borrow_mut().conflict.take(choice, id_of(&id)?.as_deref()))?
        }
        ConflictCall::Set => {
            let [id, value]: of_conflict::Set<JsValue> = taken(arguments);
            let value = text(&value)?;
            done(held.borrow_mut().conflict.set(&word(&id)?, value))?
        }
        ConflictCall::Reopen => {
            let [id]: of_conflict::Reopen<JsValue> = taken(arguments);
            done(held.borrow_mut().conflict.reopen(id_of(&id)?.as_deref()))?
        }
        ConflictCall::Text => {
            let [path]: of_conflict::Text<JsValue> = taken(arguments);
            text_of(&held.borrow().conflict, &word(&path)?)?
        }
        ConflictCall::OffsetMap => {
            let [path, side]: of_conflict::OffsetMap<JsValue> = taken(arguments);
            let map = match held.borrow().conflict.text_at(&word(&path)?) {
                Some((merge, texts)) => offset_numbers(merge, texts, &word(&side)?),
                None => js_sys::Uint32Array::new_with_length(0),
            };
            map.into()
        }
        ConflictCall::Submit => {
            let [call]: of_conflict::Submit<JsValue> = taken(arguments);
            send(held, client, &call, Save::submit).into()
        }
        ConflictCall::Overwrite => {
            let [call]: of_conflict::Overwrite<JsValue> = taken(arguments);
            send(held, client, &call, Save::overwrite).into()
        }
        ConflictCall::Refresh => {
            let [call]: of_conflict::Refresh<JsValue> = taken(arguments);
            refresh(held, client, &call).into()
        }
        ConflictCall::Kept => kept(&held.borrow().conflict),
    })
}

/// The word for a value of the person's own among the decisions that a page keeps.
const CUSTOM: &str = "custom";

/// What people decided: three texts for each decision.
fn kept(conflict: &Conflict) -> JsValue {
    let texts = Array::new();
    for (change, decision) in conflict.changes().iter().zip(conflict.decisions()) {
        let (choice, value) = match decision {
            Some(Decision::Taken(choice)) => (choice.as_str(), ""),
            Some(Decision::Custom(value)) => (CUSTOM, value.as_str()),
            None => continue,
        };
        for text in [change.id.as_str(), choice, value] {
            texts.push(&text.into());
        }
    }
    texts.into()
}

/// A conflict of [`kept`] decisions.
pub(super) fn restored(client: &Client, arguments: of_client::Restore<JsValue>) -> Returned {
    let [call, base, mine, theirs, decisions] = arguments;
    let driver = Driver::new(client, &call)?;
    let options = driver.options()?;
    let read = |one: &JsValue| {
        if is_none(one) { Ok(None) } else { snapshot(one, &options.versioning).map(Some) }
    };
    let (base, theirs) = (read(&base)?, read(&theirs)?);
    let format = match base.as_ref().or(theirs.as_ref()) {
        Some(known) => known.document.format(),
        None => driver.call.format()?.unwrap_or(Format::Json),
    };
    let mine = if is_none(&mine) { None } else { Some(document(&mine, format)?) };
    let texts: Vec<_> = Array::from(&decisions).iter().map(|text| word(&text)).try_gather()?;
    let mut made = Vec::new();
    for parts in texts.chunks_exact(3) {
        let [id, choice, value] = parts else { continue };
        let decision = match choice.as_str() {
            CUSTOM => Decision::Custom(value.clone()),
            choice => Decision::Taken(Choice::parse(choice).map_err(from_core)?),
        };
        made.push((id.clone(), decision));
    }
    let found = Found { base, mine, theirs, decisions: made };
    let engine = super::engine::engine()?;
    let state =
        ConflictState::found(engine, &driver.call.url, found, options.merge, Problem::default()).map_err(from_core)?;
    Ok(Kept::Conflict(Rc::new(RefCell::new(state)), client.clone()).handed_out())
}

/// The id of a change, or `None` for all changes.
fn id_of(argument: &JsValue) -> Result<Option<String>, JsValue> {
    if is_none(argument) { Ok(None) } else { word(argument).map(Some) }
}

fn text_of(conflict: &Conflict, path: &str) -> Returned {
    match conflict.text_at(path) {
        Some((merge, texts)) => dto::text_merge(merge, texts),
        None => Ok(JsValue::NULL),
    }
}

fn ids(reopened: &[String]) -> JsValue {
    let ids = Array::new();
    for id in reopened {
        ids.push(&id.into());
    }
    ids.into()
}

fn send(held: &Held, client: &Client, call: &JsValue, make: fn(&mut Memory, Held, WriteOptions) -> Save) -> Promise {
    let made = Driver::new(client, call).and_then(|driver| {
        let save = make(&mut driver.memory(), held.clone(), driver.options()?);
        Ok((driver, save))
    });
    begin(made, |save, driver| {
        let reopened = ids(save.reopened());
        match save.into_outcome() {
            // `Save` has already updated the held conflict.
            Some((Outcome::Conflict(_), _)) => {
                let object: JsValue = Object::new().into();
                set_text(&object, names::KIND, wire::CONFLICT);
                set(&object, names::REOPENED, reopened);
                Ok(object)
            }
            Some((sent, remembered)) => outcome(sent, remembered, &driver.client),
            None => Err(from_core(Error::internal("a write without an outcome"))),
        }
    })
}

fn refresh(held: &Held, client: &Client, call: &JsValue) -> Promise {
    let made = Driver::new(client, call).and_then(|driver| {
        let refresh = Refresh::new(held.clone(), driver.call.format()?, driver.fields(), driver.options()?);
        Ok((driver, refresh))
    });
    begin(made, |refresh, driver| match refresh.into_outcome() {
        Some(Ok(read)) => {
            let object: JsValue = Object::new().into();
            set(&object, refreshed::MOVED, read.is_moved.into());
            set(&object, refreshed::REOPENED, ids(&read.reopened));
            Ok(object)
        }
        Some(Err(failed)) => Err(read_error(failed, driver)),
        None => Err(from_core(Error::internal("a read without an outcome"))),
    })
}
