//! Stored responses: which ones a private cache may keep (RFC 9111), and how a 304 updates one.

use super::{EntityTag, Headers, Response};

/// The directives of `Cache-Control` that matter to a private cache which revalidates on every use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CacheControl {
    /// Must not be stored (RFC 9111 §5.2.2.5).
    pub no_store: bool,
    /// Must be validated on every use (RFC 9111 §5.2.2.4).
    pub no_cache: bool,
    /// Seconds for which it is fresh (RFC 9111 §5.2.2.1).
    pub max_age_s: Option<u64>,
}

impl CacheControl {
    /// Reads the field; unknown directives are ignored.
    pub fn of(headers: &Headers) -> Self {
        let mut control = Self::default();
        for directive in headers.get("cache-control").unwrap_or_default().split(',') {
            let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
            match name.trim().to_ascii_lowercase().as_str() {
                "no-store" => control.no_store = true,
                // With field names it forbids less; validation is right in any case.
                "no-cache" => control.no_cache = true,
                "max-age" => control.max_age_s = value.trim().trim_matches('"').parse().ok(),
                _ => {}
            }
        }
        control
    }
}

/// A stored response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredResponse {
    /// The final URL, after redirects.
    pub url: String,
    /// The fields, as received and later updated.
    pub headers: Headers,
    /// The representation.
    pub body: Vec<u8>,
    /// A hash of the user, and of the request fields that `Vary` names. A hash, as these fields may be credentials.
    asked: u64,
}

/// The first octet of an encoded response. Another layout gets another number: old responses are then unreadable, which costs a read.
const LAYOUT: u8 = 4;

/// FNV-1a of field values, each of which may be absent.
pub(crate) fn fingerprint<'a>(values: impl IntoIterator<Item = Option<&'a str>>) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let mut hash = OFFSET;
    for value in values {
        for byte in value.map_or(&b"\x01"[..], str::as_bytes).iter().chain(b"\0") {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(PRIME);
        }
    }
    hash
}

impl StoredResponse {
    /// The stored response for `response`: only for a complete 200 that no directive forbids. A 206 is never a base (RFC 9111 §3.3).
    pub fn of(response: &Response) -> Option<Self> {
        let vary_any = response.headers.get("vary").is_some_and(|vary| vary.split(',').any(|one| one.trim() == "*"));
        if response.status != 200 || vary_any || CacheControl::of(&response.headers).no_store {
            return None;
        }
        let body = response.body.as_ref().ok()?.clone();
        let record = Self { url: response.url.clone(), headers: response.headers.clone(), body, asked: 0 };
        Some(record.answering(&Headers::new(), 0))
    }

    /// The response, with the user and the fields of the request that it answers.
    #[must_use]
    pub fn answering(mut self, request: &Headers, user: u64) -> Self {
        self.asked = self.nominated(request, user);
        self
    }

    /// Whether the response may answer a request with these fields: the fields that `Vary` names are equal, or absent both times
    /// (RFC 9111 §4.1). The user is always compared, as servers forget to name `Authorization`, and nobody may see another user's
    /// document.
    pub fn matches_vary(&self, request: &Headers, user: u64) -> bool {
        self.asked == self.nominated(request, user)
    }

    /// A hash of the user, and of the fields that `Vary` names.
    fn nominated(&self, request: &Headers, user: u64) -> u64 {
        let vary = self.headers.get("vary").unwrap_or_default();
        user ^ fingerprint(vary.split(',').map(|name| request.get(name.trim())))
    }

    /// The stored entity tag, if it is valid.
    pub fn etag(&self) -> Option<&str> {
        self.headers.get("etag").filter(|raw| EntityTag::parse(raw).is_some())
    }

    /// Whether its tag seems to be made for writes: strong, and without a time of modification, which file servers send.
    pub fn is_made_for_writes(&self) -> bool {
        let is_strong = self.etag().and_then(EntityTag::parse).is_some_and(|tag| !tag.is_weak());
        is_strong && self.headers.get("last-modified").is_none()
    }

