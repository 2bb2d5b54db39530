//! The client's exports.

use js_sys::{Function, Object, Promise, Uint8Array};
use wasm_bindgen::prelude::*;

use super::conflict::ConflictCore;
use super::driver::{Client, Driver, JsCall, emit, method};
use super::dto;
use super::engine::parts;
use super::error::{from_core, from_unreadable, js_error, set, set_text};
use super::fetch::{Settled, head_of, within};
use super::input::{Base, JsBase, base, document, edit};
use super::options::{self, Fields};
use super::promise::promise;
use super::responses::{handed_on, keep_copy};
use super::store::JsStore;
use super::time::Timer;
use crate::client::{
    ConflictState, Fetch, Fetched, FetchedWrite, Get, Outcome, ReadOutcome, Save, SavedKind, Snapshot, Update, Updated,
    Write, answer_of,
};
use crate::conflict::Document;
use crate::error::Error;
use crate::http::{self, Format};

/// A client; the facade's `createClient` wraps it.
#[wasm_bindgen]
pub struct ClientCore {
    shared: Client,
}

/// The data behind a refusal that the caller of `fetch` got.
#[wasm_bindgen]
pub struct RefusedCore(Behind);

enum Behind {
    Conflict(Box<ConflictState>),
    /// The caller stated its own condition, so nothing was read again yet.
    Refusal {
        base: Option<Snapshot>,
        mine: Option<Document>,
        response: Option<http::Response>,
    },
}

#[wasm_bindgen]
impl ClientCore {
    /// `fetch` is called with a `Request` and an init; `emit` with an observer's name and its event. The promise
    /// of `load_engine` resolves when the engine is there.
    #[wasm_bindgen(constructor)]
    pub fn new(fetch: Function, store: JsStore, emit: Function, load_engine: Function) -> Self {
        Self { shared: Client::new(fetch, store, emit, load_engine) }
    }

    /// Reads a document: a snapshot as [`dto::snapshot`] makes it.
    pub fn read(&self, call: JsCall) -> Promise {
        let driver = Driver::new(&self.shared, &call);
        promise(async move {
            let driver = driver?;
            let mut get = Get::new(&driver.call.url, driver.call.format()?, driver.fields(), driver.options()?);
            driver.run(&mut get).await?;
            match get.into_outcome() {
                Some(ReadOutcome::Read(snapshot, _)) => {
                    if driver.options()?.needs_engine_for(&snapshot.document) {
                        // The facade loads the engine in idle time: without a network, a save could not wait for it.
                        emit(&driver.client.emit, "engine", &JsValue::UNDEFINED);
                    }
                    Ok(dto::snapshot(&snapshot))
                }
                Some(failed) => Err(read_error(failed, &driver)),
                None => Err(from_core(Error::internal("a read without an outcome"))),
            }
        })
    }

    /// Saves `mine` (a string for text and JSON, a `Uint8Array` for bytes), an edit of `base`.
    pub fn save(&self, call: JsCall, known: JsBase, mine: JsValue) -> Promise {
        self.write(&call, |driver| {
            let options = driver.options()?;
            let memory = &mut adopting(driver, &known);
            Ok(match base(&known, &options.versioning)? {
                Base::Known(base) => {
                    let doubted = Fields::of(&known).value("doubted");
                    if !doubted.is_undefined() {
                        memory.recover(&base, edit(&doubted, base.document.format())?);
                    }
                    let mine = edit(&mine, base.document.format())?;
                    Save::update(memory, base, mine, options)
                }
                Base::Copy { url, format, version, copied } => {
                    let mine = edit(&mine, format)?;
                    let save = Save::update_of_copy(memory, &url, version, (mine, copied), options);
                    save.asking(driver.fields()).named_at(named_by(&known))
                }
            })
        })
    }

