//! What was really sent: the last exchanges, without bodies and without credentials.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::extract::Request;
use axum::http::header::{ETAG, HeaderMap, HeaderName, IF_MATCH, IF_NONE_MATCH};
use axum::response::Response;
use serde::Serialize;

use crate::clock::Stopwatch;

const CAPACITY: usize = 500;

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

    /// Records the arrival of a request; the number of its exchange.
    pub(crate) fn arrived(&self, request: &Request) -> u64 {
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

    /// Records the head of the answer to an exchange.
    pub(crate) fn answered(&self, n: u64, response: &Response) {
        let mut entries = self.entries();
        if let Some(exchange) = entries.exchanges.iter_mut().rev().find(|exchange| exchange.n == n) {
            exchange.status = Some(response.status().as_u16());
            exchange.etag = text(response.headers(), &ETAG);
        }
    }

    /// The exchanges with numbers above `since`, as JSON.
    pub(crate) fn newer_than(&self, since: u64) -> serde_json::Result<serde_json::Value> {
        let entries = self.entries();
        serde_json::to_value(entries.exchanges.iter().filter(|exchange| exchange.n > since).collect::<Vec<_>>())
    }

    /// Forgets the exchanges. Numbers go on, so that `since` keeps its meaning.
    pub(crate) fn clear(&self) {
        self.entries().exchanges.clear();
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let lines: Vec<_> = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    (!lines.is_empty()).then(|| lines.join(", "))
}
