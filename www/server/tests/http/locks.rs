use serde_json::{Value, json};

use crate::support::Fresh;

const DOCUMENT: &str = "/api/documents/shared-json";

#[test]
fn while_somebody_holds_the_lock_writes_of_others_are_423_whatever_they_name() {
    let server = Fresh::start();
    let path = "/api/documents/locked";
    let etag = server.etag(path);
    for query in ["", "?as=ann", "?as="] {
        let path = format!("{path}{query}");
        for condition in [("if-match", etag.as_str()), ("if-match", "\"old\""), ("if-none-match", "*"), ("x-none", "")]
        {
            for method in ["PUT", "DELETE"] {
                let mut call = server.request(method, &path).with(condition.0, condition.1);
                if method == "PUT" {
                    call = call.json(&json!({}));
                }
                let refused = call.send();
                refused.assert_refused(423, "LOCKED");
                assert_eq!(refused.json()["details"], json!({ "holder": "cara" }));
            }
        }
    }
    assert_eq!(server.etag(path), etag);
    let stale = server.update(&format!("{path}?as=cara"), "\"old\"", &json!({}));
    stale.assert_refused(409, "STALE_RESOURCE");
    assert_eq!(server.update(&format!("{path}?as=cara"), &etag, &json!({})).status, 204);
    assert_eq!(server.get("/api/documents/locked/lock").json()["holder"], "cara", "a write keeps the lock");
}

#[test]
fn a_lock_is_taken_kept_and_released() {
    let server = Fresh::start();
    let path = format!("{DOCUMENT}/lock");
    let take = |holder: Value| server.request("PUT", &path).json(&json!({ "holder": holder })).send();
    let etag = server.etag(DOCUMENT);
    assert_eq!(server.get(&path).json(), json!({ "holder": null }));
    assert_eq!(take(json!("ann")).status, 200);
    assert_eq!(take(json!("ann")).status, 200);
    take(json!("ben")).assert_refused(423, "LOCKED");
    take(json!("")).assert_refused(422, "INVALID_HOLDER");
    let release = |query: &str| server.request("DELETE", &format!("{path}{query}")).send();
    release("?as=ben").assert_refused(423, "LOCKED");
    assert_eq!(release("?as=ann").status, 204);
    assert_eq!(take(json!("ben")).status, 200);
    assert_eq!(release("").status, 204, "anybody may break a lock");
    assert_eq!(server.update(DOCUMENT, &etag, &json!({})).status, 204, "a lock is no new version");
    let missing = server.request("PUT", "/api/documents/none/lock").json(&json!({ "holder": "a" })).send();
    missing.assert_refused(404, "NOT_FOUND");
}
