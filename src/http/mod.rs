//! HTTP as far as it can be said without doing any: messages, entity tags, preconditions, stored responses, problem details.

mod cache;
mod complaints;
mod date;
mod etag;
mod headers;
mod message;
mod problem;
mod reference;
mod retry;
mod version;
mod versioning;

pub(crate) use cache::fingerprint;
pub use cache::{CacheControl, StoredResponse};
pub(crate) use date::parse as parse_date;
pub use etag::EntityTag;
pub use headers::Headers;
pub use message::{Body, BodyFailure, CacheMode, Format, Method, Request, RequestSource, Response};
pub use problem::{Field, Problem};
pub use reference::origin;
pub(crate) use reference::resolve;
pub use retry::retry_after_ms;
pub use version::{EtagForm, Protection, Version};
pub use versioning::{Versioning, WeakTags};
