//! The wasm side in a real browser, against the example server, across origins on purpose: `cargo xtask test wasm`.
//!
//! Every promise is raced against a timer: one that never settles is a failed test, not a hanging run.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a helper that fails is a test that fails")]

mod web_support;

use js_sys::{Object, Reflect};
use mergefetch::wasm::boundary;
use mergefetch::wasm::wire::{ClientCall, ConflictCall, ModuleCall, RefusedCall};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_support::*;

wasm_bindgen_test_configure!(run_in_browser);

// ------------------------------------------------------------------------------------------------ the loop

#[wasm_bindgen_test]
async fn a_read_is_revalidated_by_the_browser_across_origins() {
    let url = json_document("read", "{\"a\": 1.0}").await;
    let client = client();
    let first = client.read(&url).await.unwrap();
    assert_eq!(text(&first, "body"), "{\"a\": 1.0}");
    assert_eq!((text(&first, "format"), text(&first, "protection")), ("json".into(), "strong".into()));
    let second = client.read(&url).await.unwrap();
    assert_eq!(text(&second, "version"), text(&first, "version"));
    let log = "return fetch(server + '/api/log').then((log) => log.json())
        .then((log) => log.filter((one) => one.method === 'GET' && one.url.includes('web-read')).map((one) => one.status))";
    // WebKit's pages have no cache under automation (docs/BROWSERS.md).
    let is_webkit = "return Promise.resolve(!/Chrome|Firefox/.test(navigator.userAgent))";
    let expected = if call("", is_webkit, &[]).await == Ok(true.into()) { "[200,200]" } else { "[200,304]" };
    assert_eq!(json(&call("server", log, &[&server().into()]).await.unwrap()), expected);
}

#[wasm_bindgen_test]
async fn a_save_names_the_version_and_hands_out_the_next_one() {
    let url = json_document("save", "{\"a\":1}").await;
    let client = client();
    let base = client.read(&url).await.unwrap();
    let saved = client.save(&base, "{\"a\":2}").await.unwrap();
    assert_eq!(text(&saved, "kind"), "saved");
    assert_ne!(text(&saved, "snapshot.version"), text(&base, "version"));
    let again = client.save(&get(&saved, "snapshot"), "{\"a\":3}").await.unwrap();
    assert_eq!(text(&again, "kind"), "saved");
    assert_eq!(held(&url).await, "{\"a\":3}");
}

#[wasm_bindgen_test]
async fn edits_apart_are_merged_and_read_past_the_browsers_cache() {
    let url = json_document("merged", "{\"a\":1,\"b\":1}").await;
    let client = client();
    let base = client.read(&url).await.unwrap();
    theirs(&url, "{\"a\":1,\"b\":9}").await;
    let result = client.save(&base, "{\"a\":2,\"b\":1}").await.unwrap();
    assert_eq!(text(&result, "kind"), "merged");
    assert_eq!(held(&url).await, "{\"a\":2,\"b\":9}");
    let statuses: Vec<_> =
        client.events("request").iter().map(|event| get(event, "status").as_f64().unwrap()).collect();
    // A look, as this server's tags come with times like those of a server of files; then its refusal, and the merge.
    assert_eq!(statuses, [200.0, 200.0, 409.0, 204.0]);
}

#[wasm_bindgen_test]
async fn a_conflict_is_decided_and_submitted() {
    let url = document("conflict", "one\r\ntwo\r\n", "text/plain").await;
    let client = client();
    let base = client.read(&url).await.unwrap();
    theirs(&url, "one\r\nTHEIRS\r\n").await;
    let result = client.save(&base, "one\r\nmine 😀\r\n").await.unwrap();
    assert_eq!(text(&result, "kind"), "conflict");
    let conflict = get(&result, "conflict");
    let view = asked(&conflict, ConflictCall::View as u32, &[]).unwrap();
    let decisions = asked(&conflict, ConflictCall::Decisions as u32, &[]).unwrap();
    assert_eq!(js_sys::Uint8Array::new(&decisions).to_vec(), [0]);
    assert_eq!((text(&view, "kind"), text(&view, "format")), ("edit-edit".into(), "text".into()));
    assert_eq!(text(&view, "mine"), "one\r\nmine 😀\r\n");
    let wrong = asked(&conflict, ConflictCall::Take as u32, &[&"ours".into()]);
    assert_eq!(code_of(wrong), "invalid-argument");
    asked(&conflict, ConflictCall::Take as u32, &[&"both".into()]).unwrap();
    let sent = asked(&conflict, ConflictCall::Submit as u32, &[&options(&url, "")]).unwrap();
    let saved = settled(sent.unchecked_into()).await.unwrap();
    assert_eq!(text(&saved, "kind"), "saved");
    assert_eq!(held(&url).await, "one\r\nmine 😀\r\nTHEIRS\r\n");
}

