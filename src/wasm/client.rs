//! The calls of a client.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Object, Promise, Uint8Array};
use wasm_bindgen::prelude::*;

use super::arguments::{taken, unlisted, word};
use super::driver::{Driver, method};
use super::dto;
use super::engine::parts;
use super::error::{Returned, from_core, from_unreadable, js_error, set, set_text};
use super::fetch::head_of;
use super::handle::{Behind, Kept};
use super::input::{Base, base, document, edit};
use super::options::{self, Fields};
use super::responses::{handed_on, keep_copy};
use super::state::{Client, emit};
use super::steps::{begin, begin_after};
use super::wire::{
    self, ClientCall, answer, code, created, event, merged, of_client, refused, result, saved, undecided,
};
use crate::client::{
    Fetch, Fetched, FetchedWrite, Get, Memory, Outcome, ReadOutcome, Save, SavedKind, Update, Updated, Write,
    answer_of, changed_keys,
};
use crate::conflict::{Document, holds};
use crate::error::{Error, ErrorCode};
use crate::http::{self, Format};

/// Carries out a call of a client.
pub(super) fn called(client: &Client, number: u32, arguments: &Array) -> Returned {
    let done = Ok(JsValue::UNDEFINED);
    match ClientCall::of(number).ok_or_else(unlisted)? {
        ClientCall::Read => {
            let [call]: of_client::Read<JsValue> = taken(arguments);
            Ok(read(client, &call).into())
        }
        ClientCall::Save => {
            let [call, known, mine]: of_client::Save<JsValue> = taken(arguments);
            Ok(write(client, &call, &mut |driver| save(driver, &known, &mine)).into())
        }
        ClientCall::Create => {
            let [call, mine, below]: of_client::Create<JsValue> = taken(arguments);
            Ok(write(client, &call, &mut |driver| create(driver, &mine, below.is_truthy())).into())
        }
        ClientCall::Remove => {
            let [call, known]: of_client::Remove<JsValue> = taken(arguments);
            Ok(write(client, &call, &mut |driver| remove(driver, &known)).into())
        }
        ClientCall::Update => {
            let [call]: of_client::Update<JsValue> = taken(arguments);
            Ok(update(client, &call).into())
        }
        ClientCall::Fetch => {
            let [call, has_default_cache, body]: of_client::Fetch<JsValue> = taken(arguments);
            fetch(client, &call, has_default_cache.is_truthy(), &body)
                .or_else(|error| Ok(Promise::reject(&error).into()))
        }
        ClientCall::Keep => {
            let [call, response]: of_client::Keep<JsValue> = taken(arguments);
            let driver = Driver::new(client, &call)?;
            keep_copy(client, fetched(&driver, true)?, driver.options()?, &response);
            done
        }
        ClientCall::Tracks => {
            let [call]: of_client::Tracks<JsValue> = taken(arguments);
            let driver = Driver::new(client, &call)?;
            let is_tracked = driver.memory().tracks(&driver.call.url);
            Ok(is_tracked.into())
        }
        ClientCall::Forget => {
            let [url, response]: of_client::Forget<JsValue> = taken(arguments);
            forget(client, &word(&url)?, response);
            done
        }
        call @ (ClientCall::Holds | ClientCall::Restore) => (parts()?.of_client)(client, call, arguments),
        ClientCall::Hold => {
            let [id]: of_client::Hold<JsValue> = taken(arguments);
            client.memory.borrow_mut().hold(number_of(&id));
            done
        }
        ClientCall::Release => {
            let [id]: of_client::Release<JsValue> = taken(arguments);
            client.memory.borrow_mut().release(number_of(&id));
            done
        }
    }
}

fn number_of(argument: &JsValue) -> u32 {
    argument.as_f64().unwrap_or_default() as u32
}

/// Reads a document.
fn read(client: &Client, call: &JsValue) -> Promise {
    let made = Driver::new(client, call).and_then(|driver| {
        let get = Get::new(&driver.call.url, driver.call.format()?, driver.fields(), driver.options()?);
        Ok((driver, get))
    });
    begin(made, |get, driver| match get.into_outcome() {
        Some(ReadOutcome::Read(snapshot, _)) => {
            if driver.options()?.needs_engine_for(&snapshot.document) {
                // The facade loads the engine in idle time: without a network, a save could not wait for it.
                emit(&driver.client.emit, event::ENGINE, &JsValue::UNDEFINED);
            }
            Ok(dto::snapshot(&snapshot))
        }
        Some(failed) => Err(read_error(failed, driver)),
        None => Err(from_core(Error::internal("a read without an outcome"))),
    })
}

