//! Servers and proxies that are otherwise in order, but treat versions in their own way: `?tags=`, `?stamp=`, `?skew=`, `?delay=`.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{
    CONTENT_LENGTH, CONTENT_TYPE, DATE, ETAG, HeaderMap, HeaderName, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    IF_UNMODIFIED_SINCE, LAST_MODIFIED,
};
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::answer::{Answer, JSON};
use crate::app::App;
use crate::caller::{Params, Unprotected};
use crate::clock;
use crate::whole_body;

/// Longer than any page waits.
const MAX_DELAY_MS: u64 = 60_000;

/// A tag that no resource ever has.
const NEVER: HeaderValue = HeaderValue::from_static("\"never\"");

/// How tags look outside, and which of them are taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tags {
    /// Weak, and compared as strings.
    Weak,
    /// Weakened on the way out; only the strong form is taken back (nginx with gzip).
    Weakened,
    /// Weak, and compared strongly, so that none ever matches (RFC 9110 §13.1.1).
    Never,
    /// With a suffix that only the way out adds (Apache with gzip).
    Suffix,
    /// The second of the last write.
    Coarse,
    /// None at all; a write needs no precondition.
    Missing,
}

impl Tags {
    fn parse(name: &str) -> Result<Self, Answer> {
        Ok(match name {
            "weak" => Self::Weak,
            "weakened" => Self::Weakened,
            "never" => Self::Never,
            "suffix" => Self::Suffix,
            "coarse" => Self::Coarse,
            "missing" => Self::Missing,
            _ => {
                let message = format!("tags={name} is not known; www/server/README.md lists them");
                return Err(Answer::bad_request("UNKNOWN_SWITCH", message));
            }
        })
    }

    /// The tag as it looks outside.
    fn told(self, headers: &HeaderMap) -> Option<HeaderValue> {
        let tag = headers.get(ETAG)?.to_str().ok()?;
        let told = match self {
            Self::Weak | Self::Weakened | Self::Never => format!("W/{tag}"),
            Self::Suffix => format!("{}-gzip\"", tag.strip_suffix('"')?),
            Self::Coarse => format!("\"{}\"", seconds(headers, LAST_MODIFIED)?),
            Self::Missing => return None,
        };
        HeaderValue::from_str(&told).ok()
    }
}

/// Dresses a well-behaved exchange as one with such a server.
pub(crate) async fn dress(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    match dressed(&app, request, next).await {
        Ok(response) => response,
        Err(refused) => refused.into_response(),
    }
}

async fn dressed(app: &App, mut request: Request, next: Next) -> Result<Response, Answer> {
    let params = Params::of(request.uri())?;
    let tags = params.tags.as_deref().map(Tags::parse).transpose()?;
    if let Some(delay_ms) = params.delay {
        tokio::time::sleep(Duration::from_millis(delay_ms.min(MAX_DELAY_MS))).await;
    }
    if let Some(tags) = tags {
        let current = app.read(&request.uri().clone()).await.map(|response| response.headers().clone());
        translate(tags, &mut request, &current.unwrap_or_default());
    }
    if let Some(skew) = params.skew {
        for name in [IF_UNMODIFIED_SINCE, IF_MODIFIED_SINCE] {
            shift(request.headers_mut(), &name, -skew);
        }
    }
    if params.stamp.is_some() {
        request = stamped(request).await?;
    }
    let mut response = next.run(request).await;
    if let Some(tags) = tags {
        let told = tags.told(response.headers());
        if response.headers_mut().remove(ETAG).is_some()
            && let Some(told) = told
        {
            response.headers_mut().insert(ETAG, told);
        }
    }
    if let Some(skew) = params.skew {
        response.headers_mut().insert(DATE, date(clock::now_ms()));
        for name in [DATE, LAST_MODIFIED] {
            shift(response.headers_mut(), &name, skew);
        }
    }
    Ok(response)
}

/// The preconditions as this server itself understands them.
fn translate(tags: Tags, request: &mut Request, current: &HeaderMap) {
    let told = tags.told(current);
    let own = current.get(ETAG).cloned().unwrap_or(NEVER);
    let headers = request.headers_mut();
    if headers.get(IF_NONE_MATCH).is_some_and(|sent| sent != "*") {
        let is_told = headers.get(IF_NONE_MATCH) == told.as_ref();
        headers.insert(IF_NONE_MATCH, if is_told { own.clone() } else { NEVER });
    }
    let is_named = headers.contains_key(IF_MATCH);
    match tags {
        Tags::Weakened | Tags::Suffix => {}
        Tags::Missing => {
            headers.remove(IF_MATCH);
            if !headers.contains_key(IF_UNMODIFIED_SINCE) && !headers.contains_key(IF_NONE_MATCH) {
                request.extensions_mut().insert(Unprotected);
            }
        }
        Tags::Weak | Tags::Coarse | Tags::Never if is_named => {
            let is_told = tags != Tags::Never && headers.get(IF_MATCH) == told.as_ref();
            headers.insert(IF_MATCH, if is_told { own } else { NEVER });
        }
        Tags::Weak | Tags::Coarse | Tags::Never => {}
    }
}

/// What such a server stores: the document with a member of its own, new with every write.
async fn stamped(request: Request) -> Result<Request, Answer> {
    if request.method() != Method::PUT {
        return Ok(request);
    }
    let (mut parts, body) = request.into_parts();
    let octets = to_bytes(body, whole_body::MAX_BYTES).await.map_err(|_| whole_body::too_large())?;
    let is_json = parts.headers.get(CONTENT_TYPE).is_some_and(|kind| kind == JSON);
    let body = match serde_json::from_slice(&octets) {
        Ok(Value::Object(mut members)) if is_json => {
            members.insert("updatedAt".to_owned(), Value::from(clock::now_ms()));
            parts.headers.remove(CONTENT_LENGTH);
            Body::from(Value::Object(members).to_string())
        }
        _ => Body::from(octets),
    };
    Ok(Request::from_parts(parts, body))
}

fn seconds(headers: &HeaderMap, name: HeaderName) -> Option<u64> {
    clock::parse_http_date(headers.get(name)?.to_str().ok()?)
}

fn date(ms: i64) -> HeaderValue {
    HeaderValue::from_str(&clock::http_date(ms)).unwrap_or(NEVER)
}

/// Moves a date by so many seconds.
fn shift(headers: &mut HeaderMap, name: &HeaderName, by_s: i64) {
    let moved = seconds(headers, name.clone()).and_then(|at| i64::try_from(at).ok()?.checked_add(by_s));
    if let Some(at_ms) = moved.and_then(|at| at.checked_mul(1000)) {
        headers.insert(name, date(at_ms));
    }
}
