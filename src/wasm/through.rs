//! `fetch` with validators and preconditions, for pages that keep their own calls.

use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

use super::drive::{Client, Driver, Origin, has_browser_cache, request_event};
use super::error::{from_core, js_error, set, set_text};
use super::fetch::{NO_RESPONSE, bytes_of, read_headers, response_of};
use super::input::{JsBase, snapshot};
use super::options::Fields;
use super::time::moment;
use crate::client::{NEVER_MATCHING, PreconditionSupport, Write};
use crate::conflict::{Document, MAX_DOCUMENT_BYTES};
use crate::http::{self, Format, Record};

#[wasm_bindgen]
extern "C" {
    /// What `fetch` remembers of a refusal: `base?`, `mine?`, `answer`, and as `body` an `ArrayBuffer`, or nothing where it could not
    /// be read.
    pub type JsRefused;
}

/// Fields by which the caller states a condition of its own.
const CONDITIONS: [&str; 5] = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range"];

pub(super) async fn fetch(client: Client, request: web_sys::Request, is_same_origin: bool) -> Result<JsValue, JsValue> {
    match request.method().as_str() {
        "GET" => read(&client, request, is_same_origin).await,
        "PUT" | "PATCH" | "DELETE" => write(&client, request).await,
        method => {
            let response = send(&client, &request, 0).await?;
            // A non-error answer to an unsafe method makes what is stored of its target invalid (RFC 9111 §4.4).
            if !matches!(method, "HEAD" | "OPTIONS") && response.status() < 400 {
                client.store.forget(&request.url()).await;
                client.forget_named(&request.url(), &read_headers(&response.headers()));
            }
            wrapped(response)
        }
    }
}

fn wrapped(response: Response) -> Result<JsValue, JsValue> {
    let object: JsValue = Object::new().into();
    set(&object, "response", response.into());
    Ok(object)
}

async fn send(client: &Client, request: &web_sys::Request, bytes_saved: usize) -> Result<Response, JsValue> {
    let started_ms = js_sys::Date::now();
    let (url, method) = (request.url(), request.method());
    let sent = client.fetch.call2(&JsValue::UNDEFINED, request, &JsValue::UNDEFINED);
    let answer = match sent {
        Ok(promise) => JsFuture::from(js_sys::Promise::resolve(&promise)).await,
        Err(thrown) => Err(thrown),
    };
    let answer = answer.and_then(|answer| response_of(answer).ok_or_else(|| js_error("network", NO_RESPONSE, &[])));
    let status = answer.as_ref().ok().map(Response::status);
    let bytes_saved = if status == Some(304) { bytes_saved } else { 0 };
    request_event(&client.emit, &url, &method, status, started_ms, bytes_saved);
    answer
}

fn states_condition(request: &web_sys::Request) -> bool {
    CONDITIONS.iter().any(|name| request.headers().has(name).unwrap_or(false))
}

async fn read(client: &Client, request: web_sys::Request, is_same_origin: bool) -> Result<JsValue, JsValue> {
    let url = request.url();
    let is_partial = request.headers().has("range").unwrap_or(false);
    let stored = if is_partial { None } else { client.store.load(&url).await };
    let asked = read_headers(&request.headers());
    let stored = stored.filter(|record| record.suits(&asked));
    let bytes_saved = stored.as_ref().map_or(0, |record| record.body.len());
    let etag = stored.as_ref().and_then(Record::etag);
    let is_ours = is_same_origin && has_default_cache(&request) && !states_condition(&request);
    let conditional = match etag {
        // Without this mode some browsers add fields that make servers ignore the condition (HTTP-RULES F2).
        Some(etag) if is_ours => {
            let conditional = with_cache(&request, "no-cache")?;
            conditional.headers().set("if-none-match", etag)?;
            conditional
        }
        // A write of this client replaced what the browser's cache may still hold.
        _ if client.stale.borrow().contains(&url) && has_default_cache(&request) => with_cache(&request, "no-cache")?,
        _ => request.clone()?,
    };
    let response = send(client, &conditional, bytes_saved).await?;
    if response.status() == 200 {
        client.stale.borrow_mut().remove(&url);
    }
    if response.status() != 304 {
        if !is_partial {
            store_later(client, &url, &asked, &response)?;
        }
        return wrapped(response);
    }
    let headers = read_headers(&response.headers());
    match stored {
        Some(mut record) if !record.is_contradicted_by(&headers) => {
            record.update(&headers);
            let record = record.answering(&asked);
            client.store.keep(&url, &record).await;
            let object = wrapped(restored(&record)?)?;
            // A made response has no URL of its own.
            set_text(&object, "url", record.url.as_str());
            Ok(object)
        }
        // Nothing stands behind this 304, so it must not reach the caller: once more without any condition.
        _ => {
            let plain = with_cache(&request, "reload")?;
            for name in CONDITIONS {
                plain.headers().delete(name)?;
            }
            let response = send(client, &plain, 0).await?;
            store_later(client, &url, &asked, &response)?;
            wrapped(response)
        }
    }
}

