//! Notes in memory, with ETags.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing};

/// A version and a JSON text by id.
type Notes = Arc<Mutex<HashMap<String, (u64, String)>>>;

async fn read(State(notes): State<Notes>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let notes = notes.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let Some((version, text)) = notes.get(&id) else { return StatusCode::NOT_FOUND.into_response() };
    let etag = format!("\"{version}\"");
    let is_known = headers.get(header::IF_NONE_MATCH).is_some_and(|wanted| wanted == etag.as_str());
    if is_known {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response();
    }
    ([(header::ETAG, etag), (header::CONTENT_TYPE, "application/json".to_owned())], text.clone()).into_response()
}

async fn write(State(notes): State<Notes>, Path(id): Path<String>, headers: HeaderMap, text: String) -> Response {
    let mut notes = notes.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let current = notes.get(&id).map(|(version, _)| *version);
    let is_current = match (headers.get(header::IF_MATCH), headers.get(header::IF_NONE_MATCH)) {
        (Some(wanted), _) => current.is_some_and(|version| wanted == format!("\"{version}\"").as_str()),
        (None, Some(any)) if any == "*" => current.is_none(),
        _ => return StatusCode::PRECONDITION_REQUIRED.into_response(),
    };
    if !is_current {
        return StatusCode::PRECONDITION_FAILED.into_response();
    }
    let version = current.unwrap_or(0) + 1;
    notes.insert(id, (version, text));
    let status = if current.is_some() { StatusCode::NO_CONTENT } else { StatusCode::CREATED };
    (status, [(header::ETAG, format!("\"{version}\""))]).into_response()
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let first = ("7".to_owned(), (1, r#"{"title":"Shopping","done":false}"#.to_owned()));
    let notes = Notes::new(Mutex::new(HashMap::from([first])));
    let app = Router::new().route("/notes/{id}", routing::get(read).put(write)).with_state(notes);
    let port = std::env::var("PORT").unwrap_or_default();
    axum::serve(tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?, app).await
}
