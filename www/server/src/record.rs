//! A stored representation with its version: how it is read, and what a finished write answers.

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_LOCATION, ETAG, LAST_MODIFIED};
use rusqlite::{Connection, OptionalExtension, params};

use crate::answer::{Answer, JSON};
use crate::clock;
use crate::etag::{Conditions, Version};

/// What is stored under an id.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
    pub(crate) version: Version,
}

impl Record {
    pub(crate) fn json(body: String, version: Version) -> Self {
        Self { content_type: JSON.to_owned(), body: body.into_bytes(), version }
    }

    /// Reads from a table of JSON bodies. `table` is a name of this program, never of a request.
    pub(crate) fn load_json(connection: &Connection, table: &str, id: &str) -> rusqlite::Result<Option<Self>> {
        connection
            .query_row(&format!("SELECT body, etag, modified_ms FROM {table} WHERE id = ?1"), [id], |row| {
                Ok(Self::json(row.get(0)?, Version { etag: row.get(1)?, modified_ms: row.get(2)? }))
            })
            .optional()
    }

    /// Writes a document without asking; the caller has checked what there is to check.
    pub(crate) fn save_document(&self, connection: &Connection, id: &str) -> rusqlite::Result<()> {
        // Not INSERT OR REPLACE: its deletion would take the lock along.
        connection.execute(
            "INSERT INTO documents (id, content_type, body, etag, modified_ms) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (id) DO UPDATE SET content_type = ?2, body = ?3, etag = ?4, modified_ms = ?5",
            params![id, self.content_type, self.body, self.version.etag, self.version.modified_ms],
        )?;
        Ok(())
    }

    /// The answer to a GET or HEAD: 200, 304, or 412 for an If-Match that names another version.
    pub(crate) fn answer_read(self, conditions: &Conditions) -> Answer {
        if conditions.read_refused(&self.version) {
            return versioned(Answer::empty(StatusCode::PRECONDITION_FAILED), &self.version);
        }
        if conditions.not_modified(&self.version) {
            return versioned(Answer::empty(StatusCode::NOT_MODIFIED), &self.version);
        }
        versioned(Answer::empty(StatusCode::OK), &self.version).with_body(&self.content_type, self.body)
    }

    /// The answer to a write that returns what is stored now. Content-Location says that it is that (RFC 9110 §8.7).
    pub(crate) fn answer_written(self, status: StatusCode, path: &str) -> Answer {
        versioned(Answer::empty(status), &self.version)
            .with(CONTENT_LOCATION, path)
            .with_body(&self.content_type, self.body)
    }
}

/// Adds the validators and says that a copy must be checked before each use.
pub(crate) fn versioned(answer: Answer, version: &Version) -> Answer {
    answer
        .with(ETAG, &version.etag)
        .with(LAST_MODIFIED, &clock::http_date(version.modified_ms))
        .with(CACHE_CONTROL, "private, no-cache")
}
