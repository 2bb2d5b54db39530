//! Promises that end when the caller aborts, wherever a call waits.

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

/// Waits for `promise`; an abort ends the wait with its reason as the error.
pub(super) async fn unless_aborted(signal: Option<&AbortSignal>, promise: &Promise) -> Result<JsValue, JsValue> {
    let listener = signal.map(Listener::new).transpose()?;
    // The race also runs after an abort, as an unhandled rejection of `promise` would end a Node.js process. It also runs without a
    // signal, as the page may have given a value that is no promise.
    let first = listener.as_ref().map_or(promise, |listener| &listener.promise);
    JsFuture::from(Promise::race(&Array::of2(first, promise))).await
}

/// A promise that an abort rejects with its reason; dropping this removes the listener.
struct Listener {
    signal: AbortSignal,
    on_abort: Closure<dyn FnMut()>,
    promise: Promise,
}

impl Listener {
    fn new(signal: &AbortSignal) -> Result<Self, JsValue> {
        // `Function::default()` evaluates a string, which strict policies forbid.
        let mut reject = None;
        let promise = Promise::new(&mut |_, rejecting| reject = Some(rejecting));
        let on_abort = {
            let signal = signal.clone();
            Closure::new(move || {
                drop(reject.as_ref().map(|reject| reject.call1(&JsValue::UNDEFINED, &signal.reason())))
            })
        };
        signal.add_event_listener_with_callback("abort", on_abort.as_ref().unchecked_ref())?;
        let promise = if signal.aborted() { Promise::reject(&signal.reason()) } else { promise };
        Ok(Self { signal: signal.clone(), on_abort, promise })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Removal fails only if the listener was never added.
        drop(self.signal.remove_event_listener_with_callback("abort", self.on_abort.as_ref().unchecked_ref()));
    }
}
