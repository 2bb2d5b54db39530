//! The page's store of responses. A store that fails costs a read, never a result.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::http::Record;

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
    /// What is kept of `url`.
    pub(super) async fn load(&self, url: &str) -> Option<Record> {
        let value = settled(self.get(&key(url))).await?;
        let bytes = value.dyn_into::<Uint8Array>().ok()?;
        Record::decode(&bytes.to_vec())
    }

    /// Keeps `record`.
    pub(super) async fn keep(&self, url: &str, record: &Record) {
        settled(self.set(&key(url), Uint8Array::from(record.encode().as_slice()))).await;
    }

    /// Keeps nothing of `url` any more.
    pub(super) async fn forget(&self, url: &str) {
        settled(self.delete(&key(url))).await;
    }
}

async fn settled(promise: Result<JsValue, JsValue>) -> Option<JsValue> {
    // `resolve` takes a store that answers with a plain value, too.
    JsFuture::from(js_sys::Promise::<JsValue>::resolve(&promise.ok()?)).await.ok()
}

fn key(url: &str) -> String {
    format!("GET {url}")
}
