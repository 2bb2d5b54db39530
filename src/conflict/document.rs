//! A document in the form in which it is compared and merged.

use std::rc::Rc;

use crate::error::{Error, Kind};
use crate::http::{Format, Response};
use crate::merge::json;

/// Larger documents are refused: a merge needs up to twelve times their size.
pub const MAX_DOCUMENT_BYTES: usize = 32 * 1024 * 1024;

/// A document, parsed once and shared.
///
/// # Examples
///
/// ```
/// use mergefetch::conflict::Document;
/// use mergefetch::http::Format;
///
/// let document = Document::parse(Format::Json, br#"{"price":2.50}"#)?;
/// assert_eq!((document.format(), document.text()), (Format::Json, Some(r#"{"price":2.50}"#)));
/// assert_eq!(document.bytes(), br#"{"price":2.50}"#);
/// assert!(document.equals(&Document::parse_values(Format::Json, br#"{"price":2.5}"#)?));
///
/// // JavaScript rounds long numbers; an edit gets their digits back.
/// let document = Document::parse(Format::Json, br#"{"id":12345678901234567890}"#)?;
/// let edit = Document::parse_edit(Format::Json, br#"{"id":12345678901234567000,"sold":true}"#, Some(&document))?;
/// assert_eq!(edit.text(), Some(r#"{"id":12345678901234567890,"sold":true}"#));
/// # Ok::<(), mergefetch::error::Error>(())
/// ```
#[derive(Debug, Clone)]
pub enum Document {
    /// JSON, with its text.
    Json(Rc<json::Document>),
    /// Plain text.
    Text(Rc<str>),
    /// Anything else.
    Bytes(Rc<[u8]>),
}

impl Document {
    /// Reads the bytes of a body.
    ///
    /// # Errors
    /// `too-large` over [`MAX_DOCUMENT_BYTES`]; `invalid-text` for text or JSON that is not UTF-8; `invalid-json`, `too-deep`.
    pub fn parse(format: Format, bytes: &[u8]) -> Result<Self, Error> {
        check_size(bytes.len())?;
        Ok(match format {
            // A byte order mark is not part of JSON, and must not be sent (RFC 8259 §8.1).
            Format::Json => {
                let text = utf8(bytes)?;
                Self::Json(Rc::new(json::Document::parse(text.strip_prefix('\u{feff}').unwrap_or(text))?))
            }
            Format::Text => Self::Text(utf8(bytes)?.into()),
            Format::Bytes => Self::Bytes(bytes.into()),
        })
    }

    /// Reads a document that JavaScript wrote: see [`json::Document::parse_values`].
    ///
    /// # Errors
    /// As [`Document::parse`].
    pub fn parse_values(format: Format, bytes: &[u8]) -> Result<Self, Error> {
        if format != Format::Json {
            return Self::parse(format, bytes);
        }
        check_size(bytes.len())?;
        Ok(Self::Json(Rc::new(json::Document::parse_values(utf8(bytes)?)?)))
    }

    /// Reads an edit of `base` that JavaScript wrote: see [`json::Document::parse_edit`].
    ///
    /// # Errors
    /// As [`Document::parse`]; `invalid-argument` for a number that may be one of several numbers of `base`.
    pub fn parse_edit(format: Format, bytes: &[u8], base: Option<&Self>) -> Result<Self, Error> {
        let (Format::Json, Some(Self::Json(base))) = (format, base) else {
            return Self::parse(format, bytes);
        };
        check_size(bytes.len())?;
        Ok(Self::Json(Rc::new(json::Document::parse_edit(utf8(bytes)?, Some(base))?)))
    }

    /// The body of an answer, in the format of its media type, or as text or bytes if it does not match that format; `None` without a
    /// body.
    pub(crate) fn of_answer(response: &Response) -> Option<Self> {
        let body = response.body.as_ref().ok().filter(|body| !body.is_empty())?;
        let told = Format::of_content_type(response.headers.get("content-type"));
        [told, Format::Text, Format::Bytes].into_iter().find_map(|format| Self::parse(format, body).ok())
    }

    /// A value from JavaScript, in the format of `known`, and with the numbers of `known` that JavaScript cannot hold.
    ///
    /// # Errors
    /// As [`Document::parse_edit`].
    pub(crate) fn read_as(self, known: &Self) -> Result<Self, Error> {
        let text = match (&self, known) {
            (Self::Text(text), Self::Json(_)) => json::quote(text),
            (Self::Json(tree), Self::Json(_)) => tree.text().to_owned(),
            _ => return Ok(self),
        };
        Self::parse_edit(Format::Json, text.as_bytes(), Some(known))
    }

    /// The format of this document.
    pub fn format(&self) -> Format {
        match self {
            Self::Json(_) => Format::Json,
            Self::Text(_) => Format::Text,
            Self::Bytes(_) => Format::Bytes,
        }
    }

    /// The bytes as they travel.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Json(document) => document.text().as_bytes(),
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }

    /// The text, where there is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Json(document) => Some(document.text()),
            Self::Text(text) => Some(text),
            Self::Bytes(_) => None,
        }
    }

    /// Whether both mean the same: JSON by value, anything else byte for byte.
    pub fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Json(a), Self::Json(b)) => a.root().equals(b.root()),
            (a, b) => a.format() == b.format() && a.bytes() == b.bytes(),
        }
    }
}

/// Checks that a document of this size can be merged.
///
/// # Errors
/// `too-large` above [`MAX_DOCUMENT_BYTES`].
///
/// # Examples
///
/// ```
/// use mergefetch::conflict::{MAX_DOCUMENT_BYTES, check_size};
///
/// assert!(check_size(MAX_DOCUMENT_BYTES).is_ok());
/// assert!(check_size(MAX_DOCUMENT_BYTES + 1).is_err());
/// ```
pub fn check_size(found_bytes: usize) -> Result<(), Error> {
    if found_bytes > MAX_DOCUMENT_BYTES {
        return Err(Error::new(Kind::TooLarge { limit_bytes: MAX_DOCUMENT_BYTES, found_bytes }));
    }
    Ok(())
}

fn utf8(bytes: &[u8]) -> Result<&str, Error> {
    std::str::from_utf8(bytes).map_err(|error| Error::new(Kind::InvalidText { offset: error.valid_up_to() }))
}
