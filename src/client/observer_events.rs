//! The events to observers, and their texts.

/// An event during a call, for observers only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObserverEvent {
    /// A refusal that was resolved without a person.
    ResolvedSilently(ResolvedSilently),
    /// A problem that the developer of the app or the server should fix.
    Warning(Warning),
    /// The caller's fields were not sent to this origin, as the caller has not named it.
    Withheld(String),
}

/// Why a refusal was resolved without a person.
///
/// # Examples
///
/// ```
/// use mergefetch::client::ResolvedSilently;
///
/// assert_eq!(ResolvedSilently::OnlyIgnored.as_str(), "only-ignored");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResolvedSilently {
    /// Theirs equals the sent document.
    AlreadySaved,
    /// Only members that the server manages had changed.
    OnlyIgnored,
    /// The version had another form, or changed although the value did not.
    Validator,
    /// The version was missing, and a read returned it.
    VersionRequired,
}

impl ResolvedSilently {
    /// The spelling used in `Observers.absorbed`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AlreadySaved => "already-saved",
            Self::OnlyIgnored => "only-ignored",
            Self::Validator => "validator",
            Self::VersionRequired => "version-required",
        }
    }
}

/// A problem to fix.
///
/// # Examples
///
/// ```
/// use mergefetch::client::Warning;
///
/// let (code, sentence) = Warning::WeakTag.words();
/// assert_eq!(code, Warning::WeakTag.code());
/// assert!(sentence.contains("strong tags"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// A write went out without a precondition.
    Unprotected,
    /// The server has accepted a stale write.
    VersionIgnored,
    /// The server answered an update with 201: it recreated a removed document.
    Recreated,
    /// The server refuses the tag that it sends.
    WeakTag,
    /// The server accepts no form of its tags, only times of modification.
    OnlyDates,
    /// Reads are answered, but a write is not. Across origins, its preflight may be blocked.
    NoWriteAnswered,
}

impl Warning {
    /// A stable code.
    pub const fn code(self) -> &'static str {
        self.words().0
    }

    /// A stable code and one sentence.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Unprotected => (
                "unprotected",
                "this write carried no version, so it may have overwritten somebody else's: let the server send an ETag and, across origins, expose it",
            ),
            Self::VersionIgnored => (
                "unprotected",
                "the server accepts writes that name a stale version, so only a read right before each write protects it: let the server check If-Match",
            ),
            Self::Recreated => (
                "recreated",
                "the server answered an update with 201, so the document had been removed and is there again: let it check If-Match first",
            ),
            Self::WeakTag => (
                "weak-tag",
                "the server refuses the ETag that it sends: let it send strong tags, or switch off what changes them on the way, such as compression",
            ),
            Self::OnlyDates => (
                "only-dates",
                "the server takes back no form of its ETags, so that writes are protected by times of modification, to the second: let it send strong tags",
            ),
            Self::NoWriteAnswered => (
                "no-write-answered",
                "the server answers reads, but not this write: across origins, the answer to the preflight must allow the method and If-Match (Access-Control-Allow-Methods, Access-Control-Allow-Headers)",
            ),
        }
    }
}
