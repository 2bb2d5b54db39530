// Nothing is kept forever: dropped objects are collected, and a Node.js process ends by itself.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { createClient, memory } from "mergefetch";
import { autosave, editing, keepDrafts, undo } from "mergefetch/helpers";

import { makeDocument, makeJson, run, server, theirs } from "./support.mjs";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc");

/** Asserts that each object that `make` returns is collected once nothing else holds it. */
async function areCollected(make) {
  let left = await (async () => Object.entries(await make()).map(([name, thing]) => [name, new WeakRef(thing)]))();
  for (let tries = 0; tries < 200 && left.length > 0; tries++) {
    await wait(5);
    gc();
    left = left.filter(([, ref]) => ref.deref() !== undefined);
  }
  assert.deepEqual(left.map(([name]) => name), []);
}

const url = await makeJson({ a: 1, b: 1 });
// As in a page, these objects outlive the objects that are made with them.
const client = createClient();
const drafts = keepDrafts(memory());

async function conflictOf(http, of = url) {
  const base = await http.get(of);
  await theirs(of, { a: Math.random(), b: 1 });
  const { conflict } = await http.save(base, { a: "mine", b: 1 });
  return { base, conflict };
}

test("conflicts, snapshots and results are collected while their client lives", async () => {
  await areCollected(async () => conflictOf(client));
  await areCollected(async () => {
    const { base, conflict } = await conflictOf(client);
    conflict.subscribe(() => {});
    const result = await conflict.take("mine").submit();
    const undone = await undo(client, conflict, result);
    return { base, conflict, result, snapshot: result.snapshot, undone, theirs: conflict.theirs };
  });
  await areCollected(async () => {
    const response = await client.fetch(url);
    const { a } = await response.json();
    await theirs(url, { a: Math.random(), b: 1 });
    const refused = await client.fetch(url, { method: "PUT", body: JSON.stringify({ a: `${a}!`, b: 1 }) });
    return { response, refused, conflict: await client.conflictOf(refused) };
  });
});

test("a conflict and its client are collected where drafts outlive both, and the drafts stay", async () => {
  const kept = createClient({ drafts });
  await areCollected(async () => conflictOf(kept));
  await areCollected(async () => {
    const own = createClient({ drafts });
    return { own, ...(await conflictOf(own)) };
  });
  const store = memory();
  await areCollected(async () => {
    const own = keepDrafts(store);
    return { own, ...(await conflictOf(createClient({ drafts: own }))) };
  });
  assert.equal((await keepDrafts(store).list()).length, 1);
});

test("a client whose store leads back to it is collected", async () => {
  await areCollected(async () => {
    const page = { user: "ann" };
    const store = Object.assign(memory(), { partition: () => page.user });
    page.http = createClient({ store, on: { warning: () => page.user } });
    const base = await page.http.get(url);
    await page.http.save(base, { ...base.value, a: Math.random() });
    return { page, store };
  });
});

test("forms and their listeners are collected", async () => {
  await areCollected(async () => {
    const form = editing(client, url);
    const listener = () => {};
    const stop = [form.subscribe(listener), autosave(form, { delayMs: 1 })];
    await form.load();
    form.type({ ...form.current().draft, b: Math.random() });
    await form.save();
    const { base, draft } = form.current();
    for (const one of stop) one();
    return { form, listener, base, draft };
  });
});

test("abort controllers are collected after their calls, and a long-lived signal holds no call", async () => {
  const leaving = new AbortController();
  await areCollected(async () => {
    const init = { signal: leaving.signal, headers: { "x-own": "1" } };
    const base = await client.get(url, init);
    const result = await client.save(base, { ...base.value, b: Math.random() }, init);
    return { init, base, result };
  });
  await areCollected(async () => {
    const own = new AbortController();
    const reading = client.get(`${url}?answer-after-ms=50`, { signal: own.signal });
    own.abort();
    const error = await reading.catch((thrown) => thrown);
    return { own, signal: own.signal, error };
  });
});

