// Calls that may wait forever, for things that only a browser has: another tab's lock, a database that another tab blocks, a silent worker, an
// endless download.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startBare } from "./bare.mjs";

const [LIMIT_MS, TIMEOUT_MS] = [250, 300];
const documents = new Map();
let bare;

async function answer(request, response, pathname) {
  let body = "";
  for await (const part of request) body += part;
  if (pathname.endsWith(".wasm")) return response.writeHead(200, { "content-type": "application/wasm" }).write("\0asm");
  const held = documents.get(pathname) ?? { version: 1, body: '{"a":1,"b":1}' };
  documents.set(pathname, held);
  const tag = () => `"${held.version}"`;
  if (request.method === "PUT") {
    if (request.headers["if-match"] !== tag()) return response.writeHead(412).end();
    Object.assign(held, { version: held.version + 1, body });
    return response.writeHead(204, { etag: tag() }).end();
  }
  const headers = { etag: tag(), "cache-control": "no-store", "content-type": "application/json" };
  if (pathname.includes("endless")) return response.writeHead(200, headers).write("{");
  response.writeHead(200, headers).end(held.body);
}

before(async () => {
  bare = await startBare(answer);
});

after(() => bare?.stop());

/** A page in which `ended(call)` returns how a call ends after an abort, and the time since the abort. */
async function open() {
  const page = await bare.open();
  await page.evaluate(() => {
    const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    globalThis.pause = pause;
    globalThis.ended = async (call, isAborted = true) => {
      const [controller, reason] = [new AbortController(), { own: "reason" }];
      let sinceMs = performance.now();
      const under = call(isAborted ? { signal: controller.signal } : undefined).then(
        (value) => value?.kind ?? value?.source ?? "fulfilled",
        (error) => (error === reason ? "reason" : (error.code ?? String(error))),
      );
      if (isAborted) {
        await pause(200);
        sinceMs = performance.now();
        controller.abort(reason);
      }
      return [await Promise.race([under, pause(5_000).then(() => "it waits on")]), performance.now() - sinceMs];
    };
  });
  return page;
}

test("another tab's lock", async () => {
  const [holder, page] = [await bare.open(), await open()];
  const path = "/doc/lock";
  await holder.evaluate((path) => {
    const released = new Promise((resolve) => (globalThis.release = resolve));
    return new Promise((held) => void navigator.locks.request(`mergefetch ${new URL(path, location.href)}`, () => (held(), released)));
  }, path);
  const found = await page.evaluate(
    async ([path, timeoutMs]) => {
      const store = mergefetch.indexedDb({ name: "lock", partition: () => "ann" });
      const clients = [60_000, timeoutMs].map((timeoutMs) => mergefetch.createClient({ timeoutMs, drafts: helpers.keepDrafts(store) }));
      globalThis.base = await clients[0].get(path);
      globalThis.http = clients[0];
      const aborted = await ended((init) => clients[0].save(base, { a: 2, b: 1 }, init));
      const late = await ended(() => clients[1].save(base, { a: 3, b: 1 }), false);
      return { aborted, late, drafts: (await store.keys("DRAFT")).length, waiting: (await navigator.locks.query()).pending.length };
    },
    [path, TIMEOUT_MS],
  );
  assert.equal(found.aborted[0], "reason");
  assert.ok(found.aborted[1] < LIMIT_MS, `${found.aborted[1]} ms`);
  assert.equal(found.late[0], "network");
  assert.ok(found.late[1] < TIMEOUT_MS + LIMIT_MS, `${found.late[1]} ms`);
  assert.deepEqual([found.drafts, found.waiting], [2, 0], "both drafts stay, and nobody waits for the lock");
  assert.equal(documents.get(path).version, 1, "nothing was sent");
  const next = page.evaluate(async () => (await http.save(base, { a: 2, b: 1 })).kind);
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(documents.get(path).version, 1, "the next save waits for the lock, too");
  await holder.evaluate(() => release());
  assert.equal(await next, "saved");
  for (const one of [holder, page]) await one.close();
});

