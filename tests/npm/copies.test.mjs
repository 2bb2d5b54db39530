// Copies of snapshots: an edit in one is found, whatever made the copy, and no document is taken for another one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { createClient, memory } from "mergefetch";
import { keepDrafts } from "mergefetch/helpers";

import { held, isError, makeDocument, makeJson, octets, theirs } from "./support.mjs";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc");

/** As Vue's `reactive` does it: whatever is read from it is behind a proxy, too. */
const reactive = (value) => (typeof value === "object" && value !== null ? new Proxy(value, { get: (target, name) => reactive(Reflect.get(target, name)) }) : value);

const COPIES = [
  ["spread", (one) => ({ ...one })],
  ["Object.assign", (one) => Object.assign({}, one)],
  ["structuredClone", structuredClone],
  ["JSON", (one) => JSON.parse(JSON.stringify(one))],
  ["a proxy", (one) => new Proxy(one, {})],
  ["a proxy of a copy, with proxies inside", (one) => reactive({ ...one })],
  ["an object that inherits", (one) => Object.create(one)],
];

for (const [name, copy] of COPIES) {
  test(`an edit of the value inside of a copy (${name}) is saved`, async () => {
    const url = await makeJson({ title: "a", list: [1, 2] });
    const client = createClient();
    const original = await client.get(url);
    const note = copy(original);
    const mine = { ...note.value, title: "b" };
    // The page keeps the edit in the copy itself, as state of a component.
    const state = "url" in { ...note } ? { ...note, value: mine } : note;
    assert.equal((await client.save(state, mine)).kind, "saved");
    assert.deepEqual(await held(url), { title: "b", list: [1, 2] });
    assert.equal(original.url, url, "the original lives as long as that");
  });

  test(`an edit in place of the value inside of a copy (${name}) is saved, and merged with theirs`, async () => {
    const url = await makeJson({ title: "a", other: 1 });
    const client = createClient();
    const original = await client.get(url);
    const note = copy(original);
    await theirs(url, { title: "a", other: 2 });
    note.value.title = "b";
    const result = await client.save(note, JSON.parse(JSON.stringify(note.value)));
    assert.equal(result.kind, "merged");
    assert.deepEqual(await held(url), { title: "b", other: 2 });
    assert.equal(original.version, note.version);
  });
}

test("where the server shows no version, the original of an edited copy is found by its digest", async () => {
  for (const [name, copy] of COPIES) {
    let body = '{"title":"a","n":1}';
    const client = createClient({
      fetch: async (request) => {
        if (request.method === "GET") return new Response(body, { headers: { "content-type": "application/json" } });
        body = await request.text();
        return new Response(null, { status: 204 });
      },
    });
    const original = await client.get("http://host.test/");
    const note = copy(original);
    const mine = { title: "b", n: 1 };
    const state = "url" in { ...note } ? { ...note, value: mine } : note;
    body = '{"title":"a","n":2}';
    assert.deepEqual([(await client.save(state, mine)).kind, body], ["merged", '{"title":"b","n":2}'], name);
    assert.equal(original.version, null);
  }
});

test("an edit in a copy whose original is gone is saved or refused, never `unchanged`", async () => {
  const client = createClient();
  for (const [, copy] of COPIES.filter(([name]) => ["structuredClone", "JSON"].includes(name))) {
    const url = await makeJson({ title: "a" });
    const note = await (async () => copy(await client.get(url)))();
    // The store of the client holds the text, and nothing the snapshot.
    for (let round = 0; round < 5; round++) {
      gc();
      await wait(1);
    }
    note.value.title = "b";
    const result = await client.save(note, note.value).catch((error) => error);
    assert.notEqual(result.kind, "unchanged");
    assert.equal((await held(url)).title, result.ok ? "b" : "a");
  }
});

