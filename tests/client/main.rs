//! The client's state machines against a server in memory: a table of cases, and a seeded simulator of many clients.
//!
//! Rule ids such as W1 or K4 are those of `docs/HTTP-RULES.md`.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a helper that fails is a test that fails")]

mod answers;
mod caches;
mod checks;
mod counting;
mod decisions;
mod documents;
mod drive;
mod edits;
mod existence;
mod fetch;
mod lost_answers;
mod memory;
mod objections;
mod page;
mod reads;
mod refusals;
mod retries;
mod server;
mod simulator;
mod updates;
mod users;
mod writes;
