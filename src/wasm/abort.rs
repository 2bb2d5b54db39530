//! The abort of a call, wherever it waits.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

/// A promise that an abort rejects with its reason; dropping this removes the listener.
pub(super) struct Listener {
    signal: AbortSignal,
    on_abort: Closure<dyn FnMut()>,
    pub(super) promise: Promise,
}

impl Listener {
    pub(super) fn new(signal: &AbortSignal) -> Result<Self, JsValue> {
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