test("a copy that was not edited is the base of its edit, also where its original is gone and the document has moved", async () => {
  const client = createClient();
  for (const [, copy] of COPIES.filter(([name]) => ["structuredClone", "JSON"].includes(name))) {
    for (const edit of [false, true]) {
      const url = await makeJson({ title: "a", other: 1 });
      const note = await (async () => copy(await client.get(url)))();
      for (let round = 0; round < 5; round++) {
        gc();
        await wait(1);
      }
      await theirs(url, { title: "a", other: 2 });
      if (edit) note.value.title = "b";
      const result = await client.save(note, { ...note.value, title: "b" }).catch((error) => error);
      // The value of an edited copy is no base; the store still has the one of its version.
      assert.equal(result.kind, "merged");
      assert.deepEqual(await held(url), { title: "b", other: 2 });
    }
  }
});

test("snapshots that the page lets go of are collected, however many there were of one version", async () => {
  const client = createClient({ fetch: async () => new Response(JSON.stringify({ text: "x".repeat(100_000) }), { headers: { etag: '"1"', "content-type": "application/json" } }) });
  const refs = [];
  for (let round = 0; round < 50; round++) refs.push(new WeakRef(await client.get("http://host.test/large")));
  for (let round = 0; round < 5; round++) {
    gc();
    await wait(1);
  }
  assert.ok(refs.filter((ref) => ref.deref()).length < 10);
});

test("a copy brings back numbers that JavaScript cannot hold", async () => {
  const url = await makeDocument('{"id":1234567890123456789,"t":"a"}');
  const client = createClient();
  const original = await client.get(url);
  for (const [, copy] of COPIES) await client.save(copy(original), { ...original.value, t: "b" });
  assert.equal(await octets(url), '{"id":1234567890123456789,"t":"b"}');
});

test("a save from a copy repeats the request fields of the original's read", async () => {
  const url = await makeJson({ a: 1 });
  const sent = [];
  const client = createClient({
    fetch: (request) => {
      sent.push(request.headers.get("x-tenant"));
      return fetch(request);
    },
  });
  const original = await client.get(url, { headers: { "x-tenant": "7" } });
  await client.save(structuredClone(original), { a: 2 });
  assert.ok(sent.length >= 2 && sent.every((tenant) => tenant === "7"), `${sent}`);
});

/** A server of one document, with the sent fields of each request. */
function tracing(value) {
  const [sent, state] = [[], { value, version: 1 }];
  const fetch = async (request) => {
    sent.push({ method: request.method, ...Object.fromEntries(request.headers) });
    if (request.method === "GET") return Response.json(state.value, { headers: { etag: `"${state.version}"` } });
    if (request.headers.get("if-match") !== `"${state.version}"`) return new Response(null, { status: 412 });
    [state.value, state.version] = [request.method === "PUT" ? await request.json() : null, state.version + 1];
    return new Response(null, { status: 204, headers: { etag: `"${state.version}"` } });
  };
  return { sent, state, fetch };
}

const json = (one) => JSON.parse(JSON.stringify(one));
const ANN = { cookie: "session=ANN", "x-api-key": "ANN", "x-tenant": "ANN" };
const isOfAnn = (fields) => Object.values(fields).some((value) => value.includes("ANN"));

test("a save from a copy sends no field of another user, with one client or with two", async () => {
  for (const isSame of [false, true]) {
    const { sent, fetch } = tracing({ t: "a" });
    const ben = createClient({ fetch });
    const ann = isSame ? ben : createClient({ fetch });
    const headers = { authorization: "Bearer BEN" };
    const bens = await ben.get("http://host.test/n", { headers });
    const anns = await ann.get("http://host.test/n", { headers: ANN });
    sent.length = 0;
    await ben.save(json(bens), { t: "b" }, { headers });
    await ben.save({ url: anns.url, value: {}, version: '"2"' }, { t: "c" }, { headers });
    await ben.remove({ url: anns.url, value: {}, version: '"1"' }, { headers });
    assert.ok(sent.length >= 3 && !sent.some(isOfAnn), JSON.stringify(sent));
    assert.equal(bens.version, anns.version);
  }
});

