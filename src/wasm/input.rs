//! Documents and versions on their way into the module.

use js_sys::{JsString, Uint8Array};
use wasm_bindgen::prelude::*;

use super::error::{from_core, js_error};
use super::options::{Fields, format};
use super::wire::base as names;
use crate::client::{Snapshot, Source};
use crate::conflict::{Document, check_size};
use crate::error::{Error, ErrorCode};
use crate::http::{Format, Version, Versioning};

#[wasm_bindgen]
extern "C" {
    type Checked;
    #[wasm_bindgen(method, catch, js_name = isWellFormed)]
    fn is_well_formed(this: &Checked) -> Result<bool, JsValue>;
    type TextEncoder;
    #[wasm_bindgen(constructor)]
    fn new() -> TextEncoder;
    #[wasm_bindgen(method, js_name = encodeInto)]
    fn encode_into(this: &TextEncoder, text: &JsString, bytes: &Uint8Array) -> Encoded;
    type Encoded;
    #[wasm_bindgen(method, getter)]
    fn written(this: &Encoded) -> u32;
}

/// So many code units are encoded at once, into one buffer that stays small and warm.
const UNITS: u32 = 1 << 15;

/// The base of an edit, as the page passes it.
pub(super) enum Base {
    /// A snapshot of this package.
    Known(Snapshot),
    /// A copy of a snapshot, with an unknown document.
    Copy {
        url: String,
        format: Format,
        version: Option<Version>,
        /// The value of the copy, if nobody edited it.
        copied: Option<Document>,
    },
}

/// A base as the facade keeps it.
pub(super) fn base(known: &JsValue, versioning: &Versioning) -> Result<Base, JsValue> {
    let fields = Fields::of(known);
    let body = fields.value(names::BODY);
    if !fields.value(names::IS_COPY).is_truthy() && !body.is_undefined() {
        return snapshot(known, versioning).map(Base::Known);
    }
    let version = fields.optional_text(names::VERSION).and_then(|version| versioning.from_token(&version));
    let (url, format) = (fields.text(names::URL), format(&fields.text(names::FORMAT))?);
    let copied = if body.is_undefined() { None } else { Some(document(&body, format)?) };
    fields.checked(Base::Copy { url, format, version, copied })
}

/// A base that an earlier read returned, as the page passes it back.
pub(super) fn snapshot(base: &JsValue, versioning: &Versioning) -> Result<Snapshot, JsValue> {
    let base = Fields::of(base);
    let modified = base.optional_text(names::MODIFIED);
    let version = base.optional_text(names::VERSION).and_then(|version| versioning.from_token(&version));
    let document = document(&base.value(names::BODY), format(&base.text(names::FORMAT))?)?;
    base.checked(Snapshot {
        url: base.text(names::URL).into(),
        document,
        version: version.map(|version| version.with_modified(modified.as_deref())),
        content_type: base.optional_text(names::CONTENT_TYPE).map(Into::into),
        source: Source::Network,
        author: None,
        named: base.optional_text(names::NAMED).map(Into::into),
    })
}

/// The document behind a string or a `Uint8Array`.
pub(super) fn document(value: &JsValue, format: Format) -> Result<Document, JsValue> {
    Document::parse(format, &octets(value)?).map_err(from_core)
}

/// The edit in a string or a `Uint8Array`. JavaScript chose its layout and its spellings.
pub(super) fn edit(value: &JsValue, format: Format) -> Result<Document, JsValue> {
    Document::parse_values(format, &octets(value)?).map_err(from_core)
}

/// An edit of `base`, with the numbers of base that JavaScript cannot hold.
pub(super) fn edit_of(base: &Document, value: &JsValue) -> Result<Document, JsValue> {
    Document::parse_edit(base.format(), &octets(value)?, Some(base)).map_err(from_core)
}

fn octets(value: &JsValue) -> Result<Vec<u8>, JsValue> {
    match value.dyn_ref::<Uint8Array>() {
        Some(bytes) => Ok(bytes.to_vec()),
        None => text(value).map(String::into_bytes),
    }
}

/// A JavaScript string as text; a lone surrogate is an error, where a plain conversion would put U+FFFD in its place.
pub(super) fn text(value: &JsValue) -> Result<String, JsValue> {
    let unsuited = || from_core(Error::invalid_argument("a string", "another type of value"));
    let string = value.dyn_ref::<JsString>().ok_or_else(unsuited)?;
    // Checked before copying, as running out of memory is a trap. Each code unit becomes at least one octet.
    check_size(string.length() as usize).map_err(from_core)?;
    if !is_well_formed(string) {
        return Err(js_error(
            ErrorCode::InvalidText.as_str(),
            "expected well-formed text, but found a lone surrogate",
            &[],
        ));
    }
    let bytes = utf8(string);
    check_size(bytes.len()).map_err(from_core)?;
    String::from_utf8(bytes).map_err(|_| js_error(ErrorCode::Internal.as_str(), "expected UTF-8 of an encoder", &[]))
}

/// Whether `string` holds no lone surrogate.
fn is_well_formed(string: &JsString) -> bool {
    // Browsers from before 2023 lack the method; the other way calls JavaScript for every code unit.
    string.unchecked_ref::<Checked>().is_well_formed().unwrap_or_else(|_| string.is_valid_utf16())
}

thread_local! {
    /// To make them takes longer than to encode a short text.
    static ENCODER: (TextEncoder, Uint8Array) = (TextEncoder::new(), Uint8Array::new_with_length(UNITS * 3));
}

/// The UTF-8 of a well-formed `string`. The glue's own conversion is several times slower: it looks at each character in JavaScript.
fn utf8(string: &JsString) -> Vec<u8> {
    let length = string.length();
    let mut bytes = Vec::with_capacity(length as usize);
    let mut start = 0;
    ENCODER.with(|(encoder, buffer)| {
        while start < length {
            let mut end = length.min(start + UNITS);
            // A pair of surrogates stays together.
            if end < length && (0xD800..0xDC00).contains(&(string.char_code_at(end - 1) as u32)) {
                end -= 1;
            }
            let written = encoder.encode_into(&string.slice(start, end), buffer).written();
            bytes.extend_from_slice(&buffer.subarray(0, written).to_vec());
            start = end;
        }
    });
    bytes
}