fn with_cache(request: &web_sys::Request, mode: &str) -> Result<web_sys::Request, JsValue> {
    let init: JsValue = Object::new().into();
    set_text(&init, "cache", mode);
    web_sys::Request::new_with_request_and_init(&request.clone()?, init.unchecked_ref())
}

/// Whether the caller leaves it to the browser how its cache takes part.
fn has_default_cache(request: &web_sys::Request) -> bool {
    Reflect::get(request, &"cache".into()).is_ok_and(|mode| mode == "default")
}

/// A whole response made from the store.
fn restored(record: &Record) -> Result<Response, JsValue> {
    // Pairs, not an object: a server may call a field `__proto__`.
    let headers = Array::new();
    for (name, value) in record.headers.iter() {
        headers.push(&Array::of2(&name.into(), &value.into()));
    }
    made_response(200, Some(&Uint8Array::from(record.body.as_slice())), headers.into())
}

fn made_response(status: u16, body: Option<&Uint8Array>, headers: JsValue) -> Result<Response, JsValue> {
    let init: JsValue = Object::new().into();
    set(&init, "status", status.into());
    set(&init, "headers", headers);
    Response::new_with_opt_js_u8_array_and_init(body, init.unchecked_ref())
}

/// Keeps a copy beside the caller's reading: of what has a tag and looks like a document, so that neither a download nor a stream
/// without end is held in memory.
pub(super) fn store_later(
    client: &Client,
    url: &str,
    asked: &http::Headers,
    response: &Response,
) -> Result<(), JsValue> {
    let headers = read_headers(&response.headers());
    let length = headers.content_length();
    let is_document = Format::of_content_type(headers.get("content-type")) != Format::Bytes || length > 0;
    if response.status() != 200 || headers.get("etag").is_none() || !is_document || length > MAX_DOCUMENT_BYTES as u64 {
        return Ok(());
    }
    let (copy, client, url, asked) = (response.clone()?, client.clone(), url.to_owned(), asked.clone());
    wasm_bindgen_futures::spawn_local(async move {
        let Ok(promise) = copy.array_buffer() else {
            return;
        };
        // A body that breaks off is the caller's to hear of.
        let Ok(buffer) = JsFuture::from(promise).await else {
            return;
        };
        let body = Ok(Uint8Array::new(&buffer).to_vec());
        let answer = http::Response { status: 200, url: copy.url(), headers, body };
        match Record::of(&answer) {
            Some(record) => client.store.keep(&url, &record.answering(&asked)).await,
            None => client.store.forget(&url).await,
        }
    });
    Ok(())
}

async fn write(client: &Client, request: web_sys::Request) -> Result<JsValue, JsValue> {
    let url = request.url();
    let stored = client.store.load(&url).await;
    let etag = stored.as_ref().and_then(Record::etag).map(str::to_owned);
    let states_condition = states_condition(&request);
    // The body is needed again if the write is refused, so it is read before it goes out.
    let mine = match request.method().as_str() {
        "PUT" if stored.is_some() || states_condition => {
            Some(Uint8Array::new(&JsFuture::from(request.clone()?.array_buffer()?).await?))
        }
        _ => None,
    };
    if let (Some(etag), false) = (&etag, states_condition) {
        request.headers().set("if-match", etag)?;
    }
    let method = request.method();
    let moved = match &stored {
        Some(record) if !states_condition => look(client, &request, record).await?,
        _ => None,
    };
    let response = match moved {
        Some(made) => made,
        None => send(client, &request, 0).await?,
    };
    let status = response.status();
    if matches!(status, 412 | 428) && etag.is_some() {
        let known = client.origin(&url);
        client.remember_origin(&url, Origin { checks: PreconditionSupport::Enforced, ..known });
    }
    if status < 400 {
        client.store.forget(&url).await;
        client.forget_named(&url, &read_headers(&response.headers()));
        if has_browser_cache() && stored.as_ref().is_some_and(Record::may_be_reused_unasked) {
            client.stale.borrow_mut().insert(&url);
        }
    }
    // A PATCH says what to change, not what the result should be: there is nothing to merge it with here.
    let is_mergeable = matches!(status, 409 | 412) && method != "PATCH";
    let object = wrapped(response.clone()?)?;
    if is_mergeable {
        let refused: JsValue = Object::new().into();
        set(&refused, "answer", response.into());
        set(&refused, "mine", mine.map_or(JsValue::UNDEFINED, JsValue::from));
        let sent = request.headers().get("if-match")?;
        let base = stored.filter(|record| record.etag() == sent.as_deref());
        set(&refused, "base", base.as_ref().map_or(Ok(JsValue::UNDEFINED), base_of)?);
        set_text(&refused, "url", &url);
        set(&object, "refused", refused);
    }
    Ok(object)
}

