//! Rooms with a number of places; whoever books the last one gets it.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Value, json};

use crate::answer::{Answer, Failure};
use crate::app::App;
use crate::caller::{Caller, JsonObject};
use crate::etag::Version;
use crate::idempotency;
use crate::record::Record;
use crate::store::Write;

const WHAT: &str = "room";

type Reply = Result<Answer, Failure>;

struct Room {
    name: String,
    capacity: usize,
    guests: Vec<String>,
    version: Version,
}

impl Room {
    fn load(connection: &Connection, id: &str) -> rusqlite::Result<Option<Self>> {
        let mut statement = connection.prepare("SELECT guest FROM bookings WHERE room = ?1 ORDER BY slot")?;
        let guests: Result<Vec<String>, _> = statement.query_map([id], |row| row.get(0))?.collect();
        let guests = guests?;
        connection
            .query_row("SELECT name, capacity, etag, modified_ms FROM rooms WHERE id = ?1", [id], |row| {
                let version = Version { etag: row.get(2)?, modified_ms: row.get(3)? };
                let capacity = usize::try_from(row.get::<_, i64>(1)?).unwrap_or_default();
                Ok(Self { name: row.get(0)?, capacity, guests, version })
            })
            .optional()
    }

    fn record(self, id: &str) -> Record {
        let body = json!({ "id": id, "name": self.name, "capacity": self.capacity, "guests": self.guests });
        Record::json(body.to_string(), self.version)
    }
}

pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new().route("/{id}", get(read)).route("/{id}/bookings", post(book))
}

async fn read(State(app): State<Arc<App>>, Path(id): Path<String>, caller: Caller) -> Reply {
    let record = app
        .store
        .read(move |connection| {
            let room = Room::load(connection, &id)?.ok_or_else(|| Answer::not_found(WHAT))?;
            Ok(room.record(&id))
        })
        .await?;
    Ok(record.answer_read(&caller.conditions))
}

/// 201 with the booking; 409 when the room is full or the guest has a place already.
async fn book(State(app): State<Arc<App>>, Path(id): Path<String>, caller: Caller, body: JsonObject) -> Reply {
    let guest = match body.members.get("guest").and_then(Value::as_str) {
        Some(guest) if !guest.trim().is_empty() => guest.to_owned(),
        _ => {
            let given = body.members.get("guest").cloned().unwrap_or_default();
            return Ok(Answer::invalid_field("INVALID_GUEST", "guest must be a name", "guest", given));
        }
    };
    app.store
        .write(move |write| idempotency::once(write, &caller, &body.octets, || take_place(write, &id, &guest)))
        .await
}

fn take_place(write: &Write, id: &str, guest: &str) -> Reply {
    let room = Room::load(write, id)?.ok_or_else(|| Answer::not_found(WHAT))?;
    if room.guests.iter().any(|known| known == guest) {
        let message = format!("{guest} has a place in the room already");
        return Err(Answer::detailed(StatusCode::CONFLICT, "ALREADY_BOOKED", message, json!({ "guest": guest })).into());
    }
    if room.guests.len() >= room.capacity {
        let details = json!({ "capacity": room.capacity });
        return Err(Answer::detailed(StatusCode::CONFLICT, "ROOM_FULL", "the last place is taken", details).into());
    }
    write.execute("INSERT INTO bookings (room, guest) VALUES (?1, ?2)", [id, guest])?;
    let version = write.next_version()?;
    write.execute(
        "UPDATE rooms SET etag = ?2, modified_ms = ?3 WHERE id = ?1",
        params![id, version.etag, version.modified_ms],
    )?;
    let booking = json!({ "room": id, "guest": guest, "places_left": room.capacity - room.guests.len() - 1 });
    Ok(Answer::json(StatusCode::CREATED, &booking))
}
