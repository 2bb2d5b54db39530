//! Request bodies are read to their end before anything is answered.
//!
//! A server that answers earlier has to close the connection, and a client that is still sending, or has put the connection aside for
//! its next request, then sees a broken network instead of the answer.

use std::future::poll_fn;
use std::pin::Pin;

use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body::Body as _;

use crate::answer::Answer;

/// The most that any route takes.
pub(crate) const MAX_BYTES: usize = 64 << 20;

/// What is still read, and thrown away, of a body that is too large.
const MAX_DISCARDED_BYTES: usize = 256 << 20;

/// Reads the body, and hands it on as one piece.
pub(crate) async fn read_first(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    match read(body).await {
        Ok(octets) => next.run(Request::from_parts(parts, Body::from(octets))).await,
        Err(refused) => refused.into_response(),
    }
}

async fn read(mut body: Body) -> Result<Vec<u8>, Answer> {
    let mut octets = Vec::new();
    let mut total = 0;
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let frame = frame.map_err(|_| Answer::bad_request("INVALID_BODY", "the body breaks off"))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        total += data.len();
        if total <= MAX_BYTES {
            octets.extend_from_slice(&data);
        } else if total > MAX_DISCARDED_BYTES {
            break;
        }
    }
    if total > MAX_BYTES { Err(too_large()) } else { Ok(octets) }
}

pub(crate) fn too_large() -> Answer {
    let message = "the body is larger than this resource may be";
    Answer::refusal(StatusCode::PAYLOAD_TOO_LARGE, "TOO_LARGE", message)
}