test("a save of a snapshot from another client uses its document, but not its fields", async () => {
  const { sent, fetch } = tracing({ t: "a" });
  const snapshot = await createClient({ fetch }).get("http://host.test/n", { headers: ANN });
  sent.length = 0;
  assert.equal((await createClient({ fetch }).save(snapshot, { t: "b" })).kind, "saved");
  assert.ok(!sent.some(isOfAnn), JSON.stringify(sent));
});

test("a save repeats neither the token nor the cookie of the read", async () => {
  const { sent, fetch } = tracing({ t: "a" });
  const http = createClient({ fetch });
  const snapshot = await http.get("http://host.test/n", { headers: { ...ANN, authorization: "ANN" } });
  sent.length = 0;
  await http.save(snapshot, { t: "b" });
  const put = sent.find(({ method }) => method === "PUT");
  assert.deepEqual([put.authorization, put.cookie, put["x-tenant"]], [undefined, undefined, "ANN"]);
});

test("a save from a copy repeats the fields that all equal reads of its user have in common", async () => {
  const { sent, fetch } = tracing({ t: "a" });
  const http = createClient({ fetch });
  const read = (trace) => http.get("http://host.test/n", { headers: { "x-tenant": "7", "x-trace": trace } });
  const [one, two] = [await read("1"), await read("2")];
  sent.length = 0;
  await http.save(json(one), { t: "b" });
  const put = sent.find(({ method }) => method === "PUT");
  assert.deepEqual([put["x-tenant"], put["x-trace"], two.version], ["7", undefined, '"1"']);
});

test("a copy without a digest finds no document of another user, with one client or with two", async () => {
  for (const isSame of [false, true]) {
    const [anns, eves] = [tracing({ iban: "ANN", t: "x" }), tracing({ iban: "EVE", t: "x" })];
    const fetch = (request) => (request.headers.get("authorization") === "ANN" ? anns : eves).fetch(request);
    const [as, eve] = [(user) => ({ headers: { authorization: user } }), createClient({ fetch })];
    const ann = isSame ? eve : createClient({ fetch });
    const held_ = await ann.get("http://host.test/me", as("ANN"));
    const { digest: _lost, ...copy } = json(await createClient({ fetch }).get("http://host.test/me", as("EVE")));
    Object.assign(eves.state, { value: { iban: "EVE", t: "moved" }, version: 2 });
    const result = await eve.save(copy, { iban: "EVE", t: "mine" }, as("EVE"));
    assert.ok(!JSON.stringify([result, result.conflict?.base, result.conflict?.changes]).includes("ANN"));
    assert.equal(held_.version, copy.version);
  }
});

test("the edits of one user are not merged into the edits of another user whose copy has the same document", async () => {
  const { state, fetch } = tracing({ t: "a" });
  const http = createClient({ fetch });
  const as = (user) => ({ headers: { authorization: user } });
  const [ann, ben] = [await http.get("http://host.test/n", as("Ann")), json(await http.get("http://host.test/n", as("Ben")))];
  assert.equal((await http.save(ann, { t: "b" }, as("Ann"))).kind, "saved");
  assert.equal((await http.save(ben, { t: "c" }, as("Ben"))).kind, "conflict");
  assert.deepEqual(state.value, { t: "b" });
});

test("the user of a draft finds its base with a copy", async () => {
  const [store, { fetch, sent }] = [memory(), tracing({ n: 1, t: "a" })];
  let isOffline = true;
  const offline = async (request) => (isOffline && request.method === "PUT" ? Promise.reject(new TypeError("offline")) : fetch(request));
  const first = createClient({ fetch: offline, drafts: keepDrafts(store), retry: { rounds: 0 } });
  await first.save(await first.get("http://host.test/n"), { n: 1, t: "b" });
  isOffline = false;
  const drafts = keepDrafts(store);
  const [draft] = await drafts.list();
  const next = createClient({ fetch, drafts });
  const result = await next.save(json(draft.base), draft.mine, { headers: { authorization: "ANN" } });
  assert.equal(result.kind, "saved");
  assert.deepEqual(await drafts.list(), []);
  assert.ok(sent.length > 0);
});

