// Drafts keep every edit until a server has acknowledged that very edit (HTTP-RULES D1 to D4, D8).
import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { createClient, indexedDb, memory } from "mergefetch";
import { editing, keepDrafts } from "mergefetch/helpers";

import { held, makeDocument, makeJson, theirs } from "./support.mjs";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc");

/** A client whose network can be cut. */
function page(store, options = {}) {
  const drafts = keepDrafts(store);
  const network = { isUp: true };
  const client = createClient({
    drafts,
    retry: { rounds: 0 },
    fetch: (request) => (network.isUp ? fetch(request) : Promise.reject(new TypeError("offline"))),
    ...options,
  });
  return { client, drafts, network };
}

/** The drafts that the next page finds, without times and functions. */
const found = async (store) => (await keepDrafts(store).list()).map(({ mine }) => mine);

async function offline({ network }, run) {
  network.isUp = false;
  try {
    return await run();
  } finally {
    network.isUp = true;
  }
}

test("two forms of one document: the save of one leaves the lost edit of the other", async () => {
  for (const isShared of [false, true]) {
    const store = memory();
    const url = await makeJson({ a: 1, b: 1 });
    const one = page(store);
    const first = await one.client.get(url);
    const second = isShared ? first : await one.client.get(url);
    assert.equal((await offline(one, () => one.client.save(first, { a: 2, b: 1 }))).kind, "unknown");
    assert.ok((await one.client.save(second, { a: 1, b: 3 })).ok);
    assert.deepEqual(await found(store), [{ a: 2, b: 1 }], `shared: ${isShared}`);
    // Saving the edit itself again leaves no draft.
    assert.ok((await one.client.save(first, { a: 2, b: 1 })).ok);
    assert.deepEqual(await found(store), []);
    assert.deepEqual(await held(url), { a: 2, b: 3 });
  }
});

test("two forms that edit one member: the save of one keeps the draft of the other", async () => {
  const store = memory();
  const url = await makeJson({ a: 1 });
  const one = page(store);
  const [first, second] = [await one.client.get(url), await one.client.get(url)];
  await offline(one, () => one.client.save(first, { a: 2 }));
  assert.ok((await one.client.save(second, { a: 3 })).ok);
  assert.deepEqual(await found(store), [{ a: 2 }]);
});

test("two helpers of one document keep a draft each, and a form that types on keeps one", async () => {
  const store = memory();
  const url = await makeJson({ a: "", b: "" });
  const one = page(store);
  const forms = [editing(one.client, url), editing(one.client, url)];
  for (const form of forms) await form.load();
  await offline(one, async () => {
    for (const a of ["t", "typ", "typed"]) {
      forms[0].type({ a, b: "" });
      await forms[0].save();
    }
    forms[1].type({ a: "", b: "other" });
    await forms[1].save();
  });
  assert.deepEqual(await found(store), [{ a: "typed", b: "" }, { a: "", b: "other" }]);
  assert.ok((await forms[1].save()).ok);
  assert.deepEqual(await found(store), [{ a: "typed", b: "" }]);
  forms[0].type({ a: "other words", b: "" });
  assert.ok((await forms[0].save()).ok);
  assert.deepEqual(await found(store), []);
});

test("a page that saves automatically offline, from one snapshot, keeps one draft of its text", async () => {
  const store = memory();
  const url = await makeDocument("first\n", "text/plain");
  const one = page(store);
  const base = await one.client.get(url);
  await offline(one, async () => {
    for (const line of ["s", "seco", "second"]) await one.client.save(base, `first\n${line}\n`);
  });
  assert.deepEqual(await found(store), ["first\nsecond\n"]);
  // A line that was typed and deleted again was never acknowledged.
  assert.ok((await one.client.save(base, "first\nother\n")).ok);
  assert.deepEqual(await found(store), ["first\nsecond\n"]);
});

test("all drafts of several tabs stay when they are recovered while the network is down", async () => {
  const store = memory();
  const url = await makeJson({ a: 1, b: 1, c: 1 });
  const edits = [{ a: 2, b: 1, c: 1 }, { a: 1, b: 2, c: 1 }, { a: 1, b: 1, c: 2 }];
  for (const mine of edits) {
    const tab = page(store);
    const base = await tab.client.get(url);
    await offline(tab, () => tab.client.save(base, mine));
  }
  for (let reloads = 0; reloads < 2; reloads++) {
    const next = page(store);
    const left = await next.drafts.list();
    assert.equal(left.length, 3);
    await offline(next, async () => {
      for (const { base, mine } of left) assert.equal((await next.client.save(base, mine)).kind, "unknown");
    });
    assert.deepEqual(await found(store), edits);
  }
  const last = page(store);
  for (const { base, mine } of await last.drafts.list()) assert.ok((await last.client.save(base, mine)).ok);
  assert.deepEqual(await held(url), { a: 2, b: 2, c: 2 });
  assert.deepEqual(await found(store), []);
});