fn save(driver: &Driver, known: &JsValue, mine: &JsValue) -> Result<Save, JsValue> {
    let options = driver.options()?;
    let memory = &mut adopting(driver, known);
    Ok(match base(known, &options.versioning)? {
        Base::Known(base) => {
            let doubted = Fields::of(known).value(wire::base::DOUBTED);
            if !doubted.is_undefined() {
                memory.recover(&base, edit(&doubted, base.document.format())?);
            }
            let mine = edit(mine, base.document.format())?;
            Save::update(memory, base, mine, options)
        }
        Base::Copy { url, format, version, copied } => {
            let mine = edit(mine, format)?;
            let save = Save::update_of_copy(memory, &url, version, (mine, copied), options);
            save.asking(driver.fields()).named_at(named_by(known))
        }
    })
}

fn create(driver: &Driver, mine: &JsValue, below: bool) -> Result<Save, JsValue> {
    let mine = document(mine, driver.call.format()?.unwrap_or(Format::Json))?;
    let memory = &mut driver.memory();
    Ok(Save::create(memory, &driver.call.url, mine, below, driver.options()?))
}

fn remove(driver: &Driver, known: &JsValue) -> Result<Save, JsValue> {
    let options = driver.options()?;
    let memory = &mut adopting(driver, known);
    Ok(match base(known, &options.versioning)? {
        Base::Known(base) => Save::remove(memory, base, options),
        Base::Copy { url, version, .. } => {
            let save = Save::remove_of_copy(memory, &url, version, options);
            save.asking(driver.fields()).named_at(named_by(known))
        }
    })
}

fn update(client: &Client, call: &JsValue) -> Promise {
    let made = Driver::new(client, call).and_then(|driver| {
        let update = Update::new(&driver.call.url, driver.call.format()?, driver.fields(), driver.options()?);
        Ok((driver, update))
    });
    begin(made, |update, driver| match update.into_outcome() {
        Some((Updated::Written(written, remembered), _)) => outcome(written, remembered, &driver.client),
        Some((Updated::Unread(failed), _)) => Err(read_error(failed, driver)),
        None => Err(from_core(Error::internal("an update without an outcome"))),
    })
}

/// Sends a request of the caller of `fetch`: the `request` of the call.
fn fetch(client: &Client, call: &JsValue, has_default_cache: bool, body: &JsValue) -> Returned {
    let driver = Driver::new(client, call)?;
    let (call, options) = (fetched(&driver, has_default_cache)?, driver.options()?);
    let name = driver.extras.template.as_ref().map(web_sys::Request::method).unwrap_or_default();
    let method = method(&name).ok_or_else(|| from_core(Error::internal("a method that is not tracked")))?;
    Ok(if method == http::Method::Get {
        begin(Ok((driver, Fetch::new(call, options))), fetched_read)
    } else {
        // Copies of earlier answers may not be in the memory yet.
        let copies = Array::new();
        for copy in client.copies.borrow().iter().filter(|copy| copy.0 == call.url) {
            copies.push(&copy.1);
        }
        let body = body.dyn_ref::<Uint8Array>().map(Uint8Array::to_vec);
        let save = Save::fetch(&mut driver.memory(), FetchedWrite { call, method, body }, options);
        begin_after(Ok((driver, save)), fetched_write, copies)
    }
    .into())
}

/// Deletes the stored responses that a success names as changed (RFC 9111 §4.4).
fn forget(client: &Client, url: &str, response: JsValue) {
    let headers = head_of(response).map(|head| head.headers).unwrap_or_default();
    let forgotten = Array::new();
    // All without a pause: the next read must not come in between.
    for key in changed_keys(url, &headers) {
        if let Ok(promise) = client.store.forget(&key) {
            forgotten.push(&promise);
        }
    }
    // Nobody waits, and a store that fails costs nothing.
    drop(Promise::all_settled(&forgotten));
}

/// Whether the edit `later` contains all of `earlier`, an edit of `base`: in the engine.
pub(super) fn held(client: &Client, arguments: of_client::Holds<JsValue>) -> Returned {
    let [call, format, base, earlier, later, is_same_form] = arguments;
    let (driver, format) = (Driver::new(client, &call)?, options::format(&word(&format)?)?);
    let given = |value: &JsValue| -> Result<Option<Document>, JsValue> {
        if options::is_none(value) { Ok(None) } else { document(value, format).map(Some) }
    };
    let documents = [given(&base)?, given(&earlier)?, given(&later)?];
    let merge = driver.options()?.merge;
    let is_held = holds(documents.each_ref().map(Option::as_ref), is_same_form.is_truthy(), &merge);
    is_held.map(Into::into).map_err(from_core)
}

/// Carries out the write that `make` returns. `make` is called at once, so that turns follow the order of the calls.
fn write(client: &Client, call: &JsValue, make: &mut dyn FnMut(&Driver) -> Result<Save, JsValue>) -> Promise {
    let made = Driver::new(client, call).and_then(|driver| {
        let save = make(&driver)?;
        Ok((driver, save))
    });
    begin(made, written)
}

