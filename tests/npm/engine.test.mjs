// The engine is loaded when a call needs it. One process of its own, as it is loaded once for all.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { after, test } from "node:test";

import { createClient, init, memory, mergeText } from "mergefetch";
import { keepDrafts } from "mergefetch/helpers";

import { isError } from "./support.mjs";

const ENGINE_BYTES = (await readFile(new URL(import.meta.resolve("mergefetch/engine.wasm")))).byteLength;

/** What became of the attempts to load the engine; while `isBlocked`, each fails. */
const loads = [];
let isBlocked = false;
const compile = WebAssembly.compile;
WebAssembly.compile = (bytes) => {
  if (bytes.byteLength !== ENGINE_BYTES) return compile(bytes);
  loads.push(isBlocked ? "refused" : "loaded");
  return isBlocked ? Promise.reject(new Error("the engine is blocked")) : compile(bytes);
};

/** A document on a server that compares versions. `answer` makes the answer to a write. */
const documents = new Map();
const answers = { none: (response) => response.end(), whole: (response, { text }) => response.end(text), stamped: (response, { text }) => response.end(text) };
const server = createServer(async (request, response) => {
  const [, kind] = request.url.split("/");
  const known = documents.get(request.url);
  let body = "";
  for await (const chunk of request) body += chunk;
  if (request.method === "GET") {
    if (known === undefined) return response.writeHead(404).end();
    return response.writeHead(200, { etag: `"${known.version}"`, "content-type": "application/json" }).end(known.text);
  }
  const isCurrent = known === undefined ? request.headers["if-none-match"] === "*" : request.headers["if-match"] === `"${known.version}"`;
  if (!isCurrent) return response.writeHead(412).end();
  if (request.method === "DELETE") return documents.delete(request.url), response.writeHead(204).end();
  const text = kind === "stamped" ? JSON.stringify({ ...JSON.parse(body), stamp: (known?.version ?? 0) + 1 }) : body;
  const now = { text, version: (known?.version ?? 0) + 1 };
  documents.set(request.url, now);
  response.writeHead(known === undefined ? 201 : 200, { "content-type": "application/json", ...(kind !== "none" && { etag: `"${now.version}"` }) });
  answers[kind](response, now);
});
await once(server.listen(0, "127.0.0.1"), "listening");
after(() => (server.close(), server.closeAllConnections()));

let count = 0;
const address = (kind, text) => {
  const path = `/${kind}/${count++}`;
  if (text !== undefined) documents.set(path, { text, version: 1 });
  return { path, url: `http://127.0.0.1:${server.address().port}${path}` };
};
const theirs = (path, text) => documents.set(path, { text, version: documents.get(path).version + 1 });
const makeClient = (options) => createClient({ preload: "never", ...options });

for (const kind of Object.keys(answers)) {
  test(`an answer with ${kind} document: plain saves of one form, and the memory that they leave, need no engine`, async () => {
    const http = makeClient();
    const { path, url } = address(kind, '{"title":"a","n":1}');
    let base = await http.get(url);
    // A base with members of the server's own is one line, too.
    for (const title of ["b", "c", "d"]) {
      const saved = await http.save(base, { ...base.value, title });
      assert.equal(saved.kind, "saved");
      base = saved.snapshot.version === null ? await http.get(url) : saved.snapshot;
    }
    assert.equal(JSON.parse(documents.get(path).text).title, "d");
    assert.equal((await http.save(base, base.value)).kind, "unchanged");
    assert.deepEqual(loads, []);
  });
}

test("creations, removals, changes and texts without a refusal need no engine", async () => {
  const http = makeClient();
  const { url } = address("none");
  const created = await http.create(url, { title: "a" });
  assert.equal(created.kind, "created");
  assert.equal((await http.update(url, (value) => ({ ...value, title: "b" }))).kind, "saved");
  assert.equal((await http.remove(await http.get(url))).kind, "removed");
  assert.deepEqual(loads, []);
});

test("writes by `fetch` without a refusal need no engine", async () => {
  const http = makeClient();
  const { path, url } = address("whole", '{"title":"a"}');
  const { title } = await (await http.fetch(url)).json();
  for (const next of ["b", "c"]) assert.ok((await http.fetch(url, { method: "PUT", body: JSON.stringify({ title: title + next }) })).ok);
  assert.equal(documents.get(path).text, '{"title":"ac"}');
  assert.deepEqual(await (await http.fetch(url)).json(), { title: "ac" });
  const silent = address("none", '{"title":"a"}');
  await (await http.fetch(silent.url)).json();
  assert.ok((await http.fetch(silent.url, { method: "PUT", body: '{"title":"b"}' })).ok);
  assert.ok((await http.fetch(url, { method: "DELETE" })).ok);
  assert.deepEqual(loads, []);
});

