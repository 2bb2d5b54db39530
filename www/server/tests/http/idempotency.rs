use serde_json::{Value, json};

use crate::support::{Fresh, Reply, Server, race};

fn post(server: &Server, path: &str, key: &str, body: &Value) -> Reply {
    server.request("POST", path).with("idempotency-key", key).json(body).send()
}

#[test]
fn a_repeat_gets_the_recorded_answer_and_does_nothing() {
    let server = Fresh::start();
    let cases = [
        ("/api/users", json!({ "name": "C", "email": "c@example.org" })),
        ("/api/orders", json!({ "customer": "C" })),
        ("/api/rooms/garden/bookings", json!({ "guest": "C" })),
    ];
    for (number, (path, body)) in cases.into_iter().enumerate() {
        let key = format!("\"key-{number}\"");
        let (first, second) = (post(&server, path, &key, &body), post(&server, path, &key, &body));
        assert_eq!((first.status, second.status), (201, 201), "{path}");
        assert_eq!(first.body, second.body);
        for name in ["location", "etag", "content-type", "content-location"] {
            assert_eq!(first.header(name), second.header(name), "{path} {name}");
        }
    }
    assert_eq!(server.get("/api/users").json().as_array().unwrap().len(), 3);
}

#[test]
fn a_refusal_is_recorded_too() {
    let server = Fresh::start();
    let body = json!({ "name": "C", "email": "ann@example.org" });
    post(&server, "/api/users", "k", &body).assert_refused(409, "DUPLICATE_EMAIL");
    assert_eq!(server.request("DELETE", "/api/users/ann").with("if-match", "*").send().status, 204);
    post(&server, "/api/users", "k", &body).assert_refused(409, "DUPLICATE_EMAIL");
    assert_eq!(post(&server, "/api/users", "other", &body).status, 201);
}

#[test]
fn a_key_with_another_request_is_422() {
    let server = Fresh::start();
    let body = json!({ "customer": "C" });
    assert_eq!(post(&server, "/api/orders", "k", &body).status, 201);
    post(&server, "/api/orders", "k", &json!({})).assert_refused(422, "IDEMPOTENCY_KEY_REUSED");
    let elsewhere = post(&server, "/api/rooms/garden/bookings", "k", &json!({ "guest": "C" }));
    elsewhere.assert_refused(422, "IDEMPOTENCY_KEY_REUSED");
}

#[test]
fn two_parallel_requests_with_one_key_are_done_once() {
    let server = Fresh::start();
    for round in 0..20 {
        let book = || post(&server, "/api/orders", &format!("k{round}"), &json!({ "customer": "C" }));
        let [one, other] = race(book, book);
        assert_eq!((one.status, other.status), (201, 201));
        assert_eq!(one.header("location"), other.header("location"), "round {round}");
    }
}

#[test]
fn a_lost_answer_is_given_to_the_repeat() {
    let server = Fresh::start();
    let path = "/api/rooms/garden/bookings?refuse=lost&times=1&key=a";
    let book = || server.request("POST", path).with("idempotency-key", "k").json(&json!({ "guest": "C" }));
    assert!(book().try_send().is_err());
    assert_eq!(book().send().status, 201);
    let guests = server.get("/api/rooms/garden").json()["guests"].clone();
    assert_eq!(guests.as_array().unwrap().iter().filter(|guest| *guest == "C").count(), 1);
}
