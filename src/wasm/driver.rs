//! The one driver: carries out the steps of every machine with promises, timers, the page's `fetch` and its store.

use std::cell::{Cell, RefCell, RefMut};
use std::rc::Rc;

use js_sys::{Array, Function, Object, Promise};
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use super::abort::unless_aborted;
use super::dto::document;
use super::error::{from_core, js_error, set, set_text};
use super::fetch::{Extras, Failure, Settled, exchange, read_headers, within};
use super::input::edit;
use super::options::{Call, Fields};
use super::responses::Answers;
use super::store::JsStore;
use super::time::{Timer, moment};
use super::wire::{self, absorbed, call as names, code, event, request as told, warning};
use crate::client::{
    Event, Machine, Memory, Notice, Objection, Step, UserId, WriteOptions, bound, next_step, read_request,
};
use crate::conflict::Document;
use crate::gather::chained;
use crate::http::{CacheMode, Field, Headers, Method, Request, RequestSource, origin};

/// The state that all calls of one client share.
#[derive(Clone)]
pub(super) struct Client {
    pub(super) fetch: Function,
    pub(super) store: JsStore,
    /// Called with the name of an observer and its event.
    pub(super) emit: Function,
    /// Loads the engine.
    load_engine: Function,
    pub(super) memory: Rc<RefCell<Memory>>,
    /// Resolve the promises of writes that wait for their turn.
    waiting: Rc<RefCell<Vec<Function>>>,
    /// Copies of answers of `fetch` that are still being read, by URL.
    pub(super) copies: Rc<RefCell<Vec<(String, Promise)>>>,
}

impl Client {
    pub(super) fn new(fetch: Function, store: JsStore, emit: Function, load_engine: Function) -> Self {
        Self { fetch, store, emit, load_engine, memory: Rc::default(), waiting: Rc::default(), copies: Rc::default() }
    }

    /// Wakes every waiting write to check its turn.
    fn wake(&self) {
        for resolve in self.waiting.take() {
            drop(resolve.call0(&JsValue::UNDEFINED));
        }
    }
}

/// Additional queries of the driver to machines.
pub(super) trait Driven: Machine {
    /// The size of the stored response, which a 304 saves.
    fn saved_bytes(&self) -> usize {
        0
    }
}

impl Driven for crate::client::Get {
    fn saved_bytes(&self) -> usize {
        crate::client::Get::saved_bytes(self)
    }
}

impl Driven for crate::client::Fetch {
    fn saved_bytes(&self) -> usize {
        crate::client::Fetch::saved_bytes(self)
    }
}

