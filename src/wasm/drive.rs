//! Carries out what the state machines of the core ask for.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Object};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::dto::document;
use super::error::{from_core, set, set_text};
use super::fetch::{Extras, Failure, exchange, read_headers};
use super::options::{Call, Fields};
use super::store::JsStore;
use super::time::{Timer, moment};
use crate::client::{
    Earlier, Event, Notice, Outcome, PreconditionSupport, Read, ReadOutcome, Snapshot, Step, Write, WriteOptions,
    read_request,
};
use crate::conflict::Document;
use crate::http::{CacheMode, Form, Headers, Method, Record, Request, Version, Versioning, origin, resolve};

#[wasm_bindgen]
extern "C" {
    /// One call, as the facade hands it over: plain options, and beside them what only JavaScript can hold.
    pub type JsCall;
}

/// What all calls of one client share.
#[derive(Clone)]
pub(super) struct Client {
    pub(super) fetch: Function,
    pub(super) store: JsStore,
    /// Called with the name of an observer and its event.
    pub(super) emit: Function,
    /// The newest saves, the last one first.
    pub(super) saves: Rc<RefCell<Vec<Save>>>,
    /// What each origin has taught so far.
    pub(super) origins: Rc<RefCell<Vec<(String, Origin)>>>,
    /// URLs of which the browser's cache may still hold what a write of this client replaced.
    pub(super) stale: Rc<RefCell<Stale>>,
}

/// A list: a page writes few documents, and tables that hash are 2 kB of the download.
#[derive(Default)]
pub(super) struct Stale(Vec<String>);

impl Stale {
    pub(super) fn contains(&self, url: &str) -> bool {
        self.0.iter().any(|known| known == url)
    }

    pub(super) fn insert(&mut self, url: &str) {
        if !self.contains(url) {
            self.0.push(url.to_owned());
        }
    }

    pub(super) fn remove(&mut self, url: &str) {
        if let Some(at) = self.0.iter().position(|known| known == url) {
            self.0.swap_remove(at);
        }
    }
}

/// What writes to one origin have taught.
#[derive(Clone, Copy)]
pub(super) struct Origin {
    /// The form of a tag that it took last, where that is not the one it sends.
    pub(super) form: Form,
    /// How it treats stale versions.
    pub(super) checks: PreconditionSupport,
}

impl Default for Origin {
    fn default() -> Self {
        Self { form: Form::default(), checks: PreconditionSupport::Unknown }
    }
}

/// A save as it is remembered: by what it started from.
pub(super) struct Save {
    base: Snapshot,
    earlier: Earlier,
}

/// Enough for the documents that a page edits at one time; each holds two documents.
const REMEMBERED_SAVES: usize = 8;

impl Client {
    /// What writes to the origin of `url` have taught.
    pub(super) fn origin(&self, url: &str) -> Origin {
        let origins = self.origins.borrow();
        origins.iter().find(|known| known.0 == origin(url)).map(|known| known.1).unwrap_or_default()
    }

    /// Forgets what a success says that it has changed besides its target, on the same origin (RFC 9111 §4.4).
    pub(super) fn forget_named(&self, url: &str, headers: &Headers) {
        for name in ["location", "content-location"] {
            let Some(reference) = headers.get(name) else { continue };
            let named = resolve(url, reference);
            if named != url && origin(&named) == origin(url) {
                let store = self.store.clone();
                wasm_bindgen_futures::spawn_local(async move { store.forget(&named).await });
            }
        }
    }

    pub(super) fn remember_origin(&self, url: &str, learnt: Origin) {
        let mut origins = self.origins.borrow_mut();
        match origins.iter_mut().find(|known| known.0 == origin(url)) {
            Some(known) => known.1 = learnt,
            None => origins.push((origin(url).to_owned(), learnt)),
        }
    }

    /// What this client saved from `base` before.
    pub(super) fn earlier(&self, base: &Snapshot) -> Option<Earlier> {
        let saves = self.saves.borrow();
        saves.iter().find(|save| save.is_of(base)).map(|save| save.earlier.clone())
    }

    /// Remembers what came of an edit of `base`.
    pub(super) fn remember_save(&self, base: &Snapshot, sent: Option<Document>, outcome: &Outcome) {
        let (Outcome::Saved(_, Some(result)) | Outcome::Merged(result, _)) = outcome else {
            return;
        };
        let (true, Some(sent)) = (base.version.is_some(), sent) else {
            return;
        };
        self.remember(base, Earlier { sent, result: Some(result.clone()) });
    }

    /// Remembers an edit of `base` that was aborted when it may have been saved already.
    pub(super) fn remember_aborted(&self, base: &Snapshot, sent: Option<Document>) {
        let Some(sent) = sent else { return };
        let result = self.earlier(base).and_then(|earlier| earlier.result);
        self.remember(base, Earlier { sent, result });
    }

