// Writes whose fate is unknown: nothing is counted twice, and no save counts as unchanged before the server was asked.
import assert from "node:assert/strict";
import { before, test } from "node:test";

import { MergefetchError, createClient, init } from "mergefetch";

before(() => init());

const URL_OF = "http://host/doc";

/** A server in this process. It carries out each write, and then answers it by the next of the `fates`: "lost" or "busy". */
function serverOf(value, { isDated = false } = {}) {
  const server = { value, version: 1, at: Date.parse("2026-01-01T00:00:00Z"), fates: [], isOffline: false, log: [] };
  const tag = () => (isDated ? { "last-modified": new Date(server.at).toUTCString() } : { etag: `"${server.version}"` });
  const isStale = ({ headers }) => {
    const since = headers.get("if-unmodified-since");
    return (headers.get("if-match") ?? `"${server.version}"`) !== `"${server.version}"` || (since && Date.parse(since) < Math.floor(server.at / 1000) * 1000);
  };
  server.put = (next) => {
    server.value = next;
    server.version += 1;
  };
  server.fetch = async (request) => {
    server.log.push(`${request.method} ${request.headers.get("if-match") ?? ""}`.trim());
    if (request.method === "GET") {
      if (server.isOffline) throw new TypeError("offline");
      return new Response(JSON.stringify(server.value), { headers: { "content-type": "application/json", ...tag() } });
    }
    if (isStale(request)) return new Response(null, { status: 412 });
    server.put(JSON.parse(await request.text()));
    server.afterPut?.();
    const fate = server.fates.shift();
    if (fate === "lost") throw new TypeError("lost");
    if (fate === "busy") return new Response(null, { status: 503, headers: { "retry-after": "0" } });
    if (fate === "busy for long") return new Response(null, { status: 503, headers: { "retry-after": "9999" } });
    return new Response(null, { status: 204, headers: tag() });
  };
  return server;
}

const clientOf = ({ fetch }, options = {}) => createClient({ fetch, retry: { baseDelayMs: 0, rounds: 2 }, ...options });

test("an update that was answered 503 with Retry-After is not counted twice", async () => {
  const server = serverOf({ n: 0 });
  server.fates = ["busy"];
  const result = await clientOf(server).update(URL_OF, ({ n }) => ({ n: n + 1 }));
  assert.deepEqual(server.value, { n: 1 });
  assert.equal(result.kind, "unknown");
});

test("an increment with a lost answer is unknown if somebody counted down, and not a conflict to submit", async () => {
  for (const fate of ["lost", "busy"]) {
    const routes = [{ match: "*", merge: { rules: { "/n": "counter" } } }];
    const calls = [
      (server) => clientOf(server).update(URL_OF, ({ n }) => ({ n: n + 1 })),
      async (server) => {
        const client = clientOf(server, { routes });
        return client.save(await client.get(URL_OF), { n: 4 });
      },
    ];
    for (const call of calls) {
      const server = serverOf({ n: 3 });
      server.fates = [fate];
      server.afterPut = () => server.put({ n: 3 });
      const result = await call(server);
      assert.equal(result.kind, "unknown", fate);
      assert.deepEqual(server.value, { n: 3 });
    }
  }
});

test("a value that was typed back after a lost save is written", async () => {
  for (const fate of ["lost", "busy for long"]) {
    const server = serverOf({ t: "old" });
    const client = clientOf(server);
    const note = await client.get(URL_OF);
    server.fates = [fate];
    server.isOffline = true;
    assert.equal((await client.save(note, { t: "new" })).ok, false);
    server.isOffline = false;
    assert.equal((await client.save(note, { t: "old" })).ok, true);
    assert.deepEqual(server.value, { t: "old" }, fate);
  }
});

test("after two saves without an answer, typing everything back reverts both, whichever was carried out", async () => {
  for (const lost of [["lost"], [], ["lost", "lost"]]) {
    const server = serverOf({ a: "a", b: "b", c: "c" });
    const fetch = async (request) => {
      if (request.method === "PUT" && server.isOffline && server.fates.length === 0) throw new TypeError("offline");
      return server.fetch(request);
    };
    const client = createClient({ fetch, retry: { baseDelayMs: 0, rounds: 1 } });
    const note = await client.get(URL_OF);
    server.fates = [...lost];
    server.isOffline = true;
    assert.equal((await client.save(note, { ...note.value, c: "first" })).ok, false);
    assert.equal((await client.save(note, { ...note.value, a: "second" })).ok, false);
    server.isOffline = false;
    server.fates = [];
    assert.equal((await client.save(note, note.value)).ok, true);
    assert.deepEqual(server.value, note.value, `${lost.length} carried out`);
  }
});