test("a creation that is recovered is kept once, and forgotten when it is saved", async () => {
  const store = memory();
  const url = `${await makeJson({})}-new`;
  const tab = page(store);
  await offline(tab, () => tab.client.create(url, { a: 1 }));
  const next = page(store);
  const [left] = await next.drafts.list();
  assert.equal(left.base, null);
  await offline(next, () => next.client.create(left.url, left.mine));
  assert.deepEqual(await found(store), [{ a: 1 }]);
  assert.equal((await next.client.create(left.url, left.mine)).kind, "created");
  assert.deepEqual(await found(store), []);
});

test("a lost edit stays, also where another form that typed the same decides otherwise", async () => {
  const store = memory();
  const url = await makeJson({ t: "a", x: 1 });
  const one = page(store);
  const [first, second] = [await one.client.get(url), await one.client.get(url)];
  await offline(one, () => one.client.save(first, { t: "mine", x: 1 }));
  await theirs(url, { t: "ben", x: 1 });
  const { conflict } = await one.client.save(second, { t: "mine", x: 2 });
  await conflict.take("theirs").submit();
  assert.deepEqual(await found(store), [{ t: "mine", x: 1 }]);
});

test("of two new documents with one text, one lost and one created, the draft of the lost one stays", async () => {
  const store = memory();
  const one = page(store, { fetch: async () => (one.network.isUp ? new Response(null, { status: 201, headers: { location: "/items/1" } }) : Promise.reject(new TypeError("offline"))) });
  const create = () => one.client.create("http://host/items", { t: "ok" }, { method: "POST" });
  await offline(one, create);
  await create();
  assert.deepEqual(await found(store), [{ t: "ok" }]);
});

test("an open conflict keeps its draft while another save succeeds, until it is decided", async () => {
  for (const isShared of [false, true]) {
    const store = memory();
    const url = await makeJson({ a: 1, b: 1 });
    const one = page(store, { retry: { rounds: 2, baseDelayMs: 0 } });
    const first = await one.client.get(url);
    const second = isShared ? first : await one.client.get(url);
    await theirs(url, { a: 3, b: 1 });
    const { conflict } = await one.client.save(first, { a: 2, b: 1 });
    assert.ok((await one.client.save(second, { a: 1, b: 5 })).ok);
    assert.deepEqual(await found(store), [{ a: 2, b: 1 }]);
    assert.ok((await conflict.take("mine").submit()).ok);
    assert.deepEqual(await found(store), []);
    assert.deepEqual(await held(url), { a: 2, b: 5 });
  }
});

test("the decision of one conflict leaves the draft of another one of the same document", async () => {
  const store = memory();
  const url = await makeJson({ a: 1, b: 1 });
  const one = page(store);
  const [first, second] = [await one.client.get(url), await one.client.get(url)];
  await theirs(url, { a: 3, b: 3 });
  const [{ conflict }, other] = [await one.client.save(first, { a: 2, b: 1 }), await one.client.save(second, { a: 1, b: 2 })];
  assert.ok((await conflict.take("mine").submit()).ok);
  assert.deepEqual(await found(store), [{ a: 1, b: 2 }]);
  assert.ok((await other.conflict.take("theirs").submit()).ok);
  assert.deepEqual(await found(store), []);
});

test("a text that is typed over a conflict and saved leaves no draft", async () => {
  const store = memory();
  const url = await makeDocument("one\ntwo\n", "text/plain");
  const one = page(store);
  const base = await one.client.get(url);
  await theirs(url, "1\ntwo\n");
  const { conflict } = await one.client.save(base, "eins\ntwo\n");
  conflict.take("theirs").set("", "uno\ntwo\n");
  assert.ok((await conflict.submit()).ok);
  assert.deepEqual(await found(store), []);
});

test("a counter that two forms have counted up was counted up twice", async () => {
  const store = memory();
  const url = await makeJson({ n: 1 });
  const one = page(store, { routes: [{ match: "*", merge: { rules: { "/n": "counter" } } }] });
  const [first, second] = [await one.client.get(url), await one.client.get(url)];
  await offline(one, () => one.client.save(first, { n: 2 }));
  assert.ok((await one.client.save(second, { n: 2 })).ok);
  assert.deepEqual(await found(store), [{ n: 2 }]);
});

