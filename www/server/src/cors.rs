//! Cross-origin requests (Fetch standard, "CORS protocol"): pages on any port of this machine may read and write, without
//! credentials.

use axum::extract::Request;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, HOST, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::answer::Answer;
use crate::caller::Params;

const METHODS: &str = "GET, HEAD, PUT, POST, DELETE, PATCH";
const ALLOWED: [&str; 6] =
    ["If-None-Match", "Content-Type", "Idempotency-Key", "If-Unmodified-Since", "Prefer", "If-Match"];
const EXPOSED: [&str; 5] = ["Location", "Retry-After", "Content-Location", "Preference-Applied", "ETag"];

/// How `?cors=` spoils the fields, as real servers do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Correct,
    /// ETag is not exposed.
    HideEtag,
    /// If-Match is not allowed.
    NoIfMatch,
    /// A 304 has no CORS field.
    NotOn304,
    /// No CORS field at all.
    Off,
}

impl Mode {
    fn parse(name: Option<&str>) -> Result<Self, Answer> {
        match name {
            None => Ok(Self::Correct),
            Some("hide-etag") => Ok(Self::HideEtag),
            Some("no-if-match") => Ok(Self::NoIfMatch),
            Some("not-on-304") => Ok(Self::NotOn304),
            Some("off") => Ok(Self::Off),
            Some(_) => {
                Err(Answer::bad_request("UNKNOWN_SWITCH", "cors must be hide-etag, no-if-match, not-on-304 or off"))
            }
        }
    }
}

/// Answers preflights and adds the fields to every other answer, whatever its status.
pub(crate) async fn share(request: Request, next: Next) -> Response {
    let origin = loopback_origin(request.headers());
    let mode = mode_of(&request);
    let preflight =
        request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = match &mode {
        Err(refused) => refused.clone().into_response(),
        Ok(mode) if preflight => preflight_answer(*mode),
        Ok(_) => next.run(request).await,
    };
    let mode = mode.unwrap_or(Mode::Correct);
    response.headers_mut().append(VARY, HeaderValue::from_static("Origin"));
    let left_out = mode == Mode::Off || (mode == Mode::NotOn304 && response.status() == StatusCode::NOT_MODIFIED);
    if let (Some(origin), false) = (origin, left_out) {
        let hidden = usize::from(mode == Mode::HideEtag);
        set(&mut response, ACCESS_CONTROL_EXPOSE_HEADERS, &EXPOSED[..EXPOSED.len() - hidden].join(", "));
        response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    response
}

/// The addresses of pages are theirs to use.
fn mode_of(request: &Request) -> Result<Mode, Answer> {
    if !request.uri().path().starts_with("/api/") {
        return Ok(Mode::Correct);
    }
    Mode::parse(Params::of(request.uri())?.cors.as_deref())
}

fn preflight_answer(mode: Mode) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    if mode != Mode::Off {
        let left_out = usize::from(mode == Mode::NoIfMatch);
        set(&mut response, ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        set(&mut response, ACCESS_CONTROL_ALLOW_HEADERS, &ALLOWED[..ALLOWED.len() - left_out].join(", "));
        // A browser that remembered an answer would not see the next switch.
        set(&mut response, ACCESS_CONTROL_MAX_AGE, "0");
    }
    response
}

fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// The Origin field when it is `http://127.0.0.1` or `http://localhost`, with any port or none.
fn loopback_origin(headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(ORIGIN)?;
    let authority = origin.to_str().ok()?.strip_prefix("http://")?;
    let (host, port) = authority.split_once(':').unwrap_or((authority, "0"));
    let is_loopback = matches!(host, "127.0.0.1" | "localhost") && port.parse::<u16>().is_ok();
    is_loopback.then(|| origin.clone())
}

/// A browser sends simple writes of any site without asking first; CORS would only hide the answer.
pub(crate) async fn refuse_foreign_writes(request: Request, next: Next) -> Response {
    if is_foreign_write(&request) {
        let message = "pages of other machines may not write here";
        let refused = Answer::refusal(StatusCode::FORBIDDEN, "FOREIGN_ORIGIN", message);
        return refused.into_response();
    }
    next.run(request).await
}

fn is_foreign_write(request: &Request) -> bool {
    let headers = request.headers();
    let Some(origin) = headers.get(ORIGIN) else {
        return false;
    };
    let own = |host: &HeaderValue| origin.as_bytes().strip_prefix(b"http://") == Some(host.as_bytes());
    !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS)
        && loopback_origin(headers).is_none()
        && !headers.get(HOST).is_some_and(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_this_machine_are_let_in() {
        let shared = |origin: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(ORIGIN, origin.parse().unwrap());
            loopback_origin(&headers).is_some()
        };
        for good in ["http://127.0.0.1:8080", "http://localhost:1", "http://localhost"] {
            assert!(shared(good), "{good}");
        }
        for bad in [
            "null",
            "https://127.0.0.1:1",
            "http://127.0.0.1.example.org",
            "http://localhost:80.example.org",
            "http://localhost:",
            "http://example.org",
        ] {
            assert!(!shared(bad), "{bad}");
        }
    }
}
