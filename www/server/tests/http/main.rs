//! The real binary on a real database, over real HTTP on loopback.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "clippy knows only functions marked as tests, not what they share"
)]

mod changes;
mod cors;
mod documents;
mod durability;
mod files;
mod habits;
mod idempotency;
mod locks;
mod log;
mod misbehave;
mod orders;
mod races;
mod rooms;
mod start;
mod support;
mod switches;
mod users;