test("a save without an answer is a refusal also while the engine cannot be loaded, and the next save finds what arrived", async () => {
  const store = memory();
  let isLost = true;
  const fetchOrLose = async (request) => {
    const answer = await fetch(request);
    if (!isLost || request.method !== "PUT") return answer;
    throw new TypeError("offline");
  };
  const http = makeClient({ drafts: keepDrafts(store), fetch: fetchOrLose });
  const { path, url } = address("none", '{"title":"a"}');
  const base = await http.get(url);
  isBlocked = true;
  const lost = await http.save(base, { title: "mine" });
  assert.deepEqual([lost.ok, lost.kind, lost.mine], [false, "unknown", { title: "mine" }]);
  assert.equal(documents.get(path).text, '{"title":"mine"}', "the request arrived");
  assert.equal((await store.keys("DRAFT")).length, 1);
  assert.deepEqual(loads.splice(0), ["refused"]);
  isLost = isBlocked = false;
  const changed = await http.update(url, (value) => ({ ...value, n: 1 }));
  assert.ok(changed.ok);
  assert.equal(documents.get(path).text, '{"title":"mine","n":1}');
});

test("a success is a success also while neither the read after it nor the engine can be had", async () => {
  let isSaved = false;
  const http = makeClient({
    fetch: async (request) => {
      if (isSaved) throw new TypeError("offline");
      isSaved = request.method === "PUT";
      return fetch(request);
    },
  });
  const { path, url } = address("none", '{"title":"a"}');
  const base = await http.get(url);
  isBlocked = true;
  const { kind, snapshot } = await http.save(base, { title: "b" });
  isBlocked = false;
  assert.deepEqual([kind, snapshot.value, snapshot.version], ["saved", { title: "b" }, null]);
  assert.equal(documents.get(path).text, '{"title":"b"}');
  assert.deepEqual(loads, []);
});

test("a read that finds somebody else's edit is answered also while the engine cannot be loaded", async () => {
  const http = makeClient({ retry: { baseDelayMs: 1 } });
  const { path, url } = address("whole", '{"title":"a"}');
  assert.ok((await http.save(await http.get(url), { title: "mine" })).ok);
  theirs(path, '{"title":"theirs"}');
  isBlocked = true;
  assert.deepEqual((await http.get(url)).value, { title: "theirs" });
  assert.ok(loads.length > 0 && loads.splice(0).every((load) => load === "refused"));
  isBlocked = false;
});

test("a refused write whose engine cannot be loaded says so and keeps its draft; the next call gets the conflict", async () => {
  const store = memory();
  const http = makeClient({ drafts: keepDrafts(store) });
  const { path, url } = address("none", '{"title":"a"}');
  const base = await http.get(url);
  theirs(path, '{"title":"theirs"}');
  isBlocked = true;
  await assert.rejects(http.save(base, { title: "mine" }), (error) => {
    isError("not-started")(error);
    return /the engine is blocked/.test(error.message);
  });
  assert.equal((await store.keys("DRAFT")).length, 1);
  assert.equal(documents.get(path).text, '{"title":"theirs"}');
  isBlocked = false;
  const result = await http.save(base, { title: "mine" });
  assert.equal(result.kind, "conflict");
  assert.equal(result.conflict.changes.length, 1);
  assert.deepEqual(loads, ["refused", "loaded"]);
});

test("what the core remembered without the engine is compared as if it had been there", async () => {
  const http = makeClient();
  const { path, url } = address("stamped", '{"title":"a","tags":[]}');
  const base = await http.get(url);
  assert.ok((await http.save(base, { ...base.value, title: "b" })).ok);
  // The second save from the old base is merged with the first, and with somebody else's tag.
  theirs(path, JSON.stringify({ ...JSON.parse(documents.get(path).text), tags: ["x"] }));
  const again = await http.save(base, { ...base.value, title: "c" });
  assert.equal(again.kind, "merged");
  const { title, tags } = JSON.parse(documents.get(path).text);
  assert.deepEqual([title, tags], ["c", ["x"]]);
});

test("init() loads the engine, too", async () => {
  await init();
  assert.equal(mergeText("a\n", "b\n", "a\n").text, "b\n");
  assert.deepEqual(loads, ["refused", "loaded"]);
});
