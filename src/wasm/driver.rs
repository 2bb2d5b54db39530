//! One call: its options, the functions of the page, and the events for observers. `steps.rs` carries out its machine.

use std::cell::{Cell, RefCell, RefMut};
use std::rc::Rc;

use js_sys::{Function, Object};
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use super::error::{js_error, set, set_text};
use super::fetch::read_headers;
use super::options::{Call, Fields};
use super::request::Extras;
use super::responses::Answers;
use super::state::{Client, emit};
use super::task::{Settled, Wait, run};
use super::time::Timer;
use super::validation::Validation;
use super::wire::{self, absorbed, call as names, event, request as told, warning};
use crate::client::{Machine, Memory, ObserverEvent, UserId, WriteOptions, bound, read_request};
use crate::gather::chained;
use crate::http::{CacheMode, Headers, Method, Request, origin};

/// One call under way.
pub(super) struct Driver {
    pub(super) client: Client,
    pub(super) call: Call,
    pub(super) extras: Extras,
    /// The response for the caller of `fetch`.
    pub(super) answers: RefCell<Answers>,
    /// Called right before each request, with its method; throws if the user for whom the call began is no longer signed in.
    sending: Option<Function>,
    /// Limits the waits before the first request and between two requests.
    patience: RefCell<Option<Rc<Timer>>>,
    /// Called once when the turn of a write has come; its promise resolves when the page is ready.
    pub(super) ready: Cell<Option<Function>>,
    /// Called with a merged document; its promise resolves with the application's objection, or undefined.
    pub(super) validate: Option<Function>,
    /// Called with a document; its promise resolves with the document after the caller's change.
    pub(super) change: Option<Function>,
    user: UserId,
    /// Whether a warning has named an origin that does not get the caller's fields.
    is_withholding: Cell<bool>,
}

impl Driver {
    /// A call as the facade hands it over: plain options, with functions and objects of JavaScript beside them.
    pub(super) fn new(client: &Client, call: &JsValue) -> Result<Self, JsValue> {
        let call = Fields::of(call);
        let options = Call::read(call.value(names::OPTIONS))?;
        let extras = Extras {
            fetch: client.fetch.clone(),
            headers: call.value(names::HEADERS).unchecked_into(),
            init: call.value(names::INIT),
            signal: call.present(names::SIGNAL),
            timeout_ms: options.timeout_ms,
            template: call.present(names::REQUEST),
        };
        let credentials = Fields::of(&extras.init).value("credentials").as_string();
        let user = UserId::of(&read_headers(&extras.headers).unwrap_or_default(), credentials.as_deref());
        Ok(Self {
            client: client.clone(),
            call: options,
            extras,
            answers: RefCell::default(),
            sending: call.present(names::SENDING),
            patience: RefCell::default(),
            ready: Cell::new(call.present(names::READY)),
            validate: call.present(names::VALIDATE),
            change: call.present(names::CHANGE),
            user,
            is_withholding: Cell::default(),
        })
    }

    pub(super) fn options(&self) -> Result<WriteOptions, JsValue> {
        Ok(WriteOptions { user: self.user, ..self.call.write_options()? })
    }

    /// The caller's own fields.
    pub(super) fn fields(&self) -> Headers {
        read_headers(&self.extras.headers).unwrap_or_default()
    }

