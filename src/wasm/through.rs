//! `fetch` with validators and preconditions, for pages that keep their own calls.

use js_sys::{Object, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestCache, RequestInit, Response, ResponseInit};

use super::client::snapshot;
use super::drive::{Client, Driver, has_browser_cache, request_event, to_js_headers};
use super::error::{from_core, js_error, set};
use super::fetch::{NO_RESPONSE, bytes_of, read_headers, response_of};
use super::time::moment;
use crate::client::Write;
use crate::conflict::Document;
use crate::http::{self, Format, Record};

#[wasm_bindgen]
extern "C" {
    /// What `fetch` remembers of a refusal.
    pub type JsRefused;
    #[wasm_bindgen(method, getter)]
    fn base(this: &JsRefused) -> Option<super::client::JsBase>;
    #[wasm_bindgen(method, getter)]
    fn mine(this: &JsRefused) -> Option<Uint8Array>;
    #[wasm_bindgen(method, getter)]
    fn answer(this: &JsRefused) -> Response;
}

/// Fields by which the caller states a condition of its own.
const CONDITIONS: [&str; 5] = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range"];

pub(super) async fn fetch(client: Client, request: web_sys::Request, is_same_origin: bool) -> Result<JsValue, JsValue> {
    match request.method().as_str() {
        "GET" => read(&client, request, is_same_origin).await,
        "PUT" | "PATCH" | "DELETE" => write(&client, request).await,
        "HEAD" | "OPTIONS" => wrapped(send(&client, &request, 0).await?),
        _ => {
            let response = send(&client, &request, 0).await?;
            // A non-error answer to an unsafe method makes what is stored of its target invalid (RFC 9111 §4.4).
            if response.status() < 400 {
                client.store.forget(&request.url()).await;
            }
            wrapped(response)
        }
    }
}

fn wrapped(response: Response) -> Result<JsValue, JsValue> {
    let object: JsValue = Object::new().into();
    set(&object, "response", &response);
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
    let bytes_saved = stored.as_ref().map_or(0, |record| record.body.len());
    let etag = stored.as_ref().and_then(Record::etag);
    let is_ours = is_same_origin && request.cache() == RequestCache::Default && !states_condition(&request);
    let conditional = match etag {
        // Without this mode some browsers add fields that make servers ignore the condition (HTTP-RULES F2).
        Some(etag) if is_ours => {
            let conditional = with_cache(&request, RequestCache::NoCache)?;
            conditional.headers().set("if-none-match", etag)?;
            conditional
        }
        // A write of this client replaced what the browser's cache may still hold.
        _ if client.stale.borrow().contains(&url) && request.cache() == RequestCache::Default => {
            with_cache(&request, RequestCache::NoCache)?
        }
        _ => request.clone()?,
    };
    let response = send(client, &conditional, bytes_saved).await?;
    if response.status() == 200 {
        client.stale.borrow_mut().remove(&url);
    }
    if response.status() != 304 {
        if !is_partial {
            store_later(client, &url, &response)?;
        }
        return wrapped(response);
    }
    let headers = read_headers(&response.headers());
    match stored {
        Some(mut record) if !record.is_contradicted_by(&headers) => {
            record.update(&headers);
            client.store.keep(&url, &record).await;
            wrapped(restored(&record)?)
        }
        // Nothing stands behind this 304, so it must not reach the caller: once more without any condition.
        _ => {
            let plain = with_cache(&request, RequestCache::Reload)?;
            for name in CONDITIONS {
                plain.headers().delete(name)?;
            }
            let response = send(client, &plain, 0).await?;
            store_later(client, &url, &response)?;
            wrapped(response)
        }
    }
}

fn with_cache(request: &web_sys::Request, mode: RequestCache) -> Result<web_sys::Request, JsValue> {
    let init = RequestInit::new();
    init.set_cache(mode);
    web_sys::Request::new_with_request_and_init(&request.clone()?, &init)
}

/// A whole response made from the store.
fn restored(record: &Record) -> Result<Response, JsValue> {
    let init = ResponseInit::new();
    init.set_status(200);
    init.set_headers(&to_js_headers(&record.headers)?.into());
    Response::new_with_opt_js_u8_array_and_init(Some(&Uint8Array::from(record.body.as_slice())), &init)
}

/// Keeps a copy beside the caller's reading. Only what has a tag, so that streams without end are never copied.
pub(super) fn store_later(client: &Client, url: &str, response: &Response) -> Result<(), JsValue> {
    let headers = read_headers(&response.headers());
    if response.status() != 200 || headers.get("etag").is_none() {
        return Ok(());
    }
    let (copy, client, url) = (response.clone()?, client.clone(), url.to_owned());
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
            Some(record) => client.store.keep(&url, &record).await,
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
    let response = send(client, &request, 0).await?;
    let status = response.status();
    if status < 400 {
        client.store.forget(&url).await;
        if has_browser_cache() && stored.as_ref().is_some_and(Record::may_be_reused_unasked) {
            client.stale.borrow_mut().insert(url.clone());
        }
    }
    // A PATCH says what to change, not what the result should be: there is nothing to merge it with here.
    let is_mergeable = matches!(status, 409 | 412) && method != "PATCH";
    let object = wrapped(response.clone()?)?;
    if is_mergeable {
        let refused: JsValue = Object::new().into();
        set(&refused, "answer", &response);
        set(&refused, "mine", &mine.map_or(JsValue::UNDEFINED, JsValue::from));
        let sent = request.headers().get("if-match")?;
        let base = stored.filter(|record| record.etag() == sent.as_deref());
        set(&refused, "base", &base.as_ref().map_or(Ok(JsValue::UNDEFINED), base_of)?);
        set(&refused, "url", &url.into());
        set(&object, "refused", &refused);
    }
    Ok(object)
}

/// A stored response as the facade keeps bases.
fn base_of(record: &Record) -> Result<JsValue, JsValue> {
    let base: JsValue = Object::new().into();
    let format = Format::of_content_type(record.headers.get("content-type"));
    let version = record.etag().map_or(JsValue::UNDEFINED, JsValue::from);
    set(&base, "url", &record.url.as_str().into());
    set(&base, "format", &format.as_str().into());
    set(&base, "version", &version);
    if let Some(content_type) = record.headers.get("content-type") {
        set(&base, "contentType", &content_type.into());
    }
    set(&base, "body", &Uint8Array::from(record.body.as_slice()));
    Ok(base)
}

/// The machine that finds out what a refusal means.
pub(super) async fn refused_write(driver: &Driver, refused: &JsRefused) -> Result<Write, JsValue> {
    let answer = refused.answer();
    let body = match answer.array_buffer() {
        Ok(promise) => JsFuture::from(promise).await.map_or(Err(http::BodyFailure::Cut), |buffer| bytes_of(&buffer)),
        Err(_) => Err(http::BodyFailure::Cut),
    };
    let response =
        http::Response { status: answer.status(), url: answer.url(), headers: read_headers(&answer.headers()), body };
    let versioning = driver.versioning()?;
    let base = refused.base().map(|base| snapshot(&base, &versioning)).transpose()?;
    let format = base.as_ref().map_or(Format::Json, |base| base.document.format());
    let format = driver.call.format()?.unwrap_or(format);
    let mine = refused
        .mine()
        .map(|bytes| Document::parse_edit(format, &bytes.to_vec(), base.as_ref().map(|base| &base.document)));
    let mine = mine.transpose().map_err(from_core)?;
    Ok(Write::refused(base, &driver.call.url, mine, &response, driver.write_options()?, moment().now_ms))
}
