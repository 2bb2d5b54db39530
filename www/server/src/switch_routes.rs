//! The switches over HTTP, and the way back to the seed data.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde_json::Value;

use crate::answer::{Answer, Failure};
use crate::app::App;
use crate::caller::{JsonObject, Octets};
use crate::seed::{self, Scenario};
use crate::switches::Switches;

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
