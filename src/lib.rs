//! `fetch` with ETag caching, conflict detection and three-way merges of text and JSON.
//!
//! Everything here is pure: no I/O, no clock, no randomness. Only the `wasm` module knows JavaScript. It exists on `wasm32` alone, but
//! for its table `wire`. Arrows between modules go one way: `wasm` → `client` → `conflict`, `http` → `merge` → `error`.

#[forbid(unsafe_code)]
pub mod client;
#[forbid(unsafe_code)]
pub mod conflict;
#[forbid(unsafe_code)]
pub mod error;
#[forbid(unsafe_code)]
mod gather;
#[forbid(unsafe_code)]
pub mod http;
#[forbid(unsafe_code)]
pub mod merge;

#[cfg(target_arch = "wasm32")]
pub mod wasm;
/// The boundary to JavaScript, as far as it is plain data.
#[cfg(not(target_arch = "wasm32"))]
pub mod wasm {
    pub mod wire;
}
