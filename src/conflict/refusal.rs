//! The kinds of refusals that no merge can resolve.

use crate::gather::around;
use crate::http::{Field, Problem};

/// Why a write was not accepted.
///
/// # Examples
///
/// ```
/// use mergefetch::conflict::RefusalKind;
///
/// assert_eq!(RefusalKind::parse("stale-read"), Some(RefusalKind::StaleRead));
/// assert_eq!(RefusalKind::StaleRead.as_str(), "stale-read");
/// assert_eq!(RefusalKind::parse("conflict"), None);
/// ```
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
    /// The server asks for a later repeat.
    Busy,
    /// The server demands a version, and no read returned one.
    VersionRequired,
    /// Reads keep returning the version that the server refused.
    StaleRead,
    /// Not allowed for this user.
    Forbidden,
    /// Not sent: no version protects the write, and the caller forbids such writes.
    Unprotected,
    /// No answer, or an inconclusive answer: the edit may or may not have been saved.
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

/// The field with the kind of a refusal, as an adapter of the page determined it. The facade sets it; it is never sent.
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

/// Words in codes, types and titles that mean a stale version. An asterisk matches any further letters.
const OF_VERSIONS: [&str; 9] = [
    "stale",
    "version",
    "etag",
    "etagmismatch",
    "concurrency",
    "concurrent*",
    "optimistic*",
    "precondition*",
    "editconflict",
];

/// Phrases in sentences that mean a stale version. Single words are ambiguous there.
const OF_VERSIONS_IN_PROSE: [&str; 19] = [
    "stale",
    "out of date",
    "outdated",
    "concurrency",
    "concurrent*",
    "optimistic lock*",
    "been modified",
    "been changed",
    "been updated",
    "was modified",
    "was changed",
    "modified by",
    "changed by",
    "newer version",
    "latest version",
    "version mismatch",
    "version conflict*",
    "edit conflict*",
    "update conflict*",
];

/// Codes for a collision with another request, after which nothing was carried out: S3, DynamoDB.
const ASKING_AGAIN: [&str; 3] = ["conditionalrequestconflict*", "operationaborted*", "transactionconflict*"];

/// Words in codes, types and titles that mean a taken value.
const OF_DUPLICATES: [&str; 7] =
    ["duplicate*", "unique", "taken", "already_exist*", "already-exist*", "alreadyexist*", "already exist*"];

/// Phrases in a complaint about one member that mean a taken value.
const OF_TAKEN_VALUES: [&str; 7] =
    ["be unique", "not unique", "already exist*", "already taken", "already been taken", "is taken", "already in use"];

/// Whether the words of a refusal speak of versions.
///
/// # Examples
///
/// ```
/// use mergefetch::conflict::speaks_of_versions;
/// use mergefetch::http::Problem;
///
/// let says = |detail: &str| Problem { detail: Some(detail.into()), ..Problem::default() };
/// assert!(speaks_of_versions(&says("The record was modified by another user.")));
/// assert!(!speaks_of_versions(&says("This name is taken.")));
/// ```
pub fn speaks_of_versions(problem: &Problem) -> bool {
    has_any(&problem.words(), &OF_VERSIONS) || has_any(sentence(problem), &OF_VERSIONS_IN_PROSE)
}

/// Whether a 409 asks for the same write again.
///
/// # Examples
///
/// ```
/// use mergefetch::conflict::asks_again;
/// use mergefetch::http::Problem;
///
/// let code = |code: &str| Problem { status: Some(409), code: Some(code.into()), ..Problem::default() };
/// assert!(asks_again(&code("ConditionalRequestConflict")));
/// assert!(!asks_again(&code("BucketNotEmpty")));
/// ```
pub fn asks_again(problem: &Problem) -> bool {
    problem.status == Some(409) && has_any(&problem.words(), &ASKING_AGAIN)
}