#[wasm_bindgen_test]
async fn a_value_that_is_taken_is_a_refusal_with_the_servers_words() {
    let client = client();
    let url = format!("{}/api/users", server());
    let mine = "{\"name\":\"Ann\",\"email\":\"ann@example.org\"}".into();
    let create = client.core.promised(ClientCall::Create, &[&options(&url, ""), &mine, &true.into()]);
    let result = settled(create).await.unwrap();
    assert_eq!(text(&result, "kind"), "duplicate");
    assert_eq!(text(&result, "problem.code"), "DUPLICATE_EMAIL");
}

#[wasm_bindgen_test]
async fn a_removal_of_what_somebody_edited_is_asked_about() {
    let url = json_document("remove", "{\"a\":1}").await;
    let client = client();
    let base = client.read(&url).await.unwrap();
    theirs(&url, "{\"a\":3}").await;
    let call = options(&url, "");
    let removal = client.core.promised(ClientCall::Remove, &[&call, &base]);
    let result = settled(removal).await.unwrap();
    let view = asked(&get(&result, "conflict"), ConflictCall::View as u32, &[]).unwrap();
    assert_eq!(text(&view, "kind"), "delete-edit");
    assert_eq!(held(&url).await, "{\"a\":3}");
}

#[wasm_bindgen_test]
async fn the_pages_own_fetch_goes_through_with_its_refusal_kept() {
    let url = json_document("through", "{\"a\":1}").await;
    let client = client();
    client.read(&url).await.unwrap();
    theirs(&url, "{\"a\":3}").await;
    let body = "{\"a\":2}";
    let make = "return new Request(url, { method: 'PUT', body, headers: { 'content-type': 'application/json' } })";
    let request = call("url, body", make, &[&url.as_str().into(), &body.into()]).await.unwrap();
    let written = options(&url, "");
    Reflect::set(&written, &"request".into(), &request).unwrap();
    let octets = js_sys::Uint8Array::from(body.as_bytes());
    let answer = settled(client.core.promised(ClientCall::Fetch, &[&written, &false.into(), &octets])).await.unwrap();
    assert_eq!(get(&answer, "response.status"), 409);
    let refused = get(&answer, "refused");
    let settle = || asked(&refused, RefusedCall::Settle as u32, &[&options(&url, "")]);
    let result = settled(settle().unwrap().unchecked_into()).await.unwrap();
    assert_eq!(text(&result, "kind"), "conflict");
    assert_eq!(code_of(settle()), "internal", "a refusal is settled once");
    assert_eq!(held(&url).await, "{\"a\":3}");
}

// ------------------------------------------------------------------------------------------------ networks and bad answers

/// Reasons that are no `Error`, which a plain wrapper of `fetch` traps on, and one that is.
const REASONS: [&str; 5] = ["'gone'", "null", "7", "{ why: 'closed' }", "new TypeError('mine')"];

