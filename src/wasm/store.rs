//! The page's store of responses. A store that fails costs a read, never a result.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use super::fetch::{Settled, within};
use super::time::Timer;

#[wasm_bindgen]
extern "C" {
    /// `Store` of the public API.
    #[derive(Clone)]
    pub type JsStore;
    #[wasm_bindgen(method, catch)]
    fn get(this: &JsStore, key: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn set(this: &JsStore, key: &str, value: Uint8Array) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn delete(this: &JsStore, key: &str) -> Result<JsValue, JsValue>;
}

impl JsStore {
    /// The bytes under `key`.
    pub(super) async fn load(&self, key: &str, signal: Option<&AbortSignal>) -> Option<Vec<u8>> {
        let value = settled(self.get(key), signal).await?;
        value.dyn_into::<Uint8Array>().ok().map(|bytes| bytes.to_vec())
    }

    /// Keeps `bytes` under `key`.
    pub(super) async fn keep(&self, key: &str, bytes: &[u8]) {
        settled(self.set(key, Uint8Array::from(bytes)), None).await;
    }

    /// Deletes `key`.
    pub(super) async fn forget(&self, key: &str) {
        settled(self.delete(key), None).await;
    }
}

/// A database that another tab blocks answers late or never; a read from the network is better than none.
const DEADLINE_MS: f64 = 2_000.0;

async fn settled(promise: Result<JsValue, JsValue>, signal: Option<&AbortSignal>) -> Option<JsValue> {
    let timer = Timer::new(DEADLINE_MS);
    // `resolve` takes a store that answers with a plain value, too.
    match within(js_sys::Promise::<JsValue>::resolve(&promise.ok()?), &timer, signal).await {
        Settled::Fulfilled(value) => Some(value),
        Settled::Rejected(_) | Settled::TimedOut => None,
    }
}
