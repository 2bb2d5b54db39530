//! Responses for callers of `fetch`.

use js_sys::{Array, Object, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::Response;

use super::error::{Returned, js_error, set, set_text};
use super::fetch::{Head, bytes_of, head_of};
use super::state::Client;
use super::task::{Next, Settled, Task, Wait, run};
use super::wire::{answer as names, code};
use crate::client::{Answer, Fetched, Kept, WriteOptions};
use crate::error::ErrorCode;
use crate::http::{self, BodyFailure, Method, Request, RequestSource, StoredResponse};

/// The responses during one call of `fetch`.
#[derive(Default)]
pub(super) struct Answers {
    /// The answer to the caller's request.
    own: Option<Response>,
    /// The last answer to a write that the loop made for itself.
    pub(super) written: Option<http::Response>,
    /// The last answer of any request.
    pub(super) last: Option<http::Response>,
    /// The error of a request without an answer.
    failure: Option<JsValue>,
}

impl Answers {
    /// An answer to a request of the loop's own, or of the caller.
    pub(super) fn add(&mut self, request: &Request, answer: &http::Response, response: Response) {
        if request.source != RequestSource::Loop {
            self.own = Some(response);
        } else if request.method != Method::Get {
            self.written = Some(answer.clone());
        }
        self.last = Some(answer.clone());
    }

    /// No answer came.
    pub(super) fn fail(&mut self, request: &Request, thrown: JsValue) {
        if request.source != RequestSource::Loop {
            self.failure = Some(thrown);
        }
    }

    /// The answer that the caller gets, where it came from the server.
    pub(super) fn own_to_keep(&self, answer: &Answer) -> Option<&Response> {
        self.own.as_ref().filter(|_| matches!(answer, Answer::Own))
    }
}

/// `{response, url?}` for the caller of the URL `called`: a made response has no URL, so `url` is passed beside it.
pub(super) fn handed_on(answers: Answers, called: &str, answer: Answer) -> Returned {
    let object: JsValue = Object::new().into();
    let (response, url) = match answer {
        Answer::Own => match (answers.own, answers.written) {
            (Some(own), _) => (own, None),
            // The server has refused the probe in its own words.
            (None, Some(written)) => (remade(&written)?, Some(written.url)),
            (None, None) => return Err(js_error(ErrorCode::Internal.as_str(), "expected an answer", &[])),
        },
        Answer::Stored(record) => (restored(&record)?, Some(record.url)),
        Answer::Document(snapshot) => {
            let headers = web_sys::Headers::new()?;
            let known = snapshot.content_type.as_deref();
            headers.set("content-type", known.unwrap_or_else(|| snapshot.document.format().content_type()))?;
            if let Some(version) = &snapshot.version {
                headers.set("etag", version.as_str())?;
            }
            let body = Uint8Array::from(snapshot.document.bytes());
            (made(200, Some(&body), headers.into())?, Some(snapshot.url.as_ref().to_owned()))
        }
        Answer::Made(status) => (made(status, None, JsValue::UNDEFINED)?, Some(called.to_owned())),
        Answer::Last(status) => match answers.last.filter(|last| last.status == status) {
            Some(last) => (remade(&last)?, Some(last.url)),
            None => (made(status, None, JsValue::UNDEFINED)?, Some(called.to_owned())),
        },
        Answer::Failed => {
            return Err(answers.failure.unwrap_or_else(|| {
                js_error(code::NETWORK, "no answer came, and nothing was written", &[("url", called.into())])
            }));
        }
    };
    set(&object, names::RESPONSE, response.into());
    if let Some(url) = url {
        set_text(&object, names::URL, &url);
    }
    Ok(object)
}

/// A response whose body the loop has read.
fn remade(response: &http::Response) -> Result<Response, JsValue> {
    let body = response.body.as_ref().ok().map(|body| Uint8Array::from(body.as_slice()));
    made(response.status, body.as_ref(), pairs(&response.headers).into())
}

/// A complete response made from the store.
fn restored(record: &StoredResponse) -> Result<Response, JsValue> {
    made(200, Some(&Uint8Array::from(record.body.as_slice())), pairs(&record.headers).into())
}

/// Pairs, not an object: a server may call a field `__proto__`.
fn pairs(headers: &http::Headers) -> Array {
    let pairs = Array::new();
    for (name, value) in headers.iter() {
        pairs.push(&Array::of2(&name.into(), &value.into()));
    }
    pairs
}

fn made(status: u16, body: Option<&Uint8Array>, headers: JsValue) -> Result<Response, JsValue> {
    let init: JsValue = Object::new().into();
    set(&init, "status", status.into());
    set(&init, "headers", headers);
    let body = body.filter(|_| !matches!(status, 101 | 204 | 205 | 304));
    Response::new_with_opt_js_u8_array_and_init(body, init.unchecked_ref())
}

/// Copies a document while the caller reads it. Downloads and endless streams are not held in memory. An answer that cannot be copied is
/// not kept.
pub(super) fn keep_copy(client: &Client, call: Fetched, options: WriteOptions, response: &JsValue) {
    let Some(Head { response, status, url, headers, .. }) = head_of(response.clone()) else { return };
    let answer = http::Response { status, url, is_redirected: false, headers, body: Err(BodyFailure::Cut) };
    if !call.is_document(&answer) {
        return;
    }
    let Ok(body) = response.clone().and_then(|copy| copy.array_buffer()) else { return };
    let url = call.url.clone();
    let copy = Copy { client: client.clone(), call, options, answer: Some(answer), body };
    client.copies.borrow_mut().push((url, run(Box::new(copy))));
}

/// An answer whose body is still being read.
struct Copy {
    client: Client,
    call: Fetched,
    options: WriteOptions,
    /// Taken when the body is there.
    answer: Option<http::Response>,
    body: Promise,
}

impl Task for Copy {
    fn resume(&mut self, settled: Option<Settled>) -> Result<Next, JsValue> {
        let wait = |value| Ok(Next::Wait(Wait { value, timer: None, signal: None }));
        let Some(settled) = settled else { return wait(self.body.clone().into()) };
        let Some(answer) = self.answer.take() else { return Ok(self.ended()) };
        // The caller events a body that breaks off.
        let body = match settled {
            Settled::Fulfilled(buffer) => bytes_of(&buffer),
            _ => Err(BodyFailure::Cut),
        };
        let kept = {
            let mut memory = self.client.memory.borrow_mut();
            memory.select(self.options.user);
            self.call.keep(&mut memory, &self.options, &http::Response { body, ..answer })
        };
        let store = &self.client.store;
        let storing = match kept {
            Kept::Stored(record) => store.keep(&self.call.key(), &record.encode()),
            Kept::Forgotten => store.forget(&self.call.key()),
            Kept::Unread => return Ok(self.ended()),
        };
        storing.map_or_else(|_| Ok(self.ended()), wait)
    }
}

impl Copy {
    fn ended(&self) -> Next {
        self.client.copies.borrow_mut().retain(|copy| copy.0 != self.call.url);
        Next::Done(JsValue::UNDEFINED)
    }
}