/// Whether a refusal has no message beyond the name of its status.
///
/// # Examples
///
/// ```
/// use mergefetch::conflict::says_nothing;
/// use mergefetch::http::Problem;
///
/// let code = |code: &str| Problem { status: Some(409), code: Some(code.into()), ..Problem::default() };
/// assert!(says_nothing(&code("409 Conflict")));
/// assert!(!says_nothing(&code("name_taken")));
/// ```
pub fn says_nothing(problem: &Problem) -> bool {
    // Frameworks send the name of the status, of the exception or of the specification instead of a cause.
    const OF_STATUS: [&str; 5] = ["", "conflict", "conflicterror", "conflictexception", "preconditionfailed"];
    let status = usize::from(problem.status.unwrap_or_default()).to_string();
    let mut code = problem.code.as_deref().unwrap_or_default().to_ascii_lowercase();
    code.retain(|character| character.is_ascii_alphanumeric());
    let problem_type = problem.problem_type.as_deref().unwrap_or("about:blank");
    let is_generic =
        problem_type == "about:blank" || around(problem_type, "/rfc").is_some() || problem_type.ends_with(&status);
    // The title does not count: it belongs to the type, or to the current record in the body.
    is_generic && OF_STATUS.contains(&code.strip_prefix(&*status).unwrap_or(&code))
}

/// The kind of a refused creation that no read can classify. A 409 or 412 without a message of its own means that the document exists
/// already.
///
/// # Examples
///
/// ```
/// use mergefetch::conflict::{RefusalKind, refused_creation};
/// use mergefetch::http::Problem;
///
/// let bare = Problem { status: Some(409), ..Problem::default() };
/// assert_eq!(refused_creation(&bare), RefusalKind::Duplicate);
/// let locked = Problem { status: Some(423), ..Problem::default() };
/// assert_eq!(refused_creation(&locked), RefusalKind::Locked);
/// ```
///
/// # Specification
/// RFC 9110 §15.5.10 (409), §15.5.13 (412).
pub fn refused_creation(problem: &Problem) -> RefusalKind {
    match named_rule(problem) {
        None | Some(RefusalKind::Constraint) if matches!(problem.status, Some(409 | 412)) && says_nothing(problem) => {
            RefusalKind::Duplicate
        }
        named => named.unwrap_or(RefusalKind::Constraint),
    }
}

/// The message, cut if it is very long.
fn sentence(problem: &Problem) -> &str {
    const MAX_BYTES: usize = 4 << 10;
    let detail = problem.detail.as_deref().unwrap_or_default();
    let end = (0..=MAX_BYTES.min(detail.len())).rev().find(|end| detail.is_char_boundary(*end));
    &detail[..end.unwrap_or(0)]
}

/// The rule that a server names in a refusal, from its status and words; `None` where they name none, or speak of versions.
///
/// A rule of the server never depends on this alone: a re-read decides first whether the version moved (HTTP-RULES K2, K4).
///
/// # Examples
///
/// ```
/// use mergefetch::conflict::{RefusalKind, named_rule};
/// use mergefetch::http::Problem;
///
/// let code = |code: &str| Problem { status: Some(409), code: Some(code.into()), ..Problem::default() };
/// assert_eq!(named_rule(&code("name_taken")), Some(RefusalKind::Duplicate));
/// assert_eq!(named_rule(&code("stale_version")), None);
/// ```
///
/// # Specification
/// RFC 9110 §15.5; RFC 4918 §11.3 (423); RFC 6585 §3 (428), §4 (429).
pub fn named_rule(problem: &Problem) -> Option<RefusalKind> {
    match problem.status {
        Some(423) => return Some(RefusalKind::Locked),
        Some(401 | 403) => return Some(RefusalKind::Forbidden),
        Some(408 | 425 | 429) => return Some(RefusalKind::Busy),
        Some(428) => return Some(RefusalKind::VersionRequired),
        _ => {}
    }
    let words = problem.words();
    let says = |list: &[&str]| has_any(&words, list);
    if says(&OF_VERSIONS) {
        None
    } else if problem.current_state.is_some() || !problem.allowed_states.is_empty() || says(&["state", "transition*"]) {
        Some(RefusalKind::InvalidState)
    } else if says(&OF_DUPLICATES) || is_taken(problem) {
        Some(RefusalKind::Duplicate)
    } else if says(&["locked", "checked_out", "checked-out", "leaseid*"]) {
        Some(RefusalKind::Locked)
    } else if says(&["in_progress", "in-progress", "in progress", "busy", "retry"])
        || asks_again(problem)
        || problem.retry_after_ms.is_some()
    {
        Some(RefusalKind::Busy)
    } else if !problem.fields.is_empty() {
        Some(RefusalKind::Constraint)
    } else {
        None
    }
}

