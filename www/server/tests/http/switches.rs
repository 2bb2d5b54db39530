use serde_json::{Value, json};

use crate::support::{Folder, Fresh, Reply, Server};

const DOCUMENT: &str = "/api/documents/shared-json";

fn switch(server: &Server, body: &Value) -> Reply {
    server.request("PUT", "/api/switches").json(body).send()
}

#[test]
fn switches_change_the_defaults_and_outlive_a_restart() {
    let folder = Folder::new();
    {
        let server = Server::start_in(&folder, &[]);
        assert_eq!(server.get("/api/switches").json(), json!({ "refusal": "409", "delay_ms": 0 }));
        let reply = switch(&server, &json!({ "refusal": "412" }));
        assert_eq!((reply.status, reply.json()), (200, json!({ "refusal": "412", "delay_ms": 0 })));
        assert_eq!(switch(&server, &json!({ "delay_ms": 1 })).status, 200);
        server.update(DOCUMENT, "\"old\"", &json!({})).assert_refused(412, "STALE_RESOURCE");
    }
    let server = Server::start_in(&folder, &[]);
    assert_eq!(server.get("/api/switches").json(), json!({ "refusal": "412", "delay_ms": 1 }));
    server.update(DOCUMENT, "\"old\"", &json!({})).assert_refused(412, "STALE_RESOURCE");
    let asked = server.update(&format!("{DOCUMENT}?refusal=409"), "\"old\"", &json!({}));
    asked.assert_refused(409, "STALE_RESOURCE");
    assert_eq!(server.request("POST", "/api/reset").send().status, 204);
    assert_eq!(server.get("/api/switches").json()["refusal"], "412", "a reset leaves the switches");
}

#[test]
fn a_bad_switch_changes_none() {
    let server = Fresh::start();
    let bad = [
        json!({ "refusal": 409 }),
        json!({ "refusal": "418" }),
        json!({ "delay_ms": -1 }),
        json!({ "delay_ms": 60_001 }),
        json!({ "refusal": "412", "colour": "red" }),
    ];
    for body in bad {
        switch(&server, &body).assert_refused(400, "UNKNOWN_SWITCH");
    }
    assert_eq!(server.get("/api/switches").json(), json!({ "refusal": "409", "delay_ms": 0 }));
}

#[test]
fn a_reset_puts_everything_back() {
    let server = Fresh::start();
    let paths = [
        DOCUMENT,
        "/api/documents/shared-text",
        "/api/documents/locked",
        "/api/documents/locked/lock",
        "/api/users",
        "/api/orders/1001",
        "/api/rooms/garden",
    ];
    let bodies = || paths.map(|path| server.get(path).body);
    let before = bodies();
    let mut order = server.get("/api/orders/1001").json();
    order["state"] = json!("cancelled");
    assert_eq!(server.request("DELETE", DOCUMENT).with("if-match", "*").send().status, 204);
    let text = server.request("PUT", "/api/documents/shared-text").with("if-match", "*").body("text/plain", "x");
    assert_eq!(text.send().status, 204);
    assert_eq!(server.request("DELETE", "/api/documents/locked/lock").send().status, 204);
    assert_eq!(server.request("DELETE", "/api/users/ann").with("if-match", "*").send().status, 204);
    assert_eq!(server.update("/api/orders/1001", "*", &order).status, 200);
    assert_eq!(server.post("/api/rooms/garden/bookings", &json!({ "guest": "Ann" })).status, 201);
    server.create("/api/documents/extra", &json!({}));
    assert_eq!(server.post("/api/reset", &json!({})).status, 204);
    assert_eq!(bodies(), before);
    assert_eq!(server.get("/api/documents/extra").status, 404);
}

#[test]
fn a_reset_of_one_scenario_leaves_the_others() {
    let server = Fresh::start();
    let text = "/api/documents/shared-text";
    let (text_tag, json_tag) = (server.etag(text), server.etag(DOCUMENT));
    assert_eq!(server.post("/api/reset", &json!({ "scenario": "shared-json" })).status, 204);
    assert_eq!(server.etag(text), text_tag);
    assert_ne!(server.etag(DOCUMENT), json_tag);
    for scenario in ["shared-text", "duplicate-email", "order-state", "last-slot", "locked"] {
        assert_eq!(server.post("/api/reset", &json!({ "scenario": scenario })).status, 204, "{scenario}");
    }
    server.post("/api/reset", &json!({ "scenario": "nonsense" })).assert_refused(400, "UNKNOWN_SCENARIO");
}
