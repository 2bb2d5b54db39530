//! The client's exports.

use std::rc::Rc;

use js_sys::{Function, Object, Uint8Array};
use wasm_bindgen::prelude::*;

use super::conflict::ConflictCore;
use super::drive::{Client, Driver, JsCall};
use super::dto;
use super::error::{from_core, from_unreadable, js_error, set};
use super::options::format;
use super::promise::promise;
use super::store::JsStore;
use super::strings;
use super::through;
use crate::client::{Outcome, ReadOutcome, Snapshot, Source, Write};
use crate::conflict::Document;
use crate::error::Error;
use crate::http::{Format, Versioning};

#[wasm_bindgen]
extern "C" {
    /// A base as the facade keeps it: what a read handed out.
    pub type JsBase;
    #[wasm_bindgen(method, getter)]
    fn url(this: &JsBase) -> String;
    #[wasm_bindgen(method, getter)]
    fn format(this: &JsBase) -> String;
    #[wasm_bindgen(method, getter)]
    fn version(this: &JsBase) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn modified(this: &JsBase) -> Option<String>;
    #[wasm_bindgen(method, getter, js_name = contentType)]
    fn content_type(this: &JsBase) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn body(this: &JsBase) -> JsValue;
}

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
                ReadOutcome::Refused(problem) => {
                    let status = problem.status.unwrap_or(0);
                    let details = [
                        ("url", driver.call.url.as_str().into()),
                        ("status", status.into()),
                        ("problem", dto::problem(&problem)?),
                    ];
                    Err(js_error(
                        "http",
                        "expected the document, but the server answered with another status",
                        &details,
                    ))
                }
                ReadOutcome::Unreadable(why) => Err(from_unreadable(why, &driver.call.url)),
                ReadOutcome::NoAnswer(why) => {
                    Err(js_error("network", &why, &[("url", driver.call.url.as_str().into())]))
                }
            }
        })
    }

    /// Saves `mine` (a string for text and JSON, a `Uint8Array` for bytes), an edit of `base`.
    pub fn save(&self, call: JsCall, base: JsBase, mine: JsValue) -> js_sys::Promise {
        let driver = Driver::new(&self.shared, &call);
        promise(async move {
            let driver = driver?;
            let base = snapshot(&base, &driver.versioning()?)?;
            let mine = edit(&mine, base.document.format(), Some(&base.document))?;
            let earlier = driver.client.earlier(&base);
            let mut write = Write::update(base.clone(), mine, driver.write_options()?).after(earlier);
            if driver.call.is_overtaking {
                write = write.overtaking();
            }
            let result = driver.write(&mut write).await?;
            driver.client.remember_save(&base, write.into_own(), &result);
            outcome(result, &driver.client)
        })
    }

    /// Creates `mine`: at the URL, or, with `below`, below the collection that the URL names.
    pub fn create(&self, call: JsCall, mine: JsValue, below: bool) -> js_sys::Promise {
        let driver = Driver::new(&self.shared, &call);
        promise(async move {
            let driver = driver?;
            let mine = edit(&mine, driver.call.format()?.unwrap_or(Format::Json), None)?;
            let options = driver.write_options()?;
            let make = if below { Write::create_below } else { Write::create };
            let mut write = make(&driver.call.url, mine, options);
            outcome(driver.write(&mut write).await?, &driver.client)
        })
    }

    /// Removes what `base` is a version of.
    pub fn remove(&self, call: JsCall, base: JsBase) -> js_sys::Promise {
        let driver = Driver::new(&self.shared, &call);
        promise(async move {
            let driver = driver?;
            let mut write = Write::remove(snapshot(&base, &driver.versioning()?)?, driver.write_options()?);
            outcome(driver.write(&mut write).await?, &driver.client)
        })
    }

    /// `fetch` with validators and preconditions: `{response, refused?}`, where `refused` is for [`ClientCore::conflict_of`].
    pub fn fetch(&self, request: web_sys::Request, is_same_origin: bool) -> js_sys::Promise {
        let shared = self.shared.clone();
        promise(through::fetch(shared, request, is_same_origin))
    }

    /// Keeps the answer to a read of `url` that went out before this module was there.
    pub fn keep(&self, url: &str, response: &web_sys::Response) -> Result<(), JsValue> {
        through::store_later(&self.shared, url, response)
    }

    /// The outcome behind a refusal that `fetch` met; nothing is sent but a read.
    #[wasm_bindgen(js_name = conflictOf)]
    pub fn conflict_of(&self, call: JsCall, refused: through::JsRefused) -> js_sys::Promise {
        let driver = Driver::new(&self.shared, &call);
        promise(async move {
            let driver = driver?;
            let mut write = through::refused_write(&driver, &refused).await?;
            outcome(driver.write(&mut write).await?, &driver.client)
        })
    }
}

pub(super) fn snapshot(base: &JsBase, versioning: &Versioning) -> Result<Snapshot, JsValue> {
    let modified = base.modified();
    Ok(Snapshot {
        url: base.url().into(),
        document: edit(&base.body(), format(&base.format())?, None)?,
        version: base
            .version()
            .and_then(|version| versioning.from_token(&version))
            .map(|version| version.with_modified(modified.as_deref())),
        content_type: base.content_type().map(Into::into),
        source: Source::Network,
    })
}

/// The document behind a string or a `Uint8Array`.
pub(super) fn edit(value: &JsValue, format: Format, base: Option<&Document>) -> Result<Document, JsValue> {
    let bytes = match value.dyn_ref::<Uint8Array>() {
        Some(bytes) => bytes.to_vec(),
        None => text(value)?.into_bytes(),
    };
    Document::parse_edit(format, &bytes, base).map_err(from_core)
}

/// A JavaScript string as text; a lone surrogate is an error, where a plain conversion would put U+FFFD in its place.
pub(super) fn text(value: &JsValue) -> Result<String, JsValue> {
    let unsuited = || from_core(Error::invalid_argument("a string", "another type of value"));
    let string = value.dyn_ref::<js_sys::JsString>().ok_or_else(unsuited)?;
    if !strings::is_well_formed(string) {
        return Err(js_error("invalid-text", "expected well-formed text, but found a lone surrogate", &[]));
    }
    String::from_utf8(strings::utf8(string)).map_err(|_| js_error("internal", "expected UTF-8 of an encoder", &[]))
}

/// `{kind, snapshot?, changes?, problem?, conflict?}`.
pub(super) fn outcome(outcome: Outcome, client: &Client) -> Result<JsValue, JsValue> {
    let object: JsValue = Object::new().into();
    let kind = |name: &str| set(&object, "kind", &name.into());
    match outcome {
        Outcome::Saved(saved, snapshot) => {
            kind(saved.as_str());
            set(&object, "snapshot", &snapshot.as_ref().map_or(Ok(JsValue::NULL), dto::snapshot)?);
        }
        Outcome::Merged(snapshot, conflict) => {
            kind("merged");
            set(&object, "format", &snapshot.document.format().as_str().into());
            set(&object, "snapshot", &dto::snapshot(&snapshot)?);
            set(&object, "changes", &dto::changes_of(&conflict)?);
        }
        Outcome::Conflict(state) => {
            kind("conflict");
            set(&object, "conflict", &ConflictCore::new(*state, client.clone()).into());
        }
        Outcome::Refused(refusal) => {
            kind(refusal.kind.as_str());
            set(&object, "problem", &dto::problem(&refusal.problem)?);
        }
    }
    Ok(object)
}