    /// Whether a browser may answer a later read with this response without asking the server: it is fresh for a time, which it
    /// names or which is guessed from its age (RFC 9111 §4.2).
    pub fn may_be_reused_unasked(&self) -> bool {
        let control = CacheControl::of(&self.headers);
        let is_fresh = match control.max_age_s {
            Some(seconds) => seconds > 0,
            None => self.headers.get("expires").or_else(|| self.headers.get("last-modified")).is_some(),
        };
        is_fresh && !control.no_cache && !control.no_store
    }

    /// Whether a 304 is about another representation: its tag is strong, and another one (RFC 9111 §4.3.4).
    pub fn is_contradicted_by(&self, not_modified: &Headers) -> bool {
        let stored = self.etag().and_then(EntityTag::parse);
        let told = not_modified.get("etag").and_then(EntityTag::parse);
        match (stored, told) {
            (Some(stored), Some(told)) => !told.is_weak() && !stored.matches_weakly(&told),
            _ => false,
        }
    }

    /// Updates the fields from a 304 (RFC 9111 §3.2), except fields that describe the stored octets. A 304 without a
    /// readable tag leaves the stored one in place; CORS may have hidden it.
    pub fn update(&mut self, not_modified: &Headers) {
        const OF_THE_BYTES: [&str; 5] = ["content-length", "content-encoding", "content-type", "content-range", "etag"];
        for (name, value) in not_modified.iter() {
            if !OF_THE_BYTES.iter().any(|kept| name.eq_ignore_ascii_case(kept)) {
                self.headers.set(name, value);
            }
        }
    }

    /// Bytes for a store.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![LAYOUT];
        push(&mut bytes, &self.asked.to_le_bytes());
        push(&mut bytes, self.url.as_bytes());
        push(&mut bytes, &(self.headers.iter().count() as u32).to_le_bytes());
        for (name, value) in self.headers.iter() {
            push(&mut bytes, name.as_bytes());
            push(&mut bytes, value.as_bytes());
        }
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// The response that `encode` wrote; `None` for anything else, as an older version or other code may have written into the store.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (&LAYOUT, mut rest) = bytes.split_first()? else {
            return None;
        };
        let asked = u64::from_le_bytes(pull(&mut rest)?.try_into().ok()?);
        let url = pull_text(&mut rest)?;
        let count = u32::from_le_bytes(pull(&mut rest)?.try_into().ok()?);
        let mut headers = Headers::new();
        for _ in 0..count {
            let name = pull_text(&mut rest)?;
            headers.set(&name, pull_text(&mut rest)?);
        }
        Some(Self { url, headers, body: rest.to_vec(), asked })
    }
}

fn push(bytes: &mut Vec<u8>, part: &[u8]) {
    bytes.extend_from_slice(&(part.len() as u32).to_le_bytes());
    bytes.extend_from_slice(part);
}

fn pull<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (part, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    *bytes = rest;
    Some(part)
}

