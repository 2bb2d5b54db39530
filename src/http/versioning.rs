//! Where the version of a document lives, and how a write names it: as data, so that a new kind of server is a few lines.

use super::date;
use super::version::Kind;
use super::{EtagForm, Format, Headers, Protection, Request, Response, Version};
use crate::gather::Gather;
use crate::merge::json::Document;

/// The field with the version that an adapter of the page read. The facade sets it; it is never sent.
const OWN_VERSION_FIELD: &str = "mergefetch-version";

/// A place from which a version is read.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    ETag,
    LastModified,
    Header(String),
    /// A JSON Pointer into the document.
    Member(String),
}

/// How a write names a version that is neither a tag nor a date.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Carry {
    Header(String),
    /// The document itself holds it, as merges take managed members from theirs.
    Document(Removal),
}

/// How a removal, which has no document, names a version that documents hold: between these two texts, as a parameter of the query
/// where nothing comes after it, else as a body of JSON. Where nothing comes before it, it is not named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Removal(&'static str, &'static str);

/// The use of weak entity tags in writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WeakTags {
    /// As they came; another form where a server refuses the tag that it still sends.
    #[default]
    Adaptive,
    /// Only as they came.
    Verbatim,
    /// Always without `W/`.
    Strip,
    /// They are no versions.
    Refuse,
}

/// Where the version of a document lives, and how a write names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioning {
    places: Vec<Place>,
    carry: Carry,
    weak: WeakTags,
    /// JSON Pointers to members that the server manages: never compared, never a conflict.
    managed: Vec<String>,
    /// The managed members that the server would store as ordinary members. They are never sent back.
    kept_back: &'static [&'static str],
    /// Which writes are checked, by the word of the protocol.
    promise: Promise,
    /// Whether an update is answered 201 like a creation.
    updates_are_201: bool,
    /// A member that only a representation has: an answer to a write with this member is the stored document.
    echo: Option<&'static str>,
    /// Whether the origin is known to accept stale versions.
    is_ignored: bool,
}

/// Which writes a protocol promises to check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Promise {
    /// No promise: HTTP leaves it to the server (RFC 9110 §13).
    Nothing,
    /// Updates, but not removals.
    Updates,
    /// All.
    All,
}

impl Default for Versioning {
    fn default() -> Self {
        Self::etag(WeakTags::Adaptive)
    }
}

impl Versioning {
    fn new(places: Vec<Place>, managed: &[&str]) -> Self {
        let managed = managed.iter().map(|&pointer| pointer.to_owned()).gather();
        Self {
            places,
            carry: Carry::Document(Removal("", "")),
            weak: WeakTags::Adaptive,
            managed,
            kept_back: &[],
            promise: Promise::All,
            updates_are_201: false,
            echo: None,
            is_ignored: false,
        }
    }

    /// The `ETag` field (RFC 9110 §8.8.3), else `Last-Modified`.
    pub fn etag(weak: WeakTags) -> Self {
        Self { weak, promise: Promise::Nothing, ..Self::new(vec![Place::ETag, Place::LastModified], &[]) }
    }

    /// The `Last-Modified` field (RFC 9110 §8.8.2).
    pub fn last_modified() -> Self {
        Self { promise: Promise::Nothing, ..Self::new(vec![Place::LastModified], &[]) }
    }

    /// A field of this name in answers, which writes name in the field `precondition`.
    pub fn header(name: &str, precondition: &str) -> Self {
        let versioning = Self::new(vec![Place::Header(name.to_owned())], &[]);
        Self { carry: Carry::Header(precondition.to_owned()), promise: Promise::Nothing, ..versioning }
    }

    /// A member of the document. A removal has no document to carry it in.
    pub fn member(pointer: &str) -> Self {
        Self { promise: Promise::Nothing, ..Self::new(vec![Place::Member(pointer.to_owned())], &[pointer]) }
    }

    /// CouchDB: `_rev` in the document, `rev` in the query of a DELETE.
    pub fn couchdb() -> Self {
        let versioning = Self::new(vec![Place::Member("/_rev".to_owned())], &["/_rev"]);
        Self { carry: Carry::Document(Removal("rev=", "")), updates_are_201: true, ..versioning }
    }

