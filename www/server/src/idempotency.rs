//! Idempotency-Key: a POST that is sent again gets the answer of the first time.

use axum::http::{HeaderName, HeaderValue, StatusCode};
use bytes::Bytes;
use rusqlite::{OptionalExtension, params};
use serde_json::{Map, Value};

use crate::answer::{Answer, Failure};
use crate::caller::Caller;
use crate::store::Write;

/// Runs `work`, or gives the recorded answer when the same key came with the same path and body before.
///
/// The answer is recorded in the transaction of the work itself, refusals too; so a repeat can neither do it twice nor find it
/// half done. A defect or a failing database leaves no record.
pub(crate) fn once(
    write: &Write,
    caller: &Caller,
    body: &Bytes,
    work: impl FnOnce() -> Result<Answer, Failure>,
) -> Result<Answer, Failure> {
    let Some(key) = &caller.idempotency_key else {
        return work();
    };
    if let Some((path, request, answer)) = load(write, key)? {
        if path == caller.path && request == *body {
            return Ok(answer);
        }
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        let message = "this Idempotency-Key was sent with another request before";
        return Ok(Answer::refusal(status, "IDEMPOTENCY_KEY_REUSED", message));
    }
    let answer = match write.attempt(work) {
        Ok(answer) => answer,
        Err(Failure::Refused(answer)) => *answer,
        Err(other) => return Err(other),
    };
    save(write, key, caller, body, &answer)?;
    Ok(answer)
}

fn load(write: &Write, key: &str) -> rusqlite::Result<Option<(String, Vec<u8>, Answer)>> {
    let sql = "SELECT path, request, status, headers, body FROM recorded_answers WHERE idempotency_key = ?1";
    write
        .query_row(sql, [key], |row| {
            let status = StatusCode::from_u16(row.get(2)?).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let mut answer = Answer::empty(status);
            let headers: String = row.get(3)?;
            let headers: Map<String, Value> = serde_json::from_str(&headers).unwrap_or_default();
            for (name, value) in headers {
                let value = value.as_str().and_then(|value| HeaderValue::from_str(value).ok());
                if let (Ok(name), Some(value)) = (HeaderName::try_from(name), value) {
                    answer.headers.insert(name, value);
                }
            }
            let body: Vec<u8> = row.get(4)?;
            answer.body = body.into();
            Ok((row.get(0)?, row.get(1)?, answer))
        })
        .optional()
}

fn save(write: &Write, key: &str, caller: &Caller, body: &Bytes, answer: &Answer) -> rusqlite::Result<()> {
    let mut headers = Map::new();
    for (name, value) in answer.headers.iter() {
        headers.insert(name.to_string(), Value::from(String::from_utf8_lossy(value.as_bytes())));
    }
    write.execute(
        "INSERT INTO recorded_answers (idempotency_key, path, request, status, headers, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            key,
            caller.path,
            body.as_ref(),
            answer.status.as_u16(),
            Value::Object(headers).to_string(),
            answer.body.as_ref()
        ],
    )?;
    Ok(())
}
