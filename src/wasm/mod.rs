//! The only code that knows JavaScript: the boundary, fetch, the store, conversion of errors and results.
//!
//! Every call first clones the state that it needs, so that it borrows nothing while it waits.

mod abort;
mod arguments;
pub mod boundary;
mod client;
mod conflict;
mod document;
mod driver;
mod dto;
mod engine;
mod error;
mod fetch;
mod handle;
mod input;
mod merge;
mod options;
mod outbox;
mod request;
mod responses;
mod segment;
mod split;
mod state;
mod steps;
mod store;
mod task;
mod time;
mod validation;
pub mod wire;

/// With reallocation in place, as the lists of large documents grow by it.
#[global_allocator]
static ALLOCATOR: rlsf::GlobalTlsf = rlsf::GlobalTlsf::new();
