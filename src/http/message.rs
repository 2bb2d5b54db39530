//! Requests and responses.

use std::borrow::Cow;

use super::Headers;

/// The methods that the client sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Read.
    Get,
    /// Replace or create at a known URL.
    Put,
    /// Create below a collection.
    Post,
    /// Change a part.
    Patch,
    /// Remove.
    Delete,
}

impl Method {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Put => "PUT",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// The mode of the browser's cache, as in the Fetch standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheMode {
    /// The mode that the caller asked for.
    Default,
    /// Revalidate before use.
    NoCache,
    /// Bypass stored responses, but store the answer.
    Reload,
    /// Do not use the cache, and do not store the answer.
    NoStore,
}

/// The author of a request: the driver adds other fields to requests of the loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestSource {
    /// The loop: the driver adds the caller's own fields, but no condition.
    Loop,
    /// The caller of `fetch`: its request goes out as it is, with these fields set.
    Caller,
    /// The caller's request, without its own conditions.
    CallerUnconditional,
}

/// A request that the driver is to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// An absolute URL.
    pub url: String,
    /// The fields of the loop; the driver adds the caller's own fields.
    pub headers: Headers,
    /// The representation to store.
    pub body: Option<Vec<u8>>,
    /// The mode of the browser's cache.
    pub cache: CacheMode,
    /// The author of the request.
    pub source: RequestSource,
    /// Whether the caller did not name the origin of `url`. Such an origin must not get the caller's fields.
    pub is_foreign: bool,
}

/// Why a body is missing although status and fields arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyFailure {
    /// The connection ended, or time ran out, inside the body.
    Cut,
    /// The body exceeds the limit.
    TooLarge {
        /// Bytes announced, or read so far.
        found_bytes: usize,
    },
}

/// The octets of an answer, or the reason of their absence.
pub type Body = Result<Vec<u8>, BodyFailure>;

/// A response as received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code; 0 for an opaque answer.
    pub status: u16,
    /// The final URL, after redirects.
    pub url: String,
    /// Whether a redirect was followed: the status then answers another request than the one that was sent.
    pub is_redirected: bool,
    /// The readable fields.
    pub headers: Headers,
    /// The bytes.
    pub body: Body,
}

impl Response {
    /// 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// The format of a document, which decides how it is merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Merged by tree.
    Json,
    /// Merged by lines.
    Text,
    /// Octets that are never parsed.
    Bytes,
}

impl Format {
    /// The spelling used in `Conflict.format`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Text => "text",
            Self::Bytes => "bytes",
        }
    }

    /// From the value of a `Content-Type` field: `json` and `+json` (RFC 6839) are JSON, `text/*` is text, all else bytes.
    pub fn of_content_type(content_type: Option<&str>) -> Self {
        let essence =
            content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let (kind, subtype) = essence.split_once('/').unwrap_or_default();
        if subtype == "json" || subtype.ends_with("+json") {
            Self::Json
        } else if kind == "text"
            || matches!(subtype, "xml" | "yaml" | "toml" | "javascript")
            || subtype.ends_with("+xml")
        {
            Self::Text
        } else {
            Self::Bytes
        }
    }

    /// Whether the media type names another charset than UTF-8.
    pub(crate) fn is_of_other_charset(content_type: &str) -> bool {
        parameters(content_type).any(|one| charset_of(one).is_some_and(|charset| !is_utf8(charset)))
    }

    /// The media type of a text that is sent as UTF-8, with its charset replaced.
    pub(crate) fn as_utf8(content_type: &str) -> Cow<'_, str> {
        if !Self::is_of_other_charset(content_type) {
            return Cow::Borrowed(content_type);
        }
        let others = parameters(content_type).filter(|one| charset_of(one).is_none());
        let mut told = content_type.split(';').next().unwrap_or_default().trim().to_owned();
        for parameter in others.map(str::trim).chain(["charset=utf-8"]) {
            told.push(';');
            told.push_str(parameter);
        }
        Cow::Owned(told)
    }

    /// The `Content-Type` of a document of this format, if the caller sets none.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Text => "text/plain;charset=utf-8",
            Self::Bytes => "application/octet-stream",
        }
    }
}

fn parameters(content_type: &str) -> impl Iterator<Item = &str> {
    content_type.split(';').skip(1)
}

fn charset_of(parameter: &str) -> Option<&str> {
    let (name, value) = parameter.split_once('=')?;
    name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
}

fn is_utf8(charset: &str) -> bool {
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
}
