//! The client's exports.

use std::rc::Rc;

use js_sys::{Function, Object};
use wasm_bindgen::prelude::*;

use super::conflict::{ConflictCore, Held, adopt_refusal};
use super::drive::{Client, Driver, JsCall};
use super::dto;
use super::error::{from_unreadable, js_error, set, set_text};
use super::fetch::read_headers;
use super::input::{JsBase, edit, snapshot};
use super::promise::promise;
use super::store::JsStore;
use super::through;
use crate::client::{Outcome, ReadOutcome, Snapshot, Write};
use crate::http::Format;

/// A client; the facade's `createClient` wraps it.
#[wasm_bindgen]
pub struct ClientCore {
    shared: Client,
}

#[wasm_bindgen]
impl ClientCore {
    /// `fetch` is called with a `Request` and an init; `emit` with an observer's name and its event.
    #[wasm_bindgen(constructor)]
    pub fn new(fetch: Function, store: JsStore, emit: Function) -> Self {
        Self {
            shared: Client { fetch, store, emit, saves: Rc::default(), origins: Rc::default(), stale: Rc::default() },
        }
    }

    /// Reads a document: a snapshot as [`dto::snapshot`] makes it.
    pub fn read(&self, call: JsCall) -> js_sys::Promise {
        let driver = Driver::new(&self.shared, &call);
        promise(async move {
            let driver = driver?;
            match driver.read().await? {
                ReadOutcome::Read(snapshot, _) => dto::snapshot(&snapshot),
                failed => Err(read_error(failed, &driver)?),
            }
        })
    }

    /// Saves `mine` (a string for text and JSON, a `Uint8Array` for bytes), an edit of `base`.
    pub fn save(&self, call: JsCall, base: JsBase, mine: JsValue) -> js_sys::Promise {
        self.write(&call, |driver| {
            let base = snapshot(&base, &driver.versioning()?)?;
            let mine = edit(&mine, base.document.format(), Some(&base.document))?;
            let earlier = driver.client.earlier(&base);
            let write = Write::update(base.clone(), mine, driver.write_options()?).after(earlier);
            Ok((if driver.call.is_overtaking { write.overtaking() } else { write }, Some(base)))
        })
    }

    /// Creates `mine`: at the URL, or, with `below`, below the collection that the URL names.
    pub fn create(&self, call: JsCall, mine: JsValue, below: bool) -> js_sys::Promise {
        self.write(&call, |driver| {
            let mine = edit(&mine, driver.call.format()?.unwrap_or(Format::Json), None)?;
            let make = if below { Write::create_below } else { Write::create };
            Ok((make(&driver.call.url, mine, driver.write_options()?), None))
        })
    }

    /// Removes what `base` is a version of.
    pub fn remove(&self, call: JsCall, base: JsBase) -> js_sys::Promise {
        self.write(&call, |driver| {
            Ok((Write::remove(snapshot(&base, &driver.versioning()?)?, driver.write_options()?), None))
        })
    }

    /// `fetch` with validators and preconditions: `{response, refused?}`, where `refused` is for [`ClientCore::conflict_of`].
    pub fn fetch(&self, request: web_sys::Request, is_same_origin: bool) -> js_sys::Promise {
        let shared = self.shared.clone();
        promise(through::fetch(shared, request, is_same_origin))
    }

    /// Keeps the answer to a read that went out before this module was there.
    pub fn keep(&self, request: &web_sys::Request, response: &web_sys::Response) -> Result<(), JsValue> {
        through::store_later(&self.shared, &request.url(), &read_headers(&request.headers()), response)
    }

    /// The outcome behind a refusal that `fetch` met; nothing is sent but a read.
    #[wasm_bindgen(js_name = conflictOf)]
    pub fn conflict_of(&self, call: JsCall, refused: through::JsRefused) -> js_sys::Promise {
        self.write(&call, |driver| Ok((through::refused_write(driver, &refused)?, None)))
    }
}

impl ClientCore {
    /// The write that `make` makes, carried out; beside it the base by which it is remembered.
    fn write(
        &self,
        call: &JsCall,
        make: impl FnOnce(&Driver) -> Result<(Write, Option<Snapshot>), JsValue>,
    ) -> js_sys::Promise {
        let made = Driver::new(&self.shared, call).and_then(|driver| {
            let (write, base) = make(&driver)?;
            Ok((driver, write, base))
        });
        promise(written(made, None))
    }
}

/// The outcome of a write; what it means for a conflict that is decided here already goes into `held`.
pub(super) async fn written(
    made: Result<(Driver, Write, Option<Snapshot>), JsValue>,
    held: Option<Held>,
) -> Result<JsValue, JsValue> {
    let (driver, mut write, base) = made?;
    let result = match (driver.write(&mut write).await, &base) {
        (Ok(result), _) => result,
        (Err(reason), Some(base)) if write.has_written() => {
            driver.client.remember_aborted(base, write.into_own());
            return Err(reason);
        }
        (Err(reason), _) => return Err(reason),
    };
    let sent = write.sent().cloned();
    if let Some(base) = base {
        driver.client.remember_save(&base, write.into_own(), &result);
    }
    match (result, held) {
        (Outcome::Conflict(state), Some(held)) => adopt_refusal(&held, *state, sent.as_ref()),
        (result, _) => outcome(result, &driver.client),
    }
}

/// Why there is nothing to hand out.
pub(super) fn read_error(outcome: ReadOutcome, driver: &Driver) -> Result<JsValue, JsValue> {
    let url = ("url", driver.call.url.as_str().into());
    Ok(match outcome {
        ReadOutcome::Refused(problem) => {
            let details = [url, ("status", problem.status.unwrap_or(0).into()), ("problem", dto::problem(&problem)?)];
            js_error("http", "expected the document, but the server answered with another status", &details)
        }
        ReadOutcome::Unreadable(why) => from_unreadable(why, &driver.call.url),
        ReadOutcome::NoAnswer(why) => js_error("network", &why, &[url]),
        ReadOutcome::Read(..) => JsValue::UNDEFINED,
    })
}

/// `{kind, snapshot?, changes?, problem?, conflict?}`.
pub(super) fn outcome(outcome: Outcome, client: &Client) -> Result<JsValue, JsValue> {
    let object: JsValue = Object::new().into();
    let kind = |name: &str| set_text(&object, "kind", name);
    match outcome {
        Outcome::Saved(saved, snapshot) => {
            kind(saved.as_str());
            set(&object, "snapshot", snapshot.as_ref().map_or(Ok(JsValue::NULL), dto::snapshot)?);
        }
        Outcome::Merged(snapshot, conflict) => {
            kind("merged");
            set_text(&object, "format", snapshot.document.format().as_str());
            set(&object, "snapshot", dto::snapshot(&snapshot)?);
            set(&object, "changes", dto::changes_of(&conflict));
        }
        Outcome::Conflict(state) => {
            kind("conflict");
            set(&object, "conflict", ConflictCore::new(*state, client.clone()).into());
        }
        Outcome::Refused(refusal) => {
            kind(refusal.kind.as_str());
            set(&object, "problem", dto::problem(&refusal.problem)?);
        }
    }
    Ok(object)
}