/// A read right before a write, where nothing shows that the server compares versions (HTTP-RULES X1): the refusal that such a
/// server would owe, where the document has moved.
async fn look(client: &Client, request: &web_sys::Request, record: &Record) -> Result<Option<Response>, JsValue> {
    let is_known = matches!(client.origin(&request.url()).checks, PreconditionSupport::Enforced);
    if is_known || record.is_made_for_writes() || request.method() == "PATCH" {
        return Ok(None);
    }
    let init: JsValue = Object::new().into();
    for name in ["credentials", "mode", "signal", "redirect"] {
        set(&init, name, Reflect::get(request, &name.into())?);
    }
    set_text(&init, "cache", "reload");
    set(&init, "headers", headers_of(request, &[("if-match", None), ("content-type", None)])?);
    let made = || web_sys::Request::new_with_str_and_init(&request.url(), init.unchecked_ref());
    let read = made()?;
    // What the look does not tell, the write itself will; but an abort is one of both.
    let Ok(response) = send(client, &read, 0).await else { return Ok(None) };
    if response.status() != 200 {
        return Ok(None);
    }
    let content_type = response.headers().get("content-type")?;
    let body = Uint8Array::new(&JsFuture::from(response.array_buffer()?).await?);
    if body.to_vec() == record.body {
        return Ok(None);
    }
    if request.method() == "PUT" {
        // What is there already, with a version that none ever had: the refusal is in the server's own words.
        let fields = [("if-match", Some(NEVER_MATCHING.1)), ("content-type", content_type.as_deref())];
        set(&init, "headers", headers_of(request, &fields)?);
        set_text(&init, "method", "PUT");
        set(&init, "body", body.into());
        let answer = send(client, &made()?, 0).await;
        match answer {
            Ok(refusal) if matches!(refusal.status(), 409 | 412 | 428) => return Ok(Some(refusal)),
            Ok(accepted) if accepted.ok() => {
                let known = client.origin(&request.url());
                client.remember_origin(&request.url(), Origin { checks: PreconditionSupport::Ignored, ..known });
            }
            _ => {}
        }
    }
    made_response(412, None, JsValue::UNDEFINED).map(Some)
}

/// The fields of `request`, with these in the place of its own.
fn headers_of(request: &web_sys::Request, fields: &[(&str, Option<&str>)]) -> Result<JsValue, JsValue> {
    let headers = web_sys::Headers::new_with_headers(&request.headers())?;
    for (name, value) in fields {
        match value {
            Some(value) => headers.set(name, value)?,
            None => headers.delete(name)?,
        }
    }
    Ok(headers.into())
}

/// A stored response as the facade keeps bases.
fn base_of(record: &Record) -> Result<JsValue, JsValue> {
    let base: JsValue = Object::new().into();
    let format = Format::of_content_type(record.headers.get("content-type"));
    let version = record.etag().map_or(JsValue::UNDEFINED, JsValue::from);
    set_text(&base, "url", record.url.as_str());
    set_text(&base, "format", format.as_str());
    set(&base, "version", version);
    if let Some(content_type) = record.headers.get("content-type") {
        set_text(&base, "contentType", content_type);
    }
    set(&base, "body", Uint8Array::from(record.body.as_slice()).into());
    Ok(base)
}

/// The machine that finds out what a refusal means.
pub(super) fn refused_write(driver: &Driver, refused: &JsRefused) -> Result<Write, JsValue> {
    let refused = Fields::of(refused);
    let answer: Response = refused.value("answer").unchecked_into();
    let response = http::Response {
        status: answer.status(),
        url: answer.url(),
        headers: read_headers(&answer.headers()),
        body: bytes_of(&refused.value("body")),
    };
    let versioning = driver.versioning()?;
    let base = refused.present("base").map(|base: JsBase| snapshot(&base, &versioning)).transpose()?;
    let format = base.as_ref().map_or(Format::Json, |base| base.document.format());
    let format = driver.call.format()?.unwrap_or(format);
    let mine = refused.present("mine").map(|bytes: Uint8Array| {
        Document::parse_edit(format, &bytes.to_vec(), base.as_ref().map(|base| &base.document))
    });
    let mine = mine.transpose().map_err(from_core)?;
    Ok(Write::refused(base, &driver.call.url, mine, &response, driver.write_options()?, moment().now_ms))
}
