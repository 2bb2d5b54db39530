// Saves without an answer are sent again: by the same page, by the next one, in order, merged, or as conflicts for people.
import assert from "node:assert/strict";
import { test } from "node:test";

import { createClient, memory } from "mergefetch";
import { keepDrafts, openDocument } from "mergefetch/document";
import { openOutbox } from "mergefetch/outbox";

import { held, isError, makeJson, server, theirs } from "./support.mjs";

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(holds) {
  for (let tries = 0; tries < 500 && !(await holds()); tries++) await pause(10);
  assert.ok(await holds());
}

/** A page over a store that outlives it. Whoever lets go of it leaves it behind as a crash does. `network.losing` loses answers to writes. */
function page(store, options = {}) {
  const network = { isUp: true, isLosing: false, writes: [] };
  const drafts = keepDrafts(store);
  const client = createClient({
    drafts,
    retry: { baseDelayMs: 1 },
    fetch: async (request) => {
      if (!network.isUp) throw new TypeError("offline");
      if (request.method !== "GET") network.writes.push(`${request.method} ${new URL(request.url).pathname}`);
      const response = await fetch(request);
      if (network.isLosing && request.method !== "GET") {
        network.isUp = false;
        throw new TypeError("lost");
      }
      return response;
    },
    ...options,
  });
  return { client, drafts, network };
}

const count = async (store) => (await store.keys("DRAFT ")).length;

test("a save without an answer waits, is sent when asked, and is forgotten", async () => {
  const [store, url] = [memory(), await makeJson({ a: 1, b: 1 })];
  const { client, drafts, network } = page(store);
  const settled = [];
  const outbox = openOutbox(client, { settled: (edit, { kind }) => settled.push([edit.url, edit.mine, kind]) });
  const base = await client.get(url);
  network.isUp = false;
  assert.equal((await client.save(base, { a: 2, b: 1 })).kind, "unknown");
  await until(() => outbox.current().count === 1);
  const [edit] = outbox.current().edits;
  assert.deepEqual([edit.url, edit.mine, edit.state, edit.conflict, edit.problem], [url, { a: 2, b: 1 }, "waiting", null, null]);
  assert.ok(Math.abs(Date.now() - edit.savedAt) < 10_000);
  network.isUp = true;
  await outbox.send();
  assert.deepEqual([await held(url), outbox.current().count, await count(store)], [{ a: 2, b: 1 }, 0, 0]);
  assert.deepEqual(settled, [[url, { a: 2, b: 1 }, "saved"]]);
  assert.deepEqual(await drafts.list(), []);
  outbox.stop();
});

test("without a call, an edit goes out again after a pause of about a second", async () => {
  const [store, url] = [memory(), await makeJson({ a: 1 })];
  const { client, network } = page(store);
  const outbox = openOutbox(client);
  const base = await client.get(url);
  network.isUp = false;
  await client.save(base, { a: 2 });
  await until(() => outbox.current().count === 1);
  network.isUp = true;
  await until(() => outbox.current().count === 0);
  assert.deepEqual(await held(url), { a: 2 });
  outbox.stop();
});

test("an edit that had arrived is not applied twice", async () => {
  const [store, url] = [memory(), await makeJson({ rows: [], n: 0 })];
  const { client, network } = page(store);
  const outbox = openOutbox(client);
  const base = await client.get(url);
  network.isLosing = true;
  assert.equal((await client.save(base, { rows: ["new"], n: 1 })).kind, "unknown");
  // Somebody else goes on from there.
  await theirs(url, { rows: ["new"], n: 1, more: true });
  Object.assign(network, { isUp: true, isLosing: false });
  await outbox.send();
  assert.deepEqual([await held(url), outbox.current().count], [{ rows: ["new"], n: 1, more: true }, 0]);
  outbox.stop();
});

test("what somebody else saved meanwhile is merged, or waits as a conflict until a person has decided", async () => {
  const store = memory();
  const urls = [await makeJson({ a: 1, b: 1 }), await makeJson({ a: 1, b: 1 })];
  const { client, network } = page(store);
  const kinds = [];
  const outbox = openOutbox(client, { settled: (edit, { kind }) => kinds.push(kind) });
  const bases = [await client.get(urls[0]), await client.get(urls[1])];
  network.isUp = false;
  for (const base of bases) await client.save(base, { a: 2, b: 1 });
  await theirs(urls[0], { a: 1, b: 3 });
  await theirs(urls[1], { a: 3, b: 1 });
  network.isUp = true;
  await outbox.send();
  assert.deepEqual([kinds, await held(urls[0]), await held(urls[1])], [["merged", "conflict"], { a: 2, b: 3 }, { a: 3, b: 1 }]);
  const [edit, ...others] = outbox.current().edits;
  assert.deepEqual([edit.state, edit.url, others.length, outbox.current().count], ["conflict", urls[1], 0, 1]);
  assert.equal(edit.conflict.unresolved, 1);
  // It is not sent again by itself.
  network.writes.length = 0;
  await outbox.send();
  assert.deepEqual(network.writes, []);
  assert.ok((await edit.conflict.take("mine").submit()).ok);
  await until(() => outbox.current().count === 0);
  assert.deepEqual([await held(urls[1]), await count(store)], [{ a: 2, b: 1 }, 0]);
  outbox.stop();
});

