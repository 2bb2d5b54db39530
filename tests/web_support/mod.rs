//! Helpers of the tests in a browser: JavaScript, documents on the example server, and a client of the module.
#![allow(dead_code, reason = "not every test needs all of it")]

use js_sys::{Array, Function, JSON, Promise, Reflect};
use mergefetch::wasm::boundary;
use mergefetch::wasm::wire::{ClientCall, ModuleCall};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

pub const SERVER: Option<&str> = option_env!("MERGEFETCH_TEST_SERVER");

pub fn server() -> &'static str {
    SERVER.expect("MERGEFETCH_TEST_SERVER is set by `cargo xtask test wasm`")
}

// ------------------------------------------------------------------------------------------------ JavaScript from here

pub fn function(parameters: &str, body: &str) -> Function {
    Function::new_with_args(parameters, body)
}

/// The value of a call of JavaScript, once its promise is settled.
pub async fn call(parameters: &str, body: &str, arguments: &[&JsValue]) -> Result<JsValue, JsValue> {
    let arguments: Array = arguments.iter().copied().collect();
    let returned = function(parameters, body).apply(&JsValue::NULL, &arguments)?;
    JsFuture::from(Promise::resolve(&returned)).await
}

/// The outcome of a promise; a panic if it is none within a minute.
pub async fn settled(promise: Promise) -> Result<JsValue, JsValue> {
    let timer = "return Promise.race([promise, new Promise((resolve) => setTimeout(resolve, 60000, 'PENDING'))])";
    let outcome = call("promise", timer, &[&promise]).await;
    assert_ne!(outcome, Ok("PENDING".into()), "the promise never settles");
    outcome
}

pub fn get(target: &JsValue, path: &str) -> JsValue {
    path.split('.').fold(target.clone(), |target, name| {
        Reflect::get(&target, &name.into()).unwrap_or_else(|_| panic!("no {path}"))
    })
}

pub fn text(target: &JsValue, path: &str) -> String {
    let found = get(target, path);
    found.as_string().unwrap_or_else(|| panic!("{path}: expected a string, but found {found:?}"))
}

pub fn json(value: &JsValue) -> String {
    JSON::stringify(value).unwrap().into()
}

/// Calls a method of an exported object.
pub fn method(target: &JsValue, name: &str, arguments: &[&JsValue]) -> Result<JsValue, JsValue> {
    let arguments: Array = arguments.iter().copied().collect();
    get(target, name).unchecked_into::<Function>().apply(target, &arguments)
}

/// Carries out a call of an object of the module.
pub fn asked(handle: &JsValue, number: u32, arguments: &[&JsValue]) -> Result<JsValue, JsValue> {
    let arguments: Array = arguments.iter().copied().collect();
    method(handle, "call", &[&number.into(), &arguments])
}

/// Carries out a call of the module.
pub fn asked_module(call: ModuleCall, arguments: &[&JsValue]) -> Result<JsValue, JsValue> {
    boundary::call(call as u32, arguments.iter().copied().collect())
}

// ------------------------------------------------------------------------------------------------ the example server

/// The address of a new document with this content; `name` is the test's own.
pub async fn document(name: &str, content: &str, content_type: &str) -> String {
    let url = format!("{}/api/documents/web-{name}", server());
    let put = "return fetch(url, { method: 'PUT', body, headers: { 'if-none-match': '*', 'content-type': type } })
        .then((response) => response.status)";
    let status = call("url, body, type", put, &[&url.as_str().into(), &content.into(), &content_type.into()]).await;
    assert_eq!(status, Ok(201.into()), "{url}");
    url
}

pub async fn json_document(name: &str, content: &str) -> String {
    document(name, content, "application/json").await
}

/// Somebody else writes, with nothing but `fetch`.
pub async fn theirs(url: &str, content: &str) {
    let put = "return fetch(url, { cache: 'no-store' }).then(async (now) => {
        await now.arrayBuffer();
        const headers = { 'if-match': now.headers.get('etag'), 'content-type': now.headers.get('content-type') };
        return (await fetch(url, { method: 'PUT', body, headers })).ok;
    })";
    let is_ok = call("url, body", put, &[&url.into(), &content.into()]).await;
    assert_eq!(is_ok, Ok(true.into()), "{url}");
}

