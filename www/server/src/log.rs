//! What was really sent: the last exchanges, without bodies and without credentials.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::http::header::{ETAG, HeaderMap, HeaderName, IF_MATCH, IF_NONE_MATCH};
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::get;
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::app::App;
use crate::clock::Stopwatch;
use crate::connection::Cut;

const CAPACITY: usize = 500;
const PATH: &str = "/api/log";

/// One exchange. `status` stays null while no answer was sent, and for ever when none is.
#[derive(Debug, Clone, Serialize)]
struct Exchange {
    n: u64,
    method: String,
    /// Path and query.
    url: String,
    if_match: Option<String>,
    if_none_match: Option<String>,
    status: Option<u16>,
    etag: Option<String>,
    /// When the request arrived, from the start of the server.
    time_ms: u64,
}

/// The last exchanges, in the order in which they arrived.
pub(crate) struct Log {
    start: Stopwatch,
    entries: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    last: u64,
    exchanges: VecDeque<Exchange>,
}

impl Log {
    pub(crate) fn start() -> Self {
        Self { start: Stopwatch::start(), entries: Mutex::default() }
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn arrived(&self, request: &Request) -> u64 {
        let mut entries = self.entries();
        entries.last += 1;
        let exchange = Exchange {
            n: entries.last,
            method: request.method().to_string(),
            url: request.uri().path_and_query().map_or_else(String::new, ToString::to_string),
            if_match: text(request.headers(), &IF_MATCH),
            if_none_match: text(request.headers(), &IF_NONE_MATCH),
            status: None,
            etag: None,
            time_ms: self.start.elapsed_ms(),
        };
        if entries.exchanges.len() == CAPACITY {
            entries.exchanges.pop_front();
        }
        entries.exchanges.push_back(exchange);
        entries.last
    }

    fn answered(&self, n: u64, response: &Response) {
        let mut entries = self.entries();
        if let Some(exchange) = entries.exchanges.iter_mut().rev().find(|exchange| exchange.n == n) {
            exchange.status = Some(response.status().as_u16());
            exchange.etag = text(response.headers(), &ETAG);
        }
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let lines: Vec<_> = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    (!lines.is_empty()).then(|| lines.join(", "))
}

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
    let entries = app.log.entries();
    let newer: Vec<_> = entries.exchanges.iter().filter(|exchange| exchange.n > since).collect();
    match serde_json::to_value(newer) {
        Ok(value) => Answer::json(StatusCode::OK, &value).with(axum::http::header::CACHE_CONTROL, "no-store"),
        Err(error) => Answer::refusal(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", error.to_string()),
    }
}

/// Numbers go on from where they were, so that `since` keeps its meaning.
async fn clear(State(app): State<Arc<App>>) -> Answer {
    app.log.entries().exchanges.clear();
    Answer::empty(StatusCode::NO_CONTENT)
}