    /// Creates `mine`: at the URL, or, with `below`, below the collection that the URL names.
    pub fn create(&self, call: JsCall, mine: JsValue, below: bool) -> Promise {
        self.write(&call, |driver| {
            let mine = document(&mine, driver.call.format()?.unwrap_or(Format::Json))?;
            let memory = &mut driver.memory();
            Ok(Save::create(memory, &driver.call.url, mine, below, driver.options()?))
        })
    }

    /// Removes what `base` is a version of.
    pub fn remove(&self, call: JsCall, known: JsBase) -> Promise {
        self.write(&call, |driver| {
            let options = driver.options()?;
            let memory = &mut adopting(driver, &known);
            Ok(match base(&known, &options.versioning)? {
                Base::Known(base) => Save::remove(memory, base, options),
                Base::Copy { url, version, .. } => {
                    let save = Save::remove_of_copy(memory, &url, version, options);
                    save.asking(driver.fields()).named_at(named_by(&known))
                }
            })
        })
    }

    /// Reads, calls the call's `change`, and saves; repeats this if somebody else has written.
    pub fn update(&self, call: JsCall) -> Promise {
        let driver = Driver::new(&self.shared, &call);
        promise(async move {
            let driver = driver?;
            let format = driver.call.format()?;
            let mut update = Update::new(&driver.call.url, format, driver.fields(), driver.options()?);
            driver.run(&mut update).await?;
            match update.into_outcome() {
                Some((Updated::Written(written, remembered), _)) => outcome(written, remembered, &driver.client),
                Some((Updated::Unread(failed), _)) => Err(read_error(failed, &driver)),
                None => Err(from_core(Error::internal("an update without an outcome"))),
            }
        })
    }

    /// Sends a request of the caller of `fetch`, with validators and preconditions: `{response, url?, refused?}`. `call.request` is the
    /// request, and `body` the octets of a PUT.
    pub fn fetch(&self, call: JsCall, has_default_cache: bool, body: Option<Uint8Array>) -> Promise {
        let made = Driver::new(&self.shared, &call).and_then(|driver| {
            let call = fetched(&driver, has_default_cache)?;
            let name = driver.extras.template.as_ref().map(web_sys::Request::method).unwrap_or_default();
            let method = method(&name).ok_or_else(|| from_core(Error::internal("a method that is not tracked")))?;
            let save = (method != http::Method::Get).then(|| {
                let call = FetchedWrite { call: call.clone(), method, body: body.map(|body| body.to_vec()) };
                let options = driver.options()?;
                Ok::<_, JsValue>(Save::fetch(&mut driver.memory(), call, options))
            });
            Ok((driver, call, save.transpose()?))
        });
        promise(async move {
            match made? {
                (driver, call, Some(save)) => fetched_write(driver, call, save).await,
                (driver, call, None) => fetched_read(driver, call).await,
            }
        })
    }

    /// Whether a write of `url` through `fetch` would name a version, so that its body may be needed twice.
    pub fn tracks(&self, call: JsCall) -> Result<bool, JsValue> {
        let driver = Driver::new(&self.shared, &call)?;
        Ok(driver.memory().tracks(&driver.call.url))
    }

    /// Keeps the answer to a read that went out before this module was there.
    pub fn keep(&self, call: JsCall, response: &JsValue) -> Result<(), JsValue> {
        let driver = Driver::new(&self.shared, &call)?;
        keep_copy(&self.shared, fetched(&driver, true)?, driver.options()?, response);
        Ok(())
    }

    /// Deletes the stored responses that a success names as changed (RFC 9111 §4.4).
    pub fn forget(&self, url: String, response: &JsValue) {
        let headers = head_of(response.clone()).map(|head| head.headers).unwrap_or_default();
        // All without a pause: the next read must not come in between.
        for key in crate::client::changed_keys(&url, &headers) {
            let store = self.shared.store.clone();
            wasm_bindgen_futures::spawn_local(async move { store.forget(&key, None).await });
        }
    }

