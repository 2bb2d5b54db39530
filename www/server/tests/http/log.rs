use serde_json::{Value, json};

use crate::support::{Fresh, Server};

const DOCUMENT: &str = "/api/documents/shared-json";

fn since(server: &Server, n: u64) -> Vec<Value> {
    serde_json::from_value(server.get(&format!("/api/log?since={n}")).json()).unwrap()
}

#[test]
fn the_log_shows_what_was_really_sent_and_answered() {
    let server = Fresh::start();
    let etag = server.etag(DOCUMENT);
    server.request("GET", DOCUMENT).with("if-none-match", &etag).with("authorization", "Basic secret").send();
    let stale = server.request("PUT", &format!("{DOCUMENT}?refusal=412&as=ann")).with("if-match", "\"old\"");
    stale.json(&json!({ "secret": "secret" })).send();
    let updated = server.update(DOCUMENT, &etag, &json!({}));
    let log = since(&server, 0);
    let seen: Vec<_> = log
        .iter()
        .map(|entry| {
            ["method", "url", "if_match", "if_none_match", "status", "etag"].map(|member| entry[member].clone())
        })
        .collect();
    let expected = [
        json!(["GET", DOCUMENT, null, null, 200, etag]),
        json!(["GET", DOCUMENT, null, etag, 304, etag]),
        json!(["PUT", format!("{DOCUMENT}?refusal=412&as=ann"), "\"old\"", null, 412, null]),
        json!(["PUT", DOCUMENT, etag, null, 204, updated.header("etag")]),
    ];
    assert_eq!(json!(seen), json!(expected));
    assert!(log.iter().all(|entry| entry["time_ms"].is_u64()));
    assert!(!server.get("/api/log").body.windows(6).any(|part| part == b"secret"));
}

#[test]
fn only_what_is_newer_is_given_and_numbers_go_on_after_clearing() {
    let server = Fresh::start();
    for _ in 0..3 {
        server.get(DOCUMENT);
    }
    let numbers = |n: u64| since(&server, n).iter().map(|entry| entry["n"].as_u64().unwrap()).collect::<Vec<_>>();
    assert_eq!((numbers(0), numbers(2), numbers(3)), (vec![1, 2, 3], vec![3], vec![]));
    assert_eq!(server.request("DELETE", "/api/log").send().status, 204);
    assert!(numbers(0).is_empty());
    server.get(DOCUMENT);
    assert_eq!(numbers(0), [4]);
    server.get("/api/log?since=x").assert_refused(400, "INVALID_QUERY");
}

#[test]
fn the_last_500_exchanges_are_kept() {
    let server = Fresh::start();
    for _ in 0..510 {
        server.request("HEAD", DOCUMENT).send();
    }
    let log = since(&server, 0);
    assert_eq!((log.len(), &log[0]["n"], &log[499]["n"]), (500, &json!(11), &json!(510)));
}

#[test]
fn a_request_without_an_answer_has_no_status() {
    let server = Fresh::start();
    assert!(server.request("GET", &format!("{DOCUMENT}?answer=drop")).try_send().is_err());
    assert_eq!(since(&server, 0)[0]["status"], Value::Null);
}