/** Asserts that more rounds do not enlarge the JavaScript heap. Takes several runs, as the engine fills its own caches at first. */
async function addNothing(name, each, { count = 1_000, bytes = 120 } = {}) {
  const settled = async () => {
    for (let round = 0; round < 5; round++) {
      await wait(2);
      gc();
    }
    return process.memoryUsage().heapUsed;
  };
  const added = [];
  for (let run = 0; run < 4; run++) {
    const before = await settled();
    for (let round = 0; round < count; round++) await each(run * count + round);
    added.push((await settled()) - before);
    if (run > 0 && added.at(-1) < count * bytes) return;
  }
  assert.fail(`${name}: ${added} bytes`);
}

test("calls with one signal, many documents and dropped conflicts do not enlarge the heap", async () => {
  const leaving = new AbortController();
  // Without a network: the test measures only the memory that a call leaves behind.
  const answer = (body, tag) => new Response(body, { headers: { etag: tag, "content-type": "application/json" } });
  const quick = createClient({ store: memory({ maxBytes: 0 }), fetch: async (request) => (request.method === "GET" ? answer('{"a":1}', '"1"') : new Response(null, { status: 204, headers: { etag: `"${Math.random()}"` } })) });
  const calls = {
    "one signal": (round) => quick.get(`${server}/one`, { signal: leaving.signal, headers: { round } }),
    "many documents": (round) => quick.get(`${server}/many/${round}`),
    "many saved documents": async (round) => quick.save(await quick.get(`${server}/saved/${round}`), { a: 1, round }),
  };
  for (const [name, call] of Object.entries(calls)) await addNothing(name, call);
  let version = 0;
  const clashing = createClient({ store: memory({ maxBytes: 0 }), fetch: async (request) => (request.method === "GET" ? answer(`{"a":${++version}}`, `"${version}"`) : new Response(null, { status: 412 })) });
  const conflicting = async () => {
    const { conflict } = await clashing.save(await clashing.get(`${server}/clash`), { a: "mine" });
    assert.ok(conflict.changes.length > 0);
  };
  await addNothing("conflicts", conflicting, { count: 200, bytes: 500 });
});

test("a Node.js process ends by itself, whatever objects it made", async () => {
  const text = await makeDocument("one\n", "text/plain");
  const scripts = {
    "a read and a save": `const client = createClient(); const base = await client.get("${url}"); await client.save(base, { ...base.value, b: 2 });`,
    "an open conflict": `const client = createClient(); const base = await client.get("${text}"); await createClient().update("${text}", (now) => now + "theirs ");
      const { conflict } = await client.save(base, "mine"); conflict.subscribe(() => {});`,
    "a form that listens": `const form = helpers.editing(createClient(), "${url}"); form.subscribe(() => {}); await form.load(); helpers.autosave(form); await form.save();`,
    "drafts": `const drafts = helpers.keepDrafts(memory()); const client = createClient({ drafts });
      await client.save(await client.get("${url}"), { a: 5 }); await drafts.list();`,
    "a call that was aborted": `await createClient().get("${url}?delay=5000", { signal: AbortSignal.timeout(50) }).catch(() => {});`,
    "locks that live as long as the process": `const held = []; const locks = { request: (name, options, run) => (held.push(run()), held.at(-1)), query: async () => ({ held: [] }) };
      Object.defineProperty(globalThis, "navigator", { configurable: true, value: { locks } });
      const client = createClient({ drafts: helpers.keepDrafts(memory()) }); await client.save(await client.get("${url}"), { a: 6 });`,
  };
  for (const [name, script] of Object.entries(scripts)) {
    const start = Date.now();
    const { code, signal, out, errors } = await run(`${script} console.log("done");`, { deadlineMs: 10_000 });
    assert.deepEqual([code, signal, out, errors], [0, null, "done", ""], `${name}, ${Date.now() - start} ms`);
  }
});
