//! The changes over HTTP: every write publishes one, and people listen.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{OriginalUri, Query, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, LOCATION};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;
use http_body::Frame;
use serde::Deserialize;
use tokio::sync::{broadcast, mpsc};
use tokio::time::timeout;

use crate::app::App;

/// A comment at such intervals tells both ends whether the other one is still there.
const PULSE: Duration = Duration::from_secs(15);

/// Publishes each write that was carried out, whatever becomes of its answer.
pub(crate) async fn publish(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let is_write = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let path =
        request.extensions().get::<OriginalUri>().map_or_else(|| request.uri().path(), |uri| uri.path()).to_owned();
    let is_below = *request.method() == Method::POST;
    let response = next.run(request).await;
    if is_write && response.status().is_success() {
        let text = |name| response.headers().get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
        let parent = || path.rsplit_once('/').map_or(path.as_str(), |(parent, _)| parent);
        // A POST changes what it creates, or the resource that it is about.
        let url = if is_below { text(LOCATION).unwrap_or_else(parent) } else { &path };
        app.changes.publish(url, text(ETAG));
    }
    response
}

pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new().route("/changes", get(stream))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Last {
    last_event_id: Option<String>,
}

/// `EventSource` sends the id of its last event as a field when it connects again, but not for another one: hence the query.
async fn stream(State(app): State<Arc<App>>, headers: HeaderMap, Query(query): Query<Last>) -> Response {
    let field = headers.get("last-event-id").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (first, mut receiver) = app.changes.listen(field.or(query.last_event_id).as_deref());
    let (sender, frames) = mpsc::channel(16);
    tokio::spawn(async move {
        let mut next = first;
        while sender.send(next).await.is_ok() {
            next = match timeout(PULSE, receiver.recv()).await {
                Ok(Ok(change)) => app.changes.event(&change),
                Ok(Err(broadcast::error::RecvError::Lagged(_))) => Bytes::from_static(b"event: reset\ndata: {}\n\n"),
                Ok(Err(broadcast::error::RecvError::Closed)) => return,
                Err(_) => Bytes::from_static(b":\n\n"),
            };
        }
    });
    let mut response = Response::new(Body::new(Frames(frames)));
    let fields = [(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-store")];
    response.headers_mut().extend(fields.map(|(name, value)| (name, axum::http::HeaderValue::from_static(value))));
    response
}

/// A body that ends with its sender.
struct Frames(mpsc::Receiver<Bytes>);

impl http_body::Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|frame| frame.map(|bytes| Ok(Frame::data(bytes))))
    }
}