    fn remember(&self, base: &Snapshot, earlier: Earlier) {
        let mut saves = self.saves.borrow_mut();
        // Of one base there is one at most.
        if let Some(at) = saves.iter().position(|save| save.is_of(base)) {
            saves.remove(at);
        }
        saves.insert(0, Save { base: base.clone(), earlier });
        saves.truncate(REMEMBERED_SAVES);
    }

    /// The version of `url` that a save of this client replaced last.
    fn superseded(&self, url: &str) -> Option<Version> {
        let saves = self.saves.borrow();
        let last = saves.iter().find(|save| &*save.base.url == url)?;
        let now = last.earlier.result.as_ref()?.version.as_ref();
        last.base.version.clone().filter(|old| now.is_some_and(|now| !now.is_same(old)))
    }
}

impl Save {
    /// Two versions may share one tag (HTTP-RULES X5), so that the documents are compared, too.
    fn is_of(&self, base: &Snapshot) -> bool {
        let known = &self.base;
        known.url == base.url && known.version == base.version && known.document.equals(&base.document)
    }
}

/// One call under way.
pub(super) struct Driver {
    pub(super) client: Client,
    pub(super) call: Call,
    extras: Extras,
    /// Called with a merged document; a promise of what the application has against it, or of undefined.
    validate: Option<Function>,
}

impl Driver {
    pub(super) fn new(client: &Client, call: &JsCall) -> Result<Self, JsValue> {
        let call = Fields::of(call);
        let options = Call::read(call.value("options"))?;
        let extras = Extras {
            fetch: client.fetch.clone(),
            headers: call.value("headers").unchecked_into(),
            init: call.value("init"),
            signal: call.present("signal"),
            timeout_ms: options.timeout_ms,
        };
        Ok(Self { client: client.clone(), call: options, extras, validate: call.present("validate") })
    }

    /// The caller's options, with what is known of the origin.
    pub(super) fn write_options(&self) -> Result<WriteOptions, JsValue> {
        let Origin { form, checks } = self.origin();
        Ok(WriteOptions { form, checks, versioning: self.versioning()?, ..self.call.write_options()? })
    }

    fn origin(&self) -> Origin {
        self.client.origin(&self.call.url)
    }

    /// Where versions live, and whether they protect anything here.
    pub(super) fn versioning(&self) -> Result<Versioning, JsValue> {
        let versioning = self.call.versioning()?;
        Ok(if self.origin().checks == PreconditionSupport::Ignored { versioning.ignored() } else { versioning })
    }

    /// Reads the document, with and into the store.
    pub(super) async fn read(&self) -> Result<ReadOutcome, JsValue> {
        let url = self.call.url.clone();
        let stored = self.client.store.load(&url).await;
        let saved_bytes = stored.as_ref().map_or(0, |record| record.body.len());
        let read = Read::new(url.clone(), self.call.format()?, stored, self.call.is_same_origin);
        let read = read.asking(read_headers(&self.extras.headers)).after(self.client.superseded(&url));
        let mut read = read.versioned_by(self.versioning()?);
        let mut event = Event::Started;
        let outcome = loop {
            match read.step(event, moment()) {
                Step::Send(request) => event = self.send(&request, saved_bytes).await?,
                Step::Wait { ms } => event = self.wait(ms).await?,
                Step::Done(outcome) => break outcome,
            }
        };
        if let ReadOutcome::Read(_, record) = &outcome {
            self.remember(&url, record.as_ref()).await;
        }
        Ok(outcome)
    }

    async fn remember(&self, url: &str, record: Option<&Record>) {
        match record {
            Some(record) => self.client.store.keep(url, record).await,
            None => self.client.store.forget(url).await,
        }
    }

    /// Writes the document, and forgets what the store holds of it: the answer to a write is no response to a read.
    pub(super) async fn write(&self, write: &mut Write) -> Result<Outcome, JsValue> {
        let stored = self.client.store.load(&self.call.url).await;
        let mut is_browser_cache_stale = false;
        let mut event = Event::Started;
        loop {
            let step = write.step(event, moment()).map_err(from_core)?;
            for notice in write.take_notices() {
                self.tell(notice);
            }
            match step {
                Step::Send(request) => {
                    if write.proposes_merge()
                        && let Some(words) = self.validated(write.sent()).await?
                    {
                        return write.refuse_merge(words).map_err(from_core);
                    }
                    event = self.send(&request, 0).await?;
                    let is_success = matches!(&event, Event::Answered(response) if response.is_success());
                    if request.method != Method::Get {
                        self.client.store.forget(&self.call.url).await;
                        if let (true, Event::Answered(response)) = (is_success, &event) {
                            self.client.forget_named(&self.call.url, &response.headers);
                        }
                        is_browser_cache_stale |= is_success;
                    } else if is_success {
                        is_browser_cache_stale = false;
                    }
                }
                Step::Wait { ms } => event = self.wait(ms).await?,
                Step::Done(outcome) => {
                    let form = match outcome {
                        Outcome::Saved(..) | Outcome::Merged(..) => write.form(),
                        _ => self.origin().form,
                    };
                    self.client.remember_origin(&self.call.url, Origin { form, checks: write.checks() });
                    if is_browser_cache_stale && stored.is_some_and(|record| record.may_be_reused_unasked()) {
                        self.heal();
                    }
                    return Ok(outcome);
                }
            }
        }
    }

