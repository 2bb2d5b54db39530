// The store that outlives the page.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";

import { startBare } from "./bare.mjs";

let bare;

/** /doc/large can be written; it compares versions. */
let large = { version: 0 };
/** Browsers compress the content of their database. */
const BIG = randomBytes(3_000_000).toString("base64");

async function answerLarge(request, response) {
  let body = "";
  for await (const part of request) body += part;
  const tag = () => `"large-${large.version}"`;
  if (request.method === "PUT") {
    const named = request.headers["if-match"];
    if (named !== undefined && named !== tag()) return response.writeHead(412).end();
    large = { version: large.version + 1, body };
    return response.writeHead(204, { etag: tag() }).end();
  }
  const headers = { etag: tag(), "cache-control": "no-cache", "content-type": "application/json" };
  response.writeHead(200, headers).end(large.body ?? JSON.stringify({ at: "large", big: BIG }));
}

/** Documents that the browser's own cache may not keep, so that only the store can make a 304. */
async function answer(request, response, pathname) {
  if (pathname === "/doc/large") return answerLarge(request, response);
  const headers = { etag: `"${pathname}"`, "cache-control": "no-cache", "content-type": "application/json" };
  if (request.headers["if-none-match"] === headers.etag) return response.writeHead(304, headers).end();
  if (pathname.endsWith("/secret")) headers["cache-control"] = "no-store";
  response.writeHead(200, headers).end(JSON.stringify({ at: pathname, big: "x".repeat(1000) }));
}

before(async () => {
  bare = await startBare(answer);
});

after(() => bare?.stop());

/** Reads paths with a new client, as after a reload; gives where each snapshot came from. */
const read = (paths, options) => async (page) =>
  page.evaluate(
    async ([paths, { partition, maxBytes }]) => {
      const store = mergefetch.indexedDb({ partition: () => partition, ...(maxBytes && { maxBytes }) });
      const http = mergefetch.createClient({ store });
      const sources = [];
      for (const path of paths) sources.push((await http.get(path)).source);
      return sources;
    },
    [paths, options],
  );

test("what was read is revalidated after a reload, by its own user only", async () => {
  const page = await bare.open();
  const ann = { partition: "ann" };
  assert.deepEqual(await read(["/doc/a", "/doc/a"], ann)(page), ["network", "revalidated"]);
  await page.close();
  const later = await bare.open();
  assert.deepEqual(await read(["/doc/a"], ann)(later), ["revalidated"]);
  assert.deepEqual(await read(["/doc/a"], { partition: "ben" })(later), ["network"]);
  assert.deepEqual(await read(["/doc/a", "/doc/a"], { partition: null })(later), ["network", "network"]);
  await later.close();
});

test("what says no-store is never kept", async () => {
  const page = await bare.open();
  const kept = await page.evaluate(async () => {
    const store = mergefetch.indexedDb({ partition: () => "carl" });
    const http = mergefetch.createClient({ store });
    await http.get("/doc/secret");
    return store.keys("");
  });
  assert.deepEqual(kept, []);
  await page.close();
});

test("clear() empties the current partition, or a named one, and no other", async () => {
  const page = await bare.open();
  const counts = await page.evaluate(async () => {
    let user = "dora";
    // Only the module stores a response.
    await mergefetch.init();
    const store = mergefetch.indexedDb({ partition: () => user });
    const http = mergefetch.createClient({ store });
    const count = async (of) => {
      user = of;
      return (await store.keys("")).length;
    };
    await http.get("/doc/1");
    user = "emil";
    await http.get("/doc/2");
    await http.get("/doc/3");
    const counts = [await count("dora"), await count("emil")];
    await http.clear("dora");
    counts.push(await count("dora"), await count("emil"));
    await http.clear();
    counts.push(await count("emil"));
    return counts;
  });
  assert.deepEqual(counts, [1, 2, 0, 2, 0]);
  await page.close();
});

test("the least recently used goes first where room is short", async () => {
  const page = await bare.open();
  const options = { partition: "finn", maxBytes: 3000 };
  assert.deepEqual(await read(["/doc/x", "/doc/y", "/doc/x", "/doc/z"], options)(page), ["network", "network", "revalidated", "network"]);
  assert.deepEqual(await read(["/doc/x", "/doc/y"], options)(page), ["revalidated", "network"]);
  await page.close();
});

test("a database that fails costs a warning and a read, never a result", async () => {
  const page = await bare.open();
  const [kind, warnings] = await page.evaluate(async () => {
    const open = indexedDB.open.bind(indexedDB);
    Object.defineProperty(indexedDB, "open", { configurable: true, value: () => { throw new DOMException("no", "SecurityError"); } });
    const warnings = [];
    const store = mergefetch.indexedDb({ partition: () => "gina" });
    const http = mergefetch.createClient({ store, on: { warning: ({ code }) => warnings.push(code) } });
    const { source } = await http.get("/doc/a");
    Object.defineProperty(indexedDB, "open", { value: open });
    return [source, warnings];
  });
  assert.deepEqual([kind, warnings], ["network", ["store"]]);
  await page.close();
});

const NO_QUOTA = process.env.E2E_BROWSER === "firefox" && "only Chromium lets a test say how much room there is";

test("a browser whose storage is full costs a warning, never a read or a save", { skip: NO_QUOTA }, async () => {
  // An origin of its own: Chromium remembers for a while how much room there was.
  const own = await startBare(answer);
  const page = await own.open();
  const browser = await page.context().newCDPSession(page);
  await browser.send("Storage.overrideQuotaForOrigin", { origin: new URL(page.url()).origin, quotaSize: 1_000_000 });
  const result = await page.evaluate(async () => {
    const warnings = [];
    await mergefetch.init();
    const store = mergefetch.indexedDb({ partition: () => "hugo" });
    const http = mergefetch.createClient({ store, on: { warning: ({ code }) => warnings.push(code) } });
    await http.get("/doc/small");
    const base = await http.get("/doc/large");
    const kept = (await store.keys("")).length;
    const saved = await http.save(base, { ...base.value, at: "mine" });
    return [base.value.big.length, kept, saved.kind, warnings];
  });
  assert.deepEqual(result, [BIG.length, 1, "saved", ["storage-full"]]);
  await own.stop();
});

test("the base of an open edit is never evicted: it stands beside the snapshot, not in the store", async () => {
  const page = await bare.open();
  const results = await page.evaluate(async () => {
    const results = [];
    const stores = [mergefetch.memory({ maxBytes: 0 }), mergefetch.indexedDb({ partition: () => "ina", maxBytes: 1 })];
    for (const [index, store] of stores.entries()) {
      const http = mergefetch.createClient({ store });
      const base = await http.get("/doc/large");
      // Somebody else; then much else is read meanwhile.
      await fetch("/doc/large", { method: "PUT", body: JSON.stringify({ ...base.value, theirs: index }) });
      for (let number = 0; number < 20; number++) await http.get(`/doc/other-${number}`);
      const saved = await http.save(base, { ...base.value, mine: index });
      results.push([(await store.keys("")).length, saved.kind, saved.snapshot.value.theirs, saved.snapshot.value.mine]);
    }
    return results;
  });
  assert.deepEqual(results, [[0, "merged", 0, 0], [0, "merged", 1, 1]]);
  await page.close();
});
