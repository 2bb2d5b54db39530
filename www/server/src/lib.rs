//! The example server of mergefetch: documents, users, orders and rooms on SQLite, behind an HTTP API with real entity tags,
//! preconditions, unique constraints, states, races and locks, and with switches to misbehave as real servers and networks do.
//!
//! `README.md` beside this crate lists the endpoints.

#![forbid(unsafe_code)]

mod answer;
mod app;
mod caller;
mod change_routes;
mod changes;
mod clock;
mod config;
mod connection;
mod cors;
mod documents;
mod etag;
mod files;
mod habits;
mod idempotency;
mod log;
mod log_routes;
mod misbehave;
mod odd_body;
mod orders;
mod record;
mod remembered;
mod rooms;
mod seed;
mod server;
mod store;
mod switch_routes;
mod switches;
mod users;
mod whole_body;

pub use config::{Config, USAGE};
pub use server::Server;
