//! The keys under which a store keeps responses and facts.

use crate::gather::{Gather, chained};
use crate::http::{Headers, origin, resolve};

/// The key of a stored response.
pub(super) fn response_key(url: &str) -> String {
    chained(&["GET ", url])
}

/// The key of the facts about the origin of `url`.
pub(super) fn origin_key(url: &str) -> String {
    chained(&["ORIGIN ", &origin(url)])
}

/// The keys of the stored responses that a successful unsafe method invalidates: its target, and the URLs that its answer names.
///
/// # Examples
///
/// ```
/// use mergefetch::client::changed_keys;
/// use mergefetch::http::Headers;
///
/// let headers = Headers::new().with("location", "/notes/8");
/// let keys = changed_keys("https://example.org/notes", &headers);
/// assert_eq!(keys, ["GET https://example.org/notes", "GET https://example.org/notes/8"]);
/// ```
///
/// # Specification
/// RFC 9111 §4.4.
pub fn changed_keys(url: &str, headers: &Headers) -> Vec<String> {
    std::iter::once(response_key(url)).chain(named_keys(url, headers)).gather()
}

/// The keys of other URLs on the same origin that the answer to a success names as changed (RFC 9111 §4.4).
pub(super) fn named_keys(url: &str, headers: &Headers) -> impl Iterator<Item = String> {
    let named =
        ["location", "content-location"].map(|name| headers.get(name).and_then(|reference| resolve(url, reference)));
    let own = url.to_owned();
    named
        .into_iter()
        .flatten()
        .filter(move |named| *named != own && origin(named) == origin(&own))
        .map(|named| response_key(&named))
}
