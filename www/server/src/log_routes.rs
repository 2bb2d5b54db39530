//! The log over HTTP: every exchange is recorded, and people read it.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use crate::answer::Answer;
use crate::app::App;
use crate::connection::Cut;

const PATH: &str = "/api/log";

/// Records every exchange with the API but those about the log itself.
pub(crate) async fn record(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if !path.starts_with("/api/") || path == PATH {
        return next.run(request).await;
    }
    let n = app.log.arrived(&request);
    let response = next.run(request).await;
    if response.extensions().get::<Cut>().is_none() {
        app.log.answered(n, &response);
    }
    response
}

pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new().route("/log", get(read).delete(clear))
}

#[derive(Deserialize)]
struct Since {
    #[serde(default)]
    since: u64,
}

async fn read(
    State(app): State<Arc<App>>,
    since: Result<Query<Since>, axum::extract::rejection::QueryRejection>,
) -> Answer {
    let Ok(Query(Since { since })) = since else {
        return Answer::bad_request("INVALID_QUERY", "since must be a number");
    };
    match app.log.newer_than(since) {
        Ok(value) => Answer::json(StatusCode::OK, &value).with(axum::http::header::CACHE_CONTROL, "no-store"),
        Err(error) => Answer::refusal(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", error.to_string()),
    }
}

async fn clear(State(app): State<Arc<App>>) -> Answer {
    app.log.clear();
    Answer::empty(StatusCode::NO_CONTENT)
}