fn pull_text(bytes: &mut &[u8]) -> Option<String> {
    String::from_utf8(pull(bytes)?.to_vec()).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests may fail")]
mod tests {
    use super::*;

    fn answer(status: u16, headers: Headers) -> Response {
        Response { status, url: "http://a/1".into(), is_redirected: false, headers, body: Ok(b"{}".to_vec()) }
    }

    #[test]
    fn a_record_survives_its_encoding_and_garbage_is_no_record() {
        let headers = Headers::new().with("ETag", "\"a,b\"").with("Content-Type", "application/json");
        let Some(record) = StoredResponse::of(&answer(200, headers)) else { panic!("storable") };
        let bytes = record.encode();
        assert_eq!(StoredResponse::decode(&bytes), Some(record));
        for cut in 0..bytes.len() - 2 {
            assert_eq!(StoredResponse::decode(&bytes[..cut]), None, "cut at {cut}");
        }
        assert_eq!(StoredResponse::decode(&[3, 0, 0]), None);
        assert_eq!(StoredResponse::decode(&[2, 255, 255, 255, 255]), None);
    }

    #[test]
    fn no_store_vary_any_and_partial_answers_are_not_kept() {
        assert!(StoredResponse::of(&answer(200, Headers::new().with("Cache-Control", "private, No-Store"))).is_none());
        assert!(StoredResponse::of(&answer(200, Headers::new().with("Vary", "Accept, *"))).is_none());
        assert!(StoredResponse::of(&answer(206, Headers::new())).is_none());
        assert!(StoredResponse::of(&answer(404, Headers::new())).is_none());
    }

    #[test]
    fn c4_a_record_suits_requests_whose_nominated_fields_are_the_same_or_absent_both_times() {
        let headers = Headers::new().with("Vary", "Accept-Language, X-Tenant");
        let Some(record) = StoredResponse::of(&answer(200, headers)) else { panic!("storable") };
        let german = Headers::new().with("accept-language", "de");
        let record = StoredResponse::decode(&record.answering(&german, 1).encode()).unwrap();
        assert!(record.matches_vary(&german, 1) && record.matches_vary(&german.clone().with("Accept", "*/*"), 1));
        for other in [
            Headers::new(),
            Headers::new().with("Accept-Language", "en"),
            Headers::new().with("Accept-Language", ""),
            german.clone().with("X-Tenant", "1"),
            Headers::new().with("X-Tenant", "de"),
        ] {
            assert!(!record.matches_vary(&other, 1), "{other:?}");
        }
        let Some(plain) = StoredResponse::of(&answer(200, Headers::new())) else { panic!("storable") };
        assert!(plain.matches_vary(&german, 0));
        assert!(!plain.matches_vary(&german, 1), "whatever Vary names");
        let secret = Headers::new().with("Vary", "Authorization");
        let Some(record) = StoredResponse::of(&answer(200, secret)) else { panic!("storable") };
        let bytes = record.answering(&Headers::new().with("Authorization", "Bearer s3cret"), 0).encode();
        assert!(!String::from_utf8_lossy(&bytes).contains("s3cret"), "no credential is kept");
    }

    #[test]
    fn what_may_be_reused_without_asking_is_what_says_so_or_has_an_age() {
        for (name, value, expected) in [
            ("cache-control", "max-age=600", true),
            ("cache-control", "private, MAX-AGE=\"5\"", true),
            ("cache-control", "max-age=0", false),
            ("cache-control", "no-cache, max-age=600", false),
            ("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT", true),
            ("expires", "Sun, 06 Nov 2094 08:49:37 GMT", true),
            ("x", "y", false),
        ] {
            let Some(record) = StoredResponse::of(&answer(200, Headers::new().with(name, value))) else {
                panic!("storable")
            };
            assert_eq!(record.may_be_reused_unasked(), expected, "{name}: {value}");
        }
    }

    #[test]
    fn a_304_updates_fields_but_never_those_of_the_bytes() {
        let headers =
            Headers::new().with("etag", "\"1\"").with("content-type", "application/json").with("date", "then");
        let Some(mut record) = StoredResponse::of(&answer(200, headers)) else { panic!("storable") };
        record.update(&Headers::new().with("ETag", "W/\"1\"").with("Content-Type", "text/html").with("Date", "now"));
        assert_eq!(record.headers.get("date"), Some("now"));
        assert_eq!(record.headers.get("content-type"), Some("application/json"));
        assert_eq!(record.etag(), Some("\"1\""));
    }

    #[test]
    fn a_304_with_another_strong_tag_contradicts_the_record() {
        let Some(record) = StoredResponse::of(&answer(200, Headers::new().with("etag", "\"1\""))) else {
            panic!("storable")
        };
        assert!(record.is_contradicted_by(&Headers::new().with("etag", "\"2\"")));
        assert!(!record.is_contradicted_by(&Headers::new().with("etag", "W/\"1\"")));
        assert!(!record.is_contradicted_by(&Headers::new()));
    }
}
