//! What a handler answers, as a plain value that can be stored and looked at before it becomes a response.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Map, Value, json};

pub(crate) const JSON: &str = "application/json";

/// A status, fields and a body.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// Boxed, because answers also travel as errors.
    pub(crate) headers: Box<HeaderMap>,
    pub(crate) body: Bytes,
}

impl Answer {
    /// No body and no content type.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self { status, headers: Box::default(), body: Bytes::new() }
    }

    pub(crate) fn json(status: StatusCode, value: &Value) -> Self {
        Self::empty(status).with_body(JSON, value.to_string())
    }

    /// A refusal in the house's shape: `{code, message}` and, where there is more to say, `details`.
    pub(crate) fn refusal(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self::refusal_with(status, code, message, Map::new())
    }

    /// A refusal whose body has further members beside `code` and `message`.
    pub(crate) fn refusal_with(
        status: StatusCode,
        code: &str,
        message: impl Into<String>,
        more: Map<String, Value>,
    ) -> Self {
        let mut body = Map::new();
        body.insert("code".to_owned(), Value::from(code));
        body.insert("message".to_owned(), Value::from(message.into()));
        body.extend(more);
        // RFC 6585 §3 to §5: a 428, 429 or 431 must not be stored; neither is any other refusal worth keeping.
        Self::json(status, &Value::Object(body)).with(CACHE_CONTROL, "no-store")
    }

    /// A refusal with `details`, which must be an object.
    pub(crate) fn detailed(status: StatusCode, code: &str, message: impl Into<String>, details: Value) -> Self {
        let mut more = Map::new();
        more.insert("details".to_owned(), details);
        Self::refusal_with(status, code, message, more)
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::refusal(StatusCode::NOT_FOUND, "NOT_FOUND", format!("there is no {what}"))
    }

    pub(crate) fn bad_request(code: &str, message: impl Into<String>) -> Self {
        Self::refusal(StatusCode::BAD_REQUEST, code, message)
    }

    /// 422 for a member that is missing or wrong.
    pub(crate) fn invalid_field(code: &str, message: impl Into<String>, field: &str, value: Value) -> Self {
        let details = json!({ "field": field, "value": value });
        Self::detailed(StatusCode::UNPROCESSABLE_ENTITY, code, message, details)
    }

    /// Sets a field; a value that no field can carry is left out.
    pub(crate) fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    pub(crate) fn with_body(self, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self { body: body.into(), ..self.with(CONTENT_TYPE, content_type) }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = *self.headers;
        response
    }
}

/// Why a handler stopped early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The request is refused; nothing was written.
    Refused(Box<Answer>),
    /// SQLite failed.
    Database(rusqlite::Error),
    /// A defect of this server.
    Internal(&'static str),
}

impl From<Answer> for Failure {
    fn from(answer: Answer) -> Self {
        Self::Refused(Box::new(answer))
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl From<Failure> for Answer {
    fn from(failure: Failure) -> Self {
        let internal = StatusCode::INTERNAL_SERVER_ERROR;
        match failure {
            Failure::Refused(answer) => *answer,
            Failure::Database(error) if is_busy(&error) => {
                Self::refusal(StatusCode::SERVICE_UNAVAILABLE, "BUSY", "another process holds the database; try again")
                    .with(RETRY_AFTER, "1")
            }
            Failure::Database(error) => {
                eprintln!("example-server: database: {error}");
                Self::refusal(internal, "INTERNAL", "the database failed; the server's log says why")
            }
            Failure::Internal(what) => {
                eprintln!("example-server: {what}");
                Self::refusal(internal, "INTERNAL", "a defect of the server; its log says more")
            }
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        Answer::from(self).into_response()
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
}
