//! The page's store of responses. A store that fails costs a read, never a result. The facade limits the time of each call.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

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
    /// Begins to read the bytes under `key`; they are in the value of the promise.
    pub(super) fn load(&self, key: &str) -> Result<JsValue, JsValue> {
        self.get(key)
    }

    /// Begins to keep `bytes` under `key`.
    pub(super) fn keep(&self, key: &str, bytes: &[u8]) -> Result<JsValue, JsValue> {
        self.set(key, Uint8Array::from(bytes))
    }

    /// Begins to delete `key`.
    pub(super) fn forget(&self, key: &str) -> Result<JsValue, JsValue> {
        self.delete(key)
    }
}
