//! The one point at which the linked program is split into core and engine.
//!
//! `cargo xtask build` moves all code that is reachable only from [`parts`] into the engine's module. The tool finds the point by the names of
//! an import and an export. When the engine is loaded, the export takes the place of the import.

#![cfg_attr(
    feature = "split",
    allow(unsafe_code, reason = "an import and an export are the only way to tell the tool where to split")
)]

use js_sys::Array;
use wasm_bindgen::JsValue;

use super::arguments::{taken, unlisted};
use super::engine::Parts;
use super::error::Returned;
use super::handle::Kept;
use super::state::Client;
use super::wire::{ClientCall, RefusedCall, of_refused};
use super::{client, conflict, dto, merge};
use crate::client::Engine;

static PARTS: Parts =
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

/// The calls of the engine. With the feature `split` this traps until the engine's module is loaded.
#[cfg(not(feature = "split"))]
pub(super) fn parts() -> &'static Parts {
    &PARTS
}

/// The calls of the engine. Traps until the engine's module is loaded.
#[cfg(feature = "split")]
pub(super) fn parts() -> &'static Parts {
    // SAFETY: the import is the export below, which returns a reference to a static of this type.
    unsafe { &*point::import().cast() }
}

#[cfg(feature = "split")]
mod point {
    use super::PARTS;

    #[link(wasm_import_module = "__wasm_split_placeholder__")]
    unsafe extern "C" {
        #[link_name = "__wasm_split_00engine00_import_6d6572676566657463682d656e67696e"]
        pub(super) fn import() -> *const u8;
    }

    #[unsafe(export_name = "__wasm_split_00engine00_export_6d6572676566657463682d656e67696e")]
    extern "C" fn export() -> *const u8 {
        (&raw const PARTS).cast()
    }
}
