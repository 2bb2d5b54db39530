//! The one way into the module: the number of a call with an array of its arguments, as `wire.rs` lists them.
//!
//! One function in place of one for each call, as wasm-bindgen writes 400 bytes of conversions for each, and as many in the glue.

use std::cell::Cell;

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::client::{self, Behind};
use super::driver::Client;
use super::engine::{self, parts};
use super::error::{from_core, js_error};
use super::wire::{ModuleCall, of_module};
use crate::client::Held;
use crate::error::{Error, ErrorCode};

/// The answer to a call, or its error.
pub(super) type Returned = Result<JsValue, JsValue>;

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

/// An object that the facade holds: wasm-bindgen registers it for finalization.
#[wasm_bindgen(skip_typescript)]
pub struct Handle(Kept);

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

#[wasm_bindgen]
impl Handle {
    /// Carries out a call of this object.
    ///
    /// # Errors
    /// Those of the call.
    #[wasm_bindgen(skip_typescript)]
    pub fn call(&self, number: u32, arguments: Array) -> Result<JsValue, JsValue> {
        match &self.0 {
            Kept::Client(client) => client::called(client, number, &arguments),
            kept => (parts()?.of_object)(kept, number, &arguments),
        }
    }
}

/// Carries out a call of the module.
///
/// # Errors
/// Those of the call.
#[wasm_bindgen(skip_typescript)]
pub fn call(number: u32, arguments: Array) -> Result<JsValue, JsValue> {
    match ModuleCall::of(number).ok_or_else(unlisted)? {
        ModuleCall::Client => {
            let [fetch, store, emit, load_engine]: of_module::Client<JsValue> = taken(&arguments);
            let client = Client::new(fetch.into(), store.unchecked_into(), emit.into(), load_engine.into());
            Ok(Kept::Client(client).handed_out())
        }
        ModuleCall::EngineIsLoaded => {
            engine::is_loaded();
            Ok(JsValue::UNDEFINED)
        }
        call => (parts()?.of_module)(call, &arguments),
    }
}

/// The arguments of a call. The table says how many there are.
pub(super) fn taken<const COUNT: usize>(arguments: &Array) -> [JsValue; COUNT] {
    std::array::from_fn(|at| arguments.get(at as u32))
}

/// The text of an argument.
pub(super) fn word(argument: &JsValue) -> Result<String, JsValue> {
    argument.as_string().ok_or_else(|| from_core(Error::invalid_argument("a text", "another type of value")))
}

/// A number without a call: a defect between the facade and this module.
pub(super) fn unlisted() -> JsValue {
    js_error(ErrorCode::Internal.as_str(), "expected the number of a call", &[])
}
