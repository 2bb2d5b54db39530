use serde_json::json;

use crate::support::{Fresh, Reply, Server};

const ORIGIN: &str = "http://localhost:4321";
const DOCUMENT: &str = "/api/documents/shared-json";

fn preflight(server: &Server, path: &str, origin: &str) -> Reply {
    server
        .request("OPTIONS", path)
        .with("origin", origin)
        .with("access-control-request-method", "PUT")
        .with("access-control-request-headers", "if-match,content-type")
        .send()
}

fn items(reply: &Reply, name: &str) -> Vec<String> {
    let value = reply.header(name).unwrap_or_default();
    let mut items: Vec<_> = value.split(',').map(|item| item.trim().to_ascii_lowercase()).collect();
    items.sort_unstable();
    items
}

fn assert_shared(reply: &Reply, what: &str) {
    assert_eq!(reply.header("access-control-allow-origin"), Some(ORIGIN), "{what}");
    let exposed = ["content-location", "etag", "location", "preference-applied", "retry-after"];
    assert_eq!(items(reply, "access-control-expose-headers"), exposed, "{what}");
    assert_eq!(reply.header("access-control-allow-credentials"), None, "{what}");
    assert_eq!(reply.header("vary"), Some("Origin"), "{what}");
}

#[test]
fn a_preflight_allows_the_methods_and_fields_that_the_library_needs() {
    let server = Fresh::start();
    for path in [DOCUMENT, "/api/users", "/api/reset", "/api/nothing"] {
        let reply = preflight(&server, path, ORIGIN);
        assert_eq!(reply.status, 204, "{path}");
        let methods = items(&reply, "access-control-allow-methods");
        assert_eq!(methods, ["delete", "get", "head", "patch", "post", "put"]);
        let allowed = items(&reply, "access-control-allow-headers");
        let expected =
            ["content-type", "idempotency-key", "if-match", "if-none-match", "if-unmodified-since", "prefer"];
        assert_eq!(allowed, expected);
        assert_eq!(reply.header("access-control-allow-origin"), Some(ORIGIN));
        assert_eq!(reply.header("access-control-allow-credentials"), None);
    }
}

#[test]
fn every_status_is_shared() {
    let server = Fresh::start();
    let etag = server.etag(DOCUMENT);
    let send = |method: &str, path: &str, condition: (&str, &str)| {
        let call = server.request(method, path).with("origin", ORIGIN).with(condition.0, condition.1);
        if method == "PUT" { call.json(&json!({})).send() } else { call.send() }
    };
    let none = ("x-none", "");
    let cases = [
        (200, send("GET", DOCUMENT, none)),
        (304, send("GET", DOCUMENT, ("if-none-match", &etag))),
        (400, send("PUT", DOCUMENT, ("if-match", "bad"))),
        (404, send("GET", "/api/documents/none", none)),
        (404, send("GET", "/api/nothing", none)),
        (405, send("GET", "/api/reset", none)),
        (409, send("PUT", DOCUMENT, ("if-match", "\"old\""))),
        (409, send("PUT", &format!("{DOCUMENT}?refuse=empty-409"), none)),
        (412, send("PUT", &format!("{DOCUMENT}?refusal=412"), ("if-match", "\"old\""))),
        (423, send("PUT", "/api/documents/locked", none)),
        (428, send("PUT", DOCUMENT, none)),
        (500, send("GET", &format!("{DOCUMENT}?answer=500"), none)),
        (503, send("PUT", &format!("{DOCUMENT}?refuse=503"), none)),
        (204, send("PUT", DOCUMENT, ("if-match", &etag))),
        (201, send("PUT", "/api/documents/new", ("if-none-match", "*"))),
    ];
    for (status, reply) in cases {
        assert_eq!(reply.status, status);
        assert_shared(&reply, &status.to_string());
    }
}

#[test]
fn pages_of_other_machines_can_neither_read_nor_write() {
    let server = Fresh::start();
    let etag = server.etag(DOCUMENT);
    for origin in ["http://example.org", "https://localhost", "http://127.0.0.1.example.org", "null"] {
        let read = server.request("GET", DOCUMENT).with("origin", origin).send();
        assert_eq!((read.status, read.header("access-control-allow-origin")), (200, None), "{origin}");
        assert_eq!(preflight(&server, DOCUMENT, origin).header("access-control-allow-origin"), None);
        let write = server.request("POST", "/api/reset").with("origin", origin).send();
        write.assert_refused(403, "FOREIGN_ORIGIN");
    }
    assert_eq!(server.etag(DOCUMENT), etag);
    let without = server.get(DOCUMENT);
    assert_eq!((without.header("access-control-allow-origin"), without.header("vary")), (None, Some("Origin")));
}

#[test]
fn the_own_origin_may_write_whatever_its_name() {
    let server = Fresh::start();
    let call = server.request("POST", "/api/reset").with("host", "box.example:8080");
    assert_eq!(call.with("origin", "http://box.example:8080").send().status, 204);
}

#[test]
fn the_fields_can_be_spoiled_on_request() {
    let server = Fresh::start();
    let path = |mode: &str| format!("{DOCUMENT}?cors={mode}");
    let get = |mode: &str| server.request("GET", &path(mode)).with("origin", ORIGIN);
    let hidden = get("hide-etag").send();
    assert_eq!(
        items(&hidden, "access-control-expose-headers"),
        ["content-location", "location", "preference-applied", "retry-after"]
    );
    assert!(hidden.header("etag").is_some(), "it is there, a page just cannot see it");
    let etag = server.etag(DOCUMENT);
    let revalidated = get("not-on-304").with("if-none-match", &etag).send();
    assert_eq!((revalidated.status, revalidated.header("access-control-allow-origin")), (304, None));
    assert_shared(&get("not-on-304").send(), "200");
    assert_eq!(get("off").send().header("access-control-allow-origin"), None);
    let allowed = items(&preflight(&server, &path("no-if-match"), ORIGIN), "access-control-allow-headers");
    assert!(!allowed.contains(&"if-match".to_owned()) && allowed.contains(&"if-none-match".to_owned()));
    get("nonsense").send().assert_refused(400, "UNKNOWN_SWITCH");
}
