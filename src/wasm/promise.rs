//! Futures as promises.

use std::future::Future;
use std::pin::Pin;

use js_sys::Promise;
use wasm_bindgen::JsValue;

/// The future of every async export. Boxed, so that the machinery around it is in the download once and not once for each export.
type Exported = Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>>;

/// The promise of `future`.
pub(super) fn promise(future: impl Future<Output = Result<JsValue, JsValue>> + 'static) -> Promise {
    let boxed: Exported = Box::pin(future);
    wasm_bindgen_futures::future_to_promise(boxed)
}