test("a draft of a document whose URL has a secret is kept, and the secret is not", async () => {
  const store = memory();
  const url = `${await makeJson({ a: 1, b: 1 })}?access_token=tok-en-3141`;
  const other = `${url}5`;
  await (async () => {
    const tab = page(store);
    const [base, second] = [await tab.client.get(url), await tab.client.get(other)];
    await offline(tab, async () => {
      await tab.client.save(base, { a: 2, b: 1 });
      await tab.client.save(second, { a: 1, b: 3 });
    });
  })();
  for (const key of await store.keys("")) {
    assert.ok(!key.includes("tok-en") && !Buffer.from(await store.get(key)).includes("tok-en"), key);
  }
  const drafts = keepDrafts(store);
  assert.deepEqual((await drafts.list([url, other])).map(({ url, mine }) => [url, mine.a]), [[url, 2], [other, 1]]);
  assert.deepEqual((await drafts.list([url]))[0].base.url, url);

  // A page that holds no snapshot of the document.
  const next = page(store);
  const shown = url.replace(/tok-.*/, "***");
  const listed = async () => (await next.drafts.list()).map((draft) => draft.url).join();
  for (let tries = 0; tries < 100 && (await listed()) !== `${shown},${shown}`; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    gc();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.equal(await listed(), `${shown},${shown}`);
  const known = await next.client.get(url);
  const left = await next.drafts.list();
  assert.deepEqual(left.map((draft) => draft.url), [known.url, shown]);
  assert.deepEqual(left[1].mine, { a: 1, b: 3 }, "the edit is there, whatever its URL was");
  assert.ok((await next.client.save(left[0].base, left[0].mine)).ok);
  assert.deepEqual(await held(url), { a: 2, b: 1 });
  assert.deepEqual(await found(store), [{ a: 1, b: 3 }]);
});

/** Calls `run` with replaced globals. */
async function withGlobals(globals, run) {
  const before = Object.entries(globals).map(([name]) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]);
  for (const [name, descriptor] of Object.entries(globals)) Object.defineProperty(globalThis, name, { configurable: true, ...descriptor });
  try {
    return await run();
  } finally {
    for (const [name, descriptor] of before) {
      if (descriptor === undefined) delete globalThis[name];
      else Object.defineProperty(globalThis, name, descriptor);
    }
  }
}

const never = () => new Promise(() => {});
const fail = () => {
  throw new DOMException("denied", "SecurityError");
};

const BROKEN_LOCKS = {
  "locks whose requests are rejected": { value: { locks: { request: async () => fail(), query: async () => fail() } } },
  "locks that throw": { value: { locks: { request: fail, query: fail } } },
  "locks that cannot be reached": { value: Object.defineProperty({}, "locks", { get: fail }) },
  "silent locks": { value: { locks: { request: never, query: never } } },
};

for (const [name, navigator] of Object.entries(BROKEN_LOCKS)) {
  test(`${name} cause one warning, and saves and drafts go on`, { timeout: 20_000 }, () =>
    withGlobals({ navigator }, async () => {
      const store = memory();
      const warnings = [];
      const one = page(store, { on: { warning: ({ code }) => warnings.push(code) } });
      const url = await makeJson({ a: 1 });
      const base = await one.client.get(url);
      await offline(one, () => one.client.save(base, { a: 2 }));
      assert.deepEqual(await found(store), [{ a: 2 }]);
      assert.ok((await one.client.save(base, { a: 2 })).ok);
      assert.deepEqual([await held(url), await found(store), warnings], [{ a: 2 }, [], ["locks"]]);
    }));
}

const BROKEN_STORES = {
  "a store that throws": () => ({ get: fail, set: fail, delete: fail, keys: fail }),
  "a store that rejects": () => Object.fromEntries(["get", "set", "delete", "keys"].map((name) => [name, async () => fail()])),
  "a silent store": () => ({ get: never, set: never, delete: never, keys: never }),
  "a partition that throws": () => indexedDb({ partition: fail }),
  "a browser without IndexedDB": () => indexedDb({ partition: () => "ann" }),
};

for (const [name, make] of Object.entries(BROKEN_STORES)) {
  test(`${name} causes one warning, and every read, save and decision goes on`, { timeout: 30_000 }, async () => {
    const warnings = [];
    const url = await makeJson({ a: 1, b: 1 });
    const client = createClient({ store: make(), drafts: keepDrafts(make(), { journal: 3 }), on: { warning: ({ code }) => warnings.push(code) } });
    const base = await client.get(url);
    assert.ok((await client.save(base, { a: 2, b: 1 })).ok);
    await theirs(url, { a: 3, b: 1 });
    const { conflict } = await client.save(base, { a: 4, b: 1 });
    assert.ok((await conflict.take("mine").submit()).ok);
    assert.equal((await client.fetch(url)).status, 200);
    assert.deepEqual([await held(url), warnings], [{ a: 4, b: 1 }, ["store"]]);
  });
}

