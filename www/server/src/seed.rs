//! The data that the example page starts from.

use rusqlite::params;
use serde_json::{Value, json};

use crate::record::Record;
use crate::store::Write;

/// One scenario of the example page, with the data that belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scenario {
    SharedText,
    SharedJson,
    DuplicateEmail,
    OrderState,
    LastSlot,
    Locked,
}

const ALL: [(Scenario, &str); 6] = [
    (Scenario::SharedText, "shared-text"),
    (Scenario::SharedJson, "shared-json"),
    (Scenario::DuplicateEmail, "duplicate-email"),
    (Scenario::OrderState, "order-state"),
    (Scenario::LastSlot, "last-slot"),
    (Scenario::Locked, "locked"),
];

impl Scenario {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        ALL.into_iter().find(|(_, known)| *known == name).map(|(scenario, _)| scenario)
    }

    pub(crate) fn names() -> String {
        ALL.map(|(_, name)| name).join(", ")
    }
}

const SHARED_TEXT: &str = "\
The garden behind the library

The garden behind the library is open from April to October.
Everybody may sit there, read, and take a book outside.

We water the beds on Mondays and Thursdays, early in the morning.
Whoever has an hour to spare is welcome to help.
Tools are in the shed; the key hangs beside the back door.

In June we plant the herbs: basil, thyme, sage and mint.
In September we pick the apples and bake cakes for the neighbours.

Questions? Ask Ann at the front desk, or leave a note in the box.
";

const SHARED_JSON: &str = r#"{
  "title": "Summer fair",
  "owner": "Ann",
  "tags": ["garden", "neighbours"],
  "description": "An afternoon with cakes, music and a flea market in the garden behind the library.",
  "dueDate": "2031-06-21",
  "budget": {
    "amount": 450,
    "currency": "EUR"
  },
  "done": false
}
"#;

const LOCKED: &str = r#"{
  "title": "House rules",
  "text": "Cara is rewriting these rules and has locked them meanwhile."
}
"#;

/// Puts the data of one scenario back, or, without one, empties everything but the switches and puts all of it back.
pub(crate) fn plant(write: &Write, only: Option<Scenario>) -> rusqlite::Result<()> {
    if only.is_none() {
        write.execute_batch(
            "DELETE FROM documents; DELETE FROM users; DELETE FROM orders; DELETE FROM rooms; DELETE FROM recorded_answers;",
        )?;
    }
    for (scenario, _) in ALL {
        if only.is_none_or(|wanted| wanted == scenario) {
            plant_scenario(write, scenario)?;
        }
    }
    Ok(())
}

fn plant_scenario(write: &Write, scenario: Scenario) -> rusqlite::Result<()> {
    match scenario {
        Scenario::SharedText => document(write, "shared-text", "text/plain; charset=utf-8", SHARED_TEXT),
        Scenario::SharedJson => document(write, "shared-json", "application/json", SHARED_JSON),
        Scenario::Locked => {
            document(write, "locked", "application/json", LOCKED)?;
            write.execute("INSERT INTO locks (document, holder) VALUES ('locked', 'cara')", [])?;
            Ok(())
        }
        Scenario::DuplicateEmail => {
            write.execute("DELETE FROM users", [])?;
            user(write, "ann", "Ann", "ann@example.org")?;
            user(write, "ben", "Ben", "ben@example.org")
        }
        Scenario::OrderState => order(write),
        Scenario::LastSlot => room(write),
    }
}

fn document(write: &Write, id: &str, content_type: &str, body: &str) -> rusqlite::Result<()> {
    write.execute("DELETE FROM documents WHERE id = ?1", [id])?;
    let content_type = content_type.to_owned();
    Record { content_type, body: body.into(), version: write.next_version()? }.save_document(write, id)
}

fn user(write: &Write, id: &str, name: &str, email: &str) -> rusqlite::Result<()> {
    let body = json!({ "id": id, "name": name, "email": email }).to_string();
    let version = write.next_version()?;
    write.execute(
        "INSERT INTO users (id, email_key, body, etag, modified_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![id, email, body, version.etag, version.modified_ms],
    )?;
    Ok(())
}

fn order(write: &Write) -> rusqlite::Result<()> {
    let body = json!({
        "id": "1001",
        "state": "placed",
        "customer": "Ann",
        "address": "12 Lime Street",
        "items": items(),
        "note": "",
    });
    let version = write.next_version()?;
    write.execute(
        "INSERT OR REPLACE INTO orders (id, body, etag, modified_ms) VALUES ('1001', ?1, ?2, ?3)",
        params![body.to_string(), version.etag, version.modified_ms],
    )?;
    Ok(())
}

fn items() -> Value {
    json!([
        { "sku": "seed-basil", "name": "Basil seeds", "quantity": 3 },
        { "sku": "pot-20", "name": "Clay pot, 20 cm", "quantity": 2 },
    ])
}

/// Four places, three of them taken.
fn room(write: &Write) -> rusqlite::Result<()> {
    let version = write.next_version()?;
    write.execute("DELETE FROM rooms WHERE id = 'garden'", [])?;
    write.execute(
        "INSERT INTO rooms (id, name, capacity, etag, modified_ms) VALUES ('garden', 'Garden room', 4, ?1, ?2)",
        params![version.etag, version.modified_ms],
    )?;
    write.execute(
        "INSERT INTO bookings (room, guest) VALUES ('garden', 'Dora'), ('garden', 'Emil'), ('garden', 'Fay')",
        [],
    )?;
    Ok(())
}
