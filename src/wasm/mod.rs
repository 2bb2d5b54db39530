//! The only code that knows JavaScript: exports, fetch, the store, conversion of errors and results.
//!
//! Every async export clones what it needs first, so that no other call finds anything borrowed while it waits.

mod abort;
pub mod client;
pub mod conflict;
mod driver;
mod dto;
pub mod engine;
mod error;
mod fetch;
mod input;
mod merge;
mod options;
mod promise;
mod responses;
mod segment;
mod split;
mod store;
mod time;

/// With reallocation in place, as the lists of large documents grow by it.
#[global_allocator]
static ALLOCATOR: rlsf::GlobalTlsf = rlsf::GlobalTlsf::new();
