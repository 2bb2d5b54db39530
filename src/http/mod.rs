//! HTTP as far as it can be said without doing any: messages, entity tags, preconditions, stored responses, problem details.

mod cache;
mod complaints;
mod date;
mod etag;
mod headers;
mod message;
mod problem;
mod retry;
mod version;
mod versioning;

use crate::gather::chained;

pub(crate) use cache::fingerprint;
pub use cache::{CacheControl, Record};
pub(crate) use date::parse as parse_date;
pub use etag::EntityTag;
pub use headers::Headers;
pub use message::{Body, BodyFailure, CacheMode, Format, Method, Request, RequestSource, Response};
pub use problem::{Field, Problem};
pub use retry::retry_after_ms;
pub use version::{Form, Protection, Version};
pub use versioning::{Versioning, WeakTags};

/// The part of a URL before its path; empty for a reference without one.
pub fn origin(url: &str) -> &str {
    let host = url.find(':').filter(|scheme| url[*scheme..].starts_with("://")).map_or(0, |scheme| scheme + 3);
    let end = url[host..].find('/').map_or(url.len(), |slash| host + slash);
    &url[..end]
}

/// Whether a URL reference names its origin.
fn has_origin(reference: &str) -> bool {
    reference.find(':').is_some_and(|scheme| reference[scheme..].starts_with("://"))
}

/// A URL reference against an absolute base: absolute, rooted, or relative to the last segment.
pub(crate) fn resolve(base: &str, reference: &str) -> String {
    let (origin, path) = base.split_at(origin(base).len());
    if has_origin(reference) {
        reference.to_owned()
    } else if reference.starts_with('/') {
        chained(&[origin, reference])
    } else {
        let folder = path.rfind('/').and_then(|slash| path.get(..=slash)).unwrap_or("/");
        chained(&[origin, folder, reference])
    }
}
