//! Entity tags and the preconditions of RFC 9110 §13.

use axum::http::HeaderMap;
use axum::http::header::{AsHeaderName, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE};

use crate::answer::Answer;
use crate::clock;

/// The version of a stored resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    /// A strong entity tag, quotes included.
    pub(crate) etag: String,
    /// When it was written, in milliseconds since the Unix epoch.
    pub(crate) modified_ms: i64,
}

/// One entity tag as received (RFC 9110 §8.8.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EntityTag {
    weak: bool,
    /// With the quotes, which belong to the opaque part.
    opaque: String,
}

impl EntityTag {
    /// The strong comparison of RFC 9110 §8.8.3.2 with a strong tag.
    fn matches_strongly(&self, strong: &str) -> bool {
        !self.weak && self.opaque == strong
    }

    /// The weak comparison of RFC 9110 §8.8.3.2 with a strong tag.
    fn matches_weakly(&self, strong: &str) -> bool {
        self.opaque == strong
    }
}

/// The value of If-Match or If-None-Match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TagList {
    Any,
    Tags(Vec<EntityTag>),
}

impl TagList {
    /// Reads `*` or a list of entity tags; empty list members are allowed (RFC 9110 §5.6.1.2). A comma inside quotes belongs to the tag.
    ///
    /// Returns `None` when the value is neither.
    pub(crate) fn parse(value: &[u8]) -> Option<Self> {
        let mut rest = value.trim_ascii();
        if rest == b"*" {
            return Some(Self::Any);
        }
        let mut tags = Vec::new();
        loop {
            while let [b',' | b' ' | b'\t', tail @ ..] = rest {
                rest = tail;
            }
            if rest.is_empty() {
                return (!tags.is_empty()).then_some(Self::Tags(tags));
            }
            let (tag, tail) = take_tag(rest)?;
            tags.push(tag);
            rest = tail.trim_ascii_start();
            if !(rest.is_empty() || rest.starts_with(b",")) {
                return None;
            }
        }
    }

    fn any(&self, matches: impl Fn(&EntityTag) -> bool) -> bool {
        match self {
            Self::Any => true,
            Self::Tags(tags) => tags.iter().any(matches),
        }
    }
}

fn take_tag(bytes: &[u8]) -> Option<(EntityTag, &[u8])> {
    let (weak, rest) = bytes.strip_prefix(b"W/").map_or((false, bytes), |rest| (true, rest));
    let inside = rest.strip_prefix(b"\"")?;
    let length = inside.iter().position(|&octet| octet == b'"')?;
    // etagc = %x21 / %x23-7E / obs-text
    if inside[..length].iter().any(|&octet| octet <= b' ' || octet == 0x7f) {
        return None;
    }
    let (tag, tail) = rest.split_at(length + 2);
    // A tag of this server is ASCII, so octets lost here could not have matched.
    let opaque = String::from_utf8_lossy(tag).into_owned();
    Some((EntityTag { weak, opaque }, tail))
}

/// What a request says about the version it means.
#[derive(Debug, Clone, Default)]
pub(crate) struct Conditions {
    if_match: Option<TagList>,
    if_none_match: Option<TagList>,
    if_unmodified_since: Option<u64>,
    if_modified_since: Option<u64>,
    ignored: bool,
}

/// What the preconditions of a write say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Proceed,
    /// The resource has another version than the request names.
    Stale,
    /// It was to be created, and exists.
    Exists,
    /// It was to be updated, and does not exist.
    Missing,
    /// The request names no version.
    Required,
}

impl Conditions {
    /// # Errors
    ///
    /// 400 for an If-Match that is no list of entity tags: to ignore it would be to drop the protection it asks for.
    pub(crate) fn read(headers: &HeaderMap) -> Result<Self, Answer> {
        let if_match = match joined(headers, IF_MATCH) {
            None => None,
            Some(value) => Some(TagList::parse(&value).ok_or_else(|| {
                Answer::bad_request("INVALID_PRECONDITION", "If-Match must be * or a list of quoted entity tags")
            })?),
        };
        Ok(Self {
            if_match,
            if_none_match: joined(headers, IF_NONE_MATCH).and_then(|value| TagList::parse(&value)),
            if_unmodified_since: date(headers, IF_UNMODIFIED_SINCE),
            if_modified_since: date(headers, IF_MODIFIED_SINCE),
            ignored: false,
        })
    }

    /// Only what If-None-Match says, for files.
    pub(crate) fn if_none_match(headers: &HeaderMap) -> Self {
        let if_none_match = joined(headers, IF_NONE_MATCH).and_then(|value| TagList::parse(&value));
        Self { if_none_match, ..Self::default() }
    }

    /// Conditions that let every write pass, as on a server that knows none.
    pub(crate) fn ignored() -> Self {
        Self { ignored: true, ..Self::default() }
    }