    /// Kubernetes: `metadata.resourceVersion` in the object, and in the preconditions of a removal.
    pub fn kubernetes() -> Self {
        // With the uid of an object that was removed, the one made anew is never written.
        const MANAGED: [&str; 4] =
            ["/metadata/resourceVersion", "/metadata/generation", "/metadata/managedFields", "/metadata/uid"];
        let removal = Removal(r#"{"preconditions":{"resourceVersion":""#, r#""}}"#);
        let versioning = Self::new(vec![Place::Member("/metadata/resourceVersion".to_owned())], &MANAGED);
        Self { carry: Carry::Document(removal), echo: Some("/metadata/resourceVersion"), ..versioning }
    }

    /// OData: the `ETag` field, or `@odata.etag` (4), or `odata.etag` (3), if only the document has the tag.
    pub fn odata() -> Self {
        const MANAGED: [&str; 5] =
            ["/@odata.etag", "/@odata.context", "/@odata.metadataEtag", "/odata.etag", "/odata.metadata"];
        let members = ["/@odata.etag", "/odata.etag"].map(|pointer| Place::Member(pointer.to_owned()));
        let places = [Place::ETag].into_iter().chain(members).gather();
        // Azure Table Storage (OData 3) stores these members.
        Self {
            echo: Some("/@odata.etag"),
            kept_back: &["/odata.etag", "/odata.metadata"],
            ..Self::new(places, &MANAGED)
        }
    }

    /// FHIR: `W/"…"` with the version id, which servers must compare weakly. Removals need not be checked (FHIR R4, 3.1.0.7).
    pub fn fhir() -> Self {
        let versioning = Self::new(vec![Place::ETag], &["/meta/versionId", "/meta/lastUpdated"]);
        Self { promise: Promise::Updates, echo: Some("/meta/versionId"), ..versioning }
    }

    /// For an origin that accepts stale versions: no version protects a write.
    #[must_use]
    pub fn ignored(mut self) -> Self {
        self.is_ignored = true;
        self
    }

    /// Whether functions of the page read and write the version, so that fields named `mergefetch-…` come from them.
    pub(crate) fn has_own_adapter(&self) -> bool {
        matches!(&self.carry, Carry::Header(name) if name == OWN_VERSION_FIELD)
    }

    /// Whether 409 is the status for a stale version: servers that read the version from the document use no other.
    pub(crate) fn refuses_stale_with_409(&self) -> bool {
        self.promises_checks() && self.carried_member().is_some()
    }

    /// Whether the protocol promises that the server refuses stale writes.
    pub(crate) fn promises_checks(&self) -> bool {
        self.promise != Promise::Nothing
    }

    /// Whether that promise leaves out removals.
    pub(crate) fn promises_updates_only(&self) -> bool {
        self.promise == Promise::Updates
    }

    /// Whether a removal can name the version.
    pub(crate) fn names_removals(&self) -> bool {
        self.carried_member().is_none() || !matches!(self.carry, Carry::Document(Removal("", _)))
    }

    /// The field in which writes name the version, if that is neither a tag nor a date.
    pub(crate) fn precondition_field(&self) -> Option<&str> {
        match &self.carry {
            Carry::Header(name) => Some(name),
            Carry::Document(_) => None,
        }
    }

    /// Whether a write can name a version that no document ever had. A version inside the document is excluded, as a server that
    /// compares nothing would store it.
    pub(crate) fn can_be_probed(&self) -> bool {
        self.carried_member().is_none()
    }

    /// Whether an update is answered 201 like a creation.
    pub(crate) fn answers_updates_with_201(&self) -> bool {
        self.updates_are_201
    }

    /// The format of documents, if the place of the version implies it.
    pub(crate) fn format(&self) -> Option<Format> {
        (self.echo.is_some() || self.carried_member().is_some()).then_some(Format::Json)
    }

    /// Whether the protocol says that the answer to a write contains the stored document (RFC 9110 §8.7).
    pub(crate) fn is_representation(&self, response: &Response) -> bool {
        let body = response.body.as_ref().ok().and_then(|body| std::str::from_utf8(body).ok());
        let document = || Document::parse(body?).ok();
        self.echo.is_some_and(|pointer| document().is_some_and(|body| body.root().pointer(pointer).is_some()))
    }

    /// Whether this member of a document contains the version that answers to writes have.
    pub(crate) fn is_within_version(&self, name: &str) -> bool {
        self.echo.is_some_and(|pointer| pointer.split('/').nth(1) == Some(name))
    }

    /// JSON Pointers to the members that the server manages.
    pub fn managed(&self) -> &[String] {
        &self.managed
    }

    /// JSON Pointers to members that are never sent back.
    pub(crate) fn kept_back(&self) -> &'static [&'static str] {
        self.kept_back
    }

