//! The engine as the core sees it: a module that is loaded when it is needed, and a table of the calls that need it.

use std::cell::Cell;

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::boundary::{Kept, Returned, taken, unlisted};
use super::driver::Client;
use super::error::js_error;
use super::wire::{ClientCall, ModuleCall, RefusedCall, code, of_refused};
use super::{client, conflict, dto, merge, split};
use crate::client::Engine;
use crate::conflict::Conflict;

/// All that the core calls in the engine.
pub(super) struct Parts {
    engine: Engine,
    pub(super) changes: fn(&Conflict) -> JsValue,
    pub(super) of_client: fn(&Client, ClientCall, &Array) -> Returned,
    pub(super) of_object: fn(&Kept, u32, &Array) -> Returned,
    pub(super) of_module: fn(ModuleCall, &Array) -> Returned,
}

pub(super) static PARTS: Parts =
    Parts { engine: Engine::linked(), changes: dto::changes_of, of_client, of_object, of_module: merge::called };

/// Carries out a call of a conflict or of a refusal.
fn of_object(kept: &Kept, number: u32, arguments: &Array) -> Returned {
    match kept {
        Kept::Conflict(held, client) => conflict::called(held, client, number, arguments),
        Kept::Refused(behind, client) => match RefusedCall::of(number).ok_or_else(unlisted)? {
            RefusedCall::Settle => {
                let [call]: of_refused::Settle<JsValue> = taken(arguments);
                client::settled(client, &call, behind.take())
            }
        },
        Kept::OfEngine(kept) => kept.called(number, arguments),
        // The core carries out all of these.
        Kept::Client(_) => Err(unlisted()),
    }
}

/// Carries out a call of a client that needs the engine.
fn of_client(client: &Client, call: ClientCall, arguments: &Array) -> Returned {
    match call {
        ClientCall::Holds => client::held(client, taken(arguments)),
        ClientCall::Restore => conflict::restored(client, taken(arguments)),
        // The core carries out all of these.
        _ => Err(unlisted()),
    }
}

thread_local! {
    /// Whether the engine can be called.
    static IS_LOADED: Cell<bool> = const { Cell::new(!cfg!(feature = "split")) };
}

/// The engine's module has been instantiated beside this one.
pub(super) fn is_loaded() {
    IS_LOADED.set(true);
}

/// The token of the loaded engine.
pub(super) fn engine() -> Result<Engine, JsValue> {
    parts().map(|parts| parts.engine)
}

/// The engine, for calls that cannot wait for it.
pub(super) fn parts() -> Result<&'static Parts, JsValue> {
    if IS_LOADED.get() {
        return Ok(split::parts());
    }
    Err(js_error(
        code::NOT_STARTED,
        "expected `await init()` before this call, but the merge engine is not loaded",
        &[],
    ))
}
