//! Time and chance, which the core takes as parameters.

use js_sys::{Function, Object, Promise};
use wasm_bindgen::prelude::*;

use crate::client::Moment;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &Function, ms: f64, value: &JsValue) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(id: &JsValue);
}

/// Now, with a fresh random number.
pub(super) fn moment() -> Moment {
    Moment { now_ms: js_sys::Date::now(), random: js_sys::Math::random() }
}

/// A promise that is fulfilled with `end` after `ms`. Dropping the timer cancels it.
pub(super) struct Timer {
    id: JsValue,
    /// A unique object, so that no other promise is fulfilled with it.
    pub(super) end: JsValue,
    pub(super) promise: Promise,
}

impl Timer {
    pub(super) fn new(ms: f64) -> Self {
        let (mut id, end) = (JsValue::UNDEFINED, Object::new().into());
        let promise = Promise::new(&mut |resolve, _| id = set_timeout(&resolve, ms, &end));
        Self { id, end, promise }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        clear_timeout(&self.id);
    }
}