    /// Whether versions are entity tags, which alone promise something about the bytes that were sent.
    pub(crate) fn is_etag(&self) -> bool {
        self.places.first() == Some(&Place::ETag)
    }

    /// The pointer to the version, where the document carries it and nothing else does.
    pub(crate) fn carried_member(&self) -> Option<&str> {
        match self.places.first()? {
            Place::Member(pointer) => Some(pointer),
            _ => None,
        }
    }

    /// The version of an answer; `document` is its body where that is JSON.
    pub fn read(&self, headers: &Headers, document: Option<&Document>) -> Option<Version> {
        self.honest(self.places.iter().find_map(|place| self.read_at(place, headers, document)))
    }

    fn read_at(&self, place: &Place, headers: &Headers, document: Option<&Document>) -> Option<Version> {
        match place {
            // A value that is no entity tag is echoed all the same: servers that send such compare the octets.
            Place::ETag => {
                let version =
                    Version::new(headers.get("etag")?, Kind::Tag)?.with_modified(headers.get("last-modified"));
                (self.weak != WeakTags::Refuse || version.protection() == Protection::Strong).then_some(version)
            }
            Place::LastModified => Version::new(headers.get("last-modified")?, Kind::Date),
            // The facade encodes the versions of a custom adapter for a field.
            Place::Header(name) if name == OWN_VERSION_FIELD => {
                Version::new(&unescaped(headers.get(name)?), Kind::Custom)
            }
            Place::Header(name) => Version::new(headers.get(name)?, Kind::Custom),
            Place::Member(pointer) => member(document?, pointer, self.member_kind()),
        }
    }

    /// The version with its protection.
    fn honest(&self, version: Option<Version>) -> Option<Version> {
        version.map(|version| if self.is_ignored { version.ignored() } else { version })
    }

    /// A tag inside a document is still a tag.
    fn member_kind(&self) -> Kind {
        if self.is_etag() { Kind::Tag } else { Kind::Custom }
    }

    /// The version behind a token that the caller kept.
    pub fn from_token(&self, token: &str) -> Option<Version> {
        let kind = match self.places.first() {
            // A date is no tag: a tag has quotes, or at least no comma after three letters.
            Some(Place::ETag) if date::parse(token).is_some() => Kind::Date,
            Some(Place::ETag) => Kind::Tag,
            Some(Place::LastModified) => Kind::Date,
            _ => Kind::Custom,
        };
        self.honest(Version::new(token, kind))
    }