test("typing an unanswered edit back keeps the edit that was acknowledged before", async () => {
  const server = serverOf({ a: "a", b: "b" });
  const client = clientOf(server);
  const note = await client.get(URL_OF);
  assert.equal((await client.save(note, { a: "saved", b: "b" })).kind, "saved");
  server.fates = ["lost"];
  server.isOffline = true;
  assert.equal((await client.save(note, { a: "a", b: "unanswered" })).ok, false);
  server.isOffline = false;
  assert.equal((await client.save(note, note.value)).ok, true);
  assert.deepEqual(server.value, { a: "saved", b: "b" });
});

test("a lagging read of a version that the client has read before does not prove a save whose answer was lost", async () => {
  const states = [{ open: true }];
  const tag = (state) => `"${state.open}"`;
  const lost = { isNext: false, isLagging: false };
  const fetch = async ({ method, headers }) => {
    if (method === "GET") {
      const state = lost.isLagging ? states[0] : states.at(-1);
      lost.isLagging = false;
      return new Response(JSON.stringify(state), { headers: { "content-type": "application/json", etag: tag(state) } });
    }
    if (lost.isNext) {
      Object.assign(lost, { isNext: false, isLagging: true });
      throw new TypeError("lost");
    }
    if (headers.get("if-match") !== tag(states.at(-1))) return new Response(null, { status: 412 });
    states.push({ open: true });
    return new Response(null, { status: 204, headers: { etag: tag(states.at(-1)) } });
  };
  const client = createClient({ fetch, retry: { baseDelayMs: 0, rounds: 2 } });
  await client.get(URL_OF);
  states.push({ open: false });
  const note = await client.get(URL_OF);
  lost.isNext = true;
  const result = await client.save(note, { open: true });
  assert.deepEqual([result.ok, states.length], [true, 3], `${result.kind}`);
});

test("theirs that is taken after a lost overwrite is not called unchanged while the server holds mine", async () => {
  const server = serverOf({ t: "base" });
  const client = clientOf(server);
  const note = await client.get(URL_OF);
  server.put({ t: "theirs" });
  const { conflict } = await client.save(note, { t: "mine" });
  server.fates = ["lost"];
  server.isOffline = true;
  assert.equal((await conflict.overwrite()).ok, false);
  server.isOffline = false;
  const result = await conflict.take("theirs").submit();
  assert.ok(!result.ok || server.value.t === "theirs", `${result.kind}, and the server holds ${server.value.t}`);
});

test("a copied snapshot with a date is compared with what the server holds, as two edits may have one date", async () => {
  const server = serverOf({ t: "a", tags: ["x"] }, { isDated: true });
  const copy = JSON.parse(JSON.stringify(await clientOf(server).get(URL_OF)));
  // Within the same second.
  server.put({ t: "a", tags: ["x", "theirs"] });
  await clientOf(server).save(copy, { t: "mine", tags: ["x"] });
  assert.deepEqual(server.value, { t: "mine", tags: ["x", "theirs"] });
});

test("a PUT names the version of a document that is too large to be remembered", async () => {
  const server = serverOf({ t: "x".repeat(9_000_000) });
  const client = clientOf(server);
  for (const path of ["/1", "/2"]) await (await client.fetch(`http://host${path}`)).text();
  server.log.length = 0;
  await client.fetch("http://host/1", { method: "PUT", body: '{"t":"y"}', headers: { "content-type": "application/json" } });
  assert.equal(server.log[0], 'PUT "1"');
});

test("with `once` nothing is sent again", async () => {
  for (const status of [503, 429, 425]) {
    let count = 0;
    const fetch = async ({ method }) => {
      count += method === "GET" ? 0 : 1;
      return new Response(null, { status: method === "GET" ? 404 : status, headers: { "retry-after": "0" } });
    };
    const client = createClient({ fetch, retry: { baseDelayMs: 0 }, routes: [{ match: /./, once: true }] });
    const result = await client.create(URL_OF, { t: 1 }, { method: "POST", headers: { "idempotency-key": "1" } });
    assert.deepEqual([result.ok, count], [false, 1], `${status}`);
  }
});

test("an error that the page's own function throws reaches the caller unchanged", async () => {
  const server = serverOf({ n: 0 });
  const other = createClient({ fetch: async () => new Response('{"title":"No"}', { status: 422, headers: { "content-type": "application/json" } }) });
  const inner = await other.get(URL_OF).catch((error) => error);
  assert.ok(inner instanceof MergefetchError);
  const own = Object.assign(new Error("own"), { code: "http", details: {} });
  for (const thrown of [inner, own]) {
    const fail = () => {
      throw thrown;
    };
    await assert.rejects(clientOf(server).update(URL_OF, fail), (error) => error === thrown);
  }
});
