use serde_json::{Value, json};

use crate::support::{Fresh, Reply, Server};

const ORDER: &str = "/api/orders/1001";

fn change(server: &Server, path: &str, change: impl FnOnce(&mut Value)) -> Reply {
    let current = server.get(path);
    let mut order = current.json();
    change(&mut order);
    server.update(path, current.header("etag").unwrap(), &order)
}

fn set_state(server: &Server, path: &str, state: &str) -> Reply {
    change(server, path, |order| order["state"] = json!(state))
}

/// A new order, brought to `state` step by step.
fn order_in(server: &Server, state: &str) -> String {
    let created = server.post("/api/orders", &json!({ "customer": "Ben" }));
    assert_eq!((created.status, created.json()["state"].as_str()), (201, Some("draft")));
    let path = created.header("location").unwrap().to_owned();
    let steps: &[&str] = match state {
        "draft" => &[],
        "cancelled" => &["cancelled"],
        "placed" => &["placed"],
        "shipped" => &["placed", "shipped"],
        _ => &["placed", "shipped", "delivered"],
    };
    for step in steps {
        assert_eq!(set_state(server, &path, step).status, 200);
    }
    path
}

#[test]
fn every_pair_of_states_is_allowed_or_refused_with_the_states_that_are() {
    let server = Fresh::start();
    let states = ["draft", "placed", "shipped", "delivered", "cancelled"];
    for from in states {
        let allowed: &[&str] = match from {
            "draft" => &["placed", "cancelled"],
            "placed" => &["shipped", "cancelled"],
            "shipped" => &["delivered"],
            _ => &[],
        };
        for to in states.into_iter().filter(|to| *to != from) {
            let path = order_in(&server, from);
            let reply = set_state(&server, &path, to);
            if allowed.contains(&to) {
                assert_eq!((reply.status, &reply.json()["state"]), (200, &json!(to)), "{from} to {to}");
                continue;
            }
            reply.assert_refused(409, "INVALID_ORDER_STATE");
            let details = json!({ "current_state": from, "allowed_states": allowed });
            assert_eq!(reply.json()["details"], details, "{from} to {to}");
            assert_eq!(server.get(&path).json()["state"], from);
        }
    }
}

#[test]
fn an_order_is_edited_until_it_is_shipped() {
    let server = Fresh::start();
    for state in ["draft", "placed", "shipped", "delivered", "cancelled"] {
        let path = order_in(&server, state);
        let edits: [fn(&mut Value); 3] = [
            |order| order["note"] = json!("new"),
            |order| order["customer"] = json!("Ann"),
            |order| drop(order.as_object_mut().unwrap().remove("customer")),
        ];
        for edit in edits {
            let reply = change(&server, &path, edit);
            if matches!(state, "draft" | "placed") {
                assert_eq!(reply.status, 200, "{state}");
            } else {
                reply.assert_refused(409, "INVALID_ORDER_STATE");
            }
        }
        let unchanged = change(&server, &path, |_| {});
        assert_eq!(unchanged.status, 200, "nothing is edited: {state}");
    }
}

#[test]
fn a_step_that_is_allowed_brings_no_other_edit_along() {
    let server = Fresh::start();
    let path = order_in(&server, "shipped");
    let both = change(&server, &path, |order| {
        order["state"] = json!("delivered");
        order["customer"] = json!("Ann");
    });
    both.assert_refused(409, "INVALID_ORDER_STATE");
}

#[test]
fn the_version_is_checked_before_the_state() {
    let server = Fresh::start();
    let mut order = server.get(ORDER).json();
    order["state"] = json!("delivered");
    server.update(ORDER, "\"old\"", &order).assert_refused(409, "STALE_RESOURCE");
    server.update(ORDER, &server.etag(ORDER), &order).assert_refused(409, "INVALID_ORDER_STATE");
    server.request("PUT", ORDER).json(&order).send().assert_refused(428, "PRECONDITION_REQUIRED");
}

#[test]
fn a_state_that_does_not_exist_is_422() {
    let server = Fresh::start();
    for bad in [json!("lost"), json!(null), json!(1)] {
        let refused = change(&server, ORDER, |order| order["state"] = bad.clone());
        refused.assert_refused(422, "INVALID_STATE");
        assert_eq!(refused.json()["details"], json!({ "field": "state", "value": bad }));
    }
}

#[test]
fn a_new_order_is_a_draft_or_placed() {
    let server = Fresh::start();
    let post = |state: &str| server.post("/api/orders", &json!({ "state": state }));
    assert_eq!(post("placed").json()["state"], "placed");
    post("shipped").assert_refused(409, "INVALID_ORDER_STATE");
    assert_eq!(server.get(ORDER).json()["state"], "placed");
    server.get("/api/orders/none").assert_refused(404, "NOT_FOUND");
}
