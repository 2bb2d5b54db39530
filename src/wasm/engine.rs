//! The engine as the core sees it: a module that is loaded when it is needed, and the exports that need it.

use std::cell::Cell;

use js_sys::{Promise, Uint8Array, Uint32Array};
use wasm_bindgen::prelude::*;

use super::client::{ClientCore, RefusedCore};
use super::conflict::ConflictCore;
use super::driver::JsCall;
use super::error::js_error;
use super::merge::offset_numbers;
use super::{client, conflict, dto, merge, split};
use crate::client::{ConflictState, Engine};
use crate::conflict::{Conflict, Document, MergeOptions, holds};
use crate::error::Error;

/// What a call hands to JavaScript, or throws.
type Returned = Result<JsValue, JsValue>;

/// Base and two edits, as far as they are known.
type Given<'a> = [Option<&'a Document>; 3];

/// All that the core calls in the engine.
pub(super) struct Parts {
    engine: Engine,
    pub(super) holds: fn(Given<'_>, bool, &MergeOptions) -> Result<bool, Error>,
    pub(super) submit: fn(&ConflictCore, &JsCall) -> Promise,
    pub(super) overwrite: fn(&ConflictCore, &JsCall) -> Promise,
    pub(super) refresh: fn(&ConflictCore, &JsCall) -> Promise,
    pub(super) merged: fn(&Conflict) -> Returned,
    pub(super) decisions: fn(&Conflict) -> Uint8Array,
    pub(super) take: fn(&mut Conflict, &str, Option<&str>) -> Result<(), Error>,
    pub(super) settled: fn(&ClientCore, &JsCall, RefusedCore) -> Promise,
    pub(super) view: fn(&ConflictState) -> Returned,
    pub(super) changes: fn(&Conflict) -> JsValue,
    pub(super) set: fn(&mut Conflict, &str, String) -> Result<(), Error>,
    pub(super) reopen: fn(&mut Conflict, Option<&str>) -> Result<(), Error>,
    pub(super) text: fn(&Conflict, &str) -> Returned,
    pub(super) offsets: fn(&Conflict, &str, &str) -> Uint32Array,
    merge_text: fn(&JsValue, &JsValue, &JsValue, JsValue, bool) -> Returned,
    diff_text: fn(&JsValue, &JsValue, &str) -> Returned,
    offset_map: fn(&JsValue, &JsValue, &JsValue, JsValue, &str) -> Result<Uint32Array, JsValue>,
    merge_json_text: fn(&JsValue, &JsValue, &JsValue, JsValue) -> Returned,
    respelled: fn(&JsValue, &JsValue, &str, &str, Option<String>) -> Returned,
    diff_json_text: fn(&JsValue, &JsValue, JsValue) -> Returned,
}

pub(super) static PARTS: Parts = Parts {
    engine: Engine::linked(),
    holds,
    submit: conflict::submit,
    overwrite: conflict::overwrite,
    refresh: conflict::refresh,
    merged: conflict::merged,
    decisions: dto::decisions,
    take: conflict::take,
    settled: client::settled,
    view: dto::conflict,
    changes: dto::changes_of,
    set: Conflict::set,
    reopen: Conflict::reopen,
    text: text_of,
    offsets: offsets_of,
    merge_text: merge::merge_text,
    diff_text: merge::diff_text,
    offset_map: merge::offset_map,
    merge_json_text: merge::merge_json_text,
    respelled: merge::respelled,
    diff_json_text: merge::diff_json_text,
};

fn text_of(conflict: &Conflict, path: &str) -> Result<JsValue, JsValue> {
    match conflict.text_at(path) {
        Some((merge, texts)) => dto::text_merge(merge, texts),
        None => Ok(JsValue::NULL),
    }
}

fn offsets_of(conflict: &Conflict, path: &str, side: &str) -> Uint32Array {
    match conflict.text_at(path) {
        Some((merge, texts)) => offset_numbers(merge, texts, side),
        None => Uint32Array::new_with_length(0),
    }
}

thread_local! {
    /// Whether the engine can be called.
    static IS_LOADED: Cell<bool> = const { Cell::new(!cfg!(feature = "split")) };
}

/// Says that the engine's module has been instantiated beside this one.
#[wasm_bindgen(js_name = engineIsLoaded)]
pub fn engine_is_loaded() {
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
    Err(js_error("not-started", "expected `await init()` before this call, but the merge engine is not loaded", &[]))
}

/// `mergeText` of the public API; the facade has checked the options. With `maps` for `mapOffset` where they are asked for.
#[wasm_bindgen(js_name = mergeText)]
pub fn merge_text(
    base: &JsValue,
    mine: &JsValue,
    theirs: &JsValue,
    options: JsValue,
    maps: bool,
) -> Result<JsValue, JsValue> {
    (parts()?.merge_text)(base, mine, theirs, options, maps)
}

/// `diffText` of the public API.
#[wasm_bindgen(js_name = diffText)]
pub fn diff_text(before: &JsValue, after: &JsValue, granularity: &str) -> Result<JsValue, JsValue> {
    (parts()?.diff_text)(before, after, granularity)
}

/// The map of a `mergeText` with the same arguments.
#[wasm_bindgen(js_name = offsetMap)]
pub fn offset_map(
    base: &JsValue,
    mine: &JsValue,
    theirs: &JsValue,
    options: JsValue,
    side: &str,
) -> Result<Uint32Array, JsValue> {
    (parts()?.offset_map)(base, mine, theirs, options, side)
}

/// `mergeJsonText` of the public API, without its patch: values leave as JSON texts.
#[wasm_bindgen(js_name = mergeJsonText)]
pub fn merge_json_text(base: &JsValue, mine: &JsValue, theirs: &JsValue, options: JsValue) -> Result<JsValue, JsValue> {
    (parts()?.merge_json_text)(base, mine, theirs, options)
}

/// A JSON text with the spelling that `base` has for numbers that are equal in JavaScript: see
/// [`respelled`](crate::merge::json::respelled).
#[wasm_bindgen]
pub fn respelled(
    edit: &JsValue,
    base: &JsValue,
    from: &str,
    to: &str,
    later: Option<String>,
) -> Result<JsValue, JsValue> {
    (parts()?.respelled)(edit, base, from, to, later)
}

/// `diffJson` of the public API on JSON texts.
#[wasm_bindgen(js_name = diffJsonText)]
pub fn diff_json_text(before: &JsValue, after: &JsValue, options: JsValue) -> Result<JsValue, JsValue> {
    (parts()?.diff_json_text)(before, after, options)
}
