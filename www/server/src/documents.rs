//! Documents: any JSON or plain text, kept octet for octet, and their locks.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderMap, HeaderName, LOCATION};
use axum::routing::{get, put};
use rusqlite::{Connection, OptionalExtension};
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use crate::answer::{Answer, Failure};
use crate::app::App;
use crate::caller::{Caller, JsonObject, Octets, media_type};
use crate::etag::Version;
use crate::record::{Record, versioned};
use crate::whole_body;

const MAX_ID_BYTES: usize = 128;
const WHAT: &str = "document";

type Reply = Result<Answer, Failure>;

pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/{id}", get(read).put(write).delete(remove))
        .route("/{id}/lock", put(lock).get(lock_holder).delete(unlock))
        .layer(DefaultBodyLimit::max(whole_body::MAX_BYTES))
}

async fn read(State(app): State<Arc<App>>, Path(id): Path<String>, caller: Caller) -> Reply {
    let record = app.store.read(move |connection| Ok(load(connection, &id)?)).await?;
    Ok(record.ok_or_else(|| Answer::not_found(WHAT))?.answer_read(&caller.conditions))
}

async fn write(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    caller: Caller,
    headers: HeaderMap,
    Octets(octets): Octets,
) -> Reply {
    check_id(&id)?;
    let content_type = check_content(&headers, &octets)?;
    app.store
        .write(move |write| {
            admit_holder(write, &id, &caller)?;
            let current = load(write, &id)?;
            caller.admit(current.as_ref().map(|record| &record.version), WHAT)?;
            let record = Record { content_type, body: octets.into(), version: write.next_version()? };
            record.save_document(write, &id)?;
            Ok(answer_written(record, current.is_none(), &caller))
        })
        .await
}

fn answer_written(record: Record, created: bool, caller: &Caller) -> Answer {
    let status = match (created, caller.wants_representation) {
        (true, _) => StatusCode::CREATED,
        (false, true) => StatusCode::OK,
        (false, false) => StatusCode::NO_CONTENT,
    };
    let answer = if caller.wants_representation {
        let applied = HeaderName::from_static("preference-applied");
        record.answer_written(status, &caller.path).with(applied, "return=representation")
    } else {
        versioned(Answer::empty(status), &record.version)
    };
    if created { answer.with(LOCATION, &caller.path) } else { answer }
}

async fn remove(State(app): State<Arc<App>>, Path(id): Path<String>, caller: Caller) -> Reply {
    app.store
        .write(move |write| {
            admit_holder(write, &id, &caller)?;
            let current = load(write, &id)?.ok_or_else(|| Answer::not_found(WHAT))?;
            caller.admit(Some(&current.version), WHAT)?;
            write.execute("DELETE FROM documents WHERE id = ?1", [&id])?;
            Ok(Answer::empty(StatusCode::NO_CONTENT))
        })
        .await
}

async fn lock(State(app): State<Arc<App>>, Path(id): Path<String>, body: JsonObject) -> Reply {
    let holder = match body.members.get("holder").and_then(Value::as_str) {
        Some(holder) if !holder.is_empty() => holder.to_owned(),
        _ => {
            let given = body.members.get("holder").cloned().unwrap_or_default();
            return Ok(Answer::invalid_field("INVALID_HOLDER", "holder must be a name", "holder", given));
        }
    };
    app.store
        .write(move |write| {
            load(write, &id)?.ok_or_else(|| Answer::not_found(WHAT))?;
            admit_name(write, &id, Some(&holder))?;
            write.execute("INSERT OR REPLACE INTO locks (document, holder) VALUES (?1, ?2)", [&id, &holder])?;
            Ok(Answer::json(StatusCode::OK, &json!({ "holder": holder })))
        })
        .await
}