#[wasm_bindgen_test]
async fn an_abort_rejects_with_the_very_reason_of_the_page() {
    let url = json_document("abort", "{\"a\":1}").await;
    let hanging = format!("{url}?refuse=hang&answer=hang");
    let base = client().read(&url).await.unwrap();
    Reflect::set(&base, &"url".into(), &hanging.as_str().into()).unwrap();
    for reason in REASONS {
        let kept = format!("globalThis.mergefetchReason = {reason};");
        let before = format!("{kept} call.signal = AbortSignal.abort(globalThis.mergefetchReason)");
        let during = format!(
            "{kept} const controller = new AbortController(); call.signal = controller.signal;
             globalThis.mergefetchAbort = () => controller.abort(globalThis.mergefetchReason)"
        );
        // The abort comes when the request is under way, or while its answer is awaited.
        let at_once = client_with(
            "const answer = fetch(request, init); globalThis.mergefetchAbort?.(); return answer",
            "return { get, set, delete: remove }",
        );
        let later = client_with(
            "setTimeout(() => globalThis.mergefetchAbort?.(), 20); return fetch(request, init)",
            "return { get, set, delete: remove }",
        );
        for (client, changes) in [(&at_once, &before), (&at_once, &during), (&later, &during)] {
            let read = client.read_with(&hanging, changes).await.unwrap_err();
            assert!(is_reason(&read), "read with {reason}: {read:?}");
            let save = client.save_with(&base, "{\"a\":2}", changes).await.unwrap_err();
            assert!(is_reason(&save), "save with {reason}: {save:?}");
        }
    }
    assert_eq!(held(&url).await, "{\"a\":1}");
}

fn is_reason(thrown: &JsValue) -> bool {
    Object::is(thrown, &get(&js_sys::global(), "mergefetchReason"))
}

#[wasm_bindgen_test]
async fn a_refused_connection_is_told_from_an_answer() {
    let url = "http://127.0.0.1:1/document";
    assert_eq!(code_of(client().read(url).await), "network");
    let base = function("url", "return { url, format: 'json', version: '\"1\"', body: '{}' }");
    let base = base.call1(&JsValue::NULL, &url.into()).unwrap();
    let result = client().save(&base, "{\"a\":2}").await.unwrap();
    assert_eq!(text(&result, "kind"), "unknown");
    assert_eq!(get(&result, "problem.status"), JsValue::NULL);
}

#[wasm_bindgen_test]
async fn a_server_that_never_answers_ends_with_the_time_limit() {
    let url = json_document("hang", "{\"a\":1}").await;
    let soon = "call.options.timeoutMs = 300";
    for fault in ["hang", "hang-body"] {
        let hanging = format!("{url}?answer={fault}");
        assert_eq!(code_of(client().read_with(&hanging, soon).await), "network", "{fault}");
    }
    let client = client();
    let base = client.read(&format!("{url}?refuse=hang")).await.unwrap();
    let result =
        client.save_with(&base, "{\"a\":2}", "call.options.timeoutMs = 300; call.options.rounds = 0").await.unwrap();
    assert_eq!(text(&result, "kind"), "unknown");
}

#[wasm_bindgen_test]
async fn a_cut_connection_and_a_lost_answer_are_found_out_by_reading() {
    for (fault, kinds) in [("lost", &["already-saved"][..]), ("drop", &["saved", "already-saved"])] {
        let url = json_document(fault, "{\"a\":1}").await;
        let client = client();
        // Twice, as the browser itself repeats a request on a connection that was closed.
        let base = client.read(&format!("{url}?refuse={fault}&times=2&key={fault}")).await.unwrap();
        let result = client.save(&base, "{\"a\":2}").await.unwrap();
        assert!(kinds.contains(&text(&result, "kind").as_str()), "{fault}: {}", text(&result, "kind"));
        assert_eq!(held(&url).await, "{\"a\":2}");
    }
    let url = json_document("cut-read", "{\"a\":1}").await;
    assert_eq!(code_of(client().read(&format!("{url}?answer=drop")).await), "network");
}

#[wasm_bindgen_test]
async fn answers_that_are_no_document_are_typed_errors() {
    let url = json_document("bad", "{\"a\":1}").await;
    for (answer, code) in [
        ("html", "invalid-json"),
        ("empty", "invalid-json"),
        ("broken-json", "invalid-json"),
        ("huge", "too-large"),
        ("500", "http"),
        ("503", "http"),
    ] {
        let outcome = client().read_with(&format!("{url}?answer={answer}"), "call.options.format = 'json'").await;
        assert_eq!(code_of(outcome), code, "{answer}");
    }
}