test("the next page sends what earlier pages left behind, in the order of their saves, and offers it to nobody", async () => {
  const store = memory();
  const [one, two] = [await makeJson({ n: 0 }), await makeJson({ n: 0 })];
  for (const n of [1, 2, 3]) {
    const { client, network } = page(store);
    const base = await client.get(one);
    const other = await client.get(two);
    network.isUp = false;
    await client.save(base, { n, [`page${n}`]: true });
    if (n === 2) await client.remove(other);
    await pause(5);
  }
  assert.equal(await count(store), 4);
  const { client, drafts, network } = page(store);
  const order = [];
  const outbox = openOutbox(client, { settled: (edit) => order.push(edit.mine?.n ?? "removed") });
  const open = openDocument(client, one);
  await open.load();
  assert.deepEqual([open.current().left, await drafts.list()], [[], []]);
  await until(() => order.length === 4 && outbox.current().count === 0);
  assert.deepEqual(order, [1, 2, "removed", 3]);
  assert.equal(await fetch(two).then(({ status }) => status), 404);
  // One person saved all of them: the last value counts, as with saves of one page, and no page's own edit is lost.
  assert.deepEqual(await held(one), { n: 3, page1: true, page2: true, page3: true });
  outbox.stop();
  assert.equal(network.writes.filter((write) => write.startsWith("DELETE")).length, 1);
});

test("a page that dies during a save leaves it to the next page", async () => {
  const [store, url] = [memory(), await makeJson({ a: 1 })];
  const first = page(store, { fetch: (request) => (request.method === "PUT" ? new Promise(() => {}) : fetch(request)) });
  const base = await first.client.get(url);
  void first.client.save(base, { a: 2 });
  await until(async () => (await count(store)) === 1);
  const { client } = page(store);
  const outbox = openOutbox(client);
  await until(async () => (await count(store)) === 0);
  assert.deepEqual(await held(url), { a: 2 });
  outbox.stop();
});

test("a creation below a collection has one Idempotency-Key, and creates once", async () => {
  const store = memory();
  const first = page(store);
  openOutbox(first.client).stop();
  const email = `outbox-${process.pid}@example.org`;
  first.network.isLosing = true;
  const sent = await first.client.create(`${server}/api/users`, { name: "Ann", email }, { method: "POST" });
  assert.equal(sent.kind, "unknown");
  const second = page(store);
  const results = [];
  const outbox = openOutbox(second.client, { settled: (edit, result) => results.push(result) });
  await until(() => results.length === 1);
  assert.deepEqual([results[0].kind, second.network.writes], ["created", ["POST /api/users"]]);
  const list = await (await fetch(`${server}/api/users`)).json();
  const all = Array.isArray(list) ? list : list.items ?? list.users;
  assert.equal(all.filter((user) => user.email === email).length, 1);
  assert.equal(await count(store), 0);
  outbox.stop();
});

test("a creation keeps the key of the page, and without a key it is left to a person", async () => {
  const store = memory();
  const keys = [];
  const fetching = (isUp) => async (request) => {
    if (request.method === "POST") keys.push(request.headers.get("idempotency-key"));
    if (!isUp) throw new TypeError("offline");
    return fetch(request);
  };
  const key = `"${crypto.randomUUID()}"`;
  const email = `outbox-own-${process.pid}@example.org`;
  // No outbox has been opened for this client yet.
  const without = page(store, { fetch: fetching(false) });
  await without.client.create(`${server}/api/users`, { name: "Ben", email: `no-${email}` }, { method: "POST" });
  const first = page(store, { fetch: fetching(false) });
  openOutbox(first.client).stop();
  await first.client.create(`${server}/api/users`, { name: "Ann", email }, { method: "POST", headers: { "idempotency-key": key } });
  const second = page(store, { fetch: fetching(true) });
  const kinds = [];
  const outbox = openOutbox(second.client, { settled: (edit, { kind }) => kinds.push(kind) });
  await until(() => kinds.length === 1);
  await outbox.send();
  assert.deepEqual([kinds, keys[0], [...new Set(keys.slice(1))]], [["created"], null, [key]]);
  assert.deepEqual((await second.drafts.list()).map(({ mine }) => mine.name), ["Ben"]);
  outbox.stop();
});

test("a document in a form saves itself, with what was typed since", async () => {
  const [store, url] = [memory(), await makeJson({ a: "", b: 1 })];
  const { client, network } = page(store);
  const outbox = openOutbox(client);
  const open = openDocument(client, url);
  await open.load();
  open.type({ a: "one", b: 1 });
  network.isUp = false;
  assert.equal((await open.save()).kind, "unknown");
  open.type({ a: "one two", b: 1 });
  await until(() => outbox.current().count === 1);
  await theirs(url, { a: "", b: 2 });
  network.isUp = true;
  await outbox.send();
  assert.deepEqual(await held(url), { a: "one two", b: 2 });
  const { isDirty, isSafeToLeave, problem, draft } = open.current();
  assert.deepEqual([isDirty, isSafeToLeave, problem, draft], [false, true, null, { a: "one two", b: 2 }]);
  await until(async () => (await count(store)) === 0);
  assert.equal(outbox.current().count, 0);
  outbox.stop();
});