/// The outcome behind a refusal. It sends at most reads.
pub(super) fn settled(client: &Client, call: &JsValue, behind: Option<Behind>) -> Returned {
    Ok(match behind
        .ok_or_else(|| js_error(ErrorCode::Internal.as_str(), "expected a refusal that nobody has settled", &[]))?
    {
        Behind::Conflict(state) => Promise::resolve(&outcome(Outcome::Conflict(state), None, client)?),
        Behind::Refusal { base, mine, response } => {
            let mut refused = Some((base, mine));
            write(client, call, &mut |driver| {
                let (url, options) = (&driver.call.url, driver.options()?);
                let response = response.as_ref();
                let (Some(response), Some((base, mine))) = (response, refused.take()) else {
                    return Err(from_core(Error::internal("a refusal without an answer")));
                };
                let now_ms = super::time::moment().now_ms;
                let write = Write::refused(base, url, mine, response, options.clone(), now_ms);
                Ok(Save::of(&mut driver.memory(), url, write, options))
            })
        }
    }
    .into())
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
fn named_by(known: &JsValue) -> Option<String> {
    Fields::of(known).optional_text(wire::base::NAMED)
}

/// The memory, with the earlier saves from exactly this snapshot, whichever token they were made with.
fn adopting<'a>(driver: &'a Driver, known: &JsValue) -> std::cell::RefMut<'a, Memory> {
    let mut memory = driver.memory();
    if let Some(id) = Fields::of(known).value(wire::base::REMEMBERED).as_f64() {
        memory.adopt(id as u32);
    }
    memory
}

fn fetched_read(fetch: Fetch, driver: &Driver) -> Returned {
    let call = fetch.call().clone();
    let answer = fetch.into_answer().ok_or_else(|| from_core(Error::internal("a fetch without an answer")))?;
    if let Some(response) = driver.answers.borrow().own_to_keep(&answer) {
        keep_copy(&driver.client, call, driver.options()?, response);
    }
    handed_on(driver.answers.take(), &driver.call.url, answer)
}

fn fetched_write(save: Save, driver: &Driver) -> Returned {
    let refusal = save.refusal_of_caller();
    let (made, conflict) = answer_of(save);
    let response = driver.answers.borrow().last.clone();
    let object = handed_on(driver.answers.take(), &driver.call.url, made)?;
    let behind = match (conflict, refusal) {
        (Some(state), _) => Some(Behind::Conflict(state)),
        (None, Some((base, mine))) => Some(Behind::Refusal { base, mine, response }),
        (None, None) => None,
    };
    if let Some(behind) = behind {
        let refused = Kept::Refused(Cell::new(Some(behind)), driver.client.clone());
        set(&object, answer::REFUSED, refused.handed_out());
    }
    Ok(object)
}

/// The error of a read without a document.
pub(super) fn read_error(outcome: ReadOutcome, driver: &Driver) -> JsValue {
    let url = ("url", driver.call.url.as_str().into());
    match outcome {
        ReadOutcome::Refused(problem) => {
            let details = [url, ("status", problem.status.unwrap_or(0).into()), ("problem", dto::problem(&problem))];
            // The facade puts method, URL and status into words.
            js_error(code::HTTP, "", &details)
        }
        ReadOutcome::Unreadable(why) => from_unreadable(why, &driver.call.url),
        ReadOutcome::NoAnswer(why) => js_error(code::NETWORK, &why, &[url]),
        ReadOutcome::Read(..) => JsValue::UNDEFINED,
    }
}

/// The outcome of a write for the facade.
pub(super) fn outcome(outcome: Outcome, remembered: Option<u32>, client: &Client) -> Result<JsValue, JsValue> {
    let object: JsValue = Object::new().into();
    let kind = |name: &str| set_text(&object, result::KIND, name);
    if let Some(id) = remembered {
        set(&object, result::REMEMBERED, id.into());
    }
    match outcome {
        Outcome::Saved(how, snapshot) => {
            kind(how.as_str());
            set(&object, saved::SNAPSHOT, snapshot.as_ref().map_or(JsValue::NULL, dto::snapshot));
        }
        Outcome::Created(answer) => {
            kind(SavedKind::Created.as_str());
            set_text(&object, created::FORMAT, answer.format().as_str());
            set(&object, created::BODY, dto::document(&answer));
        }
        Outcome::Merged(snapshot, conflict) => {
            kind(wire::MERGED);
            set_text(&object, merged::FORMAT, snapshot.document.format().as_str());
            set(&object, merged::SNAPSHOT, dto::snapshot(&snapshot));
            set(&object, merged::CHANGES, (parts()?.changes)(&conflict));
        }
        Outcome::Conflict(state) => {
            kind(wire::CONFLICT);
            let held = Rc::new(RefCell::new(*state));
            set(&object, undecided::CONFLICT, Kept::Conflict(held, client.clone()).handed_out());
        }
        Outcome::Refused(refusal) => {
            kind(refusal.kind.as_str());
            set(&object, refused::PROBLEM, dto::problem(&refusal.problem));
        }
        Outcome::Replay(_) => return Err(from_core(Error::internal("a change that was not made again"))),
    }
    Ok(object)
}
