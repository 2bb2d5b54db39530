//! Server-wide defaults, kept in the database, and the way back to the seed data.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::answer::{Answer, Failure};
use crate::app::App;
use crate::caller::{JsonObject, Octets};
use crate::seed::{self, Scenario};

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

    fn save(self, connection: &Connection) -> rusqlite::Result<()> {
        let sql = "INSERT OR REPLACE INTO switches (name, value) VALUES ('refusal', ?1), ('delay_ms', ?2)";
        connection.execute(sql, [self.refusal.name(), &self.delay_ms.to_string()])?;
        Ok(())
    }

    fn with(self, name: &str, value: &Value) -> Result<Self, Answer> {
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

    fn answer(self) -> Answer {
        Answer::json(StatusCode::OK, &json!({ "refusal": self.refusal.name(), "delay_ms": self.delay_ms }))
    }
}

pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new().route("/switches", get(read).put(write)).route("/reset", post(reset))
}

async fn read(State(app): State<Arc<App>>) -> Answer {
    app.switches().answer()
}

/// Switches that the body does not name stay as they are.
async fn write(State(app): State<Arc<App>>, body: JsonObject) -> Result<Answer, Failure> {
    let switches = app
        .store
        .write(move |write| {
            let mut switches = Switches::load(write)?;
            for (name, value) in &body.members {
                switches = switches.with(name, value)?;
            }
            switches.save(write)?;
            Ok(switches)
        })
        .await?;
    app.set_switches(switches);
    Ok(switches.answer())
}

async fn reset(State(app): State<Arc<App>>, Octets(octets): Octets) -> Result<Answer, Failure> {
    let scenario = scenario(&octets)?;
    app.store.write(move |write| Ok(seed::plant(write, scenario)?)).await?;
    if scenario.is_none() {
        app.counters.clear();
    }
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

/// An empty body means everything.
fn scenario(octets: &[u8]) -> Result<Option<Scenario>, Answer> {
    if octets.is_empty() {
        return Ok(None);
    }
    let body: Value = serde_json::from_slice(octets)
        .map_err(|error| Answer::bad_request("INVALID_JSON", format!("the body is not JSON: {error}")))?;
    match body.get("scenario") {
        None | Some(Value::Null) => Ok(None),
        Some(name) => match Scenario::parse(name.as_str().unwrap_or_default()) {
            Some(scenario) => Ok(Some(scenario)),
            None => Err(Answer::bad_request("UNKNOWN_SCENARIO", format!("the scenarios are {}", Scenario::names()))),
        },
    }
}
