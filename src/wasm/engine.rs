//! The engine as the core sees it: a module that is loaded when it is needed, and a table of the calls that need it.

use std::cell::Cell;

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::error::{Returned, js_error};
use super::handle::Kept;
use super::state::Client;
use super::wire::{ClientCall, ModuleCall, code};
use crate::client::Engine;
use crate::conflict::Conflict;

/// All that the core calls in the engine.
pub(super) struct Parts {
    pub(super) engine: Engine,
    pub(super) changes: fn(&Conflict) -> JsValue,
    pub(super) of_client: fn(&Client, ClientCall, &Array) -> Returned,
    pub(super) of_object: fn(&Kept, u32, &Array) -> Returned,
    pub(super) of_module: fn(ModuleCall, &Array) -> Returned,
}

thread_local! {
    static PARTS: Cell<Option<&'static Parts>> = const { Cell::new(None) };
}

/// The engine's module has been instantiated beside this one, and these are its calls.
pub(super) fn is_loaded(parts: &'static Parts) {
    PARTS.set(Some(parts));
}

/// The token of the loaded engine.
pub(super) fn engine() -> Result<Engine, JsValue> {
    parts().map(|parts| parts.engine)
}

/// The engine, for calls that cannot wait for it.
pub(super) fn parts() -> Result<&'static Parts, JsValue> {
    PARTS.get().ok_or_else(|| {
        let words = "expected `await init()` before this call, but the merge engine is not loaded";
        js_error(code::NOT_STARTED, words, &[])
    })
}
