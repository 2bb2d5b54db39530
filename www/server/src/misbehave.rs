//! Answers as real servers, proxies and networks give them, on demand: `?refuse=` for unsafe methods, `?answer=` for reads.

use std::future;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{OriginalUri, Request, State};
use axum::http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH, LAST_MODIFIED, LOCATION, RETRY_AFTER};
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::answer::{Answer, JSON};
use crate::app::App;
use crate::caller::{Params, Unprotected};
use crate::connection::Cut;
use crate::odd_body::{OddBody, SlowBody};
use crate::whole_body;

const HTML: &str = "text/html; charset=utf-8";
const ERROR_PAGE: &str =
    "<!doctype html>\n<title>Conflict</title>\n<h1>Conflict</h1>\n<p>Sent by a proxy that knows no JSON.</p>\n";
/// A page that somebody between browser and server sends with 200, such as a hotel's log-in.
const LOGIN_PAGE: &str = "<!doctype html>\n<title>Welcome</title>\n<h1>Please log in to the network</h1>\n";
const HUGE_BYTES: u64 = 50_000_000;
/// What tests write is far smaller.
const MAX_KEPT_BYTES: usize = 1 << 20;

/// A canned answer or a fault of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Empty(StatusCode),
    Html(StatusCode),
    BrokenJson(StatusCode),
    EmptyJson,
    Huge(StatusCode),
    /// The usual refusal, with Retry-After where the status asks for it.
    Plain(StatusCode),
    Drop,
    Hang,
    HangBody,
    CutBody,
    /// Does the work, then cuts the connection.
    Lost,
    /// Does the work, then sends the head of an answer and cuts the connection within its body.
    LostBody,
    /// Does the work, then answers 200 without a body and without a validator.
    BareOk,
    /// Forgets the precondition.
    StaleOk,
    /// Answers without ETag.
    NoEtag,
    /// Answers without ETag and Last-Modified.
    NoValidator,
    /// Does the work, then sends the reader on to the document.
    SeeOther,
    /// Does the work twice, as where a request is delivered a second time; the second answer is the one that arrives.
    Twice,
    /// Sends the body in small pieces.
    SlowBody,
    /// Answers as before the last write that asked for it to be kept, as a replica that lags behind.
    Stale,
}

impl Fault {
    fn of_write(name: &str) -> Option<Self> {
        Some(match name {
            "empty-409" => Self::Empty(StatusCode::CONFLICT),
            "empty-412" => Self::Empty(StatusCode::PRECONDITION_FAILED),
            "html-409" => Self::Html(StatusCode::CONFLICT),
            "broken-json-409" => Self::BrokenJson(StatusCode::CONFLICT),
            "huge-409" => Self::Huge(StatusCode::CONFLICT),
            "409" => Self::Plain(StatusCode::CONFLICT),
            "412" => Self::Plain(StatusCode::PRECONDITION_FAILED),
            "429" => Self::Plain(StatusCode::TOO_MANY_REQUESTS),
            "500" => Self::Plain(StatusCode::INTERNAL_SERVER_ERROR),
            "503" => Self::Plain(StatusCode::SERVICE_UNAVAILABLE),
            "lost" => Self::Lost,
            "lost-body" => Self::LostBody,
            "drop" => Self::Drop,
            "hang" => Self::Hang,
            "bare-ok" => Self::BareOk,
            "stale-ok" => Self::StaleOk,
            "no-etag" => Self::NoEtag,
            "see-other" => Self::SeeOther,
            "twice" => Self::Twice,
            _ => return None,
        })
    }

    fn of_read(name: &str) -> Option<Self> {
        Some(match name {
            "html" => Self::Html(StatusCode::OK),
            "empty" => Self::EmptyJson,
            "broken-json" => Self::BrokenJson(StatusCode::OK),
            "huge" => Self::Huge(StatusCode::OK),
            "hang" => Self::Hang,
            "hang-body" => Self::HangBody,
            "cut-body" => Self::CutBody,
            "drop" => Self::Drop,
            "500" => Self::Plain(StatusCode::INTERNAL_SERVER_ERROR),
            "503" => Self::Plain(StatusCode::SERVICE_UNAVAILABLE),
            "no-etag" => Self::NoEtag,
            "no-validator" => Self::NoValidator,
            "slow-body" => Self::SlowBody,
            "stale" => Self::Stale,
            _ => return None,
        })
    }
}

/// Delays and spoils the exchange as the switches and the query ask.
pub(crate) async fn misbehave(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let delay_ms = app.switches().delay_ms;
    if delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(delay_ms)).await;
    }
    let is_asked = Params::of(request.uri()).is_ok_and(|params| params.keep.is_some());
    if is_asked && *request.method() != Method::GET {
        keep(&app, request.uri().clone()).await;
    }
    match wanted(&app, &request) {
        Ok(None) => next.run(request).await,
        Ok(Some(fault)) => spoil(&app, fault, request, next).await,
        Err(refused) => refused.into_response(),
    }
}

