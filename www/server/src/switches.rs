//! Server-wide defaults, kept in the database.

use axum::http::StatusCode;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::answer::{Answer, Failure};

/// Longer than any page waits, short enough that a forgotten switch is noticed.
const MAX_DELAY_MS: u64 = 60_000;

/// How a stale write is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// 409 with `{code, message, current_etag}`.
    Conflict,
    /// 412 with the same body.
    PreconditionFailed,
    /// 409 with a problem document (RFC 9457).
    Problem,
}

impl Refusal {
    pub(crate) fn parse(name: &str) -> Result<Self, Answer> {
        match name {
            "409" => Ok(Self::Conflict),
            "412" => Ok(Self::PreconditionFailed),
            "problem" => Ok(Self::Problem),
            _ => Err(Answer::bad_request("UNKNOWN_SWITCH", "refusal must be 409, 412 or problem")),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Conflict => "409",
            Self::PreconditionFailed => "412",
            Self::Problem => "problem",
        }
    }
}

/// What holds where a request does not say otherwise.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Switches {
    pub(crate) refusal: Refusal,
    /// How long each answer about a resource is held back.
    pub(crate) delay_ms: u64,
}

impl Switches {
    /// The stored switches; the first choice for those that were never set.
    pub(crate) fn load(connection: &Connection) -> Result<Self, Failure> {
        let mut switches = Self { refusal: Refusal::Conflict, delay_ms: 0 };
        let mut statement = connection.prepare("SELECT name, value FROM switches")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (name, value): (String, String) = (row.get(0)?, row.get(1)?);
            match name.as_str() {
                "refusal" => switches.refusal = Refusal::parse(&value)?,
                "delay_ms" => switches.delay_ms = value.parse().unwrap_or_default(),
                _ => {}
            }
        }
        Ok(switches)
    }

    pub(crate) fn save(self, connection: &Connection) -> rusqlite::Result<()> {
        let sql = "INSERT OR REPLACE INTO switches (name, value) VALUES ('refusal', ?1), ('delay_ms', ?2)";
        connection.execute(sql, [self.refusal.name(), &self.delay_ms.to_string()])?;
        Ok(())
    }

    /// The switches with another value of one of them.
    pub(crate) fn with(self, name: &str, value: &Value) -> Result<Self, Answer> {
        match name {
            "refusal" => Ok(Self { refusal: Refusal::parse(value.as_str().unwrap_or_default())?, ..self }),
            "delay_ms" => match value.as_u64() {
                Some(delay_ms) if delay_ms <= MAX_DELAY_MS => Ok(Self { delay_ms, ..self }),
                _ => {
                    let rule = format!("delay_ms must be a whole number from 0 to {MAX_DELAY_MS}");
                    Err(Answer::bad_request("UNKNOWN_SWITCH", rule))
                }
            },
            _ => Err(Answer::bad_request("UNKNOWN_SWITCH", "the switches are refusal and delay_ms")),
        }
    }

    pub(crate) fn answer(self) -> Answer {
        Answer::json(StatusCode::OK, &json!({ "refusal": self.refusal.name(), "delay_ms": self.delay_ms }))
    }
}
