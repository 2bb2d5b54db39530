//! Changes as server-sent events, for those who listen and for those who come back.

use serde_json::json;

use crate::support::{Fresh, Server, read_until};

const DOCUMENT: &str = "/api/documents/shared-json";

/// What a listener hears until `enough` is in it.
fn heard(server: &Server, fields: &str, query: &str, enough: &str, act: impl FnOnce()) -> String {
    let mut stream = server.raw(&format!("GET /api/changes{query} HTTP/1.1\r\nhost: x\r\n{fields}\r\n"));
    read_until(&mut stream, |bytes| bytes.windows(4).any(|part| part == b"\n:\n\n" || part == b":\n\n\r"));
    act();
    String::from_utf8(read_until(&mut stream, |bytes| String::from_utf8_lossy(bytes).contains(enough))).unwrap()
}

fn id_in(text: &str) -> String {
    text.rsplit("id: ").next().unwrap().lines().next().unwrap().to_owned()
}

#[test]
fn a_write_is_told_at_once_with_its_path_and_version_and_without_content() {
    let server = Fresh::start();
    let etag = server.etag(DOCUMENT);
    let told = heard(&server, "", "", "data:", || {
        server.request("PUT", DOCUMENT).with("if-match", "\"old\"").json(&json!({ "secret": 1 })).send();
        server.update(DOCUMENT, &etag, &json!({ "secret": 1 }));
    });
    let now = server.etag(DOCUMENT);
    let expected = json!({ "url": DOCUMENT, "version": now }).to_string();
    assert!(told.contains(&format!("data: {expected}")), "{told}");
    assert_eq!(told.matches("data:").count(), 1, "a refused write changes nothing: {told}");
    assert!(!told.contains("secret"));
}

#[test]
fn who_comes_back_with_the_last_id_hears_what_was_missed_by_field_and_by_query() {
    let server = Fresh::start();
    let first = heard(&server, "", "", "data:", || {
        let etag = server.etag(DOCUMENT);
        server.update(DOCUMENT, &etag, &json!({ "n": 1 }));
    });
    let id = id_in(&first);
    let etag = server.etag(DOCUMENT);
    server.update(DOCUMENT, &etag, &json!({ "n": 2 }));
    let version = json!(server.etag(DOCUMENT)).to_string();
    for (fields, query) in
        [(format!("last-event-id: {id}\r\n"), String::new()), (String::new(), format!("?lastEventId={id}"))]
    {
        let mut stream = server.raw(&format!("GET /api/changes{query} HTTP/1.1\r\nhost: x\r\n{fields}\r\n"));
        let told = String::from_utf8(read_until(&mut stream, |bytes| String::from_utf8_lossy(bytes).contains("\n:\n")))
            .unwrap();
        assert!(told.contains(&version) && told.matches("data:").count() == 1, "{told}");
    }
}

#[test]
fn an_id_of_another_run_means_that_anything_may_have_changed() {
    let server = Fresh::start();
    let mut stream = server.raw("GET /api/changes?lastEventId=7-7 HTTP/1.1\r\nhost: x\r\n\r\n");
    let told =
        String::from_utf8(read_until(&mut stream, |bytes| String::from_utf8_lossy(bytes).contains("reset"))).unwrap();
    assert!(told.contains("event: reset"), "{told}");
}