async fn lock_holder(State(app): State<Arc<App>>, Path(id): Path<String>) -> Reply {
    let holder = app
        .store
        .read(move |connection| {
            load(connection, &id)?.ok_or_else(|| Answer::not_found(WHAT))?;
            Ok(holder_of(connection, &id)?)
        })
        .await?;
    Ok(Answer::json(StatusCode::OK, &json!({ "holder": holder })))
}

/// Without `?as=` anybody may break a lock, as an administrator would; with it only the holder's own is released.
async fn unlock(State(app): State<Arc<App>>, Path(id): Path<String>, caller: Caller) -> Reply {
    app.store
        .write(move |write| {
            load(write, &id)?.ok_or_else(|| Answer::not_found(WHAT))?;
            if caller.writer.is_some() {
                admit_holder(write, &id, &caller)?;
            }
            write.execute("DELETE FROM locks WHERE document = ?1", [&id])?;
            Ok(Answer::empty(StatusCode::NO_CONTENT))
        })
        .await
}

fn load(connection: &Connection, id: &str) -> rusqlite::Result<Option<Record>> {
    connection
        .query_row("SELECT content_type, body, etag, modified_ms FROM documents WHERE id = ?1", [id], |row| {
            let version = Version { etag: row.get(2)?, modified_ms: row.get(3)? };
            Ok(Record { content_type: row.get(0)?, body: row.get(1)?, version })
        })
        .optional()
}

fn holder_of(connection: &Connection, id: &str) -> rusqlite::Result<Option<String>> {
    connection.query_row("SELECT holder FROM locks WHERE document = ?1", [id], |row| row.get(0)).optional()
}

fn admit_holder(connection: &Connection, id: &str, caller: &Caller) -> Result<(), Failure> {
    admit_name(connection, id, caller.writer.as_deref())
}

fn admit_name(connection: &Connection, id: &str, name: Option<&str>) -> Result<(), Failure> {
    match holder_of(connection, id)? {
        Some(holder) if Some(holder.as_str()) != name => {
            let message = format!("{holder} has locked the document");
            Err(Answer::detailed(StatusCode::LOCKED, "LOCKED", message, json!({ "holder": holder })).into())
        }
        _ => Ok(()),
    }
}

fn check_id(id: &str) -> Result<(), Answer> {
    let allowed = |octet: u8| octet.is_ascii_alphanumeric() || b"-._~".contains(&octet);
    if id.len() <= MAX_ID_BYTES && id.bytes().all(allowed) {
        return Ok(());
    }
    let rule = format!("an id has 1 to {MAX_ID_BYTES} of A-Z a-z 0-9 - . _ ~");
    Err(Answer::bad_request("INVALID_ID", rule))
}

/// The content type to store, when it is one of ours and the octets are what it says.
fn check_content(headers: &HeaderMap, octets: &[u8]) -> Result<String, Answer> {
    let unsupported =
        |message: &str| Answer::refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", message);
    let stored = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match media_type(headers).as_deref() {
        Some("application/json") => {
            let text = std::str::from_utf8(octets)
                .map_err(|error| Answer::bad_request("INVALID_JSON", format!("the body is not UTF-8: {error}")))?;
            serde_json::from_str::<IgnoredAny>(text)
                .map_err(|error| Answer::bad_request("INVALID_JSON", format!("the body is not JSON: {error}")))?;
        }
        Some("text/plain") => {
            if !names_utf8(stored) {
                return Err(unsupported("text/plain must be in UTF-8"));
            }
            std::str::from_utf8(octets)
                .map_err(|error| Answer::bad_request("INVALID_TEXT", format!("the body is not UTF-8: {error}")))?;
        }
        _ => return Err(unsupported("send application/json or text/plain")),
    }
    Ok(stored.to_owned())
}

/// Whether the charset parameter is absent or says UTF-8.
fn names_utf8(content_type: &str) -> bool {
    content_type
        .split(';')
        .skip(1)
        .filter_map(|parameter| parameter.split_once('='))
        .filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
        .all(|(_, value)| value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8"))
}
