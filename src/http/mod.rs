//! HTTP as far as it can be said without doing any: messages, entity tags, preconditions, stored responses, problem details.

mod cache;
mod date;
mod etag;
mod headers;
mod message;
mod problem;
mod retry;
mod version;
mod versioning;

pub use cache::{CacheControl, Record};
pub use etag::EntityTag;
pub use headers::Headers;
pub use message::{Body, BodyFailure, CacheMode, Format, Method, Request, Response};
pub use problem::{Field, Problem};
pub use retry::retry_after_ms;
pub use version::{Form, Protection, Version};
pub use versioning::{Versioning, WeakTags};
