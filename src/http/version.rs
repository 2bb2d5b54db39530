//! The version of a snapshot: what a precondition names.

use super::headers::is_field_value;
use super::{EntityTag, Headers};

/// How well a version protects a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Protection {
    /// A strong entity tag: the server compares it for certain.
    Strong,
    /// A weak entity tag, or a value that is no entity tag at all: some servers compare it, some never match it.
    Weak,
    /// No version was readable.
    None,
}

impl Protection {
    /// The spelling used in `Snapshot.protection`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Strong => "strong",
            Self::Weak => "weak",
            Self::None => "none",
        }
    }
}

/// A version token as received, quotes and all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(String);

impl Version {
    /// The `ETag` of an answer. A value that is no entity tag is echoed all the same: servers that send such compare the octets.
    pub fn of(headers: &Headers) -> Option<Self> {
        headers.get("etag").and_then(Self::from_token)
    }

    /// A token that the caller kept; `None` where it could not stand in a header field, or would mean something else there.
    pub fn from_token(token: &str) -> Option<Self> {
        // "*" would mean "any version": a write without protection that looks like a protected one.
        (!token.is_empty() && token != "*" && is_field_value(token)).then(|| Self(token.to_owned()))
    }

    /// The token, octet for octet.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How well it protects.
    pub fn protection(&self) -> Protection {
        match EntityTag::parse(&self.0) {
            Some(tag) if !tag.is_weak() => Protection::Strong,
            _ => Protection::Weak,
        }
    }

    /// Whether both name the same version, `W/` or not: a proxy that compresses adds it on the way.
    pub fn is_same(&self, other: &Self) -> bool {
        match (EntityTag::parse(&self.0), EntityTag::parse(&other.0)) {
            (Some(a), Some(b)) => a.matches_weakly(&b),
            _ => self.0 == other.0,
        }
    }

    /// The strong spelling of a weak entity tag; `None` where there is no other.
    pub fn strengthened(&self) -> Option<Self> {
        let tag = EntityTag::parse(&self.0)?;
        tag.is_weak().then(|| Self(tag.opaque().to_owned()))
    }
}
