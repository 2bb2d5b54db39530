//! `fetch` with ETag caching, conflict detection and three-way merges of text and JSON.
//!
//! Everything here is pure: no I/O, no clock, no randomness. Only the `wasm` module, which exists on `wasm32` alone, knows
//! JavaScript. Arrows between modules go one way: `wasm` → `client` → `conflict`, `http` → `merge` → `error`.

pub mod client;
pub mod conflict;
pub mod error;
mod gather;
pub mod http;
pub mod merge;

#[cfg(target_arch = "wasm32")]
pub mod wasm;
