//! The version of a snapshot, which a precondition names.

use super::headers::is_field_value;
use super::{EntityTag, date};
use crate::gather::chained;

/// How well a version protects a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Protection {
    /// A strong entity tag: the server compares it for certain.
    Strong,
    /// A weak entity tag, or a value that is no entity tag at all: some servers compare it, some never match it.
    Weak,
    /// A time of modification, in seconds: two writes within one second share it.
    Date,
    /// A version of the server's own kind, in a field or in the document.
    Custom,
    /// No version was readable.
    None,
}

impl Protection {
    /// The spelling used in `Snapshot.protection`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Strong => "strong",
            Self::Weak => "weak",
            Self::Date => "date",
            Self::Custom => "custom",
            Self::None => "none",
        }
    }
}

/// The kind of token: a write names each kind in its own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// An entity tag, or another value in `ETag`: `If-Match`.
    Tag,
    /// A time of modification: `If-Unmodified-Since`.
    Date,
    /// A version that the versioning of the route defines.
    Custom,
}

/// A version token as received, quotes and all.
#[derive(Debug, Clone)]
pub struct Version {
    token: String,
    kind: Kind,
    /// The time of modification that came with a tag: the fallback if no form of the tag ever matches.
    modified: Option<String>,
    /// Whether the origin accepts stale versions, so that naming this one protects nothing.
    is_ignored: bool,
}

/// Versions are equal if kind and token are; the time beside a tag does not count.
impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.token == other.token
    }
}

impl Eq for Version {}

impl Version {
    /// `None` if a header field cannot contain the token, or if the token has another meaning there.
    pub(super) fn new(token: &str, kind: Kind) -> Option<Self> {
        // "*" would mean "any version": a write without protection that looks like a protected one.
        let is_usable = !token.is_empty() && (kind == Kind::Custom || (token != "*" && is_field_value(token)));
        is_usable.then(|| Self { token: token.to_owned(), kind, modified: None, is_ignored: false })
    }

    /// With the time of modification that came along.
    #[must_use]
    pub fn with_modified(mut self, date: Option<&str>) -> Self {
        self.modified = date.filter(|date| is_field_value(date)).map(str::to_owned);
        self
    }

    /// Of an origin that accepts stale versions.
    #[must_use]
    pub(super) fn ignored(mut self) -> Self {
        self.is_ignored = true;
        self
    }

    /// Whether the document was written less than `span_ms` before `now_ms`, according to its time of modification.
    pub(crate) fn is_modified_within(&self, span_ms: f64, now_ms: f64) -> bool {
        let told = if self.kind == Kind::Date { Some(self.as_str()) } else { self.modified() };
        told.and_then(date::parse).is_some_and(|seconds| (now_ms - seconds as f64 * 1000.0).abs() < span_ms)
    }

    /// The token, octet for octet.
    pub fn as_str(&self) -> &str {
        &self.token
    }

    /// The time of modification that came with a tag.
    pub fn modified(&self) -> Option<&str> {
        self.modified.as_deref()
    }

    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    /// How well it protects.
    pub fn protection(&self) -> Protection {
        match self.kind {
            _ if self.is_ignored => Protection::None,
            Kind::Tag if self.tag().is_some_and(|tag| !tag.is_weak()) => Protection::Strong,
            Kind::Tag => Protection::Weak,
            Kind::Date => Protection::Date,
            Kind::Custom => Protection::Custom,
        }
    }

    /// Whether both name the same version, apart from `W/` or a suffix that a compressing proxy may have added.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self.tag(), other.tag()) {
            (Some(a), Some(b)) => {
                let is_dashed = |one: &Self, other: &EntityTag<'_>| {
                    one.in_form(EtagForm::Dashed).is_some_and(|dashed| dashed == other.opaque())
                };
                a.matches_weakly(&b)
                    || uncompressed(a.opaque()) == uncompressed(b.opaque())
                    || is_dashed(self, &b)
                    || is_dashed(other, &a)
            }
            _ => self == other,
        }
    }

    /// The value of `If-Match` in this form; `None` where the token has no such form.
    pub(super) fn in_form(&self, form: EtagForm) -> Option<String> {
        let tag = self.tag();
        match form {
            EtagForm::Verbatim => Some(self.token.clone()),
            EtagForm::Stripped => tag.filter(EntityTag::is_weak).map(|tag| tag.opaque().to_owned()),
            EtagForm::Quoted => {
                let quoted = chained(&["\"", self.token.strip_prefix("W/").unwrap_or(&self.token), "\""]);
                (tag.is_none() && EntityTag::parse(&quoted).is_some()).then_some(quoted)
            }
            EtagForm::Uncompressed => {
                let opaque = tag?.opaque();
                let cut = uncompressed(opaque);
                (cut.len() + 1 < opaque.len()).then(|| chained(&[cut, "\""]))
            }
            EtagForm::Dashed => {
                let opaque = tag?.opaque();
                let rest = opaque.strip_prefix(uncompressed(opaque))?;
                rest.starts_with("--").then(|| chained(&[uncompressed(opaque), "-\""]))
            }
            EtagForm::Date => None,
        }
    }

    fn tag(&self) -> Option<EntityTag<'_>> {
        EntityTag::parse(&self.token).filter(|_| self.kind == Kind::Tag)
    }
}