pub async fn held(url: &str) -> String {
    let read = "return fetch(url, { cache: 'no-store' }).then((response) => response.text())";
    call("url", read, &[&url.into()]).await.unwrap().as_string().unwrap()
}

// ------------------------------------------------------------------------------------------------ a client

/// A client of the module, as the facade has it.
pub struct Core(JsValue);

impl Core {
    pub fn new(fetch: &Function, store: &JsValue, emit: &Function) -> Self {
        // Here the engine is linked to the core.
        let load_engine = function("", "");
        Self(asked_module(ModuleCall::Client, &[fetch, store, emit, &load_engine]).unwrap())
    }

    /// The promise of a call.
    pub fn promised(&self, call: ClientCall, arguments: &[&JsValue]) -> Promise {
        asked(&self.0, call as u32, arguments).unwrap().unchecked_into()
    }
}

pub struct Client {
    pub core: Core,
    /// `[name, event]` of every event to an observer.
    pub told: Array,
}

pub fn client() -> Client {
    client_with("return fetch(request, init)", "return { get, set, delete: remove }")
}

/// A client with a `fetch` and a store of the page's own; `store` may use the methods of one that works.
pub fn client_with(fetch: &str, store: &str) -> Client {
    let told = Array::new();
    let working = "const map = new Map();
        const get = async (key) => map.get(key) ?? null;
        const set = async (key, value) => void map.set(key, value);
        const remove = async (key) => void map.delete(key);";
    let store = function("", &format!("{working} {store}")).call0(&JsValue::NULL).unwrap();
    let emit =
        function("told", "return (name, event) => told.push([name, event])").call1(&JsValue::NULL, &told).unwrap();
    let fetch = function("request, init", fetch);
    Client { core: Core::new(&fetch, &store, emit.unchecked_ref()), told }
}

/// A call as the facade makes it, with `changes` to it in JavaScript.
pub fn options(url: &str, changes: &str) -> JsValue {
    let make = "const call = {
            options: { url, isSameOrigin: false, timeoutMs: 20000, whenClean: 'merge', refuseUnprotected: false, update: 'put',
                rounds: 5, baseDelayMs: 0, maxDelayMs: 5000, merge: { rules: [] }, versioning: { kind: 'etag' } },
            headers: new Headers(), init: {},
        };
        with_changes;
        return call;";
    let make = make.replace("with_changes", changes);
    function("url", &make).call1(&JsValue::NULL, &url.into()).unwrap()
}

impl Client {
    pub async fn read(&self, url: &str) -> Result<JsValue, JsValue> {
        self.read_with(url, "").await
    }

    pub async fn read_with(&self, url: &str, changes: &str) -> Result<JsValue, JsValue> {
        settled(self.core.promised(ClientCall::Read, &[&options(url, changes)])).await
    }

    pub async fn save(&self, base: &JsValue, mine: &str) -> Result<JsValue, JsValue> {
        self.save_with(base, mine, "").await
    }

    pub async fn save_with(&self, base: &JsValue, mine: &str, changes: &str) -> Result<JsValue, JsValue> {
        let call = options(&text(base, "url"), changes);
        settled(self.core.promised(ClientCall::Save, &[&call, base, &mine.into()])).await
    }

    pub fn events(&self, name: &str) -> Vec<JsValue> {
        self.told.iter().filter(|entry| get(entry, "0") == name).map(|entry| get(&entry, "1")).collect()
    }
}

#[track_caller]
pub fn code_of(outcome: Result<JsValue, JsValue>) -> String {
    let error = outcome.expect_err("an error");
    assert!(error.is_instance_of::<js_sys::Error>(), "a real Error, not {error:?}");
    assert!(get(&error, "details").is_object());
    text(&error, "code")
}
