//! Random answers of a network: the module never traps, and every promise is settled. `cargo xtask test wasm firefox`.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a helper that fails is a test that fails")]

mod web_support;

use js_sys::{Array, Promise, Reflect, Uint8Array};
use mergefetch::wasm::wire::ClientCall;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_support::*;

wasm_bindgen_test_configure!(run_in_browser);

/// Enough to meet every pair of an odd answer and a call.
const ROUNDS: u32 = 1_500;

/// A `fetch` that answers as the numbers of a seeded generator say: statuses, fields and bodies that servers send, that none should send,
/// and things that are no answer.
const ODD_FETCH: &str = r#"
    let state = seed;
    const next = (limit) => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return Math.floor((state / 4294967296) * limit);
    };
    const pick = (list) => list[next(list.length)];
    const bytes = (length) => Uint8Array.from({ length }, () => next(256));
    const bodies = [
        () => '', () => '{"a":1}', () => '{"a":2,"b":[{"id":1},{"id":2}]}', () => '{"code":"STALE"}', () => '{"a":', () => '[[[[[[[',
        () => 'null', () => '"\ud800"', () => '\ufeff{"a":1}', () => '<error><a/></error>', () => '<html><title>no', () => 'a\r\nb',
        () => bytes(next(60)), () => '{"a":' + '1'.repeat(next(400)) + '}', () => '{"error":{"details":[{"field":"a"}]},"errors":{"b":[]}}',
        () => '['.repeat(next(3000)), () => JSON.stringify({ [String.fromCharCode(next(65536))]: next(1e9) }),
        () => new ReadableStream({ start(controller) { controller.enqueue(bytes(3)); controller.error(pick([new Error('cut'), null, 7])); } }),
        () => new ReadableStream({ pull(controller) { controller.enqueue('no bytes'); } }),
    ];
    const values = ['"1"', '"2"', 'W/"1"', 'W/"a-gzip"', 'a', '*', '"', '', '1', '-1', 'Sun, 06 Nov 1994 08:49:37 GMT', 'no-store, max-age=x',
        'application/json', 'text/plain;charset=odd', 'application/problem+json', '/b', 'http://', '//x', '*, a', 'return=representation',
        'locked', 'http://[', '?a', '/%2e%2E/c', '9'.repeat(300), '\u00ff\u0080'];
    const names = ['etag', 'last-modified', 'cache-control', 'content-type', 'location', 'content-location', 'retry-after', 'vary', 'date',
        'preference-applied', 'content-length', 'mergefetch-refusal', 'x-request-id', 'expires'];
    const odd = [
        () => { throw new Error('no'); }, () => { throw null; }, () => Promise.reject(), () => Promise.reject('no'), () => undefined,
        () => ({}), () => 5, () => Response.error(), () => ({ status: 200, url: '', headers: new Headers(), arrayBuffer: () => 5 }),
        () => ({ status: {}, url: 1, headers: [], arrayBuffer: 1 }), () => ({ then: (resolve) => resolve(null) }),
        ...[() => { throw null; }, () => null, () => [null].values(), () => ({ [Symbol.iterator]: () => ({ next() {} }) })].map((entries) =>
            () => ({ status: 200, url: '', headers: { entries }, arrayBuffer: async () => new ArrayBuffer(2) })),
        () => ({ status: 200, url: '', headers: new Headers(), get redirected() { throw null; }, arrayBuffer: async () => new ArrayBuffer(2) }),
        () => ({ status: 200, url: '', headers: new Headers(), arrayBuffer: async () => {
            const buffer = new ArrayBuffer(2);
            structuredClone(buffer, { transfer: [buffer] });
            return buffer;
        } }),
    ];
    const statuses = [200, 200, 200, 201, 202, 203, 204, 205, 206, 207, 226, 300, 304, 304, 307, 400, 401, 403, 404, 405, 409, 409, 410, 412,
        412, 415, 422, 423, 428, 429, 500, 502, 503, 504, 599];
    return (request, init) => {
        if (next(8) === 0) return pick(odd)();
        const status = pick(statuses);
        const headers = new Headers();
        for (let count = next(5); count > 0; count--) headers.set(pick(names), pick(values));
        const isEmpty = [204, 205, 304].includes(status);
        const response = new Response(isEmpty ? null : pick(bodies)(), { status, headers });
        if (next(2) === 0) Object.defineProperty(response, 'url', { value: pick([request.url, request.url + '#x', 'http://x/', 'odd']) });
        return next(3) === 0 ? response : Promise.resolve(response);
    };
"#;

const STORE: &str = "const map = new Map();
    return { get: async (key) => map.get(key) ?? null, set: async (key, value) => void map.set(key, value), delete: async (key) => void map.delete(key) }";