    /// The outcome behind a refusal that the caller of `fetch` got; it sends at most reads.
    #[wasm_bindgen(js_name = conflictOf)]
    pub fn conflict_of(&self, call: JsCall, refused: RefusedCore) -> Result<Promise, JsValue> {
        Ok((parts()?.settled)(self, &call, refused))
    }

    /// Whether the edit `later` contains all of `earlier`, an edit of `base`. Undefined stands for an unknown or a removed document.
    pub fn holds(
        &self,
        call: JsCall,
        format: &str,
        base: &JsValue,
        earlier: &JsValue,
        later: &JsValue,
        is_same_form: bool,
    ) -> Result<bool, JsValue> {
        let (driver, format) = (Driver::new(&self.shared, &call)?, options::format(format)?);
        let given = |value: &JsValue| -> Result<Option<Document>, JsValue> {
            if options::is_none(value) { Ok(None) } else { document(value, format).map(Some) }
        };
        let documents = [given(base)?, given(earlier)?, given(later)?];
        let merge = driver.options()?.merge;
        (parts()?.holds)(documents.each_ref().map(Option::as_ref), is_same_form, &merge).map_err(from_core)
    }

    /// The page holds a snapshot of the base of the save with this number.
    pub fn hold(&self, id: u32) {
        self.shared.memory.borrow_mut().hold(id);
    }

    /// The page has dropped a snapshot of this base.
    pub fn release(&self, id: u32) {
        self.shared.memory.borrow_mut().release(id);
    }
}

impl ClientCore {
    /// Carries out the write that `make` returns. `make` is called at once, so that turns follow the order of the calls.
    fn write(&self, call: &JsCall, make: impl FnOnce(&Driver) -> Result<Save, JsValue>) -> Promise {
        let made = Driver::new(&self.shared, call).and_then(|driver| {
            let save = make(&driver)?;
            Ok((driver, save))
        });
        promise(async move {
            let (driver, mut save) = made?;
            driver.run(&mut save).await?;
            written(save, &driver)
        })
    }
}

/// The outcome behind a refusal: see [`ClientCore::conflict_of`].
pub(super) fn settled(client: &ClientCore, call: &JsCall, refused: RefusedCore) -> Promise {
    match refused.0 {
        Behind::Conflict(state) => {
            let client = client.shared.clone();
            promise(async move { outcome(Outcome::Conflict(state), None, &client) })
        }
        Behind::Refusal { base, mine, response } => client.write(call, |driver| {
            let (url, options) = (&driver.call.url, driver.options()?);
            let response = response.ok_or_else(|| from_core(Error::internal("a refusal without an answer")))?;
            let write = Write::refused(base, url, mine, &response, options.clone(), super::time::moment().now_ms);
            Ok(Save::of(&mut driver.memory(), url, write, options))
        }),
    }
}

/// The outcome of a write.
fn written(save: Save, driver: &Driver) -> Result<JsValue, JsValue> {
    let (written, remembered) =
        save.into_outcome().ok_or_else(|| from_core(Error::internal("a write without an outcome")))?;
    outcome(written, remembered, &driver.client)
}

fn fetched(driver: &Driver, has_default_cache: bool) -> Result<Fetched, JsValue> {
    Ok(Fetched {
        url: driver.call.url.clone(),
        fields: driver.fields(),
        format: driver.call.format()?,
        has_default_cache,
    })
}

/// The origin that the caller named when it read the document of a copied snapshot, if it is another one.
fn named_by(known: &JsBase) -> Option<String> {
    Fields::of(known).optional_text("named")
}

/// The memory, with the earlier saves from exactly this snapshot, whichever token they were made with.
fn adopting<'a>(driver: &'a Driver, known: &JsBase) -> std::cell::RefMut<'a, crate::client::Memory> {
    let mut memory = driver.memory();
    if let Some(id) = Fields::of(known).value("remembered").as_f64() {
        memory.adopt(id as u32);
    }
    memory
}

