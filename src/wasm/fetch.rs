//! One exchange: a request goes out, its answer comes back whole, or it is known why not.
//!
//! `gloo-net` wraps fields. Promises are awaited here, not by its `send`, which traps when a page aborts with a reason
//! that is no `Error`; and requests are made here, as its builder parses each URL twice and brings the formatter into the download.

use gloo_net::http::Headers as GlooHeaders;
use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, AbortSignal};

use super::abort::unless_aborted;
use super::error::{js_error, set, set_text};
use super::time::Timer;
use super::wire::OF_MODULE;
use crate::client::CONDITIONS;
use crate::conflict::MAX_DOCUMENT_BYTES;
use crate::error::ErrorCode;
use crate::http::{Body, BodyFailure, CacheMode, Headers, Request, Response};

/// What the caller adds to every request of one call.
#[derive(Clone)]
pub(super) struct Extras {
    pub(super) fetch: Function,
    /// The caller's own fields.
    pub(super) headers: web_sys::Headers,
    /// The rest of the caller's `RequestInit`, without method, headers, body and signal.
    pub(super) init: JsValue,
    pub(super) signal: Option<AbortSignal>,
    pub(super) timeout_ms: f64,
    /// The request of a caller of `fetch`.
    pub(super) template: Option<web_sys::Request>,
}

/// Why no answer came.
pub(super) enum Failure {
    /// The caller aborted: the reason goes to the caller unchanged.
    Aborted(JsValue),
    /// The connection failed, the browser refused, or time ran out.
    NoAnswer(String),
}

/// Sends `request` and reads the whole answer.
///
/// # Errors
/// The outer error is a request that cannot be made at all, such as a URL with a password.
pub(super) async fn exchange(request: &Request, extras: &Extras) -> Result<Result<Response, Failure>, JsValue> {
    if let Some(reason) = aborted(extras) {
        return Ok(Err(Failure::Aborted(reason)));
    }
    let link = Link::new(extras.signal.as_ref())?;
    let built = build(request, extras, &link.controller.signal())?;
    let timer = Timer::new(extras.timeout_ms);
    let called = extras.fetch.call2(&JsValue::UNDEFINED, &built, &extras.init);
    let outcome = match called {
        Ok(promise) => within(promise.into(), &timer, extras.signal.as_ref()).await,
        Err(thrown) => Settled::Rejected(thrown),
    };
    let Head { response, status, url, is_redirected, headers } = match outcome {
        Settled::Fulfilled(answer) => match head_of(answer) {
            Some(head) => head,
            None => return Ok(Err(Failure::NoAnswer(NO_RESPONSE.to_owned()))),
        },
        failed => return Ok(Err(failure(failed, extras, &link.controller))),
    };
    let body = read_body(&response, &headers, &timer, (&link.controller, extras.signal.as_ref())).await;
    if let Some(reason) = aborted(extras) {
        return Ok(Err(Failure::Aborted(reason)));
    }
    let url = if url.is_empty() { request.url.clone() } else { without_fragment(url) };
    Ok(Ok(Response { status, url, is_redirected, headers, body }))
}

/// What is told of a `fetch` of the page's own that answers with something else.
pub(super) const NO_RESPONSE: &str = "no answer came: the client's own `fetch` gave something that is no Response";

/// A response without its body.
pub(super) struct Head {
    pub(super) response: web_sys::Response,
    pub(super) status: u16,
    pub(super) url: String,
    /// Whether a redirect was followed. Polyfills have no such member.
    pub(super) is_redirected: bool,
    pub(super) headers: Headers,
}

