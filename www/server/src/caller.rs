//! What a request says beside its body: conditions, switches in the query, preferences.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, OriginalUri, Query, Request};
use axum::http::header::{CONTENT_TYPE, HeaderMap};
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode, Uri};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::answer::{Answer, Failure};
use crate::app::App;
use crate::etag::{Conditions, Verdict, Version};
use crate::switches::Refusal;
use crate::whole_body;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const PREFER: HeaderName = HeaderName::from_static("prefer");

/// The query parameters that any resource understands.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Params {
    pub(crate) refusal: Option<String>,
    pub(crate) refuse: Option<String>,
    pub(crate) answer: Option<String>,
    pub(crate) times: Option<u64>,
    pub(crate) key: Option<String>,
    pub(crate) cors: Option<String>,
    pub(crate) tags: Option<String>,
    pub(crate) stamp: Option<String>,
    /// Seconds by which the clock is ahead.
    pub(crate) skew: Option<i64>,
    /// Milliseconds by which the answer is late.
    pub(crate) delay: Option<u64>,
    /// Whether the state before this write is kept for `answer=stale`.
    pub(crate) keep: Option<String>,
    #[serde(rename = "as")]
    pub(crate) writer: Option<String>,
}

impl Params {
    pub(crate) fn of(uri: &Uri) -> Result<Self, Answer> {
        match Query::<Self>::try_from_uri(uri) {
            Ok(Query(params)) => Ok(params),
            Err(rejection) => Err(Answer::bad_request("INVALID_QUERY", rejection.body_text())),
        }
    }
}

/// Put on a request that is to be treated as if it carried no condition.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unprotected;

/// Who asks, and on which conditions.
pub(crate) struct Caller {
    pub(crate) conditions: Conditions,
    refusal: Refusal,
    /// The name given by `?as=`.
    pub(crate) writer: Option<String>,
    /// The path as requested, without the query.
    pub(crate) path: String,
    pub(crate) idempotency_key: Option<String>,
    /// RFC 7240 §4.2: the writer wants to have back what is stored now.
    pub(crate) wants_representation: bool,
}

impl Caller {
    /// `Ok` when the preconditions allow the write; otherwise the answer that refuses it.
    pub(crate) fn admit(&self, current: Option<&Version>, what: &str) -> Result<(), Failure> {
        let refused = match (self.conditions.judge(current), current) {
            (Verdict::Proceed, _) => return Ok(()),
            (Verdict::Required, _) => Answer::refusal(
                StatusCode::PRECONDITION_REQUIRED,
                "PRECONDITION_REQUIRED",
                "name the version you edited with If-Match, or create with If-None-Match: *",
            ),
            (Verdict::Stale, Some(version)) => {
                self.refuse("STALE_RESOURCE", &format!("the {what} was changed by somebody else meanwhile"), version)
            }
            (Verdict::Exists, Some(version)) => {
                self.refuse("ALREADY_EXISTS", &format!("there is already a {what} of this name"), version)
            }
            (Verdict::Stale | Verdict::Exists | Verdict::Missing, _) => Answer::not_found(what),
        };
        Err(refused.into())
    }

    fn refuse(&self, code: &str, message: &str, current: &Version) -> Answer {
        let mut more = Map::new();
        more.insert("current_etag".to_owned(), Value::from(current.etag.as_str()));
        match self.refusal {
            Refusal::Conflict => Answer::refusal_with(StatusCode::CONFLICT, code, message, more),
            Refusal::PreconditionFailed => Answer::refusal_with(StatusCode::PRECONDITION_FAILED, code, message, more),
            Refusal::Problem => {
                // RFC 6963 reserves urn:example for examples.
                let problem_type = format!("urn:example:{}", code.to_ascii_lowercase().replace('_', "-"));
                let body = json!({
                    "type": problem_type,
                    "title": if code == "STALE_RESOURCE" { "Stale resource" } else { "Already exists" },
                    "status": 409,
                    "detail": message,
                    "instance": self.path,
                    "current_etag": current.etag,
                });
                Answer::refusal(StatusCode::CONFLICT, code, message)
                    .with_body("application/problem+json", body.to_string())
            }
        }
    }
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Answer;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Answer> {
        let params = Params::of(&parts.uri)?;
        let refusal = match &params.refusal {
            Some(name) => Refusal::parse(name)?,
            None => app.switches().refusal,
        };
        let conditions = match parts.extensions.get::<Unprotected>() {
            Some(_) => Conditions::ignored(),
            None => Conditions::read(&parts.headers)?,
        };
        // `nest` shortens the path that handlers see; Location and `instance` need the whole of it.
        let path = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |uri| &uri.0).path();
        Ok(Self {
            conditions,
            refusal,
            writer: params.writer,
            path: path.to_owned(),
            idempotency_key: text(&parts.headers, &IDEMPOTENCY_KEY),
            wants_representation: text(&parts.headers, &PREFER)
                .is_some_and(|prefer| prefer.split([',', ';']).any(|item| item.trim() == "return=representation")),
        })
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.trim().to_owned())
}

/// The body's octets, within the limit that the route sets.
pub(crate) struct Octets(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for Octets {
    type Rejection = Answer;

    async fn from_request(request: Request, state: &S) -> Result<Self, Answer> {
        match Bytes::from_request(request, state).await {
            Ok(octets) => Ok(Self(octets)),
            Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(whole_body::too_large()),
            Err(rejection) => Err(Answer::bad_request("INVALID_BODY", rejection.body_text())),
        }
    }
}

/// A JSON object, and the octets it came as.
pub(crate) struct JsonObject {
    pub(crate) members: Map<String, Value>,
    pub(crate) octets: Bytes,
}

impl<S: Send + Sync> FromRequest<S> for JsonObject {
    type Rejection = Answer;

    async fn from_request(request: Request, state: &S) -> Result<Self, Answer> {
        let media_type = media_type(request.headers());
        let Octets(octets) = Octets::from_request(request, state).await?;
        // A page of another origin can send any other type without asking first.
        if media_type.as_deref() != Some("application/json") {
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return Err(Answer::refusal(status, "UNSUPPORTED_MEDIA_TYPE", "send application/json"));
        }
        match serde_json::from_slice(&octets) {
            Ok(members) => Ok(Self { members, octets }),
            Err(error) => Err(Answer::bad_request("INVALID_JSON", format!("expected a JSON object: {error}"))),
        }
    }
}

/// Type and subtype of Content-Type in lower case, without parameters.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = text(headers, &CONTENT_TYPE)?;
    let essence = value.split(';').next().unwrap_or_default();
    Some(essence.trim().to_ascii_lowercase())
}