    /// Judges a write on what the server holds now, in the order of RFC 9110 §13.2.2.
    pub(crate) fn judge(&self, current: Option<&Version>) -> Verdict {
        if self.ignored {
            return Verdict::Proceed;
        }
        let names_version = self.if_match.is_some() || self.if_unmodified_since.is_some();
        let Some(current) = current else {
            return match (names_version, &self.if_none_match) {
                (true, _) => Verdict::Missing,
                (false, Some(_)) => Verdict::Proceed,
                (false, None) => Verdict::Required,
            };
        };
        let stale = match (&self.if_match, self.if_unmodified_since) {
            (Some(list), _) => !list.any(|tag| tag.matches_strongly(&current.etag)),
            (None, Some(seconds)) => clock::whole_seconds(current.modified_ms) > seconds,
            (None, None) => false,
        };
        if stale {
            return Verdict::Stale;
        }
        match &self.if_none_match {
            Some(TagList::Any) => Verdict::Exists,
            Some(list) if list.any(|tag| tag.matches_weakly(&current.etag)) => Verdict::Stale,
            _ if names_version => Verdict::Proceed,
            _ => Verdict::Required,
        }
    }

    /// Whether a read is answered with 304.
    pub(crate) fn not_modified(&self, current: &Version) -> bool {
        match (&self.if_none_match, self.if_modified_since) {
            (Some(list), _) => list.any(|tag| tag.matches_weakly(&current.etag)),
            (None, Some(seconds)) => clock::whole_seconds(current.modified_ms) <= seconds,
            (None, None) => false,
        }
    }

    /// Whether a read names a version that is not the current one (If-Match on a GET; RFC 9110 §13.1.1).
    pub(crate) fn read_refused(&self, current: &Version) -> bool {
        self.if_match.as_ref().is_some_and(|list| !list.any(|tag| tag.matches_strongly(&current.etag)))
    }
}

fn joined(headers: &HeaderMap, name: impl AsHeaderName) -> Option<Vec<u8>> {
    let lines: Vec<&[u8]> = headers.get_all(name).iter().map(|value| value.as_bytes()).collect();
    (!lines.is_empty()).then(|| lines.join(b", ".as_slice()))
}

fn date(headers: &HeaderMap, name: impl AsHeaderName) -> Option<u64> {
    clock::parse_http_date(headers.get(name)?.to_str().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(value: &str) -> Option<Vec<(bool, String)>> {
        match TagList::parse(value.as_bytes())? {
            TagList::Any => None,
            TagList::Tags(tags) => Some(tags.into_iter().map(|tag| (tag.weak, tag.opaque)).collect()),
        }
    }

    #[test]
    fn a_comma_inside_quotes_belongs_to_the_tag() {
        let expected = vec![(false, "\"a,b\"".to_owned()), (true, "\"c\"".to_owned())];
        assert_eq!(tags("\"a,b\", W/\"c\""), Some(expected));
    }

    #[test]
    fn empty_list_members_and_empty_tags_are_allowed() {
        assert_eq!(tags(" , \"\" ,, \"x\","), Some(vec![(false, "\"\"".to_owned()), (false, "\"x\"".to_owned())]));
    }

    #[test]
    fn what_is_no_list_of_tags_is_refused() {
        for bad in ["", ",", "a", "w/\"a\"", "W/a", "\"a", "\"a\"b", "\"a\" \"b\"", "\"a b\"", "*, \"a\"", "\"a\", *"] {
            assert_eq!(TagList::parse(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn the_comparison_functions_follow_the_table_of_rfc_9110() {
        let strong = EntityTag { weak: false, opaque: "\"1\"".to_owned() };
        let weak = EntityTag { weak: true, opaque: "\"1\"".to_owned() };
        assert!(strong.matches_strongly("\"1\"") && strong.matches_weakly("\"1\""));
        assert!(!weak.matches_strongly("\"1\"") && weak.matches_weakly("\"1\""));
        assert!(!strong.matches_strongly("\"2\"") && !weak.matches_weakly("\"2\""));
    }

    #[test]
    fn a_write_is_judged_by_version_existence_and_presence_of_a_condition() {
        let version = Version { etag: "\"1\"".to_owned(), modified_ms: 5_500 };
        let with = |name: &'static str, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            Conditions::read(&headers).unwrap()
        };
        let cases = [
            (Conditions::default(), Verdict::Required, Verdict::Required),
            (with("if-match", "\"1\""), Verdict::Proceed, Verdict::Missing),
            (with("if-match", "\"0\", \"1\""), Verdict::Proceed, Verdict::Missing),
            (with("if-match", "*"), Verdict::Proceed, Verdict::Missing),
            (with("if-match", "\"0\""), Verdict::Stale, Verdict::Missing),
            (with("if-match", "W/\"1\""), Verdict::Stale, Verdict::Missing),
            (with("if-none-match", "*"), Verdict::Exists, Verdict::Proceed),
            (with("if-none-match", "W/\"1\""), Verdict::Stale, Verdict::Proceed),
            (with("if-none-match", "\"0\""), Verdict::Required, Verdict::Proceed),
            (with("if-unmodified-since", "Thu, 01 Jan 1970 00:00:05 GMT"), Verdict::Proceed, Verdict::Missing),
            (with("if-unmodified-since", "Thu, 01 Jan 1970 00:00:04 GMT"), Verdict::Stale, Verdict::Missing),
            (Conditions::ignored(), Verdict::Proceed, Verdict::Proceed),
        ];
        for (conditions, existing, missing) in cases {
            assert_eq!(conditions.judge(Some(&version)), existing, "{conditions:?}");
            assert_eq!(conditions.judge(None), missing, "{conditions:?}");
        }
    }
}
