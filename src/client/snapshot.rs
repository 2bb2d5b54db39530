//! A document with its version, as it was read.

use std::rc::Rc;

use crate::conflict::Document;
use crate::error::{Error, Kind};
use crate::http::{BodyFailure, Format, Protection, Record, Response, Version, Versioning, origin};

/// The field in which the facade passes on the author of a document. It deletes it from every answer of a server.
const AUTHOR_FIELD: &str = "mergefetch-author";

/// Where a snapshot came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Sent by the server just now.
    Network,
    /// The server said that the stored one still holds.
    Revalidated,
    /// It was sent, and its answer promises that it is stored as it is. No read has shown that.
    Sent,
    /// It was sent, and its answer only reports a version.
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
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The final URL, after redirects: the identity of the document.
    pub url: Rc<str>,
    /// The value.
    pub document: Document,
    /// What a precondition names; `None` where none was readable.
    pub version: Option<Version>,
    /// Its media type as received, which a write names again.
    pub content_type: Option<Rc<str>>,
    /// Where it came from.
    pub source: Source,
    /// What the page's own function read of its author, as the facade wrote it down.
    pub author: Option<Rc<str>>,
    /// The origin that the caller named, if a redirect or a `Location` led to another one.
    pub named: Option<Rc<str>>,
}

impl Snapshot {
    /// Whether no answer has shown how the server spells the document.
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
        self.named = (origin(&self.url) != &**named).then(|| named.clone());
        self
    }

    /// Whether both are one version. Compares the documents, too, as two versions may share one tag (HTTP-RULES X5).
    pub fn equals(&self, other: &Self) -> bool {
        self.version == other.version && self.document.equals(&other.document)
    }

    /// How well the version protects a write.
    pub fn protection(&self) -> Protection {
        self.version.as_ref().map_or(Protection::None, Version::protection)
    }

    /// The snapshot of a stored response.
    pub(super) fn stored(record: &Record, format: Option<Format>, versioning: &Versioning) -> Result<Self, Unreadable> {
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
        let told = || Format::of_content_type(response.headers.get("content-type"));
        let format = format.or_else(|| versioning.format()).unwrap_or_else(told);
        let content_type = response.headers.get("content-type");
        // In UTF-16 and ISO-2022 the octets of a text may be valid UTF-8, and would mean other characters.
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
    /// The bytes did not all come, or are too many.
    Body(BodyFailure),
    /// The bytes are not what their format says.
    Document(Error),
}