test("a database that another version blocks causes one warning, and no save fails", { timeout: 20_000 }, () =>
  // The request to open it waits for tabs that do not close it.
  withGlobals({ indexedDB: { value: { open: () => ({}) } } }, async () => {
    const warnings = [];
    const url = await makeJson({ a: 1 });
    const stores = ["read", "drafts"].map((name) => indexedDb({ name, partition: () => "ann" }));
    const client = createClient({ store: stores[0], drafts: keepDrafts(stores[1]), on: { warning: ({ code }) => warnings.push(code) } });
    const start = Date.now();
    assert.ok((await client.save(await client.get(url), { a: 2 })).ok);
    assert.ok(Date.now() - start < 10_000, `${Date.now() - start} ms`);
    assert.deepEqual([await held(url), warnings], [{ a: 2 }, ["store"]]);
  }));

test("an entry that is no draft hides no other draft, causes one warning, and stays", async () => {
  const store = memory();
  const url = await makeJson({ a: 1 });
  const left = page(store);
  const base = await left.client.get(url);
  await offline(left, () => left.client.save(base, { a: 2 }));
  const draft = { url, format: "bytes", base: null, savedAt: 1 };
  const entries = [{ ...draft, mine: { length: 1e12 } }, { ...draft, mine: { length: 2e9 } }, { ...draft, url: 5, mine: "a" }, { ...draft, mine: "a", savedAt: "never" }, null, 7];
  for (const [at, entry] of entries.entries()) await store.set(`DRAFT other ${at} x`, new TextEncoder().encode(JSON.stringify(entry)));
  await store.set("DRAFT other text x", new TextEncoder().encode("{"));
  const warnings = [];
  const drafts = keepDrafts(store);
  createClient({ drafts, on: { warning: ({ code }) => warnings.push(code) } });
  for (let times = 0; times < 2; times++) assert.deepEqual((await drafts.list()).map(({ mine }) => mine), [{ a: 2 }]);
  assert.deepEqual(warnings, ["draft"]);
  assert.equal((await store.keys("DRAFT other")).length, entries.length + 1);
});

test("invalid URLs for `list()`, and invalid keys of a store, are errors of the package", async () => {
  for (const urls of [5, null, "http://host/", new Set()]) await assert.rejects(keepDrafts(memory()).list(urls), { name: "MergefetchError", code: "invalid-argument" });
  for (const url of ["http://", 5, null]) await assert.rejects(keepDrafts(memory()).list([url]), { name: "MergefetchError", code: "invalid-argument" });
  for (const keys of [null, undefined, [null], [5], "DRAFT x", {}]) {
    const store = { ...memory(), keys: async () => keys };
    const drafts = keepDrafts(store);
    for (const call of [() => drafts.list(), () => drafts.journal(), () => createClient({ store }).clear()]) {
      await assert.rejects(call(), { name: "MergefetchError", code: "store" });
    }
  }
});

test("one store of drafts serves a thousand clients, one after the other", async () => {
  const calls = [];
  const inner = memory();
  const store = { ...inner, set: (key, value) => (calls.push(new Error().stack.split("\n").length), inner.set(key, value)) };
  const drafts = keepDrafts(store);
  const url = await makeJson({ a: 1 });
  Error.stackTraceLimit = 1_000;
  for (let number = 0; number < 1_000; number++) createClient({ drafts });
  const client = createClient({ drafts });
  assert.ok((await client.save(await client.get(url), { a: 2 })).ok);
  assert.ok(calls[0] < 100, `${calls[0]} calls deep`);
});

test("a draft with a counter whose save got no answer is not counted again by the next page", async () => {
  const store = memory();
  let [n, version, isLost] = [1, 1, true];
  const fetch = async (request) => {
    if (request.method === "GET") return isLost && n > 1 ? Promise.reject(new TypeError("offline")) : Response.json({ n }, { headers: { etag: `"${version}"` } });
    if (request.headers.get("if-match") !== `"${version}"`) return new Response(null, { status: 412 });
    [n, version] = [(await request.json()).n, version + 1];
    return isLost ? Promise.reject(new TypeError("lost")) : new Response(null, { status: 204, headers: { etag: `"${version}"` } });
  };
  const routes = [{ match: /./, merge: { rules: { "/n": "counter" } } }];
  const one = page(store, { fetch, routes });
  assert.equal((await one.client.save(await one.client.get("http://host/likes"), { n: 2 })).kind, "unknown");
  isLost = false;
  const next = page(store, { fetch, routes, retry: { rounds: 2, baseDelayMs: 0 } });
  const [left] = await next.drafts.list();
  assert.equal((await next.client.save(left.base, left.mine)).kind, "unknown");
  assert.equal(n, 2);
});
