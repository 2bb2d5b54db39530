//! The one way into the module: the number of a call with an array of its arguments, as `wire.rs` lists them.
//!
//! One function in place of one for each call, as wasm-bindgen writes 400 bytes of conversions for each, and as many in the glue.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::arguments::{taken, unlisted};
use super::engine::{self, parts};
use super::error::Returned;
pub use super::handle::Handle;
use super::handle::Kept;
use super::state::Client;
use super::wire::{ModuleCall, of_module};
use super::{client, split};

/// The declarations of the exports for TypeScript. `pkg/src/types/wire.ts` is made from `wire.rs`.
#[wasm_bindgen(typescript_custom_section)]
const DECLARATIONS: &str = r#"
import type { ModuleCalls } from "../types/wire.js";

type Calls<Of> = { readonly [Number in keyof Of]: (...args: never) => unknown };
type Arguments<Call> = Call extends (...args: infer Given) => unknown ? Given : never;
type Answer<Call> = Call extends (...args: never) => infer Given ? Given : never;

/** Carries out a call of the module. */
export function call<Number extends keyof ModuleCalls>(number: Number, args: Arguments<ModuleCalls[Number]>): Answer<ModuleCalls[Number]>;

/** An object that Rust holds. The garbage collector frees it. */
export class Handle<Of extends Calls<Of>> {
  private constructor();
  /** Carries out a call of this object. */
  call<Number extends keyof Of>(number: Number, args: Arguments<Of[Number]>): Answer<Of[Number]>;
}
"#;

#[wasm_bindgen]
impl Handle {
    /// Carries out a call of this object.
    ///
    /// # Errors
    /// The errors of the call.
    #[wasm_bindgen(skip_typescript)]
    pub fn call(&self, number: u32, arguments: Array) -> Returned {
        match self.kept() {
            Kept::Client(client) => client::called(client, number, &arguments),
            kept => (parts()?.of_object)(kept, number, &arguments),
        }
    }
}

/// Carries out a call of the module.
///
/// # Errors
/// The errors of the call.
#[wasm_bindgen(skip_typescript)]
pub fn call(number: u32, arguments: Array) -> Returned {
    if !cfg!(feature = "split") {
        engine::is_loaded(split::parts());
    }
    match ModuleCall::of(number).ok_or_else(unlisted)? {
        ModuleCall::Client => {
            let [fetch, store, emit, load_engine]: of_module::Client<JsValue> = taken(&arguments);
            let client = Client::new(fetch.into(), store.unchecked_into(), emit.into(), load_engine.into());
            Ok(Kept::Client(client).handed_out())
        }
        ModuleCall::EngineIsLoaded => {
            engine::is_loaded(split::parts());
            Ok(JsValue::UNDEFINED)
        }
        call => (parts()?.of_module)(call, &arguments),
    }
}
