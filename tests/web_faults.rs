//! Every misbehaviour of the example server, against the module in a real browser, across origins: `cargo xtask test wasm firefox`.
//!
//! Rules of the table: somebody edits `b`, and we edit `a`. With every fault of server and network, both edits are saved in the end, or we
//! still have our edit, with a reason.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a helper that fails is a test that fails")]

mod web_support;

use js_sys::Reflect;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_support::*;

wasm_bindgen_test_configure!(run_in_browser);

const BASE: &str = "{\"a\":1,\"b\":1}";
const MINE: &str = "{\"a\":2,\"b\":1}";
const THEIRS: &str = "{\"a\":1,\"b\":9}";

/// Merge rules of the route under test.
const STAMPED: &str = "call.options.merge.rules = [{ pointer: '/updatedAt', rule: 'ignore', members: [] }]";

fn member(document: &str, name: &str) -> JsValue {
    let parsed = js_sys::JSON::parse(document).unwrap();
    Reflect::get(&parsed, &name.into()).unwrap()
}

/// Reads with these switches, lets somebody edit `b`, and saves an edit of `a`. Returns the result and the document of the server.
async fn save_under(name: &str, switches: &str, is_moved: bool) -> (JsValue, String, Client) {
    let url = json_document(&format!("fault-{name}"), BASE).await;
    let client = client();
    let base = client.read(&format!("{url}?{switches}")).await.unwrap();
    if is_moved {
        theirs(&url, THEIRS).await;
    }
    let result = client.save_with(&base, MINE, STAMPED).await.unwrap();
    let held = held(&url).await;
    (result, held, client)
}

/// With each of these faults, both edits are saved in the end. `key` makes one-time faults this test's own.
const MERGED: [(&str, &str); 18] = [
    ("weak", "tags=weak"),
    ("weakened", "tags=weakened"),
    ("never", "tags=never"),
    ("suffix", "tags=suffix"),
    ("coarse", "tags=coarse"),
    ("missing", "tags=missing"),
    ("hidden", "cors=hide-etag"),
    ("no-tag-on-reads", "answer=no-etag"),
    ("volatile", "stamp=1"),
    ("late", "delay=60"),
    ("lost-after", "refuse=lost&times=3&key=lost-after"),
    ("lost-before", "refuse=drop&times=3&key=lost-before"),
    ("body-lost", "refuse=lost-body&times=1&key=body-lost"),
    ("ignores", "refuse=stale-ok"),
    ("no-tag-after-put", "refuse=no-etag"),
    ("ahead", "skew=7200"),
    ("behind", "skew=-7200"),
    ("slow", "answer=slow-body"),
];

#[wasm_bindgen_test]
async fn both_edits_are_saved_whatever_the_versions_are_like_and_whatever_gets_lost() {
    for (name, switches) in MERGED {
        let (result, held, _) = save_under(name, switches, true).await;
        let kind = text(&result, "kind");
        assert!(["merged", "saved", "already-saved"].contains(&kind.as_str()), "{name}: {}", json(&result));
        assert_eq!((member(&held, "a"), member(&held, "b")), (2.into(), 9.into()), "{name}: {held}");
        assert_eq!(text(&result, "snapshot.body"), held, "{name}: what is told is what is held");
    }
}

#[wasm_bindgen_test]
async fn an_edit_that_nobody_met_is_saved_once_whatever_happens_to_its_answer() {
    for (name, switches) in [
        ("once-303", "refuse=see-other&times=1&key=once-303"),
        ("once-twice", "refuse=twice&times=1&key=once-twice"),
        ("once-lost", "refuse=lost&times=3&key=once-lost"),
        ("once-503", "refuse=503&times=1&key=once-503"),
        ("once-bare", "refuse=bare-ok"),
    ] {
        let (result, held, client) = save_under(name, switches, false).await;
        let kind = text(&result, "kind");
        assert!(["saved", "already-saved"].contains(&kind.as_str()), "{name}: {}", json(&result));
        assert_eq!(held, MINE, "{name}");
        assert!(client.events("conflict").is_empty(), "{name}: no false conflict");
    }
}

