//! The state that all calls of one client share.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;

use super::store::JsStore;
use crate::client::Memory;

/// The state that all calls of one client share.
#[derive(Clone)]
pub(super) struct Client {
    pub(super) fetch: Function,
    pub(super) store: JsStore,
    /// Called with the name of an observer and its event.
    pub(super) emit: Function,
    /// Loads the engine.
    pub(super) load_engine: Function,
    pub(super) memory: Rc<RefCell<Memory>>,
    /// Resolve the promises of writes that wait for their turn.
    pub(super) waiting: Rc<RefCell<Vec<Function>>>,
    /// Copies of answers of `fetch` that are still being read, by URL.
    pub(super) copies: Rc<RefCell<Vec<(String, Promise)>>>,
}

impl Client {
    pub(super) fn new(fetch: Function, store: JsStore, emit: Function, load_engine: Function) -> Self {
        Self { fetch, store, emit, load_engine, memory: Rc::default(), waiting: Rc::default(), copies: Rc::default() }
    }

    /// Wakes every waiting write to check its turn.
    pub(super) fn wake(&self) {
        for resolve in self.waiting.take() {
            drop(resolve.call0(&JsValue::UNDEFINED));
        }
    }
}

/// Calls the observer `name`. The facade catches errors of observers.
pub(super) fn emit(emit: &Function, name: &str, event: &JsValue) {
    drop(emit.call2(&JsValue::UNDEFINED, &name.into(), event));
}