/// Reads a response, also one of a polyfill or of another realm. `None` for anything else: the page's own `fetch` may give any value, and a
/// member that throws would trap.
pub(super) fn head_of(value: JsValue) -> Option<Head> {
    let get = |name: &str| Reflect::get(&value, &name.into()).ok();
    let status = get("status")?.as_f64()? as u16;
    let (url, is_redirected) = (get("url")?.as_string()?, get("redirected")? == JsValue::TRUE);
    let headers = read_headers(&get("headers")?)?;
    get("arrayBuffer")?.is_function().then(|| Head {
        status,
        url,
        is_redirected,
        headers,
        response: value.unchecked_into(),
    })
}

fn without_fragment(mut url: String) -> String {
    url.truncate(url.find('#').unwrap_or(url.len()));
    url
}

fn build(request: &Request, extras: &Extras, signal: &AbortSignal) -> Result<web_sys::Request, JsValue> {
    let own =
        if request.is_foreign { web_sys::Headers::new() } else { web_sys::Headers::new_with_headers(&extras.headers) };
    let headers = GlooHeaders::from_raw(own?);
    if request.body.is_none() {
        headers.delete("content-type");
    }
    if extras.template.is_some() {
        // The caller's condition belongs only to the caller's request.
        for name in CONDITIONS {
            headers.delete(name);
        }
    }
    for (name, value) in request.headers.iter() {
        headers.set(name, value);
    }
    // Plain objects: a setter of its own for each member would be a function in the module and one in the glue.
    let init: JsValue = Object::new().into();
    set_text(&init, "method", request.method.as_str());
    set(&init, "headers", headers.into_raw().into());
    set(&init, "signal", signal.into());
    match request.cache {
        CacheMode::Default => {}
        CacheMode::NoCache => set_text(&init, "cache", "no-cache"),
        CacheMode::Reload => set_text(&init, "cache", "reload"),
        CacheMode::NoStore => set_text(&init, "cache", "no-store"),
    }
    if let Some(body) = &request.body {
        set(&init, "body", Uint8Array::from(body.as_slice()).into());
    }
    web_sys::Request::new_with_str_and_init(&request.url, init.unchecked_ref()).map_err(|thrown| {
        js_error(ErrorCode::InvalidArgument.as_str(), &words_of(&thrown), &[("url", request.url.as_str().into())])
    })
}

async fn read_body(
    response: &web_sys::Response,
    headers: &Headers,
    timer: &Timer,
    (controller, signal): (&AbortController, Option<&AbortSignal>),
) -> Body {
    let announced = headers.content_length();
    if announced > MAX_DOCUMENT_BYTES as u64 {
        controller.abort();
        return Err(BodyFailure::TooLarge { found_bytes: usize::try_from(announced).unwrap_or(usize::MAX) });
    }
    let Ok(promise) = response.array_buffer() else {
        return Err(BodyFailure::Cut);
    };
    match within(promise, timer, signal).await {
        Settled::Fulfilled(buffer) => bytes_of(&buffer),
        Settled::Rejected(_) | Settled::TimedOut => {
            controller.abort();
            Err(BodyFailure::Cut)
        }
    }
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = Uint8Array)]
    type Octets;
    /// Throws for a buffer that was transferred elsewhere.
    #[wasm_bindgen(constructor, catch, js_class = "Uint8Array")]
    fn new(buffer: &JsValue) -> Result<Octets, JsValue>;
}

/// The bytes of an `ArrayBuffer`.
pub(super) fn bytes_of(buffer: &JsValue) -> Body {
    let length = Reflect::get(buffer, &"byteLength".into()).ok().and_then(|length| length.as_f64());
    let length = length.ok_or(BodyFailure::Cut)?;
    // Checked before the copy, as a buffer of the page may be too large for the memory of this module.
    if length > MAX_DOCUMENT_BYTES as f64 {
        return Err(BodyFailure::TooLarge { found_bytes: length as usize });
    }
    let octets: Uint8Array = Octets::new(buffer).map_err(|_| BodyFailure::Cut)?.unchecked_into();
    // Another object with a `byteLength` has no bytes.
    if f64::from(octets.length()) == length { Ok(octets.to_vec()) } else { Err(BodyFailure::Cut) }
}

