//! The objects of Rust that the facade holds.

use std::cell::Cell;

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::error::Returned;
use super::state::Client;
use crate::client::{ConflictState, Held, Snapshot};
use crate::conflict::Document;
use crate::http::Response;

/// An object that the facade holds: wasm-bindgen registers it for finalization.
#[wasm_bindgen(skip_typescript)]
pub struct Handle(Kept);

impl Handle {
    pub(super) fn kept(&self) -> &Kept {
        &self.0
    }
}

/// An object behind a [`Handle`].
pub(super) enum Kept {
    Client(Client),
    Conflict(Held, Client),
    /// The data behind a refusal that a caller of `fetch` got; taken by its one call.
    Refused(Cell<Option<Behind>>, Client),
    /// What only the engine knows, so that the core has no code for it.
    OfEngine(Box<dyn Called>),
}

/// An object of the engine, with calls of its own.
pub(super) trait Called {
    /// Carries out a call.
    fn called(&self, number: u32, arguments: &Array) -> Returned;
}

impl Kept {
    /// The object for JavaScript.
    pub(super) fn handed_out(self) -> JsValue {
        Handle(self).into()
    }
}

/// The data behind a refusal that the caller of `fetch` got.
pub(super) enum Behind {
    Conflict(Box<ConflictState>),
    /// The caller stated its own condition, so nothing was read again yet.
    Refusal {
        base: Option<Snapshot>,
        mine: Option<Document>,
        response: Option<Response>,
    },
}