test("a database that another tab blocks", async () => {
  const [holder, page] = [await bare.open(), await open()];
  // It ignores requests to close, and a deletion of the database is pending. Every call that opens the database waits.
  await holder.evaluate(async () => {
    globalThis.blocking = await new Promise((resolve) => {
      const opening = indexedDB.open("mergefetch", 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore("entries", { keyPath: "id" }).createIndex("used", "used");
      opening.onsuccess = () => resolve(opening.result);
    });
    indexedDB.deleteDatabase("mergefetch");
    await new Promise((resolve) => setTimeout(resolve, 100));
  });
  const found = await page.evaluate(async (timeoutMs) => {
    const store = () => mergefetch.indexedDb({ partition: () => "ann" });
    const client = (timeoutMs) => mergefetch.createClient({ timeoutMs, store: store(), drafts: helpers.keepDrafts(store()) });
    await mergefetch.init();
    const base = await mergefetch.createClient().get("/doc/blocked");
    const put = { method: "PUT", body: "{}", headers: { "content-type": "application/json" } };
    const aborted = {};
    const calls = {
      get: (init) => client(60_000).get("/doc/blocked", init),
      save: (init) => client(60_000).save(base, { a: 2, b: 1 }, init),
      update: (init) => client(60_000).update("/doc/blocked", () => undefined, init),
      fetch: (init) => client(60_000).fetch("/doc/blocked", init),
      put: (init) => client(60_000).fetch("/doc/blocked", { ...put, ...init }),
    };
    for (const [name, call] of Object.entries(calls)) aborted[name] = await ended(call);
    const late = [await ended(() => client(timeoutMs).get("/doc/blocked"), false), await ended(() => client(timeoutMs).clear(), false)];
    const saved = await ended(() => client(timeoutMs).save(base, { a: 2, b: 1 }), false);
    return { aborted, late, saved };
  }, TIMEOUT_MS);
  for (const [name, [end, ms]] of Object.entries(found.aborted)) {
    assert.equal(end, "reason", name);
    assert.ok(ms < LIMIT_MS, `${name}: ${ms} ms`);
  }
  assert.deepEqual(found.late.map(([end]) => end), ["network", "store"], "a read needs no store");
  for (const [, ms] of found.late) assert.ok(ms < TIMEOUT_MS + LIMIT_MS, `${ms} ms`);
  assert.equal(found.saved[0], "saved", "nor does a save");
  // When the tab is closed, the database is available again.
  await holder.close();
  const sources = await page.evaluate(async () => {
    const http = mergefetch.createClient({ store: mergefetch.indexedDb({ partition: () => "ann" }) });
    return [(await http.get("/doc/blocked")).source, (await http.get("/doc/blocked")).source];
  });
  assert.equal(sources[0], "network");
  await page.close();
});

test("a worker that says nothing", async () => {
  const page = await open();
  const found = await page.evaluate(async () => {
    const { createMergeWorker } = await import("/mergefetch/worker.js");
    let isSilent = true;
    const silent = () => new Worker(URL.createObjectURL(new Blob(["onmessage = () => {};"], { type: "text/javascript" })));
    const real = () => new Worker("/mergefetch/worker-thread.js", { type: "module" });
    const worker = createMergeWorker({ worker: () => (isSilent ? silent() : real()) });
    const ends = await Promise.all([
      ended(({ signal }) => worker.mergeText("a\n", "b\n", "a\n", { signal })),
      // It waits behind the first one.
      ended(({ signal }) => worker.mergeJson({}, { a: 1 }, {}, { signal })),
    ]);
    isSilent = false;
    return [...ends, (await worker.mergeText("a\n", "b\n", "a\n")).text];
  });
  for (const [end, ms] of found.slice(0, 2)) {
    assert.equal(end, "reason");
    assert.ok(ms < LIMIT_MS, `${ms} ms`);
  }
  assert.equal(found[2], "b\n", "the next call has a worker that answers");
  await page.close();
});

test("a module whose download never ends, and a document whose body never ends", async () => {
  const page = await open();
  const bodies = await page.evaluate(async () => {
    await mergefetch.init();
    return [await ended((init) => mergefetch.createClient().get("/doc/endless", init)), await ended(() => mergefetch.createClient({ timeoutMs: 300, retry: { rounds: 0 } }).get("/doc/endless"), false)];
  });
  await page.reload();
  await page.close();
  const other = await open();
  const modules = await other.evaluate(async (timeoutMs) => {
    mergefetch.init("/doc/endless.wasm").catch(() => {});
    const store = mergefetch.memory();
    const client = (timeoutMs) => mergefetch.createClient({ timeoutMs, drafts: helpers.keepDrafts(store) });
    const base = { url: `${location.origin}/doc/a`, value: { a: 1 }, version: '"1"', protection: "strong", source: "cache" };
    const ends = [];
    for (const isAborted of [true, false]) {
      for (const call of [(http, init) => http.update("/doc/a", (draft) => ({ ...draft, a: 2 }), init), (http, init) => http.save(base, { a: 2 }, init)]) {
        ends.push(await ended((init) => call(client(isAborted ? 60_000 : timeoutMs), init), isAborted));
      }
    }
    return [...ends, (await store.keys("DRAFT")).length];
  }, TIMEOUT_MS);
  assert.deepEqual([bodies[0][0], bodies[1][0]], ["reason", "network"]);
  assert.deepEqual(modules.slice(0, 4).map(([end]) => end), ["reason", "reason", "not-started", "not-started"]);
  for (const [end, ms] of [...bodies, ...modules.slice(0, 4)]) assert.ok(ms < (end === "reason" ? 0 : TIMEOUT_MS) + LIMIT_MS, `${end}: ${ms} ms`);
  assert.equal(modules[4], 2, "each client keeps its draft");
  await other.close();
});
