//! Orders: what may be changed depends on the state they are in.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::routing::{get, post};
use rusqlite::params;
use serde_json::{Map, Value, json};

use crate::answer::{Answer, Failure};
use crate::app::App;
use crate::caller::{Caller, JsonObject};
use crate::idempotency;
use crate::record::Record;
use crate::store::Write;

const WHAT: &str = "order";

type Reply = Result<Answer, Failure>;

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OrderState {
    Draft,
    Placed,
    Shipped,
    Delivered,
    Cancelled,
}

impl OrderState {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "draft" => Self::Draft,
            "placed" => Self::Placed,
            "shipped" => Self::Shipped,
            "delivered" => Self::Delivered,
            "cancelled" => Self::Cancelled,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Placed => "placed",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Cancelled => "cancelled",
        }
    }

    /// The states that an order in this state may be brought to.
    fn allowed(self) -> &'static [Self] {
        match self {
            Self::Draft => &[Self::Placed, Self::Cancelled],
            Self::Placed => &[Self::Shipped, Self::Cancelled],
            Self::Shipped => &[Self::Delivered],
            Self::Delivered | Self::Cancelled => &[],
        }
    }

    /// Whether anything but the state may still be edited.
    fn is_open(self) -> bool {
        matches!(self, Self::Draft | Self::Placed)
    }

    fn refuse(self, message: String) -> Answer {
        let allowed: Vec<_> = self.allowed().iter().map(|state| state.name()).collect();
        let details = json!({ "current_state": self.name(), "allowed_states": allowed });
        Answer::detailed(StatusCode::CONFLICT, "INVALID_ORDER_STATE", message, details)
    }
}

pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new().route("/", post(create)).route("/{id}", get(read).put(write))
}

async fn read(State(app): State<Arc<App>>, Path(id): Path<String>, caller: Caller) -> Reply {
    let record = app.store.read(move |connection| Ok(Record::load_json(connection, "orders", &id)?)).await?;
    Ok(record.ok_or_else(|| Answer::not_found(WHAT))?.answer_read(&caller.conditions))
}

/// A new order is a draft, or placed at once.
async fn create(State(app): State<Arc<App>>, caller: Caller, mut body: JsonObject) -> Reply {
    let state = match body.members.get("state") {
        None => OrderState::Draft,
        Some(_) => stated(&body.members)?,
    };
    app.store
        .write(move |write| {
            idempotency::once(write, &caller, &body.octets, || {
                if !state.is_open() {
                    return Err(OrderState::Draft.refuse(format!("a new order cannot be {}", state.name())).into());
                }
                let id = format!("o{}", write.next_revision()?);
                let path = format!("{}/{id}", caller.path.trim_end_matches('/'));
                body.members.insert("state".to_owned(), Value::from(state.name()));
                let order = with_id(&id, &body.members);
                Ok(save(write, &id, &order)?.answer_written(StatusCode::CREATED, &path).with(LOCATION, &path))
            })
        })
        .await
}

async fn write(State(app): State<Arc<App>>, Path(id): Path<String>, caller: Caller, body: JsonObject) -> Reply {
    let wanted_state = stated(&body.members)?;
    app.store
        .write(move |write| {
            let current = Record::load_json(write, "orders", &id)?.ok_or_else(|| Answer::not_found(WHAT))?;
            caller.admit(Some(&current.version), WHAT)?;
            let stored: Map<String, Value> = serde_json::from_slice(&current.body)
                .map_err(|_| Failure::Internal("a stored order is not a JSON object"))?;
            let wanted = with_id(&id, &body.members);
            if wanted == stored {
                return Ok(current.answer_written(StatusCode::OK, &caller.path));
            }
            check_edit(&stored, &wanted, wanted_state)?;
            Ok(save(write, &id, &wanted)?.answer_written(StatusCode::OK, &caller.path))
        })
        .await
}

fn check_edit(
    stored: &Map<String, Value>,
    wanted: &Map<String, Value>,
    wanted_state: OrderState,
) -> Result<(), Failure> {
    let state = stated(stored).map_err(|_| Failure::Internal("a stored order has no state"))?;
    if wanted_state != state && !state.allowed().contains(&wanted_state) {
        let message = format!("an order that is {} cannot become {}", state.name(), wanted_state.name());
        return Err(state.refuse(message).into());
    }
    let differs = |(name, value): (&String, &Value)| name != "state" && stored.get(name) != Some(value);
    let edited = wanted.len() != stored.len() || wanted.iter().any(differs);
    if edited && !state.is_open() {
        return Err(state.refuse(format!("an order that is {} cannot be edited", state.name())).into());
    }
    Ok(())
}

fn stated(members: &Map<String, Value>) -> Result<OrderState, Answer> {
    members.get("state").and_then(Value::as_str).and_then(OrderState::parse).ok_or_else(|| {
        let message = "state must be draft, placed, shipped, delivered or cancelled";
        let given = members.get("state").cloned().unwrap_or_default();
        Answer::invalid_field("INVALID_STATE", message, "state", given)
    })
}

fn with_id(id: &str, members: &Map<String, Value>) -> Map<String, Value> {
    let mut order = Map::new();
    order.insert("id".to_owned(), Value::from(id));
    order.extend(members.iter().filter(|(name, _)| *name != "id").map(|(name, value)| (name.clone(), value.clone())));
    order
}

fn save(write: &Write, id: &str, order: &Map<String, Value>) -> Result<Record, Failure> {
    let body = Value::Object(order.clone()).to_string();
    let version = write.next_version()?;
    write.execute(
        "INSERT INTO orders (id, body, etag, modified_ms) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (id) DO UPDATE SET body = ?2, etag = ?3, modified_ms = ?4",
        params![id, body, version.etag, version.modified_ms],
    )?;
    Ok(Record::json(body, version))
}
