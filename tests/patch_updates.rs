//! Updates sent as patches: the requests, and the conclusions from the answers.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::rc::Rc;

use mergefetch::client::{
    Event, Moment, Outcome, SavedKind, Snapshot, Source, Step, UpdateMethod, Write, WriteOptions,
};
use mergefetch::conflict::Document;
use mergefetch::http::{Format, Headers, Method, Request, Response, Versioning};

const NOW: Moment = Moment { now_ms: 0.0, random: 0.5 };
const BASE: &str = r#"{"title":"a","n":1,"tags":["x","y"],"meta":{"v":7}}"#;

fn json(text: &str) -> Document {
    Document::parse(Format::Json, text.as_bytes()).unwrap()
}

fn start(mine: &str, options: WriteOptions) -> Write {
    let headers = Headers::new().with("etag", "\"1\"");
    let version = match json(BASE) {
        Document::Json(tree) => options.versioning.read(&headers, Some(&tree)),
        _ => None,
    };
    let url: Rc<str> = "http://a.example/1".into();
    let base = Snapshot {
        url,
        document: json(BASE),
        version,
        content_type: None,
        source: Source::Network,
        author: None,
        named: None,
    };
    Write::update(base, json(mine), options)
}

fn sent(step: Step<Outcome>) -> Request {
    match step {
        Step::Send(request) => request,
        other => panic!("expected a request, but found {other:?}"),
    }
}

fn body(request: &Request) -> &str {
    std::str::from_utf8(request.body.as_deref().unwrap()).unwrap()
}

fn answer(status: u16, headers: Headers, body: &str) -> Event {
    let url = "http://a.example/1".to_owned();
    Event::Answered(Response { status, url, is_redirected: false, headers, body: Ok(body.as_bytes().to_vec()) })
}

#[test]
fn a_merge_patch_holds_what_changed_and_its_answer_is_read_again() {
    let options = WriteOptions { update: UpdateMethod::MergePatch, ..WriteOptions::default() };
    let mut write = start(r#"{"title":"b","tags":["x"],"meta":{"v":7}}"#, options);
    let request = sent(write.step(Event::Started, NOW).unwrap());
    assert_eq!(request.method, Method::Patch);
    assert_eq!(request.headers.get("content-type"), Some("application/merge-patch+json"));
    assert_eq!(request.headers.get("if-match"), Some("\"1\""));
    let expected = json(r#"{"title":"b","n":null,"tags":["x"]}"#);
    assert!(json(body(&request)).equals(&expected), "{}", body(&request));
    // Even a strong tag: only a PUT promises that the bytes sent are the bytes stored (RFC 9110 §9.3.4).
    let read = sent(write.step(answer(200, Headers::new().with("etag", "\"2\""), ""), NOW).unwrap());
    assert_eq!(read.method, Method::Get);
    let held = r#"{"title":"b","tags":["x"],"meta":{"v":7},"updated":"now"}"#;
    match write.step(answer(200, Headers::new().with("etag", "\"2\""), held), NOW).unwrap() {
        Step::Done(Outcome::Saved(SavedKind::Saved, Some(snapshot))) => assert!(snapshot.document.equals(&json(held))),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_a_merge_patch_cannot_say_is_an_error_before_anything_goes_out() {
    let options = WriteOptions { update: UpdateMethod::MergePatch, ..WriteOptions::default() };
    let mut write = start(r#"{"title":null,"n":1,"tags":["x","y"],"meta":{"v":7}}"#, options);
    let error = write.step(Event::Started, NOW).unwrap_err();
    assert_eq!(error.code().as_str(), "invalid-argument");
}

#[test]
fn a_json_patch_after_a_merge_starts_from_theirs() {
    let options = WriteOptions { update: UpdateMethod::JsonPatch, ..WriteOptions::default() };
    let mut write = start(r#"{"title":"b","n":1,"tags":["x","y"],"meta":{"v":7}}"#, options);
    let request = sent(write.step(Event::Started, NOW).unwrap());
    assert_eq!(body(&request), r#"[{"op":"replace","path":"/title","value":"b"}]"#);
    assert_eq!(request.headers.get("content-type"), Some("application/json-patch+json"));
    sent(write.step(answer(412, Headers::new(), ""), NOW).unwrap());
    let theirs = r#"{"title":"a","n":2,"tags":["x","y"],"meta":{"v":7}}"#;
    let again = sent(write.step(answer(200, Headers::new().with("etag", "\"2\""), theirs), NOW).unwrap());
    assert_eq!(body(&again), r#"[{"op":"replace","path":"/title","value":"b"}]"#);
    assert_eq!(again.headers.get("if-match"), Some("\"2\""));
}

#[test]
fn a_version_inside_the_document_is_in_every_patch() {
    for (update, expected) in [
        (UpdateMethod::MergePatch, r#"{"title":"b","meta":{"v":7}}"#),
        (
            UpdateMethod::JsonPatch,
            r#"[{"op":"test","path":"/meta/v","value":7},{"op":"replace","path":"/title","value":"b"}]"#,
        ),
    ] {
        let options = WriteOptions { update, versioning: Versioning::member("/meta/v"), ..WriteOptions::default() };
        // The page may have dropped the members that the server manages.
        let mut write = start(r#"{"title":"b","n":1,"tags":["x","y"],"meta":{}}"#, options);
        let request = sent(write.step(Event::Started, NOW).unwrap());
        assert!(json(body(&request)).equals(&json(expected)), "{}", body(&request));
        assert_eq!(request.headers.get("if-match"), None);
    }
}