async fn fetched_read(driver: Driver, call: Fetched) -> Result<JsValue, JsValue> {
    let options = driver.options()?;
    let mut fetch = Fetch::new(call.clone(), options.clone());
    driver.run(&mut fetch).await?;
    let answer = fetch.into_answer().ok_or_else(|| from_core(Error::internal("a fetch without an answer")))?;
    if let Some(response) = driver.answers.borrow().own_to_keep(&answer) {
        keep_copy(&driver.client, call, options, response);
    }
    handed_on(&driver, answer)
}

/// How long a write of the caller of `fetch` waits for the bodies of earlier answers. A body that never ends cannot be the base of an
/// edit.
const COPIES_MS: f64 = 2_000.0;

async fn fetched_write(driver: Driver, call: Fetched, mut save: Save) -> Result<JsValue, JsValue> {
    // Copies of earlier answers may not be in the memory yet.
    let copies: Vec<_> = driver.client.copies.borrow().iter().filter(|copy| copy.0 == call.url).cloned().collect();
    let timer = Timer::new(COPIES_MS);
    for (_, copied) in copies {
        if let Settled::Rejected(reason) = within(copied, &timer, driver.extras.signal.as_ref()).await {
            driver.abandon(&mut save);
            return Err(reason);
        }
    }
    driver.run(&mut save).await?;
    let refusal = save.refusal_of_caller();
    let (answer, conflict) = answer_of(save);
    let response = driver.answers.borrow().last.clone();
    let object = handed_on(&driver, answer)?;
    let behind = match (conflict, refusal) {
        (Some(state), _) => Some(Behind::Conflict(state)),
        (None, Some((base, mine))) => Some(Behind::Refusal { base, mine, response }),
        (None, None) => None,
    };
    if let Some(behind) = behind {
        set(&object, "refused", RefusedCore(behind).into());
    }
    Ok(object)
}

/// Why there is nothing to hand out.
pub(super) fn read_error(outcome: ReadOutcome, driver: &Driver) -> JsValue {
    let url = ("url", driver.call.url.as_str().into());
    match outcome {
        ReadOutcome::Refused(problem) => {
            let details = [url, ("status", problem.status.unwrap_or(0).into()), ("problem", dto::problem(&problem))];
            js_error("http", "expected the document, but the server answered with another status", &details)
        }
        ReadOutcome::Unreadable(why) => from_unreadable(why, &driver.call.url),
        ReadOutcome::NoAnswer(why) => js_error("network", &why, &[url]),
        ReadOutcome::Read(..) => JsValue::UNDEFINED,
    }
}

/// `{kind, snapshot?, body?, format?, changes?, problem?, conflict?, remembered?}`.
pub(super) fn outcome(outcome: Outcome, remembered: Option<u32>, client: &Client) -> Result<JsValue, JsValue> {
    let object: JsValue = Object::new().into();
    let kind = |name: &str| set_text(&object, "kind", name);
    if let Some(id) = remembered {
        set(&object, "remembered", id.into());
    }
    match outcome {
        Outcome::Saved(saved, snapshot) => {
            kind(saved.as_str());
            set(&object, "snapshot", snapshot.as_ref().map_or(JsValue::NULL, dto::snapshot));
        }
        Outcome::Created(answer) => {
            kind(SavedKind::Created.as_str());
            set_text(&object, "format", answer.format().as_str());
            set(&object, "body", dto::document(&answer));
        }
        Outcome::Merged(snapshot, conflict) => {
            kind("merged");
            set_text(&object, "format", snapshot.document.format().as_str());
            set(&object, "snapshot", dto::snapshot(&snapshot));
            set(&object, "changes", (parts()?.changes)(&conflict));
        }
        Outcome::Conflict(state) => {
            kind("conflict");
            set(&object, "conflict", ConflictCore::new(*state, client.clone()).into());
        }
        Outcome::Refused(refusal) => {
            kind(refusal.kind.as_str());
            set(&object, "problem", dto::problem(&refusal.problem));
        }
        Outcome::Replay(_) => return Err(from_core(Error::internal("a change that was not made again"))),
    }
    Ok(object)
}
