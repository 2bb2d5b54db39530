//! A document and its version, as read.

use std::rc::Rc;

use crate::conflict::Document;
use crate::error::{Error, Kind};
use crate::http::{BodyFailure, Format, Protection, Response, StoredResponse, Version, Versioning, origin};

/// The field in which the facade passes on the author of a document. The facade deletes this field from every answer of a server.
const AUTHOR_FIELD: &str = "mergefetch-author";

/// Where a snapshot came from.
///
/// # Examples
///
/// ```
/// use mergefetch::client::Source;
///
/// assert_eq!((Source::Revalidated.as_str(), Source::Sent.as_str()), ("revalidated", "network"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Sent by the server just now.
    Network,
    /// Stored, and the server confirmed that it is current.
    Revalidated,
    /// Sent by this client. The answer promises that the server stored it unchanged, but no read has shown this.
    Sent,
    /// Sent by this client. The answer only reports a version.
    Reported,
}

impl Source {
    /// The spelling used in `Snapshot.source`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Network | Self::Sent | Self::Reported => "network",
            Self::Revalidated => "revalidated",
        }
    }
}

/// A value with its version, as read.
///
/// # Examples
///
/// ```
/// use mergefetch::client::{Snapshot, Source};
/// use mergefetch::conflict::Document;
/// use mergefetch::http::{Format, Protection, Versioning};
///
/// # let url = "https://example.org/notes/7";
/// # let snapshot = |text: &str, tag: &str| Snapshot {
/// #     url: url.into(),
/// #     document: Document::parse(Format::Json, text.as_bytes()).unwrap(),
/// #     version: Versioning::default().from_token(tag),
/// #     content_type: None,
/// #     source: Source::Network,
/// #     author: None,
/// #     named: None,
/// # };
/// let one = snapshot("{}", "\"v1\"");
/// assert_eq!(one.protection(), Protection::Strong);
/// // Two versions may share one tag.
/// assert!(!one.equals(&snapshot("[]", "\"v1\"")));
/// ```
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The final URL, after redirects: the identity of the document.
    pub url: Rc<str>,
    /// The value.
    pub document: Document,
    /// The version that a precondition names; `None` if no version was readable.
    pub version: Option<Version>,
    /// Its media type as received, which a write names again.
    pub content_type: Option<Rc<str>>,
    /// The source of the document.
    pub source: Source,
    /// The author, as the page's own function read it and the facade encoded it.
    pub author: Option<Rc<str>>,
    /// The origin that the caller named, if a redirect or a `Location` led to another one.
    pub named: Option<Rc<str>>,
}

impl Snapshot {
    /// Whether no answer has shown the server's spelling of the document.
    pub(super) fn is_unread(&self) -> bool {
        matches!(self.source, Source::Sent | Source::Reported)
    }

    /// The origin that the caller of the read or of the write named.
    pub(super) fn named_origin(&self) -> Rc<str> {
        self.named.clone().unwrap_or_else(|| origin(&self.url).into())
    }

    /// The snapshot, as a call that named the origin `named` returns it.
    #[must_use]
    pub(super) fn named(mut self, named: &Rc<str>) -> Self {
        self.named = (*origin(&self.url) != **named).then(|| named.clone());
        self
    }

    /// Whether both are the same version. Compares the documents, too, as two versions may share one tag (HTTP-RULES X5).
    pub fn equals(&self, other: &Self) -> bool {
        self.version == other.version && self.document.equals(&other.document)
    }

    /// How well the version protects a write.
    pub fn protection(&self) -> Protection {
        self.version.as_ref().map_or(Protection::None, Version::protection)
    }

    /// The snapshot of a stored response.
    pub(super) fn stored(
        record: &StoredResponse,
        format: Option<Format>,
        versioning: &Versioning,
    ) -> Result<Self, Unreadable> {
        let response = Response {
            status: 200,
            url: record.url.clone(),
            is_redirected: false,
            headers: record.headers.clone(),
            body: Ok(record.body.clone()),
        };
        Self::read(&response, format, versioning, Source::Revalidated)
    }

    pub(super) fn read(
        response: &Response,
        format: Option<Format>,
        versioning: &Versioning,
        source: Source,
    ) -> Result<Self, Unreadable> {
        let bytes = response.body.as_ref().map_err(|failure| Unreadable::Body(*failure))?;
        let of_answer = || Format::of_content_type(response.headers.get("content-type"));
        let format = format.or_else(|| versioning.format()).unwrap_or_else(of_answer);
        let content_type = response.headers.get("content-type");
        // In UTF-16 and ISO-2022 the octets of a text may be valid UTF-8 with other characters.
        let is_hidden = |byte: &u8| matches!(byte, 0 | 0x1b);
        if format != Format::Bytes
            && content_type.is_some_and(Format::is_of_other_charset)
            && let Some(offset) = bytes.iter().position(is_hidden)
        {
            return Err(Unreadable::Document(Error::new(Kind::InvalidText { offset })));
        }
        let document = Document::parse(format, bytes).map_err(Unreadable::Document)?;
        let tree = match &document {
            Document::Json(tree) => Some(&**tree),
            _ => None,
        };
        Ok(Self {
            url: response.url.as_str().into(),
            version: versioning.read(&response.headers, tree),
            document,
            content_type: content_type.map(Into::into),
            source,
            author: response.headers.get(AUTHOR_FIELD).map(Into::into),
            named: None,
        })
    }
}

/// Why a success could not be read.
#[derive(Debug, Clone, PartialEq)]
pub enum Unreadable {
    /// The body is incomplete or too large.
    Body(BodyFailure),
    /// The bytes do not match their format.
    Document(Error),
}