test("a draft with letters that nobody saved is offered to the person, not sent", async () => {
  const [store, url] = [memory(), await makeJson({ a: "", b: 1 })];
  const first = page(store);
  const open = openDocument(first.client, url);
  await open.load();
  open.type({ a: "saved", b: 1 });
  first.network.isUp = false;
  await open.save();
  open.type({ a: "saved, and more", b: 1 });
  await pause(300);
  const second = page(store);
  const outbox = openOutbox(second.client);
  const again = openDocument(second.client, url);
  await again.load();
  await until(() => again.current().left.length === 1);
  assert.equal(again.current().left[0].mine.a, "saved, and more");
  assert.deepEqual([await held(url), outbox.current().count], [{ a: "", b: 1 }, 0]);
  outbox.stop();
});

test("a form whose save had no answer is saved by the next page", async () => {
  const [store, url] = [memory(), await makeJson({ a: "", b: 1 })];
  const first = page(store);
  const open = openDocument(first.client, url);
  await open.load();
  open.type({ a: "typed", b: 1 });
  first.network.isUp = false;
  await open.save();
  await pause(300);
  const outbox = openOutbox(page(store).client);
  await until(async () => (await count(store)) === 0);
  assert.deepEqual(await held(url), { a: "typed", b: 1 });
  outbox.stop();
});

test("a refusal waits for a person, with the server's words, until it is discarded", async () => {
  const [store, url] = [memory(), await makeJson({ a: 1 })];
  let isUp = false;
  const fetching = async (request) => {
    if (request.method === "GET") return fetch(request);
    if (!isUp) throw new TypeError("offline");
    return Response.json({ type: "about:blank", title: "Too late", status: 422, detail: "the order is closed" }, { status: 422, headers: { "content-type": "application/problem+json" } });
  };
  const { client } = page(store, { fetch: fetching });
  const outbox = openOutbox(client);
  const states = [];
  const stop = outbox.subscribe(({ edits }) => states.push(edits.map(({ state }) => state).join()));
  await client.save(await client.get(url), { a: 2 });
  await until(() => outbox.current().count === 1);
  isUp = true;
  await outbox.send();
  const [edit] = outbox.current().edits;
  assert.deepEqual([edit.state, edit.problem.detail, edit.conflict], ["refused", "the order is closed", null]);
  assert.deepEqual(states.filter((state, at) => state !== states[at - 1]), ["waiting", "refused"]);
  stop();
  await edit.discard();
  await until(() => outbox.current().count === 0);
  assert.equal(await count(store), 0);
  outbox.stop();
});

test("a user sends only their own edits", async () => {
  const url = await makeJson({ a: 1, b: 1 });
  const rooms = new Map();
  let user = "ann";
  const store = {
    get: (key) => room().get(key), set: (key, value) => room().set(key, value), delete: (key) => room().delete(key), keys: (prefix) => room().keys(prefix),
    clear: () => room().clear(), partition: () => user,
  };
  const room = () => rooms.get(user) ?? rooms.set(user, memory()).get(user);
  const { client, network } = page(store);
  const outbox = openOutbox(client);
  const base = await client.get(url);
  network.isUp = false;
  await client.save(base, { a: 2, b: 1 });
  await until(() => outbox.current().count === 1);
  user = "ben";
  network.isUp = true;
  await outbox.send();
  assert.deepEqual([await held(url), outbox.current().count], [{ a: 1, b: 1 }, 0]);
  user = "ann";
  await outbox.send();
  assert.deepEqual([await held(url), outbox.current().count], [{ a: 2, b: 1 }, 0]);
  outbox.stop();
});

test("a stopped outbox sends nothing, and a wrong call is named", async () => {
  const [store, url] = [memory(), await makeJson({ a: 1 })];
  const { client, network } = page(store);
  const outbox = openOutbox(client);
  const base = await client.get(url);
  network.isUp = false;
  await client.save(base, { a: 2 });
  outbox.stop();
  network.isUp = true;
  await outbox.send();
  assert.deepEqual([await held(url), network.writes, await count(store)], [{ a: 1 }, [], 1]);
  assert.throws(() => openOutbox(createClient()), isError("invalid-argument", /`drafts`/));
  assert.throws(() => openOutbox({}), isError("invalid-argument"));
  assert.throws(() => openOutbox(client, { settld: () => {} }), isError("invalid-argument", /settld/));
  assert.throws(() => openOutbox(client, { settled: 5 }), isError("invalid-argument"));
  assert.throws(() => outbox.subscribe(5), isError("invalid-argument"));
});
