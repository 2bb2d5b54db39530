//! The calls of an outbox, which the engine carries out.

use std::cell::RefCell;

use js_sys::{Array, Object};
use wasm_bindgen::prelude::*;

use super::arguments::{taken, unlisted, word};
use super::error::{Returned, from_core, set, set_text};
use super::handle::{Called, Kept};
use super::options::Fields;
use super::wire::{OutboxCall, of_outbox, turn, waiting as names};
use crate::error::Error;
use crate::gather::Gather;
use crate::outbox::{Answer, Outbox, Turn, Waiting};

/// An outbox, behind its handle.
struct Queue(RefCell<Outbox>);

/// An empty outbox.
pub(super) fn opened() -> JsValue {
    Kept::OfEngine(Box::new(Queue(RefCell::default()))).handed_out()
}

fn waiting(edit: &JsValue) -> Result<Waiting, JsValue> {
    let fields = Fields::of(edit);
    let found = Waiting {
        id: fields.text(names::ID),
        document: fields.text(names::DOCUMENT),
        saved_at_ms: number(&fields.value(names::SAVED_AT)),
        is_foreign: fields.value(names::IS_FOREIGN).is_truthy(),
    };
    fields.checked(found)
}

/// A time in milliseconds, or a chance.
fn number(value: &JsValue) -> f64 {
    value.as_f64().unwrap_or_default()
}

impl Called for Queue {
    fn called(&self, number_of_call: u32, arguments: &Array) -> Returned {
        let mut outbox = self.0.borrow_mut();
        match OutboxCall::of(number_of_call).ok_or_else(unlisted)? {
            OutboxCall::Found => {
                let [edits]: of_outbox::Found<JsValue> = taken(arguments);
                outbox.found(Array::from(&edits).iter().map(|edit| waiting(&edit)).try_gather()?);
            }
            OutboxCall::Online => {
                let [is_online]: of_outbox::Online<JsValue> = taken(arguments);
                outbox.online(is_online.is_truthy());
            }
            OutboxCall::Next => {
                let [now]: of_outbox::Next<JsValue> = taken(arguments);
                let object: JsValue = Object::new().into();
                match outbox.next(number(&now)) {
                    Turn::Send(id) => set_text(&object, turn::SEND, &id),
                    Turn::Wait(ms) => set(&object, turn::WAIT_MS, ms.into()),
                    Turn::Idle => {}
                }
                return Ok(object);
            }
            OutboxCall::Answered => {
                let [id, answer, now, chance]: of_outbox::Answered<JsValue> = taken(arguments);
                let answer = word(&answer)?;
                let found = Answer::ALL.into_iter().find(|one| one.as_str() == answer);
                let unknown = || from_core(Error::invalid_argument("an answer of an outbox", &answer));
                outbox.answered(&word(&id)?, found.ok_or_else(unknown)?, number(&now), number(&chance));
            }
        }
        Ok(JsValue::UNDEFINED)
    }
}
