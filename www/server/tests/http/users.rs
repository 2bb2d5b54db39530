use serde_json::json;

use crate::support::{Fresh, race};

const ANN: &str = "/api/users/ann";

#[test]
fn a_new_user_has_an_address_a_version_and_a_body() {
    let server = Fresh::start();
    let created = server.post("/api/users", &json!({ "name": "Cem", "email": "cem@example.org", "phone": "1" }));
    assert_eq!(created.status, 201);
    let location = created.header("location").unwrap();
    let read = server.get(location);
    assert_eq!((read.status, read.json()), (200, created.json()));
    assert_eq!(read.header("etag"), created.header("etag"));
    assert_eq!(location, format!("/api/users/{}", read.json()["id"].as_str().unwrap()));
    assert_eq!(read.json()["phone"], "1");
    let all = server.get("/api/users").json();
    assert_eq!(all.as_array().unwrap().len(), 3);
    assert_eq!(all[2], created.json());
}

#[test]
fn a_taken_address_is_refused_in_any_case_on_post_and_on_put() {
    let server = Fresh::start();
    let etag = server.etag(ANN);
    for email in ["ben@example.org", "BEN@Example.Org"] {
        let body = json!({ "name": "Other", "email": email });
        for refused in [server.post("/api/users", &body), server.update(ANN, &etag, &body)] {
            refused.assert_refused(409, "DUPLICATE_EMAIL");
            assert_eq!(refused.json()["details"], json!({ "field": "email", "value": email }));
        }
    }
    assert_eq!(server.etag(ANN), etag);
    assert_eq!(server.get("/api/users").json().as_array().unwrap().len(), 2);
}

#[test]
fn a_user_may_keep_the_address_and_change_its_case() {
    let server = Fresh::start();
    let body = json!({ "name": "Ann B.", "email": "Ann@example.org" });
    let updated = server.update(ANN, &server.etag(ANN), &body);
    assert_eq!((updated.status, updated.header("content-location")), (200, Some(ANN)));
    assert_eq!(updated.json(), json!({ "id": "ann", "name": "Ann B.", "email": "Ann@example.org" }));
    assert_eq!(updated.header("etag"), Some(server.etag(ANN).as_str()));
}

#[test]
fn a_wrong_member_is_422_and_named() {
    let server = Fresh::start();
    let etag = server.etag(ANN);
    let cases = [
        (json!({ "name": "A", "email": "nonsense" }), "INVALID_EMAIL", "email"),
        (json!({ "name": "A" }), "INVALID_EMAIL", "email"),
        (json!({ "name": "A", "email": 1 }), "INVALID_EMAIL", "email"),
        (json!({ "name": " ", "email": "a@example.org" }), "INVALID_NAME", "name"),
    ];
    for (body, code, field) in cases {
        for refused in [server.post("/api/users", &body), server.update(ANN, &etag, &body)] {
            refused.assert_refused(422, code);
            let details = &refused.json()["details"];
            assert_eq!((&details["field"], details.get("value")), (&json!(field), Some(&body[field])));
        }
    }
    server.request("POST", "/api/users").body("application/json", "[]").send().assert_refused(400, "INVALID_JSON");
    let plain = server.request("POST", "/api/users").body("text/plain", "{}").send();
    plain.assert_refused(415, "UNSUPPORTED_MEDIA_TYPE");
}

#[test]
fn users_have_the_same_preconditions_as_documents() {
    let server = Fresh::start();
    let etag = server.etag(ANN);
    let body = json!({ "name": "Ann", "email": "ann@example.org" });
    assert_eq!(server.request("GET", ANN).with("if-none-match", &etag).send().status, 304);
    server.request("PUT", ANN).json(&body).send().assert_refused(428, "PRECONDITION_REQUIRED");
    let stale = server.update(ANN, "\"old\"", &body);
    stale.assert_refused(409, "STALE_RESOURCE");
    assert_eq!(stale.json()["current_etag"], etag);
    server.update("/api/users/nobody", "*", &body).assert_refused(404, "NOT_FOUND");
    server.request("DELETE", ANN).send().assert_refused(428, "PRECONDITION_REQUIRED");
    assert_eq!(server.request("DELETE", ANN).with("if-match", &etag).send().status, 204);
    assert_eq!(server.get(ANN).status, 404);
    let free = server.post("/api/users", &body);
    assert_eq!(free.status, 201, "the address of a deleted user is free");
}

#[test]
fn the_version_is_checked_before_the_address() {
    let server = Fresh::start();
    let taken = json!({ "name": "Ann", "email": "ben@example.org" });
    server.update(ANN, "\"old\"", &taken).assert_refused(409, "STALE_RESOURCE");
}

#[test]
fn of_two_parallel_sign_ups_with_one_address_exactly_one_wins() {
    let server = Fresh::start();
    for round in 0..50 {
        let sign_up = |name: &str, email: String| server.post("/api/users", &json!({ "name": name, "email": email }));
        let replies =
            race(|| sign_up("A", format!("r{round}@example.org")), || sign_up("B", format!("R{round}@EXAMPLE.org")));
        let lost = replies.iter().position(|reply| reply.status == 409).expect("one is refused");
        replies[lost].assert_refused(409, "DUPLICATE_EMAIL");
        assert_eq!(replies[1 - lost].status, 201, "round {round}");
    }
}