    /// The client's memory, for the user of this call.
    pub(super) fn memory(&self) -> RefMut<'_, Memory> {
        let mut memory = self.client.memory.borrow_mut();
        memory.select(self.user);
        memory
    }

    /// The call ends before its outcome; a write leaves the queue.
    pub(super) fn abandon(&self, machine: &mut dyn Machine) {
        machine.abandon(&mut self.memory());
        self.client.wake();
    }

    pub(super) fn is_aborted(&self) -> bool {
        self.extras.signal.as_ref().is_some_and(AbortSignal::aborted)
    }

    pub(super) fn unless_aborted<T>(&self, value: T) -> Result<T, JsValue> {
        match self.extras.signal.as_ref().filter(|signal| signal.aborted()) {
            Some(signal) => Err(signal.reason()),
            None => Ok(value),
        }
    }

    /// A wait that an abort alone ends.
    pub(super) fn wait(&self, value: JsValue) -> Wait {
        Wait { value, timer: None, signal: self.extras.signal.clone() }
    }

    /// A wait for anything except an answer. An abort ends it, and so does `timeoutMs`. Calls of `fetch` have no time limit.
    pub(super) fn patient_wait(&self, value: JsValue) -> Wait {
        let begun = || Rc::new(Timer::new(self.extras.timeout_ms));
        let has_limit = self.extras.template.is_none();
        let timer = has_limit.then(|| self.patience.borrow_mut().get_or_insert_with(begun).clone());
        Wait { timer, ..self.wait(value) }
    }

    /// The value of a [`patient_wait`](Self::patient_wait). If it took too long, the error has the message `late`.
    pub(super) fn awaited(&self, settled: Settled, code: &str, late: &str) -> Result<JsValue, JsValue> {
        match settled {
            Settled::Fulfilled(value) => Ok(value),
            Settled::Rejected(reason) => Err(reason),
            Settled::TimedOut => {
                let details = [("url", self.call.url.as_str().into()), ("timeoutMs", self.extras.timeout_ms.into())];
                Err(js_error(code, late, &details))
            }
        }
    }

    /// Prepares for sending `request`: the last moment at which the page may end the call.
    pub(super) fn check(&self, request: &Request) -> Result<(), JsValue> {
        if request.is_foreign && self.fields().iter().next().is_some() && !self.is_withholding.replace(true) {
            self.notify(ObserverEvent::Withheld(origin(&request.url)));
        }
        if let Some(sending) = &self.sending {
            sending.call1(&JsValue::UNDEFINED, &request.method.as_str().into())?;
        }
        self.patience.take();
        Ok(())
    }

    /// After a conditional write Chromium keeps its cached copy, and would return it as the newest version; one validating read
    /// corrects that (HTTP-RULES F6). No call waits for it.
    pub(super) fn refresh_browser_cache(&self, named: &str) {
        let url = self.call.url.clone();
        if !self.client.memory.borrow().is_stale(&url) {
            return;
        }
        if !has_browser_cache() {
            self.client.memory.borrow_mut().is_fresh(&url);
            return;
        }
        if self.extras.template.is_some() || self.call.is_no_store {
            // The next read of a caller of `fetch` bypasses the cache, and a `no-store` call must not fill it.
            return;
        }
        let request = bound(read_request(&url, CacheMode::NoCache), named);
        drop(run(Box::new(Validation::new(&self.client, &self.extras, url, request))));
    }

    pub(super) fn notify(&self, observed: ObserverEvent) {
        let event = Object::new();
        set_text(&event, warning::URL, self.call.url.as_str());
        match observed {
            ObserverEvent::ResolvedSilently(kind) => {
                set_text(&event, absorbed::KIND, kind.as_str());
                emit(&self.client.emit, event::ABSORBED, &event);
            }
            ObserverEvent::Warning(warning) => self.warn(&event, warning.words()),
            ObserverEvent::Withheld(origin) => {
                let words = "the call's own fields were not sent to another origin than the one that the call named: ";
                self.warn(&event, (wire::FIELDS_WITHHELD, &chained(&[words, &origin])));
            }
        }
    }

    fn warn(&self, event: &JsValue, (code, message): (&str, &str)) {
        set_text(event, warning::CODE, code);
        set_text(event, warning::MESSAGE, message);
        emit(&self.client.emit, event::WARNING, event);
    }
}

/// Whether `fetch` has a cache here; in Node.js it has none.
fn has_browser_cache() -> bool {
    ["document", "WorkerGlobalScope"]
        .iter()
        .any(|name| js_sys::Reflect::has(&js_sys::global(), &(*name).into()).unwrap_or(false))
}

/// Reports one exchange.
pub(super) fn request_event(
    to: &Function,
    (url, method): (&str, &str),
    status: Option<u16>,
    started_ms: f64,
    bytes_saved: usize,
) {
    let event = Object::new();
    set_text(&event, told::URL, url);
    set_text(&event, told::METHOD, method);
    set(&event, told::STATUS, status.map_or(JsValue::NULL, JsValue::from));
    set(&event, told::MS, (js_sys::Date::now() - started_ms).into());
    set(&event, told::BYTES_SAVED, (bytes_saved as f64).into());
    emit(to, event::REQUEST, &event);
}

/// The method of this name, if `fetch` tracks it.
pub(super) fn method(name: &str) -> Option<Method> {
    match name {
        "GET" => Some(Method::Get),
        "PUT" => Some(Method::Put),
        "PATCH" => Some(Method::Patch),
        "DELETE" => Some(Method::Delete),
        _ => None,
    }
}