#[wasm_bindgen_test]
async fn refusals_of_every_shape_lead_to_the_conflict() {
    for (number, refusal) in ["empty-409", "empty-412", "html-409", "broken-json-409", "huge-409"].iter().enumerate() {
        let url = json_document(refusal, "{\"a\":1}").await;
        let client = client();
        let base = client.read(&format!("{url}?refuse={refusal}&times=1&key=web-{number}")).await.unwrap();
        theirs(&url, "{\"a\":3}").await;
        let result = client.save(&base, "{\"a\":2}").await.unwrap();
        assert_eq!(text(&result, "kind"), "conflict", "{refusal}");
        let view = asked(&get(&result, "conflict"), ConflictCall::View as u32, &[]).unwrap();
        assert_eq!(text(&view, "mine"), "{\"a\":2}");
    }
}

#[wasm_bindgen_test]
async fn an_etag_that_is_not_exposed_makes_a_write_unprotected_and_told_so() {
    let url = json_document("hidden", "{\"a\":1}").await;
    let client = client();
    let base = client.read(&format!("{url}?cors=hide-etag&answer=no-validator")).await.unwrap();
    assert_eq!(text(&base, "protection"), "none");
    let changes = "call.options.refuseUnprotected = true";
    let refused = client.save_with(&base, "{\"a\":2}", changes).await.unwrap();
    assert_eq!(text(&refused, "kind"), "unprotected");
    client.save(&base, "{\"a\":2}").await.unwrap();
    assert!(client.events("warning").iter().any(|event| text(event, "code") == "unprotected"));
}

// ------------------------------------------------------------------------------------------------ pages that do odd things

#[wasm_bindgen_test]
async fn a_fetch_that_throws_or_answers_nonsense_never_traps() {
    let url = json_document("odd-fetch", "{\"a\":1}").await;
    let base = client().read(&url).await.unwrap();
    for fetch in [
        "throw new Error('no')",
        "throw null",
        "return Promise.reject('no')",
        "return Promise.reject()",
        "return",
        "return null",
        "return 5",
        "return 'text'",
        "return {}",
        "return { status: 200 }",
        "return { status: 200, url: '', headers: new Headers(), arrayBuffer: () => { throw null } }",
        "return { status: 200, url: '', headers: new Headers(), arrayBuffer: () => 5 }",
        "return { status: 200, url: '', headers: new Headers(), arrayBuffer: async () => null }",
        "return Response.error()",
        "return fetch(request, { mode: 'no-cors', method: 'GET' })",
        "return { then: (resolve) => resolve(undefined) }",
    ] {
        let client = client_with(fetch, "return { get, set, delete: remove }");
        let error = client.read_with(&url, "call.options.timeoutMs = 2000").await;
        let code = code_of(error);
        assert!(["network", "http", "invalid-argument"].contains(&code.as_str()), "{fetch}: {code}");
        let once = "call.options.timeoutMs = 2000; call.options.rounds = 1";
        let result = client.save_with(&base, "{\"a\":2}", once).await.unwrap();
        // The client has seen no document that it would replace, so it writes nothing, and reports no success.
        assert_eq!(text(&result, "kind"), "unknown", "{fetch}");
    }
}

#[wasm_bindgen_test]
async fn a_store_that_throws_or_answers_nonsense_never_traps() {
    for (number, store) in [
        "const odd = () => { throw new Error('no') }; return { get: odd, set: odd, delete: odd }",
        "const odd = async () => { throw null }; return { get: odd, set: odd, delete: odd }",
        "const odd = () => 5; return { get: odd, set: odd, delete: odd }",
        "const odd = async () => new Uint8Array([1, 255, 255, 255, 255]); return { get: odd, set: odd, delete: odd }",
        "const odd = async () => ({ length: -1 }); return { get: odd, set: odd, delete: odd }",
        "return {}",
        "return { get: 5, set: 'text', delete: null }",
    ]
    .iter()
    .enumerate()
    {
        let url = json_document(&format!("odd-store-{number}"), "{\"a\":1}").await;
        let client = client_with("return fetch(request, init)", store);
        client.read(&url).await.unwrap();
        let base = client.read(&url).await.unwrap();
        let result = client.save(&base, "{\"a\":2}").await.unwrap();
        assert_eq!(text(&result, "kind"), "saved", "{store}");
    }
}