/// A quoted tag without the closing quote, and without the suffix that a compressing server put before it (HTTP-RULES X4).
fn uncompressed(opaque: &str) -> &str {
    // Jetty's suffixes with two dashes come first, as they end in the shorter suffixes.
    const SUFFIXES: [&str; 11] =
        ["--gzip", "--br", "--zstd", "--deflate", "-gzip", "-br", "-zstd", "-deflate", ";gzip", ";br", ";zstd"];
    let inner = opaque.strip_suffix('"').unwrap_or(opaque);
    SUFFIXES.iter().find_map(|suffix| inner.strip_suffix(suffix)).unwrap_or(inner)
}

/// The form in which a precondition names a version. Servers and proxies accept different forms (HTTP-RULES V6, X3, X4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum EtagForm {
    /// As received.
    #[default]
    Verbatim,
    /// Without `W/`.
    Stripped,
    /// Without the suffix that compression put before the closing quote.
    Uncompressed,
    /// The time of modification instead.
    Date,
    /// With added quotes, if it was received without.
    Quoted,
    /// For a suffix with two dashes: only the part from the second dash is removed, as the first may belong to the tag.
    Dashed,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(token: &str) -> Version {
        Version::new(token, Kind::Tag).unwrap()
    }

    #[test]
    fn a_star_and_what_no_field_can_hold_are_no_versions() {
        for token in ["*", "", "a\nb", "\u{20ac}"] {
            assert_eq!(Version::new(token, Kind::Tag), None, "{token:?}");
        }
    }

    #[test]
    fn tags_that_compression_changed_name_the_same_version() {
        for other in ["\"a1\"", "W/\"a1\"", "\"a1-gzip\"", "\"a1;br\"", "W/\"a1-gzip\""] {
            assert!(tag("\"a1\"").is_same(&tag(other)), "{other}");
        }
        assert!(!tag("\"a1\"").is_same(&tag("\"a2-gzip\"")));
        assert!(tag("\"a\"").is_same(&tag("\"a--gzip\"")) && tag("\"a--gzip\"").is_same(&tag("\"a-\"")));
        assert!(!tag("\"a\"").is_same(&tag("\"a-\"")), "this dash may belong to the tag");
        assert!(!tag("a1").is_same(&tag("\"a1\"")));
    }

    #[test]
    fn a_tag_has_the_forms_that_it_can_have() {
        let forms = [EtagForm::Verbatim, EtagForm::Stripped, EtagForm::Uncompressed];
        let of = |token| forms.map(|form| tag(token).in_form(form));
        assert_eq!(of("\"a\""), [Some("\"a\"".into()), None, None]);
        assert_eq!(of("W/\"a-br\""), [Some("W/\"a-br\"".into()), Some("\"a-br\"".into()), Some("\"a\"".into())]);
        assert_eq!(of("a"), [Some("a".into()), None, None]);
        assert_eq!(of("\"a--gzip\""), [Some("\"a--gzip\"".into()), None, Some("\"a\"".into())]);
        let dashed = |token| tag(token).in_form(EtagForm::Dashed);
        assert_eq!(
            ["\"a--br\"", "\"a-br\"", "\"a--\"", "\"a\"", "a--gzip"].map(dashed),
            [Some("\"a-\"".into()), None, None, None, None]
        );
        let quoted = |token| tag(token).in_form(EtagForm::Quoted);
        assert_eq!(
            ["a", "W/a", "\"a\"", "a b", "\"a"].map(quoted),
            [Some("\"a\"".into()), Some("\"a\"".into()), None, None, None]
        );
    }
}
