//! The calls of a document in a form, which the engine carries out.

use std::cell::RefCell;

use js_sys::{Array, Object};
use wasm_bindgen::prelude::*;

use super::arguments::{taken, unlisted, word};
use super::dto;
use super::error::{Returned, from_core, set};
use super::handle::{Called, Kept};
use super::input::{document, edit_of};
use super::options::{MergeCall, format, is_none};
use super::wire::{DocumentCall, of_document, of_module, open_document as state, sending};
use crate::conflict::{Document, MergeOptions};
use crate::document::{Event, Happening, OpenDocument, Revision, Sending};
use crate::error::Error;
use crate::gather::Gather;

/// A document in a form, behind its handle.
struct Open(RefCell<OpenDocument>);

/// Opens a document.
pub(super) fn opened(arguments: of_module::OpenDocument<JsValue>) -> Returned {
    let [named, body, revision, options, is_waiting] = arguments;
    let document = document(&body, format(&word(&named)?)?)?;
    let options = if is_none(&options) {
        MergeOptions::default()
    } else {
        let call = MergeCall::read(options)?;
        MergeOptions { json: call.json().map_err(from_core)?, text: call.text().map_err(from_core)? }
    };
    let engine = *super::engine::engine()?;
    let open = OpenDocument::new(engine, document, number(&revision), options, is_waiting.is_truthy());
    Ok(Kept::OfEngine(Box::new(Open(RefCell::new(open)))).handed_out())
}

fn number(argument: &JsValue) -> Revision {
    argument.as_f64().unwrap_or_default() as Revision
}

impl Open {
    fn handle(&self, event: Event) -> Returned {
        self.0.borrow_mut().handle(event).map_err(from_core)?;
        Ok(JsValue::UNDEFINED)
    }

    fn read_of(&self, body: &JsValue) -> Result<Document, JsValue> {
        let format = self.0.borrow().base().format();
        document(body, format)
    }

    fn sent(&self) -> Returned {
        let object: JsValue = Object::new().into();
        match self.0.borrow_mut().save().map_err(from_core)? {
            Sending::Save { base, mine } => {
                set(&object, sending::BASE, base.into());
                set(&object, sending::MINE, dto::document(&mine));
            }
            Sending::Decide { base, mine, theirs } => {
                set(&object, sending::FROM, dto::document(&base));
                set(&object, sending::MINE, dto::document(&mine));
                set(&object, sending::THEIRS, theirs.into());
            }
        }
        Ok(object)
    }

    fn state(&self) -> JsValue {
        let now = self.0.borrow().state();
        let object: JsValue = Object::new().into();
        set(&object, state::BASE, now.base.into());
        set(&object, state::THEIRS, now.theirs.map_or(JsValue::NULL, Into::into));
        for (name, is_set) in [
            (state::IS_DIRTY, now.is_dirty),
            (state::IS_STALE, now.is_stale),
            (state::IS_SAVING, now.is_saving),
            (state::IS_DECIDING, now.is_deciding),
            (state::IS_SAFE_TO_LEAVE, now.is_safe_to_leave),
            (state::NEEDS_READ, now.needs_read),
        ] {
            set(&object, name, is_set.into());
        }
        set(&object, state::EDITS, now.edits.into());
        object
    }
}

impl Called for Open {
    fn called(&self, number_of_call: u32, arguments: &Array) -> Returned {
        match DocumentCall::of(number_of_call).ok_or_else(unlisted)? {
            DocumentCall::Typed => {
                let [draft]: of_document::Typed<JsValue> = taken(arguments);
                let draft = edit_of(self.0.borrow().base(), &draft)?;
                self.handle(Event::Typed(draft))
            }
            DocumentCall::Read => {
                let [revision, body]: of_document::Read<JsValue> = taken(arguments);
                let document = self.read_of(&body)?;
                self.handle(Event::Read(number(&revision), document))
            }
            DocumentCall::Saved => {
                let [revision, body, others]: of_document::Saved<JsValue> = taken(arguments);
                let others = Array::from(&others).iter().map(|path| word(&path)).try_gather()?;
                let document = self.read_of(&body)?;
                self.handle(Event::Saved { revision: number(&revision), document, others })
            }
            DocumentCall::Happened => {
                let [event]: of_document::Happened<JsValue> = taken(arguments);
                let event = word(&event)?;
                let found = Happening::ALL.into_iter().find(|one| one.as_str() == event);
                let unknown = || from_core(Error::invalid_argument("an event of a document", &event));
                self.handle(Event::Happened(found.ok_or_else(unknown)?))
            }
            DocumentCall::Kept => {
                let [edits]: of_document::Kept<JsValue> = taken(arguments);
                self.handle(Event::Kept(number(&edits)))
            }
            DocumentCall::Save => self.sent(),
            DocumentCall::Submit => Ok(self.0.borrow_mut().submit().into()),
            DocumentCall::State => Ok(self.state()),
            DocumentCall::Draft => Ok(dto::document(self.0.borrow().draft())),
            DocumentCall::Base => Ok(dto::document(self.0.borrow().base())),
            DocumentCall::Entered => Ok(dto::changes(self.0.borrow().entered(), &|_| None, &[])),
            DocumentCall::Incoming => {
                let met = self.0.borrow().incoming().map_err(from_core)?;
                Ok(met.as_ref().map_or(JsValue::NULL, dto::changes_of))
            }
        }
    }
}