/// The fields of an answer, as far as they are readable here; `None` if `headers` is no `Headers`.
pub(super) fn read_headers(headers: &JsValue) -> Option<Headers> {
    let entries: Function = Reflect::get(headers, &"entries".into()).ok()?.dyn_into().ok()?;
    // `Object.fromEntries` iterates as the language does, and its errors do not trap.
    let fields = Object::from_entries(&entries.call0(headers).ok()?).ok()?;
    let mut read = Headers::new();
    for entry in Object::entries(&fields) {
        let entry: Array = entry.unchecked_into();
        if let (Some(name), Some(value)) = (entry.get(0).as_string(), entry.get(1).as_string()) {
            read.set(&name, value);
        }
    }
    Some(read)
}

/// What became of a promise.
pub(super) enum Settled {
    Fulfilled(JsValue),
    /// Any value at all, also one that is no `Error`.
    Rejected(JsValue),
    TimedOut,
}

/// Waits for `promise`, until `timer` or an abort ends the wait.
pub(super) async fn within(promise: Promise, timer: &Timer, signal: Option<&AbortSignal>) -> Settled {
    match unless_aborted(signal, &Promise::race(&Array::of2(&promise, &timer.promise))).await {
        Ok(value) if value == timer.end => Settled::TimedOut,
        Ok(value) => Settled::Fulfilled(value),
        Err(reason) => Settled::Rejected(reason),
    }
}

fn failure(settled: Settled, extras: &Extras, controller: &AbortController) -> Failure {
    if let Some(reason) = aborted(extras) {
        return Failure::Aborted(reason);
    }
    match settled {
        Settled::Rejected(reason) => Failure::NoAnswer(no_answer(&reason)),
        Settled::Fulfilled(_) | Settled::TimedOut => {
            controller.abort();
            Failure::NoAnswer("no answer came in time".to_owned())
        }
    }
}

/// One sentence on a failed `fetch`. Browsers hide from scripts whether a server is down or forbids the exchange.
pub(super) fn no_answer(reason: &JsValue) -> String {
    let words = words_of(reason);
    if reason.dyn_ref::<js_sys::Error>().is_some_and(|error| error.name() == OF_MODULE) {
        return words;
    }
    let mut sentence = "no answer came: the connection failed, or the browser refused the exchange (CORS)".to_owned();
    if !words.is_empty() {
        sentence.push_str(": ");
        sentence.push_str(&words);
    }
    sentence
}

/// What a thrown value says of itself; nothing where it is no `Error`.
fn words_of(thrown: &JsValue) -> String {
    thrown.dyn_ref::<js_sys::Error>().map_or_else(String::new, |error| String::from(error.message()))
}

fn aborted(extras: &Extras) -> Option<JsValue> {
    extras.signal.as_ref().filter(|signal| signal.aborted()).map(AbortSignal::reason)
}

type Forward = Closure<dyn FnMut()>;

/// A controller of our own that also follows the caller's signal, until dropped.
struct Link {
    controller: AbortController,
    followed: Option<(AbortSignal, Forward)>,
}

impl Link {
    fn new(signal: Option<&AbortSignal>) -> Result<Self, JsValue> {
        let controller = AbortController::new()?;
        let followed = match signal {
            Some(signal) => {
                let forward = {
                    let (controller, signal) = (controller.clone(), signal.clone());
                    Closure::new(move || controller.abort_with_reason(&signal.reason()))
                };
                signal.add_event_listener_with_callback("abort", forward.as_ref().unchecked_ref())?;
                Some((signal.clone(), forward))
            }
            None => None,
        };
        Ok(Self { controller, followed })
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if let Some((signal, forward)) = &self.followed {
            // A listener that cannot be removed is one that was never there.
            drop(signal.remove_event_listener_with_callback("abort", forward.as_ref().unchecked_ref()));
        }
    }
}
