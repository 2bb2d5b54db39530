//! The call that a write belongs to.

use super::Write;
use crate::http::Method;

/// The call that a write belongs to.
#[derive(Debug)]
pub(in crate::client) enum Caller {
    /// `save`, `create`, `remove`, or `submit`.
    Save,
    /// `update`: if somebody else has written, the change is made again instead of merged.
    Update,
    /// `overwrite`: a new merge is handed out instead of sent.
    Overwrite,
    /// `fetch`: the caller's request goes out as it is.
    Fetch(FetchRequest),
    /// A refusal of a request that was sent elsewhere: only reads are sent.
    Refusal,
}

/// The request of a caller of `fetch`.
#[derive(Debug, Clone, Copy)]
pub(in crate::client) struct FetchRequest {
    pub(in crate::client) method: Method,
    /// Whether the body is a document that can be merged.
    pub(in crate::client) is_document: bool,
    /// Whether the caller states its own condition.
    pub(in crate::client) states_condition: bool,
}

impl Write {
    /// The request of the caller of `fetch`.
    pub(super) fn fetch_request(&self) -> Option<FetchRequest> {
        match self.caller {
            Caller::Fetch(request) => Some(request),
            _ => None,
        }
    }

    pub(in crate::client) fn is_fetch(&self) -> bool {
        self.fetch_request().is_some()
    }

    /// Whether the caller's change is made again, not merged, if somebody else has written.
    pub(super) fn is_replaying(&self) -> bool {
        matches!(self.caller, Caller::Update)
    }

    /// Whether clean merges are handed out instead of sent.
    pub(super) fn hands_out(&self) -> bool {
        matches!(self.caller, Caller::Overwrite | Caller::Fetch(_) | Caller::Refusal)
    }

    /// Whether only reads may be sent.
    pub(super) fn is_only_reading(&self) -> bool {
        matches!(self.caller, Caller::Refusal)
    }

    /// Whether the caller of `fetch` states its own condition.
    pub(in crate::client) fn states_condition(&self) -> bool {
        self.fetch_request().is_some_and(|request| request.states_condition)
    }

    /// Whether the request of `fetch` holds a patch, or no document: nothing can be merged.
    pub(in crate::client) fn has_no_document(&self) -> bool {
        self.fetch_request().is_some_and(|request| !request.is_document && request.method != Method::Delete)
    }
}