impl Driven for crate::client::Save {}
impl Driven for crate::client::Update {}
impl Driven for crate::client::Refresh {}

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
    ready: RefCell<Option<Function>>,
    /// Called with a merged document; its promise resolves with the application's objection, or undefined.
    validate: Option<Function>,
    /// Called with a document; its promise resolves with the document after the caller's change.
    change: Option<Function>,
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
            ready: RefCell::new(call.present(names::READY)),
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

    /// Carries out `machine` to its end.
    pub(super) async fn run(&self, machine: &mut dyn Driven) -> Result<(), JsValue> {
        let ended = self.steps(machine).await;
        if ended.is_err() {
            self.abandon(machine);
        }
        self.refresh_browser_cache(&machine.named());
        ended
    }

    /// The call ends before its outcome; a write leaves the queue.
    pub(super) fn abandon(&self, machine: &mut dyn Driven) {
        machine.abandon(&mut self.memory());
        self.client.wake();
    }

    async fn steps(&self, machine: &mut dyn Driven) -> Result<(), JsValue> {
        let mut event = Event::Started;
        loop {
            let step = next_step(machine, &mut self.memory(), event, moment());
            for notice in machine.take_notices() {
                self.notify(notice);
            }
            if self.client.memory.borrow_mut().take_moved() {
                self.client.wake();
            }
            event = match step.map_err(from_core)? {
                Step::Done(()) => return Ok(()),
                Step::Turn => self.turn().await?,
                Step::Load(key) => {
                    self.get_ready().await?;
                    Event::Loaded(self.unless_aborted(self.client.store.load(&key, self.signal())).await?)
                }
                Step::LoadEngine => match self.engine().await {
                    Err(_) if machine.ends_without_engine() && !self.is_aborted() => Event::NoEngine,
                    loaded => loaded?,
                },
                Step::Keep(key, bytes) => {
                    self.unless_aborted(self.client.store.keep(&key, &bytes, self.signal())).await?;
                    Event::Stored
                }
                Step::Forget(keys) => {
                    for key in keys {
                        self.unless_aborted(self.client.store.forget(&key, self.signal())).await?;
                    }
                    Event::Stored
                }
                Step::Change(base) => self.changed(&base).await?,
                Step::Validate(merged) => self.validated(&merged).await?,
                Step::Send(request) => self.send(&request, machine.saved_bytes()).await?,
                Step::Wait { ms } => {
                    let timer = Timer::new(f64::from(ms));
                    unless_aborted(self.signal(), &timer.promise).await?;
                    Event::Waited
                }
            };
        }
    }

    /// Waits until the engine is there.
    async fn engine(&self) -> Result<Event, JsValue> {
        let called = self.client.load_engine.call0(&JsValue::UNDEFINED)?;
        let late = "the merge engine did not arrive in time";
        self.waited_as(code::NOT_STARTED, Promise::resolve(&called), late).await?;
        super::engine::engine().map(Event::EngineLoaded)
    }

    /// Waits until another write has ended.
    async fn turn(&self) -> Result<Event, JsValue> {
        let waiting = self.client.waiting.clone();
        let woken = Promise::new(&mut |resolve, _| waiting.borrow_mut().push(resolve));
        self.waited(woken, "another write of this document did not end in time").await?;
        Ok(Event::Turn)
    }

    /// The turn of a write has come: waits until the page has kept the draft, and no other tab writes this document.
    async fn get_ready(&self) -> Result<(), JsValue> {
        let Some(ready) = self.ready.take() else { return Ok(()) };
        let called = ready.call0(&JsValue::UNDEFINED)?;
        self.waited(Promise::resolve(&called), "another tab did not end its write of this document in time").await?;
        Ok(())
    }

    fn is_aborted(&self) -> bool {
        self.signal().is_some_and(AbortSignal::aborted)
    }

    fn signal(&self) -> Option<&AbortSignal> {
        self.extras.signal.as_ref()
    }

    /// Waits for anything except an answer. An abort ends the wait, and so does `timeoutMs`, with the message `late`. Calls of `fetch`
    /// have no time limit.
    async fn waited(&self, promise: Promise, late: &str) -> Result<JsValue, JsValue> {
        self.waited_as(code::NETWORK, promise, late).await
    }

    async fn waited_as(&self, code: &str, promise: Promise, late: &str) -> Result<JsValue, JsValue> {
        if self.extras.template.is_some() {
            return unless_aborted(self.signal(), &promise).await;
        }
        let begun = || Rc::new(Timer::new(self.extras.timeout_ms));
        let timer = self.patience.borrow_mut().get_or_insert_with(begun).clone();
        match within(promise, &timer, self.signal()).await {
            Settled::Fulfilled(value) => Ok(value),
            Settled::Rejected(reason) => Err(reason),
            Settled::TimedOut => {
                let details = [("url", self.call.url.as_str().into()), ("timeoutMs", self.extras.timeout_ms.into())];
                Err(js_error(code, late, &details))
            }
        }
    }

    async fn unless_aborted<T>(&self, value: impl Future<Output = T>) -> Result<T, JsValue> {
        let value = value.await;
        match self.signal().filter(|signal| signal.aborted()) {
            Some(signal) => Err(signal.reason()),
            None => Ok(value),
        }
    }

    /// The result of the caller's function for `base`. An error of the function ends the call: nothing was sent.
    async fn changed(&self, base: &Document) -> Result<Event, JsValue> {
        let Some(change) = &self.change else { return Ok(Event::Changed(base.clone())) };
        let called = change.call2(&JsValue::UNDEFINED, &document(base), &base.format().as_str().into())?;
        let late = "the function that changes the document did not settle in time";
        let made = self.waited(Promise::resolve(&called), late).await?;
        edit(&made, base.format()).map(Event::Changed)
    }

    /// The application's objection to a merge. An error of its function ends the call: nothing was sent.
    async fn validated(&self, merged: &Document) -> Result<Event, JsValue> {
        let Some(validate) = &self.validate else { return Ok(Event::Validated(None)) };
        let called = validate.call1(&JsValue::UNDEFINED, &document(merged))?;
        let told = self.waited(Promise::resolve(&called), "`validate` did not settle in time").await?;
        Ok(Event::Validated(told.dyn_ref::<Array>().map(objection)))
    }

    async fn send(&self, request: &Request, saved_bytes: usize) -> Result<Event, JsValue> {
        if request.is_foreign && self.fields().iter().next().is_some() && !self.is_withholding.replace(true) {
            self.notify(Notice::Withheld(origin(&request.url)));
        }
        if let Some(sending) = &self.sending {
            sending.call1(&JsValue::UNDEFINED, &request.method.as_str().into())?;
        }
        self.patience.take();
        let started_ms = js_sys::Date::now();
        let answer = match request.source {
            RequestSource::Loop => {
                let answer = match exchange(request, &self.extras).await {
                    // The server named this URL, perhaps after it had created the document, so an invalid URL must not fail the call.
                    Err(_) if !request.url.starts_with(&self.call.url) => Err(Failure::NoAnswer(String::new())),
                    answer => answer?,
                };
                if let Ok(response) = &answer {
                    self.answers.borrow_mut().looped(request, response);
                }
                answer
            }
            _ => super::responses::send(self, request).await?,
        };
        let status = answer.as_ref().ok().map(|response| response.status);
        let bytes_saved = if status == Some(304) { saved_bytes } else { 0 };
        request_event(&self.client.emit, &request.url, request.method.as_str(), status, started_ms, bytes_saved);
        match answer {
            Ok(response) => Ok(Event::Answered(response)),
            Err(Failure::NoAnswer(why)) => Ok(Event::NoAnswer(why)),
            Err(Failure::Aborted(reason)) => Err(reason),
        }
    }

    /// After a conditional write Chromium keeps its cached copy, and would return it as the newest version; one validating read
    /// corrects that (HTTP-RULES F6). No call waits for it.
    fn refresh_browser_cache(&self, named: &str) {
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
        let (client, extras) = (self.client.clone(), self.extras.clone());
        let read = bound(read_request(&url, CacheMode::NoCache), named);
        wasm_bindgen_futures::spawn_local(async move {
            if matches!(exchange(&read, &extras).await, Ok(Ok(response)) if response.status == 200) {
                client.memory.borrow_mut().is_fresh(&url);
            }
        });
    }

    fn notify(&self, notice: Notice) {
        let event = Object::new();
        set_text(&event, warning::URL, self.call.url.as_str());
        match notice {
            Notice::Absorbed(kind) => {
                set_text(&event, absorbed::KIND, kind.as_str());
                emit(&self.client.emit, event::ABSORBED, &event);
            }
            Notice::Warning(warning) => self.warn(&event, warning.words()),
            Notice::Withheld(origin) => {
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

/// Reads the texts from the facade: the message, then a path and its detail for each member.
fn objection(told: &Array) -> Objection {
    let text = |at: u32| told.get(at).as_string().unwrap_or_default();
    let mut fields = Vec::new();
    for at in (1..told.length()).step_by(2) {
        fields.push(Field { path: text(at), value: None, detail: Some(text(at + 1)) });
    }
    Objection { words: text(0), fields }
}

/// Whether `fetch` has a cache here; in Node.js it has none.
fn has_browser_cache() -> bool {
    ["document", "WorkerGlobalScope"]
        .iter()
        .any(|name| js_sys::Reflect::has(&js_sys::global(), &(*name).into()).unwrap_or(false))
}

/// Calls the observer `name`. The facade catches errors of observers.
pub(super) fn emit(emit: &Function, name: &str, event: &JsValue) {
    drop(emit.call2(&JsValue::UNDEFINED, &name.into(), event));
}

/// Reports one exchange.
fn request_event(to: &Function, url: &str, method: &str, status: Option<u16>, started_ms: f64, bytes_saved: usize) {
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
