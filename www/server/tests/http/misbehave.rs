use std::io::{ErrorKind, Read};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Fresh, JSON, Reply, Server, read_until};

const DOCUMENT: &str = "/api/documents/shared-json";

/// Long enough for an answer to arrive if there were one.
const A_WHILE: Duration = Duration::from_millis(300);

fn put(server: &Server, query: &str, etag: &str) -> Result<Reply, ureq::Error> {
    let call = server.request("PUT", &format!("{DOCUMENT}?{query}")).with("if-match", etag);
    call.json(&json!({ "written": query })).try_send()
}

fn written(server: &Server) -> Value {
    server.get(DOCUMENT).json()["written"].clone()
}

#[test]
fn canned_refusals_are_as_described_and_write_nothing() {
    let server = Fresh::start();
    let etag = server.etag(DOCUMENT);
    let cases: [(&str, u16, Option<&str>, &[u8]); 4] = [
        ("empty-409", 409, None, b""),
        ("empty-412", 412, None, b""),
        ("html-409", 409, Some("text/html; charset=utf-8"), b"<!doctype html>"),
        ("broken-json-409", 409, Some(JSON), b"{\"code\": \"STA"),
    ];
    for (name, status, content_type, start) in cases {
        let reply = put(&server, &format!("refuse={name}"), &etag).unwrap();
        assert_eq!((reply.status, reply.header("content-type")), (status, content_type), "{name}");
        assert!(reply.body.starts_with(start) && reply.body.is_empty() == start.is_empty(), "{name}");
        assert_eq!(reply.header("etag"), None);
    }
    for (name, retry_after) in [("503", Some("1")), ("429", Some("1")), ("500", None)] {
        let reply = put(&server, &format!("refuse={name}"), &etag).unwrap();
        assert_eq!((reply.status.to_string().as_str(), reply.header("retry-after")), (name, retry_after));
    }
    let huge = put(&server, "refuse=huge-409", &etag).unwrap();
    assert_eq!(huge.status, 409);
    assert!(huge.body.len() >= 50_000_000);
    assert_eq!(server.etag(DOCUMENT), etag);
}

#[test]
fn an_early_refusal_leaves_the_connection_fit_for_the_next_request() {
    let server = Fresh::start();
    let large = "a".repeat(3_000_000);
    let send = |path: &str, name: &str, value: &str| {
        let call = server.request("PUT", path).with(name, value);
        call.body("text/plain", large.as_str()).send().status
    };
    for _ in 0..10 {
        assert_eq!(send(&format!("{DOCUMENT}?refuse=empty-409"), "if-match", "*"), 409);
        assert_eq!(send(&format!("{DOCUMENT}?refuse=nonsense"), "if-match", "*"), 400);
        assert_eq!(send(DOCUMENT, "if-match", "nonsense"), 400);
        assert_eq!(send(DOCUMENT, "origin", "http://example.org"), 403);
        assert_eq!(send("/api/users/ann", "if-match", "*"), 413);
        assert_eq!(send("/api/nothing", "if-match", "*"), 404);
        assert_eq!(send("/index.html", "if-match", "*"), 405);
    }
}

