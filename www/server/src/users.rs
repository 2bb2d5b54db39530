//! Users: each e-mail address belongs to one of them.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::routing::{get, post};
use rusqlite::{ErrorCode, params};
use serde_json::{Map, Value, json};

use crate::answer::{Answer, Failure};
use crate::app::App;
use crate::caller::{Caller, JsonObject};
use crate::idempotency;
use crate::record::Record;
use crate::store::Write;

const WHAT: &str = "user";

type Reply = Result<Answer, Failure>;

pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new().route("/", post(create).get(list)).route("/{id}", get(read).put(write).delete(remove))
}

async fn list(State(app): State<Arc<App>>) -> Reply {
    let users = app
        .store
        .read(|connection| {
            let mut statement = connection.prepare("SELECT body FROM users ORDER BY rowid")?;
            let bodies: Result<Vec<String>, _> = statement.query_map([], |row| row.get(0))?.collect();
            Ok(bodies?)
        })
        .await?;
    Ok(Answer::empty(StatusCode::OK).with_body("application/json", format!("[{}]", users.join(","))))
}

async fn read(State(app): State<Arc<App>>, Path(id): Path<String>, caller: Caller) -> Reply {
    let record = app.store.read(move |connection| Ok(Record::load_json(connection, "users", &id)?)).await?;
    Ok(record.ok_or_else(|| Answer::not_found(WHAT))?.answer_read(&caller.conditions))
}

async fn create(State(app): State<Arc<App>>, caller: Caller, body: JsonObject) -> Reply {
    let user = User::check(&body.members)?;
    app.store
        .write(move |write| {
            idempotency::once(write, &caller, &body.octets, || {
                let id = format!("u{}", write.next_revision()?);
                let path = format!("{}/{id}", caller.path.trim_end_matches('/'));
                Ok(user.save(write, &id)?.answer_written(StatusCode::CREATED, &path).with(LOCATION, &path))
            })
        })
        .await
}

async fn write(State(app): State<Arc<App>>, Path(id): Path<String>, caller: Caller, body: JsonObject) -> Reply {
    let user = User::check(&body.members)?;
    app.store
        .write(move |write| {
            let current = Record::load_json(write, "users", &id)?.ok_or_else(|| Answer::not_found(WHAT))?;
            caller.admit(Some(&current.version), WHAT)?;
            Ok(user.save(write, &id)?.answer_written(StatusCode::OK, &caller.path))
        })
        .await
}

async fn remove(State(app): State<Arc<App>>, Path(id): Path<String>, caller: Caller) -> Reply {
    app.store
        .write(move |write| {
            let current = Record::load_json(write, "users", &id)?.ok_or_else(|| Answer::not_found(WHAT))?;
            caller.admit(Some(&current.version), WHAT)?;
            write.execute("DELETE FROM users WHERE id = ?1", [&id])?;
            Ok(Answer::empty(StatusCode::NO_CONTENT))
        })
        .await
}

/// A user whose members were looked at; further members are kept as they are.
struct User {
    members: Map<String, Value>,
    email: String,
}

impl User {
    fn check(members: &Map<String, Value>) -> Result<Self, Answer> {
        let given = |field: &str| members.get(field).cloned().unwrap_or_default();
        match members.get("name").and_then(Value::as_str) {
            Some(name) if !name.trim().is_empty() => {}
            _ => {
                return Err(Answer::invalid_field("INVALID_NAME", "a user has a name", "name", given("name")));
            }
        }
        match members.get("email").and_then(Value::as_str) {
            Some(email) if is_email(email) => Ok(Self { members: members.clone(), email: email.to_owned() }),
            _ => {
                let message = "an e-mail address looks like name@example.org";
                Err(Answer::invalid_field("INVALID_EMAIL", message, "email", given("email")))
            }
        }
    }

    /// Writes the user; the unique index decides whether the address is free.
    fn save(self, write: &Write, id: &str) -> Result<Record, Failure> {
        let mut stored = Map::new();
        stored.insert("id".to_owned(), Value::from(id));
        stored.extend(self.members.into_iter().filter(|(name, _)| name != "id"));
        let record = Record::json(Value::Object(stored).to_string(), write.next_version()?);
        let saved = write.execute(
            "INSERT INTO users (id, email_key, body, etag, modified_ms) VALUES (?1, ?2, CAST(?3 AS TEXT), ?4, ?5)
             ON CONFLICT (id) DO UPDATE SET email_key = ?2, body = CAST(?3 AS TEXT), etag = ?4, modified_ms = ?5",
            params![id, self.email.to_lowercase(), record.body, record.version.etag, record.version.modified_ms],
        );
        match saved {
            Ok(_) => Ok(record),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                let details = json!({ "field": "email", "value": self.email });
                let message = "another user has this e-mail address";
                Err(Answer::detailed(StatusCode::CONFLICT, "DUPLICATE_EMAIL", message, details).into())
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// The plain form that people have; the rare rest of RFC 5321 is not asked for here.
fn is_email(text: &str) -> bool {
    let Some((name, domain)) = text.split_once('@') else {
        return false;
    };
    let plain =
        |part: &str| !part.is_empty() && !part.contains(|c: char| c == '@' || c.is_whitespace() || c.is_control());
    plain(name) && plain(domain) && domain.contains('.') && domain.split('.').all(|label| !label.is_empty())
}

#[cfg(test)]
mod tests {
    use super::is_email;

    #[test]
    fn an_address_has_a_name_and_a_domain_with_a_dot() {
        for good in ["a@b.c", "ann.b+tag@mail.example.org", "zoë@exämple.org"] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["", "a", "@b.c", "a@", "a@b", "a@.c", "a@b.", "a b@c.d", "a@b@c.d", "a@b..c", "a@b.c\n"] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
