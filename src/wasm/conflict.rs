//! A conflict's exports. Freed by the garbage collector: wasm-bindgen registers every handle for finalization.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::client::{read_error, written};
use super::drive::{Client, Driver, JsCall};
use super::dto;
use super::error::{from_core, set, set_text};
use super::input::text;
use super::merge::offset_numbers;
use super::promise::promise;
use crate::client::{ConflictState, ReadOutcome, Snapshot, Write};
use crate::conflict::{Choice, Document};

/// A conflict that people decide while writes and reads of it are under way.
pub(super) type Held = Rc<RefCell<ConflictState>>;

/// A conflict; the facade's `Conflict` wraps it.
#[wasm_bindgen]
pub struct ConflictCore {
    held: Held,
    client: Client,
}

impl ConflictCore {
    pub(super) fn new(state: ConflictState, client: Client) -> Self {
        Self { held: Rc::new(RefCell::new(state)), client }
    }

    fn send(&self, call: &JsCall, make: fn(&Driver, ConflictState) -> Result<Write, JsValue>) -> js_sys::Promise {
        let made = Driver::new(&self.client, call).and_then(|driver| {
            let state = self.held.borrow().clone();
            let base = state.base.clone();
            Ok((make(&driver, state)?, base)).map(|(write, base)| (driver, write, base))
        });
        promise(written(made, Some(self.held.clone())))
    }
}

/// `{kind, reopened}`: the write met another newest version.
pub(super) fn adopt_refusal(held: &Held, state: ConflictState, sent: Option<&Document>) -> Result<JsValue, JsValue> {
    // The decisions made meanwhile stand on the held conflict, so that one moves on, not the copy.
    let reopened = adopt(held, state.theirs, sent)?;
    held.borrow_mut().problem = state.problem;
    let object: JsValue = js_sys::Object::new().into();
    set_text(&object, "kind", "conflict");
    set(&object, "reopened", reopened);
    Ok(object)
}

/// Rebases on `theirs` after `sent` went out; gives the ids of the decisions that no longer hold.
fn adopt(held: &Held, theirs: Option<Snapshot>, sent: Option<&Document>) -> Result<JsValue, JsValue> {
    let mut held = held.borrow_mut();
    let document = theirs.as_ref().map(|theirs| theirs.document.clone());
    let reopened = held.conflict.rebase(document, sent).map_err(from_core)?;
    held.theirs = theirs;
    let ids = Array::new();
    for id in reopened {
        ids.push(&id.into());
    }
    Ok(ids.into())
}

#[wasm_bindgen]
impl ConflictCore {
    /// Everything that the facade shows and no decision moves, as plain data.
    pub fn view(&self) -> Result<JsValue, JsValue> {
        dto::conflict(&self.held.borrow())
    }

    /// What was decided for each change, by number.
    pub fn decisions(&self) -> js_sys::Uint8Array {
        dto::decisions(&self.held.borrow().conflict)
    }

    /// The result as decided so far; `null` where the document is to be gone.
    pub fn merged(&self) -> Result<JsValue, JsValue> {
        let merged = self.held.borrow().conflict.merged().map_err(from_core)?;
        Ok(merged.as_ref().map_or(JsValue::NULL, dto::document))
    }

    /// Decides one change, or all that wait.
    pub fn take(&self, choice: &str, id: Option<String>) -> Result<(), JsValue> {
        let choice = Choice::parse(choice).map_err(from_core)?;
        self.held.borrow_mut().conflict.take(choice, id.as_deref()).map_err(from_core)
    }

    /// Decides one change with a text: of JSON in a JSON document.
    pub fn set(&self, id: &str, value: &JsValue) -> Result<(), JsValue> {
        let value = text(value)?;
        self.held.borrow_mut().conflict.set(id, value).map_err(from_core)
    }

    /// Takes one decision back, or all.
    pub fn reopen(&self, id: Option<String>) -> Result<(), JsValue> {
        self.held.borrow_mut().conflict.reopen(id.as_deref()).map_err(from_core)
    }

    /// The regions of a text document, or of a string inside a JSON document; `null` where there are none.
    pub fn text(&self, path: &str) -> Result<JsValue, JsValue> {
        match self.held.borrow().conflict.text_at(path) {
            Some((merge, texts)) => dto::text_merge(merge, texts),
            None => Ok(JsValue::NULL),
        }
    }

    /// Where the offsets of one document lie in the text of [`ConflictCore::text`].
    #[wasm_bindgen(js_name = offsetMap)]
    pub fn offset_map(&self, path: &str, side: &str) -> js_sys::Uint32Array {
        match self.held.borrow().conflict.text_at(path) {
            Some((merge, texts)) => offset_numbers(merge, texts, side),
            None => js_sys::Uint32Array::new_with_length(0),
        }
    }

    /// Sends the result with the version of theirs.
    pub fn submit(&self, call: JsCall) -> js_sys::Promise {
        self.send(&call, |driver, state| Write::submit(state, driver.write_options()?).map_err(from_core))
    }

    /// Sends mine with the version of theirs.
    pub fn overwrite(&self, call: JsCall) -> js_sys::Promise {
        self.send(&call, |driver, state| Ok(Write::overwrite(state, driver.write_options()?)))
    }

    /// Reads theirs again: `{moved, reopened}`.
    pub fn refresh(&self, call: JsCall) -> js_sys::Promise {
        let driver = Driver::new(&self.client, &call);
        let held = self.held.clone();
        promise(async move {
            let driver = driver?;
            let theirs = match driver.read().await? {
                ReadOutcome::Read(theirs, _) => Some(theirs),
                ReadOutcome::Refused(problem) if matches!(problem.status, Some(404 | 410)) => None,
                failed => return Err(read_error(failed, &driver)?),
            };
            let is_moved = {
                let held = held.borrow();
                match (&held.theirs, &theirs) {
                    (Some(known), Some(now)) => !known.document.equals(&now.document),
                    (None, None) => false,
                    _ => true,
                }
            };
            let object: JsValue = js_sys::Object::new().into();
            set(&object, "moved", is_moved.into());
            set(&object, "reopened", adopt(&held, theirs, None)?);
            Ok(object)
        })
    }
}