const CALL: &str = "
    const wait = { options: { url: 'http://odd.example/a?b=1', isSameOrigin: seed % 2 === 0, timeoutMs: 50, whenClean: 'merge', refuseUnprotected: false,
        update: ['put', 'merge-patch', 'json-patch'][seed % 3], rounds: seed % 4, baseDelayMs: 0, maxDelayMs: 0, merge: { rules: [] },
        hasIdempotencyKey: seed % 5 === 0, hasUniqueReads: seed % 7 === 0, isOnce: seed % 11 === 0,
        versioning: [{ kind: 'etag' }, { kind: 'couchdb' }, { kind: 'odata' }, { kind: 'fhir' }, { kind: 'kubernetes' }, { kind: 'lastModified' },
            { kind: 'field', argument: '/a' }, { kind: 'header', argument: 'x-version:x-if-version' }][seed % 8] }, headers: new Headers(seed % 3 === 0 ? { 'accept-language': 'de' } : {}), init: {} };
    return wait";

const BASE_OF: &str = "return { url: 'http://odd.example/a?b=1', format: ['json', 'text'][seed % 2], body: ['{\"a\":1,\"b\":1}', 'a\\nb\\n'][seed % 2],
    version: [undefined, '\"1\"', 'W/\"1\"', 'a'][seed % 4] }";

/// Requests of a page through `fetch`, one method after the other.
const REQUEST: &str = "return new Request('http://odd.example/a?b=1', { method: ['GET', 'PUT', 'DELETE'][seed % 3],
    body: [undefined, '{}', undefined][seed % 3] })";

/// A change that is made at once, later, not at all, or fails.
const CHANGE: &str = "return [async (body) => body, async () => { throw new Error('mine') }, async () => '{\"a\":3,\"b\":1}', async () => 'x',
    () => { throw null }, async () => undefined][seed % 6]";

fn made(body: &str, seed: u32) -> JsValue {
    function("seed", body).call1(&JsValue::NULL, &seed.into()).unwrap()
}

/// How many calls `calls` makes.
const CALLS: u32 = 7;

/// One call of each kind, with answers of their own.
fn calls(seed: u32) -> Vec<Promise> {
    let fetch = made(ODD_FETCH, seed).unchecked_into();
    let store = function("", STORE).call0(&JsValue::NULL).unwrap();
    let client = Core::new(&fetch, &store, &function("", ""));
    let call = || made(CALL, seed);
    let base = || made(BASE_OF, seed);
    let mine = JsValue::from(if seed.is_multiple_of(2) { "{\"a\":2,\"b\":1}" } else { "a\nc\n" });
    let json = JsValue::from("{\"a\":2}");
    let fetched = made(CALL, seed);
    Reflect::set(&fetched, &"request".into(), &made(REQUEST, seed)).unwrap();
    let octets = if seed % 3 == 1 { Uint8Array::from(&b"{}"[..]).into() } else { JsValue::UNDEFINED };
    let updated = made(CALL, seed);
    Reflect::set(&updated, &"change".into(), &made(CHANGE, seed)).unwrap();
    let is_even = seed.is_multiple_of(2).into();
    vec![
        client.promised(ClientCall::Read, &[&call()]),
        client.promised(ClientCall::Save, &[&call(), &base(), &mine]),
        client.promised(ClientCall::Create, &[&call(), &json, &is_even]),
        client.promised(ClientCall::Remove, &[&call(), &base()]),
        client.promised(ClientCall::Read, &[&call()]),
        client.promised(ClientCall::Update, &[&updated]),
        client.promised(ClientCall::Fetch, &[&fetched, &is_even, &octets]),
    ]
}

#[wasm_bindgen_test]
async fn whatever_is_answered_every_call_ends_with_a_result_or_a_typed_error() {
    // Some wait for a second, as weak tags ask for: all at once, so that the second is one for all.
    let settled_all = "return Promise.race([
        Promise.all(promises.map((one) => one.then((value) => ({ isDone: true, value }), (error) => ({ isDone: false, error })))),
        new Promise((resolve) => setTimeout(resolve, 100000, 'PENDING')),
    ])";
    let (mut kinds, mut codes) = (std::collections::BTreeSet::new(), std::collections::BTreeSet::new());
    for first in (0..ROUNDS).step_by(100) {
        let promises: Array = (first..first + 100).flat_map(calls).collect();
        let all = call("promises", settled_all, &[&promises]).await.unwrap();
        assert_ne!(all, JsValue::from("PENDING"), "a promise never settles, of seeds from {first} on");
        for (index, one) in Array::from(&all).iter().enumerate() {
            let seed = first + index as u32 / CALLS;
            let error = get(&one, "error");
            let value = get(&one, "value");
            if get(&one, "isDone") == true {
                assert!(value.is_object(), "seed {seed}: {value:?}");
                kinds.extend(get(&value, "kind").as_string());
            } else if !matches!(index as u32 % CALLS, 5 | 6) {
                // `update` and `fetch` hand on the error that the page's own function threw; every other error is typed.
                assert!(error.is_instance_of::<js_sys::Error>(), "seed {seed}: {error:?}");
                let code = get(&error, "code").as_string();
                assert!(code.is_some(), "seed {seed}: {}", String::from(js_sys::Error::from(error).message()));
                codes.extend(code);
            }
            assert!(!get(&one, "error").is_instance_of::<js_sys::WebAssembly::RuntimeError>(), "seed {seed} traps");
        }
    }
    let known = ["busy", "conflict", "constraint", "created", "removed", "saved", "unknown"];
    assert!(known.iter().all(|kind| kinds.contains(*kind)), "the answers reach every part: {kinds:?}, {codes:?}");
}
