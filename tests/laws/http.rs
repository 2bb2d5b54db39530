//! Data from servers and from storage is read without a panic, and written unchanged.

use mergefetch::http::{CacheControl, EntityTag, Format, Headers, Problem, Response, StoredResponse, retry_after_ms};

/// Any time will do: the core has no clock.
const NOW_MS: f64 = 1_700_000_000_000.0;

/// The bytes as a field value, as a stored record and as the body of a refusal.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    check_tag(&text);
    if let Some(milliseconds) = retry_after_ms(&text, NOW_MS) {
        assert_eq!(retry_after_ms(&text, NOW_MS), Some(milliseconds));
    }
    if let Some(record) = StoredResponse::decode(data) {
        assert_eq!(StoredResponse::decode(&record.encode()).as_ref(), Some(&record));
        let _ = (record.etag(), record.may_be_reused_unasked(), record.is_contradicted_by(&record.headers));
    }
    let _ = Format::of_content_type(Some(&text));
    for (status, content_type) in [(409, "application/problem+json"), (412, "application/json"), (400, "text/plain")] {
        let headers = Headers::new()
            .with("Content-Type", content_type)
            .with("Retry-After", text.clone())
            .with("ETag", text.clone())
            .with("Cache-Control", text.clone());
        let _ = CacheControl::of(&headers);
        let response = Response {
            status,
            url: "https://example.org/".into(),
            is_redirected: false,
            headers,
            body: Ok(data.to_vec()),
        };
        let problem = Problem::of(&response, NOW_MS);
        assert_eq!(problem.status, Some(status));
        assert_eq!(problem.retry_after_ms, retry_after_ms(&text, NOW_MS));
        if let Some(record) = StoredResponse::of(&Response { status: 200, ..response }) {
            assert_eq!(StoredResponse::decode(&record.encode()), Some(record));
        }
    }
}

fn check_tag(text: &str) {
    let Some(tag) = EntityTag::parse(text) else {
        return;
    };
    assert!(text.contains(tag.as_str()) && tag.as_str().contains(tag.opaque()), "{text:?}");
    assert_eq!(EntityTag::parse(tag.as_str()).map(|again| again.as_str()), Some(tag.as_str()), "{text:?}");
    assert!(tag.matches_weakly(&tag), "{text:?}");
    assert_eq!(tag.matches_strongly(&tag), !tag.is_weak(), "{text:?}");
}
