//! A conflict's exports. Freed by the garbage collector: wasm-bindgen registers every handle for finalization.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;

use super::client::{outcome, read_error};
use super::driver::{Client, Driver, JsCall};
use super::dto;
use super::engine::parts;
use super::error::{from_core, set, set_text};
use super::input::text;
use super::promise::promise;
use crate::client::{ConflictState, Held, Memory, Outcome, Refresh, Save, WriteOptions};
use crate::conflict::{Choice, Conflict};
use crate::error::Error;

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
}

fn ids(reopened: &[String]) -> JsValue {
    let ids = Array::new();
    for id in reopened {
        ids.push(&id.into());
    }
    ids.into()
}

#[wasm_bindgen]
impl ConflictCore {
    /// Everything that the facade shows and no decision moves, as plain data.
    pub fn view(&self) -> Result<JsValue, JsValue> {
        (parts()?.view)(&self.held.borrow())
    }

    /// What was decided for each change, by number.
    pub fn decisions(&self) -> Result<js_sys::Uint8Array, JsValue> {
        Ok((parts()?.decisions)(&self.held.borrow().conflict))
    }

    /// How many changes wait for a decision.
    pub fn unresolved(&self) -> u32 {
        self.held.borrow().conflict.unresolved() as u32
    }

    /// The result as decided so far; `null` where the document is to be gone.
    pub fn merged(&self) -> Result<JsValue, JsValue> {
        (parts()?.merged)(&self.held.borrow().conflict)
    }

    /// Decides one change, or all that wait.
    pub fn take(&self, choice: &str, id: Option<String>) -> Result<(), JsValue> {
        (parts()?.take)(&mut self.held.borrow_mut().conflict, choice, id.as_deref()).map_err(from_core)
    }

    /// Decides one change with a text: of JSON in a JSON document.
    pub fn set(&self, id: &str, value: &JsValue) -> Result<(), JsValue> {
        let value = text(value)?;
        (parts()?.set)(&mut self.held.borrow_mut().conflict, id, value).map_err(from_core)
    }

    /// Takes one decision back, or all.
    pub fn reopen(&self, id: Option<String>) -> Result<(), JsValue> {
        (parts()?.reopen)(&mut self.held.borrow_mut().conflict, id.as_deref()).map_err(from_core)
    }

    /// The regions of a text document, or of a string inside a JSON document; `null` where there are none.
    pub fn text(&self, path: &str) -> Result<JsValue, JsValue> {
        (parts()?.text)(&self.held.borrow().conflict, path)
    }

    /// Where the offsets of one document lie in the text of [`ConflictCore::text`].
    #[wasm_bindgen(js_name = offsetMap)]
    pub fn offset_map(&self, path: &str, side: &str) -> Result<js_sys::Uint32Array, JsValue> {
        Ok((parts()?.offsets)(&self.held.borrow().conflict, path, side))
    }

    /// Sends the result with the version of theirs.
    pub fn submit(&self, call: JsCall) -> Result<Promise, JsValue> {
        Ok((parts()?.submit)(self, &call))
    }

    /// Sends mine with the version of theirs.
    pub fn overwrite(&self, call: JsCall) -> Result<Promise, JsValue> {
        Ok((parts()?.overwrite)(self, &call))
    }

    /// Reads theirs again: `{moved, reopened}`.
    pub fn refresh(&self, call: JsCall) -> Result<Promise, JsValue> {
        Ok((parts()?.refresh)(self, &call))
    }
}

pub(super) fn submit(conflict: &ConflictCore, call: &JsCall) -> Promise {
    send(conflict, call, Save::submit)
}

pub(super) fn overwrite(conflict: &ConflictCore, call: &JsCall) -> Promise {
    send(conflict, call, Save::overwrite)
}

fn send(conflict: &ConflictCore, call: &JsCall, make: fn(&mut Memory, Held, WriteOptions) -> Save) -> Promise {
    let made = Driver::new(&conflict.client, call).and_then(|driver| {
        let save = make(&mut driver.memory(), conflict.held.clone(), driver.options()?);
        Ok((driver, save))
    });
    promise(async move {
        let (driver, mut save) = made?;
        driver.run(&mut save).await?;
        let reopened = ids(save.reopened());
        match save.into_outcome() {
            // `Save` has already updated the held conflict.
            Some((Outcome::Conflict(_), _)) => {
                let object: JsValue = js_sys::Object::new().into();
                set_text(&object, "kind", "conflict");
                set(&object, "reopened", reopened);
                Ok(object)
            }
            Some((sent, remembered)) => outcome(sent, remembered, &driver.client),
            None => Err(from_core(Error::internal("a write without an outcome"))),
        }
    })
}

pub(super) fn refresh(conflict: &ConflictCore, call: &JsCall) -> Promise {
    let driver = Driver::new(&conflict.client, call);
    let held = conflict.held.clone();
    promise(async move {
        let driver = driver?;
        let mut refresh = Refresh::new(held, driver.call.format()?, driver.fields(), driver.options()?);
        driver.run(&mut refresh).await?;
        match refresh.into_outcome() {
            Some(Ok(refreshed)) => {
                let object: JsValue = js_sys::Object::new().into();
                set(&object, "moved", refreshed.is_moved.into());
                set(&object, "reopened", ids(&refreshed.reopened));
                Ok(object)
            }
            Some(Err(failed)) => Err(read_error(failed, &driver)),
            None => Err(from_core(Error::internal("a read without an outcome"))),
        }
    })
}

pub(super) fn merged(conflict: &Conflict) -> Result<JsValue, JsValue> {
    let merged = conflict.merged().map_err(from_core)?;
    Ok(merged.as_ref().map_or(JsValue::NULL, dto::document))
}

pub(super) fn take(conflict: &mut Conflict, choice: &str, id: Option<&str>) -> Result<(), Error> {
    conflict.take(Choice::parse(choice)?, id)
}