#[wasm_bindgen_test]
async fn an_observer_that_throws_ends_nothing() {
    let url = json_document("odd-observer", "{\"a\":1}").await;
    let store = function("", "return {}").call0(&JsValue::NULL).unwrap();
    let fetch = function("request, init", "return fetch(request, init)");
    let core = Core::new(&fetch, &store, &function("", "throw null"));
    let read = settled(core.promised(ClientCall::Read, &[&options(&url, "")])).await.unwrap();
    assert_eq!(text(&read, "body"), "{\"a\":1}");
}

#[wasm_bindgen_test]
async fn calls_that_can_never_work_are_errors() {
    let url = json_document("odd-call", "{\"a\":1}").await;
    let client = client();
    for changes in [
        "call.options = 5",
        "call.options.format = 'xml'",
        "delete call.options.rounds",
        "call.options.versioning = { kind: 'odd' }",
    ] {
        assert_eq!(code_of(client.read_with(&url, changes).await), "invalid-argument", "{changes}");
    }
    assert_eq!(code_of(client.read("http://user:word@127.0.0.1:1/").await), "invalid-argument");
    let base = client.read(&url).await.unwrap();
    assert_eq!(code_of(client.save(&base, "{\"a\":").await), "invalid-json");
    let call = options(&url, "");
    let lone = call_sync("return 'a\\ud800'");
    let save = client.core.promised(ClientCall::Save, &[&call, &base, &lone]);
    assert_eq!(code_of(settled(save).await), "invalid-text");
    let number = client.core.promised(ClientCall::Save, &[&options(&url, ""), &base, &5.into()]);
    assert_eq!(code_of(settled(number).await), "invalid-argument");
    assert_eq!(held(&url).await, "{\"a\":1}");
}

#[wasm_bindgen_test]
fn a_number_without_a_call_is_an_error() {
    let unlisted: Vec<_> = (0..100).chain([u32::MAX]).filter(|&number| ModuleCall::of(number).is_none()).collect();
    assert!(unlisted.len() > 50, "{unlisted:?}");
    for number in unlisted {
        assert_eq!(code_of(boundary::call(number, js_sys::Array::new())), "internal", "{number}");
    }
}

fn call_sync(body: &str) -> JsValue {
    function("", body).call0(&JsValue::NULL).unwrap()
}

#[wasm_bindgen_test]
fn merges_take_and_give_the_texts_and_offsets_of_javascript() {
    let options = call_sync("return { rules: [] }");
    let [base, mine, theirs] = ["a\nb\nc\n", "a 😀!\nb\nc\n", "a\nb\nc\nd\n"].map(JsValue::from);
    let merge = asked_module(ModuleCall::MergeText, &[&base, &mine, &theirs, &options, &false.into()]).unwrap();
    assert_eq!(text(&merge, "text"), "a 😀!\nb\nc\nd\n");
    let slices = function(
        "merge, mine",
        "let slices = ''; for (let at = 0; at < merge.regions.length; at += 7) \
           slices += mine.slice(merge.regions[at + 3], merge.regions[at + 4]); return slices",
    );
    assert_eq!(slices.call2(&JsValue::NULL, &merge, &mine), Ok(mine), "offsets are UTF-16 code units");
    let [base, mine, theirs] = ["{\"a\":1}", "{\"a\":2}", "{\"a\":1,\"n\":12345678901234567890}"].map(JsValue::from);
    let merged = asked_module(ModuleCall::MergeJsonText, &[&base, &mine, &theirs, &options]).unwrap();
    assert_eq!(text(&merged, "text"), "{\"a\":2,\"n\":12345678901234567890}");
}