test("edited bytes differ from their base, in a copy and in place", async () => {
  let [body, version] = ["ab", 1];
  const client = createClient({
    fetch: async (request) => {
      if (request.method === "PUT") [body, version] = [await request.text(), version + 1];
      return new Response(request.method === "PUT" ? null : body, { status: request.method === "PUT" ? 204 : 200, headers: { etag: `"${version}"`, "content-type": "application/octet-stream" } });
    },
  });
  const snapshot = await client.get("http://host.test/bytes");
  snapshot.value[0] = 0x41;
  const { kind, snapshot: next } = await client.save(snapshot, snapshot.value);
  assert.deepEqual([kind, body], ["saved", "Ab"]);
  const edited = new Uint8Array([0x41, 0x42]);
  assert.deepEqual([(await client.save({ ...next, value: edited }, edited)).kind, body], ["saved", "AB"]);
});

test("a copy finds no base among two documents with one version", async () => {
  const bodies = ['{"user":"ann","n":1}', '{"user":"ben","n":1}'];
  const bases = [];
  const client = createClient({
    retry: { rounds: 0 },
    fetch: async (request) => {
      if (request.method === "GET") return new Response(bodies[Number(request.headers.get("x-user"))], { headers: { etag: '"1"', "content-type": "application/json" } });
      bases.push(await request.text());
      return new Response(null, { status: 204, headers: { etag: '"2"' } });
    },
  });
  const [ann, ben] = await Promise.all(["0", "1"].map((user) => client.get("http://host.test/me", { headers: { "x-user": user }, cache: "no-store" })));
  assert.notDeepEqual(ann.value, ben.value);
  // The value inside a copy makes it certain again.
  assert.equal((await client.save({ ...ann }, { ...ann.value })).kind, "unchanged");
  assert.equal((await client.save({ ...ben }, { ...ben.value })).kind, "unchanged");
  assert.equal((await client.save(structuredClone(ben), { ...ben.value })).kind, "unchanged");
  assert.deepEqual(bases, []);
  const { digest: _lost, ...unsure } = structuredClone(ben);
  const result = await client.save(unsure, { ...ben.value }).catch((error) => error);
  assert.notEqual(result.kind, "unchanged");
});

test("the edit of a copy is kept as a draft, also where its base is not known", async () => {
  const url = await makeJson({ title: "a" });
  const store = memory();
  const offline = createClient({ drafts: keepDrafts(store), retry: { rounds: 0 }, fetch: () => Promise.reject(new TypeError("offline")) });
  const known = structuredClone(await createClient().get(url));
  const { digest: _lost, ...unknown } = { ...known, url: `${url}?other`, value: { title: "edited" } };
  await offline.save(unknown, { title: "b" }).catch(() => {});
  await offline.save(known, { title: "c" }).catch(() => {});
  const drafts = await keepDrafts(store).list();
  assert.deepEqual(drafts.map(({ mine }) => mine), [{ title: "b" }, { title: "c" }]);
  for (const { base } of drafts) assert.equal(base.version, known.version);
  assert.deepEqual(drafts[1].base.value, { title: "a" });
  assert.equal((await createClient().save(drafts[1].base, drafts[1].mine)).kind, "saved");
});

test("what is no snapshot is refused, and a forgotten await is named", async () => {
  const url = await makeJson({ a: 1 });
  const client = createClient();
  const snapshot = await client.get(url);
  for (const call of [(base) => client.save(base, {}), (base) => client.remove(base)]) {
    for (const base of [undefined, null, 5, "text", [], {}, { url }, { value: 1 }, { ...snapshot, url: 5 }, { ...snapshot, url: "no url" }, { ...snapshot, version: 5 }]) {
      await assert.rejects(call(base), isError("invalid-argument"), JSON.stringify(base));
    }
    await assert.rejects(call(client.get(url)), /expected a snapshot as `get` returns it, but found a Promise: is an `await` missing\?/);
  }
  assert.deepEqual(await held(url), { a: 1 });
});