    /// Makes `request` conditional on `version`, which some adapters keep in the document.
    pub(crate) fn protect(&self, request: &mut Request, version: &Version, form: EtagForm) {
        match (version.kind(), &self.carry) {
            (Kind::Tag, _) => match (form, version.modified()) {
                (EtagForm::Date, Some(date)) => request.headers.set("If-Unmodified-Since", date),
                // One precondition only: with both, servers must ignore the date (RFC 9110 §13.1.4).
                _ => request
                    .headers
                    .set("If-Match", version.in_form(form).unwrap_or_else(|| version.as_str().to_owned())),
            },
            (Kind::Date, _) => request.headers.set("If-Unmodified-Since", version.as_str()),
            (Kind::Custom, Carry::Header(name)) if name == OWN_VERSION_FIELD => {
                let mut escaped = String::new();
                push_escaped(&mut escaped, version.as_str());
                request.headers.set(name, escaped);
            }
            (Kind::Custom, Carry::Header(name)) => request.headers.set(name, version.as_str()),
            (Kind::Custom, Carry::Document(Removal(before, after))) => {
                if request.body.is_none() && !before.is_empty() {
                    let mut named = (*before).to_owned();
                    // In JSON, too: the versions of Kubernetes are numbers, and any other token must not end the string.
                    push_escaped(&mut named, version.as_str());
                    named.push_str(after);
                    if after.is_empty() {
                        request.url.push(if request.url.contains('?') { '&' } else { '?' });
                        request.url.push_str(&named);
                    } else {
                        request.headers.set("Content-Type", Format::Json.content_type());
                        request.body = Some(named.into_bytes());
                    }
                }
            }
        }
    }

    /// The form to begin with, `remembered` is the form that the origin accepted last.
    pub(crate) fn first_form(&self, version: &Version, remembered: EtagForm) -> EtagForm {
        let wanted = if self.weak == WeakTags::Strip { EtagForm::Stripped } else { remembered };
        if self.has_form(version, wanted) { wanted } else { EtagForm::Verbatim }
    }

    /// The next form to try after the server refused `tried` for the version that it still sends.
    pub(crate) fn next_form(&self, version: &Version, tried: EtagForm) -> Option<EtagForm> {
        if self.weak != WeakTags::Adaptive {
            return None;
        }
        let next = match tried {
            EtagForm::Verbatim => EtagForm::Quoted,
            EtagForm::Quoted => EtagForm::Stripped,
            EtagForm::Stripped => EtagForm::Uncompressed,
            EtagForm::Uncompressed => EtagForm::Dashed,
            EtagForm::Dashed => EtagForm::Date,
            EtagForm::Date => return None,
        };
        if self.has_form(version, next) { Some(next) } else { self.next_form(version, next) }
    }

    pub(crate) fn has_form(&self, version: &Version, form: EtagForm) -> bool {
        match form {
            EtagForm::Verbatim => true,
            EtagForm::Date => version.kind() == Kind::Tag && version.modified().is_some(),
            other => version.in_form(other).is_some(),
        }
    }

    /// Whether `response` names the version of the document that was asked for.
    pub(crate) fn version_of(&self, response: &Response) -> Option<Version> {
        self.honest(self.is_etag().then(|| self.read_at(&Place::ETag, &response.headers, None)).flatten())
    }

    /// The version that a write led to, if versions live in a field of its answer. It promises nothing about the bytes.
    pub(crate) fn version_after(&self, response: &Response) -> Option<Version> {
        let place = self.places.first().filter(|place| matches!(place, Place::ETag | Place::Header(_)))?;
        self.honest(self.read_at(place, &response.headers, None))
    }
}

fn member(document: &Document, pointer: &str, kind: Kind) -> Option<Version> {
    let value = document.root().pointer(pointer)?;
    let token = value.as_str().unwrap_or_else(|| value.source().to_owned());
    Version::new(&token, kind)
}

/// The percent-decoded text. Invalid escapes stay as they are.
fn unescaped(text: &str) -> String {
    let digit = |at: Option<&u8>| at.and_then(|digit| char::from(*digit).to_digit(16));
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::new(), 0);
    while let Some(byte) = bytes.get(at) {
        match (digit(bytes.get(at + 1)), digit(bytes.get(at + 2))) {
            (Some(high), Some(low)) if *byte == b'%' => {
                out.push((high << 4 | low) as u8);
                at += 3;
            }
            _ => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

/// Percent-encodes all but unreserved characters (RFC 3986 §2.3).
fn push_escaped(url: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            url.push(char::from(byte));
        } else {
            url.push('%');
            for digit in [byte >> 4, byte & 15] {
                url.push(char::from(digit + if digit < 10 { b'0' } else { b'A' - 10 }));
            }
        }
    }
}
