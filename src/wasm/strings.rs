//! Documents on their way into the module, in the quickest way that browsers offer.

use js_sys::{JsString, Uint8Array};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    type Checked;
    #[wasm_bindgen(method, catch, js_name = isWellFormed)]
    fn is_well_formed(this: &Checked) -> Result<bool, JsValue>;
    type TextEncoder;
    #[wasm_bindgen(constructor)]
    fn new() -> TextEncoder;
    #[wasm_bindgen(method)]
    fn encode(this: &TextEncoder, text: &JsString) -> Uint8Array;
}

/// Whether `string` holds no lone surrogate.
pub(super) fn is_well_formed(string: &JsString) -> bool {
    // Browsers from before 2023 lack the method; the other way calls JavaScript for every code unit.
    string.unchecked_ref::<Checked>().is_well_formed().unwrap_or_else(|_| string.is_valid_utf16())
}

/// The UTF-8 of a well-formed `string`. The glue's own conversion is several times slower: it looks at each character in JavaScript.
pub(super) fn utf8(string: &JsString) -> Vec<u8> {
    TextEncoder::new().encode(string).to_vec()
}
