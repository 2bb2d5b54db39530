//! The arguments of a call.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::error::{from_core, js_error};
use crate::error::{Error, ErrorCode};

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
