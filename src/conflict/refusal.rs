//! What a refusal means that no merge can help.

use crate::http::Problem;

/// Why a write was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefusalKind {
    /// A unique value is taken.
    Duplicate,
    /// The state of the resource forbids it.
    InvalidState,
    /// Any other rule of the server.
    Constraint,
    /// Somebody holds a lock.
    Locked,
    /// The server asks to come back.
    Busy,
    /// A version is demanded and none could be had.
    VersionRequired,
    /// Refused, and yet the server keeps answering with the version that was refused.
    StaleRead,
    /// Not allowed for this user.
    Forbidden,
    /// Not sent: there is no version, and the caller wants none of that.
    Unprotected,
    /// No answer, or one that tells nothing: it may or may not have been saved.
    Unknown,
}

impl RefusalKind {
    /// The spelling used in `Refusal.kind`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Duplicate => "duplicate",
            Self::InvalidState => "invalid-state",
            Self::Constraint => "constraint",
            Self::Locked => "locked",
            Self::Busy => "busy",
            Self::VersionRequired => "version-required",
            Self::StaleRead => "stale-read",
            Self::Forbidden => "forbidden",
            Self::Unprotected => "unprotected",
            Self::Unknown => "unknown",
        }
    }
}

/// The field in which an adapter of the page's own says what a refusal is. It is put there by the facade and never travels.
pub const REFUSAL_FIELD: &str = "mergefetch-refusal";

impl RefusalKind {
    const ALL: [Self; 10] = [
        Self::Duplicate,
        Self::InvalidState,
        Self::Constraint,
        Self::Locked,
        Self::Busy,
        Self::VersionRequired,
        Self::StaleRead,
        Self::Forbidden,
        Self::Unprotected,
        Self::Unknown,
    ];

    /// The kind of this spelling.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A write that was refused, or whose fate is unknown.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// Why.
    pub kind: RefusalKind,
    /// The server's words.
    pub problem: Problem,
}

/// Words for a version that is not the newest any more.
const OF_VERSIONS: [&str; 6] = ["stale", "version", "etag", "concurren", "optimistic", "precondition"];

/// Whether the words of a refusal speak of versions.
pub fn speaks_of_versions(problem: &Problem) -> bool {
    let words = problem.words();
    OF_VERSIONS.iter().any(|word| has(&words, word))
}

/// The rule that a server names in a refusal, from its status and words; `None` where they name none, or speak of versions.
///
/// A rule of the server never depends on this alone: a re-read decides first whether the version moved (HTTP-RULES K2, K4).
pub fn named_rule(problem: &Problem) -> Option<RefusalKind> {
    match problem.status {
        Some(423) => return Some(RefusalKind::Locked),
        Some(401 | 403) => return Some(RefusalKind::Forbidden),
        Some(429) => return Some(RefusalKind::Busy),
        Some(428) => return Some(RefusalKind::VersionRequired),
        _ => {}
    }
    let words = problem.words();
    let says = |list: &[&str]| list.iter().any(|word| has(&words, word));
    if says(&OF_VERSIONS) {
        None
    } else if problem.current_state.is_some() || !problem.allowed_states.is_empty() || says(&["state", "transition"]) {
        Some(RefusalKind::InvalidState)
    } else if says(&[
        "duplicate",
        "unique",
        "taken",
        "already_exists",
        "already-exists",
        "alreadyexists",
        "already exists",
    ]) {
        Some(RefusalKind::Duplicate)
    } else if says(&["locked", "checked_out", "checked-out", "leaseid"]) {
        Some(RefusalKind::Locked)
    } else if says(&["in_progress", "in-progress", "in progress", "busy", "retry"]) || problem.retry_after_ms.is_some()
    {
        Some(RefusalKind::Busy)
    } else if !problem.fields.is_empty() {
        Some(RefusalKind::Constraint)
    } else {
        None
    }
}

/// Whether a server passes on what its database says of a value that is taken: SQLite, PostgreSQL, MySQL.
pub fn quotes_database_on_duplicate(problem: &Problem) -> bool {
    let detail = problem.detail.as_deref().unwrap_or_default().to_ascii_lowercase();
    ["unique constraint", "duplicate key", "duplicate entry"].iter().any(|words| has(&detail, words))
}

/// `str::contains`, without the searcher for long needles, which is 2 kB of the module.
fn has(words: &str, word: &str) -> bool {
    words.as_bytes().windows(word.len()).any(|part| part == word.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, code: &str) -> Option<RefusalKind> {
        named_rule(&Problem { status: Some(status), code: Some(code.into()), ..Problem::default() })
    }

    #[test]
    fn codes_and_statuses_name_the_rule_and_stale_versions_name_none() {
        assert_eq!(of(409, "DUPLICATE_EMAIL"), Some(RefusalKind::Duplicate));
        assert_eq!(of(409, "INVALID_ORDER_STATE"), Some(RefusalKind::InvalidState));
        assert_eq!(of(409, "urn:example:username-taken"), Some(RefusalKind::Duplicate));
        assert_eq!(of(409, "request_in_progress"), Some(RefusalKind::Busy));
        assert_eq!(of(409, "STALE_RESOURCE"), None);
        assert_eq!(of(409, "StaleObjectState"), None);
        assert_eq!(of(409, "ROOM_FULL"), None);
        assert_eq!(of(423, ""), Some(RefusalKind::Locked));
        assert_eq!(of(403, ""), Some(RefusalKind::Forbidden));
    }
}