fn wanted(app: &App, request: &Request) -> Result<Option<Fault>, Answer> {
    let params = Params::of(request.uri())?;
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let name = if is_read { &params.answer } else { &params.refuse };
    let Some(name) = name else { return Ok(None) };
    let fault = if is_read { Fault::of_read(name) } else { Fault::of_write(name) };
    let fault = fault.ok_or_else(|| {
        let which = if is_read { "answer" } else { "refuse" };
        Answer::bad_request("UNKNOWN_SWITCH", format!("{which}={name} is not known; www/server/README.md lists them"))
    })?;
    let granted = match params.times {
        None => true,
        Some(times) => {
            let kind = if is_read { 'r' } else { 'w' };
            let key = params.key.unwrap_or_else(|| request.uri().path().to_owned());
            app.counters.spend(format!("{kind}{key}"), times)
        }
    };
    Ok(granted.then_some(fault))
}

/// Keeps the answer to a read of what is about to be replaced.
async fn keep(app: &App, uri: Uri) {
    let Some(response) = app.read(&uri).await else { return };
    let (parts, body) = response.into_parts();
    if let Ok(body) = to_bytes(body, MAX_KEPT_BYTES).await {
        app.kept.put(uri.path(), Answer { status: parts.status, headers: Box::new(parts.headers), body });
    }
}

async fn spoil(app: &App, fault: Fault, mut request: Request, next: Next) -> Response {
    match fault {
        Fault::Empty(status) => status.into_response(),
        Fault::Html(status) if status == StatusCode::OK => typed(status, HTML, LOGIN_PAGE),
        Fault::Html(status) => typed(status, HTML, ERROR_PAGE),
        Fault::BrokenJson(status) => typed(status, JSON, r#"{"code": "STA"#),
        Fault::EmptyJson => typed(StatusCode::OK, JSON, Body::empty()),
        Fault::Huge(status) => typed(status, JSON, Body::new(OddBody::huge(HUGE_BYTES))),
        Fault::Plain(status) => plain(status),
        Fault::Drop => cut(),
        Fault::Hang => future::pending().await,
        Fault::HangBody => typed(StatusCode::OK, JSON, Body::new(OddBody::stuck())),
        Fault::Lost => {
            next.run(request).await;
            cut()
        }
        Fault::CutBody => typed(StatusCode::OK, JSON, Body::new(OddBody::cut())),
        Fault::LostBody => {
            let response = next.run(request).await;
            if !response.status().is_success() {
                return response;
            }
            typed(StatusCode::OK, JSON, Body::new(OddBody::cut()))
        }
        Fault::BareOk => {
            let response = next.run(request).await;
            if response.status().is_success() { StatusCode::OK.into_response() } else { response }
        }
        Fault::StaleOk => {
            request.extensions_mut().insert(Unprotected);
            next.run(request).await
        }
        Fault::SeeOther => {
            let address =
                request.extensions().get::<OriginalUri>().map_or_else(|| request.uri().clone(), |uri| uri.0.clone());
            let response = next.run(request).await;
            if !response.status().is_success() {
                return response;
            }
            Answer::empty(StatusCode::SEE_OTHER).with(LOCATION, address.path()).into_response()
        }
        Fault::Twice => {
            let (parts, body) = request.into_parts();
            let octets = to_bytes(body, whole_body::MAX_BYTES).await.unwrap_or_default();
            let again = Request::from_parts(parts.clone(), Body::from(octets.clone()));
            drop(next.clone().run(Request::from_parts(parts, Body::from(octets))).await);
            next.run(again).await
        }
        Fault::SlowBody => {
            let (parts, body) = next.run(request).await.into_parts();
            let octets = to_bytes(body, whole_body::MAX_BYTES).await.unwrap_or_default();
            Response::from_parts(parts, Body::new(SlowBody::new(octets)))
        }
        Fault::Stale => match app.kept.get(request.uri().path()) {
            Some(answer) => answer.into_response(),
            None => next.run(request).await,
        },
        Fault::NoEtag => without(request, next, false).await,
        Fault::NoValidator => without(request, next, true).await,
    }
}

/// A server without tags cannot know the one in If-None-Match either.
async fn without(mut request: Request, next: Next, date_too: bool) -> Response {
    request.headers_mut().remove(IF_NONE_MATCH);
    let mut response = next.run(request).await;
    response.headers_mut().remove(ETAG);
    if date_too {
        response.headers_mut().remove(LAST_MODIFIED);
    }
    response
}

fn typed(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

fn plain(status: StatusCode) -> Response {
    let (code, message) = match status {
        StatusCode::CONFLICT => ("CONFLICT", "this server says so of every write"),
        StatusCode::PRECONDITION_FAILED => ("PRECONDITION_FAILED", "this server says so of every write"),
        StatusCode::TOO_MANY_REQUESTS => ("TOO_MANY_REQUESTS", "too many requests; come back in a second"),
        StatusCode::SERVICE_UNAVAILABLE => ("UNAVAILABLE", "the server is being restarted; come back in a second"),
        _ => ("INTERNAL", "something went wrong"),
    };
    let answer = Answer::refusal(status, code, message);
    let is_busy = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
    if is_busy { answer.with(RETRY_AFTER, "1") } else { answer }.into_response()
}

fn cut() -> Response {
    let mut response = StatusCode::OK.into_response();
    response.extensions_mut().insert(Cut);
    response
}