/// Whether a message quotes a database on a duplicate value: SQLite, PostgreSQL, MySQL.
///
/// # Examples
///
/// ```
/// use mergefetch::conflict::quotes_database_on_duplicate;
/// use mergefetch::http::Problem;
///
/// let says = |detail: &str| Problem { detail: Some(detail.into()), ..Problem::default() };
/// assert!(quotes_database_on_duplicate(&says("UNIQUE constraint failed: users.name")));
/// assert!(!quotes_database_on_duplicate(&says("This name is taken.")));
/// ```
pub fn quotes_database_on_duplicate(problem: &Problem) -> bool {
    has_any(sentence(problem), &["unique constraint", "duplicate key", "duplicate entry"])
}

/// Whether the database, or every complaint about a member, says that a value is taken.
fn is_taken(problem: &Problem) -> bool {
    let says_so = |detail: &str| has_any(detail, &OF_TAKEN_VALUES);
    let is_complaint = |field: &Field| field.detail.as_deref().is_some_and(says_so);
    let is_whole = || !sentence(problem).is_empty() && sentence(problem).split('\n').all(says_so);
    // PostgreSQL translates its messages, but not this code.
    problem.code.as_deref() == Some("23505")
        || quotes_database_on_duplicate(problem)
        || if problem.fields.is_empty() { is_whole() } else { problem.fields.iter().all(is_complaint) }
}

fn has_any(text: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| has(text, phrase))
}

/// Whether `text` contains `phrase` as whole words, in any case. An asterisk at the end of `phrase` matches any further letters.
fn has(text: &str, phrase: &str) -> bool {
    let word = phrase.strip_suffix('*').unwrap_or(phrase);
    let (is_stem, text) = (word != phrase, text.as_bytes());
    text.windows(word.len()).enumerate().any(|(at, found)| {
        found.eq_ignore_ascii_case(word.as_bytes())
            && is_start(text, at)
            && (is_stem || is_start(text, at + word.len()))
    })
}

/// Whether a word starts or ends at this octet: between a letter and another character, or where camel case begins a word.
fn is_start(text: &[u8], at: usize) -> bool {
    let is = |at: usize, test: fn(&u8) -> bool| text.get(at).is_some_and(test);
    let Some(before) = at.checked_sub(1) else { return true };
    // Octets above ASCII belong to letters, too.
    let is_letter = |byte: &u8| byte.is_ascii_alphabetic() || !byte.is_ascii();
    !is(before, is_letter)
        || !is(at, is_letter)
        || (is(at, u8::is_ascii_uppercase)
            && (is(before, u8::is_ascii_lowercase) || is(at + 1, u8::is_ascii_lowercase)))
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
        let says = |detail: &str| {
            named_rule(&Problem { status: Some(422), detail: Some(detail.into()), ..Problem::default() })
        };
        assert_eq!(says("Slug has already been taken"), Some(RefusalKind::Duplicate));
        assert_eq!(says("Slug has already been taken\nTitle can't be blank"), None);
        assert_eq!(says("Every day is unique."), None);
        // Parts of words do not count.
        for code in
            ["ESTATE_TAX", "STATEMENT_CLOSED", "MISTAKEN", "USER_BLOCKED", "UNLOCKED", "BUSYBOX", "CONVERSION_FAILED"]
        {
            assert_eq!(of(409, code), None, "{code}");
        }
        assert_eq!(of(409, "METAGENOME_DUPLICATE"), Some(RefusalKind::Duplicate));
        assert_eq!(of(409, "JPAOptimisticLockException"), None);
        assert_eq!(of(409, "UserAlreadyExists"), Some(RefusalKind::Duplicate));
        assert_eq!(of(423, ""), Some(RefusalKind::Locked));
        assert_eq!(of(403, ""), Some(RefusalKind::Forbidden));
    }
}
