//! The page's store of responses. A store that fails costs a read, never a result.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use super::abort::unless_aborted;

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
    pub(super) async fn keep(&self, key: &str, bytes: &[u8], signal: Option<&AbortSignal>) {
        settled(self.set(key, Uint8Array::from(bytes)), signal).await;
    }

    /// Deletes `key`.
    pub(super) async fn forget(&self, key: &str, signal: Option<&AbortSignal>) {
        settled(self.delete(key), signal).await;
    }
}

/// The facade limits the time of each call.
async fn settled(promise: Result<JsValue, JsValue>, signal: Option<&AbortSignal>) -> Option<JsValue> {
    // `resolve` takes a store that answers with a plain value, too.
    unless_aborted(signal, &js_sys::Promise::<JsValue>::resolve(&promise.ok()?)).await.ok()
}