#[wasm_bindgen_test]
async fn a_server_that_refuses_everything_is_reported_without_an_endless_loop() {
    for (name, switches, kind) in [
        ("all-409", "refuse=409", "constraint"),
        ("all-412", "refuse=412", "stale-read"),
        ("empty-409", "refuse=empty-409", "constraint"),
    ] {
        let (result, held, client) = save_under(name, switches, false).await;
        assert_eq!((text(&result, "kind"), held.as_str()), (kind.to_owned(), BASE), "{name}");
        assert!(client.events("request").len() < 12, "{name}: {}", client.events("request").len());
    }
}

#[wasm_bindgen_test]
async fn a_replica_that_lags_behind_is_waited_for() {
    let url = json_document("fault-lag", BASE).await;
    let client = client();
    let base = client.read(&format!("{url}?refusal=412")).await.unwrap();
    let put = "return fetch(url, { cache: 'no-store' }).then(async (now) => {
        await now.arrayBuffer();
        const headers = { 'if-match': now.headers.get('etag'), 'content-type': 'application/json' };
        return (await fetch(url + '?keep=1', { method: 'PUT', body, headers })).ok;
    })";
    assert_eq!(call("url, body", put, &[&url.as_str().into(), &THEIRS.into()]).await, Ok(true.into()));
    let behind = format!("{url}?refusal=412&answer=stale&times=2&key=lag");
    Reflect::set(&base, &"url".into(), &behind.as_str().into()).unwrap();
    let result = client.save_with(&base, MINE, "call.options.baseDelayMs = 10").await.unwrap();
    assert_eq!(text(&result, "kind"), "merged", "{}", json(&result));
    assert_eq!(held(&url).await, "{\"a\":2,\"b\":9}");
}

#[wasm_bindgen_test]
async fn what_only_the_server_moved_is_no_conflict() {
    let url = json_document("fault-stamp-only", BASE).await;
    let client = client();
    let stamped = format!("{url}?stamp=1");
    let base = client.read(&stamped).await.unwrap();
    theirs(&stamped, BASE).await;
    let result = client.save_with(&base, MINE, STAMPED).await.unwrap();
    assert_eq!(text(&result, "kind"), "saved", "{}", json(&result));
    let held = held(&url).await;
    assert_eq!(member(&held, "a"), 2);
    assert_eq!(text(&result, "snapshot.body"), held, "also where the answer named a strong tag");
}

#[wasm_bindgen_test]
async fn a_body_that_breaks_or_hangs_is_an_error_and_ends() {
    let url = json_document("fault-bodies", BASE).await;
    for (answer, code) in [("cut-body", "network"), ("hang-body", "network"), ("broken-json", "invalid-json")] {
        let outcome = client().read_with(&format!("{url}?answer={answer}"), "call.options.timeoutMs = 800").await;
        assert_eq!(code_of(outcome), code, "{answer}");
    }
    let slow = client().read(&format!("{url}?answer=slow-body")).await.unwrap();
    assert_eq!(text(&slow, "body"), BASE);
}

#[wasm_bindgen_test]
async fn a_preflight_that_forbids_if_match_is_told_as_such_and_not_as_being_offline() {
    let url = json_document("fault-preflight", BASE).await;
    let client = client();
    let base = client.read(&format!("{url}?cors=no-if-match")).await.unwrap();
    let result = client.save_with(&base, MINE, "call.options.rounds = 1").await.unwrap();
    assert_eq!(text(&result, "kind"), "unknown");
    assert!(text(&result, "problem.detail").contains("answers reads"), "{}", text(&result, "problem.detail"));
    assert_eq!(held(&url).await, BASE);
}