#[test]
fn canned_reads_are_as_described() {
    let server = Fresh::start();
    let get = |answer: &str| server.get(&format!("{DOCUMENT}?answer={answer}"));
    let html = get("html");
    assert_eq!((html.status, html.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let empty = get("empty");
    assert_eq!((empty.status, empty.header("content-type"), empty.body.len()), (200, Some(JSON), 0));
    assert_eq!(get("broken-json").body, b"{\"code\": \"STA");
    assert_eq!(get("500").status, 500);
    let huge = get("huge");
    assert_eq!((huge.status, huge.header("content-type")), (200, Some(JSON)));
    assert_eq!(huge.header("content-length"), Some(huge.body.len().to_string().as_str()));
    assert!(huge.body.len() >= 50_000_000);
    assert!(huge.json().as_array().unwrap().len() > 100_000);
}

#[test]
fn a_read_without_a_tag_has_none_and_is_never_304() {
    let server = Fresh::start();
    let etag = server.etag(DOCUMENT);
    let get = |answer: &str| {
        let call = server.request("GET", &format!("{DOCUMENT}?answer={answer}")).with("if-none-match", &etag);
        call.send()
    };
    let bare = get("no-etag");
    assert_eq!((bare.status, bare.header("etag"), bare.header("last-modified").is_some()), (200, None, true));
    let barer = get("no-validator");
    assert_eq!((barer.status, barer.header("etag"), barer.header("last-modified")), (200, None, None));
    assert_eq!(barer.body, server.get(DOCUMENT).body);
}

#[test]
fn a_dropped_request_is_closed_without_an_octet_and_nothing_is_done() {
    let server = Fresh::start();
    let etag = server.etag(DOCUMENT);
    let body = "{\"written\":1}";
    for query in ["refuse=drop", "refuse=lost"] {
        let mut stream = server.raw(&format!(
            "PUT {DOCUMENT}?{query} HTTP/1.1\r\nHost: x\r\nIf-Match: {etag}\r\nContent-Type: {JSON}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ));
        let mut received = Vec::new();
        // The other end may also reset the connection, having left a part of the request unread.
        match stream.read_to_end(&mut received) {
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
        }
        assert_eq!(received, b"", "{query}");
        let is_written = written(&server) == json!(1);
        assert_eq!(is_written, query == "refuse=lost", "{query}");
    }
    assert!(server.request("GET", &format!("{DOCUMENT}?answer=drop")).try_send().is_err());
}

#[test]
fn a_lost_answer_belongs_to_a_write_that_was_done() {
    let server = Fresh::start();
    let etag = server.etag(DOCUMENT);
    assert!(put(&server, "refuse=lost", &etag).is_err());
    assert_eq!(written(&server), "refuse=lost");
    assert_ne!(server.etag(DOCUMENT), etag);
    put(&server, "", &etag).unwrap().assert_refused(409, "STALE_RESOURCE");
}

#[test]
fn a_hanging_request_gets_no_answer_and_keeps_its_connection() {
    let server = Fresh::start();
    for request in [format!("GET {DOCUMENT}?answer=hang"), format!("DELETE {DOCUMENT}?refuse=hang")] {
        let mut stream = server.raw(&format!("{request} HTTP/1.1\r\nHost: x\r\n\r\n"));
        assert_still_open(&mut stream);
    }
    assert_eq!(server.get(DOCUMENT).status, 200, "others are served meanwhile");
}

#[test]
fn a_hanging_body_stops_half_way() {
    let server = Fresh::start();
    let mut stream = server.raw(&format!("GET {DOCUMENT}?answer=hang-body HTTP/1.1\r\nHost: x\r\n\r\n"));
    let parts = |received: &[u8]| {
        let text = String::from_utf8(received.to_vec()).unwrap();
        text.split_once("\r\n\r\n").map(|(head, body)| (head.to_owned(), body.to_owned()))
    };
    let received = read_until(&mut stream, |received| parts(received).is_some_and(|(_, body)| body.len() > 10));
    let (head, body) = parts(&received).unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK"));
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    assert!(body.len() < length.parse::<usize>().unwrap());
    assert_still_open(&mut stream);
}

#[test]
fn a_body_that_is_cut_is_an_error_and_not_a_short_body() {
    let server = Fresh::start();
    let etag = server.etag(DOCUMENT);
    assert!(server.request("GET", &format!("{DOCUMENT}?answer=cut-body")).try_send().is_err());
    assert!(put(&server, "refuse=lost-body", &etag).is_err());
    assert_eq!(written(&server), "refuse=lost-body");
    put(&server, "refuse=lost-body", &etag).unwrap().assert_refused(409, "STALE_RESOURCE");
    let mut stream = server.raw(&format!("GET {DOCUMENT}?answer=cut-body HTTP/1.1\r\nHost: x\r\n\r\n"));
    let received = String::from_utf8(read_until(&mut stream, |_| false)).unwrap();
    let (head, body) = received.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK") && !body.is_empty(), "{received}");
}

fn assert_still_open(stream: &mut std::net::TcpStream) {
    stream.set_read_timeout(Some(A_WHILE)).unwrap();
    let error = stream.read(&mut [0]).expect_err("nothing arrives, and the connection stays open");
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
}

#[test]
fn a_bare_answer_belongs_to_a_write_that_was_done_or_refused() {
    let server = Fresh::start();
    let etag = server.etag(DOCUMENT);
    let bare = put(&server, "refuse=bare-ok", &etag).unwrap();
    assert_eq!((bare.status, bare.header("etag"), bare.body.len()), (200, None, 0));
    assert_eq!(written(&server), "refuse=bare-ok");
    put(&server, "refuse=bare-ok", &etag).unwrap().assert_refused(409, "STALE_RESOURCE");
}

#[test]
fn a_server_that_ignores_preconditions_overwrites() {
    let server = Fresh::start();
    let reply = put(&server, "refuse=stale-ok", "\"old\"").unwrap();
    assert_eq!(reply.status, 204);
    assert_eq!(written(&server), "refuse=stale-ok");
    assert_eq!(reply.header("etag"), Some(server.etag(DOCUMENT).as_str()));
}

#[test]
fn a_misbehaviour_ends_after_so_many_times() {
    let server = Fresh::start();
    let get = |key: &str| server.get(&format!("{DOCUMENT}?answer=500&times=2&key={key}")).status;
    assert_eq!([get("a"), get("a"), get("b"), get("a"), get("b"), get("b")], [500, 500, 500, 200, 500, 200]);
    let put = || put(&server, "refuse=500&times=2&key=a", "\"old\"").unwrap().status;
    assert_eq!([put(), put(), put()], [500, 500, 409], "writes are counted for themselves");
    assert_eq!(server.request("POST", "/api/reset").send().status, 204);
    assert_eq!([get("a"), get("a"), get("a")], [500, 500, 200]);
}

#[test]
fn users_orders_and_rooms_misbehave_too() {
    let server = Fresh::start();
    for path in ["/api/users/ann", "/api/orders/1001", "/api/rooms/garden"] {
        assert_eq!(server.get(&format!("{path}?answer=html")).header("content-type"), Some("text/html; charset=utf-8"));
    }
    let sign_up = server.post("/api/users?refuse=503", &json!({ "name": "C", "email": "c@example.org" }));
    assert_eq!((sign_up.status, server.get("/api/users").json().as_array().unwrap().len()), (503, 2));
}

#[test]
fn an_unknown_misbehaviour_is_an_error_and_not_a_silent_success() {
    let server = Fresh::start();
    let etag = server.etag(DOCUMENT);
    put(&server, "refuse=nonsense", &etag).unwrap().assert_refused(400, "UNKNOWN_SWITCH");
    server.get(&format!("{DOCUMENT}?answer=nonsense")).assert_refused(400, "UNKNOWN_SWITCH");
    server.get(&format!("{DOCUMENT}?answer=500&times=x")).assert_refused(400, "INVALID_QUERY");
    assert_eq!(server.get(&format!("{DOCUMENT}?refuse=500")).status, 200, "a read asks for nothing");
    assert_eq!(server.etag(DOCUMENT), etag);
}
