//! What observers hear, and in which words.

/// Something that happened on the way and that only observers hear of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A refusal that needed nobody.
    Absorbed(Absorbed),
    /// Something that the developer of the app or the server should mend.
    Warning(Warning),
    /// The caller's fields were withheld from this origin, which the caller has not named.
    Withheld(String),
}

/// Why a refusal needed nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absorbed {
    /// Theirs is what was sent.
    AlreadySaved,
    /// Only what the server manages had moved.
    OnlyIgnored,
    /// The version had another form, or moved without the value.
    Validator,
    /// The version was missing and could be had.
    VersionRequired,
}

impl Absorbed {
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

/// What should be mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// A write went out without a precondition.
    Unprotected,
    /// The server has accepted a stale write.
    VersionIgnored,
    /// The server answered an update with 201: the document was gone, and is there again.
    Recreated,
    /// The tag that the server sends is not the one that it takes.
    WeakTag,
    /// The server takes no form of its tags, only times of modification.
    OnlyDates,
    /// Reads are answered and a write is not: across origins, its preflight may be blocked.
    NoWriteAnswered,
}

impl Warning {
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
