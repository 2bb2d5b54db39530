//! One exchange: a request goes out, its answer comes back whole, or it is known why not.
//!
//! Promises are awaited by the loop of `task.rs`, not by the `send` of `gloo-net`, which traps when a page aborts with a reason that is no
//! `Error`.

use std::rc::Rc;

use js_sys::{Array, Function, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, AbortSignal};

use super::error::{js_error, words_of};
use super::request::{Extras, build, build_own};
use super::task::{Settled, Wait};
use super::time::Timer;
use super::wire::{OF_MODULE, code};
use crate::conflict::MAX_DOCUMENT_BYTES;
use crate::http::{Body, BodyFailure, Headers, Method, Request, RequestSource, Response};

/// Why no answer came.
pub(super) enum Failure {
    /// The caller aborted: the reason goes to the caller unchanged.
    Aborted(JsValue),
    /// The connection failed, the browser refused, or time ran out: a sentence, and the value that was thrown.
    NoAnswer(String, JsValue),
}

/// An answer with its body as far as the loop needs it, and the response itself.
pub(super) type Answered = Result<(Response, web_sys::Response), Failure>;

/// The state of an exchange.
pub(super) enum Progress {
    Wait(Wait),
    Ended(Answered),
}

/// A request under way. The request of a caller of `fetch` has neither a time limit nor a controller of ours.
pub(super) struct Exchange {
    pub(super) request: Request,
    link: Option<Link>,
    timer: Option<Rc<Timer>>,
    /// The answer, while its body is read.
    head: Option<Head>,
}

impl Exchange {
    /// Sends `request`.
    ///
    /// # Errors
    /// A request that cannot be made at all, such as a URL with a password.
    pub(super) fn start(request: Request, extras: &Extras) -> Result<(Self, Progress), JsValue> {
        let (built, link, timer) = if request.source == RequestSource::Loop {
            let link = Link::new(extras.signal.as_ref())?;
            let built = build(&request, extras, &link.controller.signal())?;
            (built, Some(link), Some(Rc::new(Timer::new(extras.timeout_ms))))
        } else {
            (build_own(extras, &request)?, None, None)
        };
        let init = if link.is_some() { &extras.init } else { &JsValue::UNDEFINED };
        let exchange = Self { request, link, timer, head: None };
        if let Some(reason) = aborted(extras) {
            return Ok((exchange, Progress::Ended(Err(Failure::Aborted(reason)))));
        }
        let progress = match extras.fetch.call2(&JsValue::UNDEFINED, &built, init) {
            Ok(promise) => exchange.wait(promise, extras),
            Err(thrown) => exchange.failed(Settled::Rejected(thrown), extras),
        };
        Ok((exchange, progress))
    }

    /// Goes on after a wait.
    pub(super) fn resume(&mut self, settled: Settled, extras: &Extras) -> Progress {
        match (self.head.take(), settled) {
            (None, Settled::Fulfilled(answer)) => match head_of(answer) {
                Some(head) => self.read_body(head, extras),
                None => self.failed(Settled::Rejected(js_error(code::NETWORK, NO_RESPONSE, &[])), extras),
            },
            (None, failed) => self.failed(failed, extras),
            (Some(head), Settled::Fulfilled(buffer)) => self.ended(head, bytes_of(&buffer), extras),
            (Some(head), _) => {
                self.abort();
                self.ended(head, Err(BodyFailure::Cut), extras)
            }
        }
    }

    fn wait(&self, value: JsValue, extras: &Extras) -> Progress {
        Progress::Wait(Wait { value, timer: self.timer.clone(), signal: extras.signal.clone() })
    }

    fn abort(&self) {
        if let Some(link) = &self.link {
            link.controller.abort();
        }
    }

    fn read_body(&mut self, head: Head, extras: &Extras) -> Progress {
        let announced = head.headers.content_length();
        let is_fit = announced <= MAX_DOCUMENT_BYTES as u64;
        let promise = if self.link.is_none() {
            // The caller reads the body of a read; the loop needs the body of a write.
            let is_needed = self.request.method != Method::Get && is_fit;
            if is_needed { head.response.clone().and_then(|copy| copy.array_buffer()) } else { Err(JsValue::NULL) }
        } else if is_fit {
            head.response.array_buffer()
        } else {
            self.abort();
            let found_bytes = usize::try_from(announced).unwrap_or(usize::MAX);
            return self.ended(head, Err(BodyFailure::TooLarge { found_bytes }), extras);
        };
        match promise {
            Ok(promise) => {
                self.head = Some(head);
                self.wait(promise.into(), extras)
            }
            Err(_) => self.ended(head, Err(BodyFailure::Cut), extras),
        }
    }

    fn ended(&self, head: Head, body: Body, extras: &Extras) -> Progress {
        if let Some(reason) = aborted(extras) {
            return Progress::Ended(Err(Failure::Aborted(reason)));
        }
        let Head { response, status, mut url, is_redirected, headers } = head;
        if url.is_empty() {
            url.clone_from(&self.request.url);
        } else if self.link.is_some() {
            url.truncate(url.find('#').unwrap_or(url.len()));
        }
        Progress::Ended(Ok((Response { status, url, is_redirected, headers, body }, response)))
    }

    fn failed(&self, settled: Settled, extras: &Extras) -> Progress {
        Progress::Ended(Err(match (aborted(extras), settled) {
            (Some(reason), _) => Failure::Aborted(reason),
            (None, Settled::Rejected(reason)) => Failure::NoAnswer(no_answer(&reason), reason),
            (None, Settled::Fulfilled(_) | Settled::TimedOut) => {
                self.abort();
                Failure::NoAnswer("no answer came in time".to_owned(), JsValue::UNDEFINED)
            }
        }))
    }
}

/// The message if the page's own `fetch` returns another value than a response.
const NO_RESPONSE: &str = "no answer came: the client's own `fetch` returned another value than a Response";

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

/// One sentence on a failed `fetch`. Browsers hide from scripts whether a server is down or forbids the exchange.
fn no_answer(reason: &JsValue) -> String {
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