    /// Chromium keeps what it has of a URL after a conditional write, and would hand it out as the newest version; one read that
    /// validates puts that right (HTTP-RULES F6). Nobody waits for it.
    fn heal(&self) {
        if !has_browser_cache() {
            return;
        }
        self.client.stale.borrow_mut().insert(&self.call.url);
        let (client, extras, url) = (self.client.clone(), self.extras.clone(), self.call.url.clone());
        wasm_bindgen_futures::spawn_local(async move {
            let read = read_request(&url, CacheMode::NoCache);
            if matches!(exchange(&read, &extras).await, Ok(Ok(response)) if response.status == 200) {
                client.stale.borrow_mut().remove(&url);
            }
        });
    }

    /// What the application has against a merge. An error of its own ends the call: nothing was sent.
    async fn validated(&self, merged: Option<&Document>) -> Result<Option<String>, JsValue> {
        let (Some(validate), Some(merged)) = (&self.validate, merged) else { return Ok(None) };
        let called = validate.call1(&JsValue::UNDEFINED, &document(merged))?;
        Ok(JsFuture::from(js_sys::Promise::<JsValue>::resolve(&called)).await?.as_string())
    }

    async fn send(&self, request: &Request, saved_bytes: usize) -> Result<Event, JsValue> {
        let started_ms = js_sys::Date::now();
        let answer = exchange(request, &self.extras).await?;
        let status = answer.as_ref().ok().map(|response| response.status);
        let bytes_saved = if status == Some(304) { saved_bytes } else { 0 };
        request_event(&self.client.emit, &request.url, request.method.as_str(), status, started_ms, bytes_saved);
        match answer {
            Ok(response) => Ok(Event::Answered(response)),
            Err(Failure::NoAnswer(why)) => Ok(Event::NoAnswer(why)),
            Err(Failure::Aborted(reason)) => Err(reason),
        }
    }

    async fn wait(&self, ms: u32) -> Result<Event, JsValue> {
        let timer = Timer::new(f64::from(ms));
        JsFuture::from(timer.promise.clone()).await?;
        match self.extras.signal.as_ref().filter(|signal| signal.aborted()) {
            Some(signal) => Err(signal.reason()),
            None => Ok(Event::Waited),
        }
    }

    fn tell(&self, notice: Notice) {
        let event = Object::new();
        set_text(&event, "url", self.call.url.as_str());
        match notice {
            Notice::Absorbed(absorbed) => {
                set_text(&event, "kind", absorbed.as_str());
                emit(&self.client.emit, "absorbed", &event);
            }
            Notice::Warning(warning) => {
                let (code, message) = warning.words();
                set_text(&event, "code", code);
                set_text(&event, "message", message);
                emit(&self.client.emit, "warning", &event);
            }
        }
    }
}

/// Whether `fetch` has a cache of its own here; that of Node.js has none.
pub(super) fn has_browser_cache() -> bool {
    ["document", "WorkerGlobalScope"]
        .iter()
        .any(|name| js_sys::Reflect::has(&js_sys::global(), &(*name).into()).unwrap_or(false))
}

/// Tells the observer `name`. The facade sees to it that none throws into the loop.
pub(super) fn emit(emit: &Function, name: &str, event: &JsValue) {
    drop(emit.call2(&JsValue::UNDEFINED, &name.into(), event));
}

/// Tells of one exchange.
pub(super) fn request_event(
    to: &Function,
    url: &str,
    method: &str,
    status: Option<u16>,
    started_ms: f64,
    bytes_saved: usize,
) {
    let event = Object::new();
    set_text(&event, "url", url);
    set_text(&event, "method", method);
    set(&event, "status", status.map_or(JsValue::NULL, JsValue::from));
    set(&event, "ms", (js_sys::Date::now() - started_ms).into());
    set(&event, "bytesSaved", (bytes_saved as f64).into());
    emit(to, "request", &event);
}
