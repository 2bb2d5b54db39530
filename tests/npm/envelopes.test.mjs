// Routes: documents in envelopes, members that only the server sets, authors, and versions as received.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { createClient, memory } from "mergefetch";
import { keepDrafts } from "mergefetch/helpers";

let server;
let baseUrl;
/** By path: the bytes that a server holds, and the number of their changes. */
const rows = new Map();
const log = [];
const TYPES = { json: "application/vnd.lab+json", ics: "text/calendar; charset=utf-8", own: "application/json", managed: "application/json" };

const put = (path, body) => rows.set(path, { revision: (rows.get(path)?.revision ?? 0) + 1, body });

before(async () => {
  server = createServer(async (request, response) => {
    let text = "";
    for await (const part of request) text += part;
    const { pathname } = new URL(request.url, "http://x");
    const kind = pathname.split("/")[1];
    const row = rows.get(pathname);
    const tag = row && `"${row.revision}"`;
    log.push({ method: request.method, path: pathname, type: request.headers["content-type"], body: text, headers: request.headers });
    const type = { "content-type": TYPES[kind], "x-author": "Zoe", "x-time": "2026-01-02T03:04:05Z" };
    if (request.method === "GET") return row ? response.writeHead(200, { ...type, etag: tag }).end(row.body) : response.writeHead(404).end();
    if (request.method === "POST") {
      put(`${pathname}/1`, text);
      return response.writeHead(201, { location: `${pathname}/1` }).end();
    }
    const isStale = kind === "own" ? request.headers["x-expect"] !== encodeURIComponent(`n\u00ba 100% "${row?.revision}"`) : request.headers["if-match"] !== tag;
    if (row ? isStale : request.headers["if-none-match"] !== "*") return response.writeHead(412, { "content-type": "application/json" }).end('{"error":"stale"}');
    if (request.method === "DELETE") {
      rows.delete(pathname);
      return response.writeHead(204).end();
    }
    // Members that only the server sets.
    if (request.method === "PATCH") return response.writeHead(400).end();
    if (kind === "managed") text = JSON.stringify({ ...JSON.parse(text), id: 7, updatedAt: (row?.revision ?? 0) + 1, parts: JSON.parse(text).parts?.map((part, at) => ({ ...part, id: at })) });
    put(pathname, text);
    if (kind === "json" && request.headers["x-report"]) return response.writeHead(200, { "content-type": "application/json", etag: `"${rows.get(pathname).revision}"` }).end('{"status":"ok"}');
    response.writeHead(row ? 204 : 201, { etag: `"${rows.get(pathname).revision}"` }).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  baseUrl = `http://127.0.0.1:${server.address().port}/`;
});

after(() => {
  server.closeAllConnections();
  server.close();
});

const body = { unwrap: ({ data }) => data, wrap: (value, before) => ({ ...before, data: value }) };
const enveloped = (rule = {}, options = {}) => createClient({ baseUrl, ...options, routes: [{ match: "*", body, ...rule }] });
const held = (path) => rows.get(path).body;
const parsed = (path) => JSON.parse(held(path));

test("a document leaves its envelope at every read and goes back into it at every write, and the envelope stays", async () => {
  put("/json/1", '{"meta":{"owner":"ann","serial":12345678901234567890},"data":{"title":"a","n":1}}');
  const [ann, ben] = [enveloped(), enveloped()];
  const [a, b] = [await ann.get("json/1"), await ben.get("json/1")];
  assert.deepEqual(a.value, { title: "a", n: 1 });
  assert.equal((await ann.save(a, { ...a.value, title: "aa" })).kind, "saved");
  assert.equal((await ben.save(b, { ...b.value, n: 2 })).kind, "merged");
  assert.equal(held("/json/1"), '{"meta":{"owner":"ann","serial":12345678901234567890},"data":{"title":"aa","n":2}}');
  assert.equal(log.at(-1).type ?? log.findLast(({ method }) => method === "PUT").type, "application/vnd.lab+json");

  const one = await ben.get("json/1");
  await ann.save(await ann.get("json/1"), { title: "hers", n: 2 });
  const { conflict } = await ben.save(one, { title: "his", n: 2 });
  assert.deepEqual(conflict.theirs.value, { title: "hers", n: 2 });
  assert.equal((await conflict.take("mine").submit()).kind, "saved");
  assert.deepEqual(parsed("/json/1").data, { title: "his", n: 2 });
  assert.equal((await ben.update("json/1", (draft) => void draft.n++)).kind, "saved");
  assert.deepEqual(parsed("/json/1").data, { title: "his", n: 3 });
  assert.equal(parsed("/json/1").meta.owner, "ann");
  assert.equal((await ben.remove(await ben.get("json/1"))).kind, "removed");
});

test("numbers that JavaScript cannot hold survive envelopes", async () => {
  put("/json/numbers", '{"data": {"id": 12345678901234567890, "price": 1.10, "n": 1}, "v": 9007199254740993}');
  const client = enveloped();
  const note = await client.get("json/numbers");
  await client.save(note, { ...note.value, n: 2 });
  assert.match(held("/json/numbers"), /"id": ?12345678901234567890, ?"price": ?1\.10?, ?"n": ?2/);
  assert.match(held("/json/numbers"), /9007199254740993/);
});

test("each save uses the envelope of the version that it names", async () => {
  put("/json/history", '{"history":[],"data":{"title":"a"}}');
  const wrap = (data, before) => ({ ...before, data, history: [...before.history, data.title] });
  const client = enveloped({ body: { ...body, wrap } });
  let note = await client.get("json/history");
  for (const title of ["b", "c", "d"]) note = (await client.save(note, { title })).snapshot;
  assert.deepEqual(parsed("/json/history"), { history: ["b", "c", "d"], data: { title: "d" } });

  // The read is public, and the write has a token.
  const token = { headers: { authorization: "Bearer t" } };
  put("/json/token", '{"tags":["one"],"data":{"title":"a"}}');
  const reader = enveloped();
  await reader.save(await reader.get("json/token"), { title: "b" }, token);
  put("/json/token", '{"tags":["one","two"],"data":{"title":"b"}}');
  await reader.save(await reader.get("json/token"), { title: "c" }, token);
  assert.deepEqual(parsed("/json/token"), { tags: ["one", "two"], data: { title: "c" } });
});

test("an empty document stays inside its envelope", async () => {
  const text = { unwrap: ({ data }) => data ?? "", wrap: (data, before) => ({ ...before, data }) };
  const bytes = { unwrap: ({ data }) => Uint8Array.from(Buffer.from(data ?? "", "base64")), wrap: (data, before) => ({ ...before, data: Buffer.from(data).toString("base64") }) };
  put("/json/text", '{"owner":"ann","data":"hello"}');
  const texts = enveloped({ body: text });
  assert.equal((await texts.save(await texts.get("json/text"), "")).snapshot.value, "");
  assert.deepEqual(parsed("/json/text"), { owner: "ann", data: "" });
  put("/json/text", '{"owner":"ann","data":"again"}');
  assert.equal(await (await texts.fetch("json/text")).text(), "again");
  assert.equal((await texts.fetch("json/text", { method: "PUT", body: "" })).status, 204);
  assert.deepEqual(parsed("/json/text"), { owner: "ann", data: "" });
  assert.equal((await texts.create("json/texts", "", { method: "POST" })).kind, "created");
  assert.deepEqual(parsed("/json/texts/1"), { data: "" });

  put("/json/bytes", '{"owner":"ann","data":"aGk="}');
  const files = enveloped({ body: bytes, format: "bytes" });
  assert.equal((await files.save(await files.get("json/bytes"), new Uint8Array())).kind, "saved");
  assert.deepEqual(parsed("/json/bytes"), { owner: "ann", data: "" });
});

test("a request of fetch without a document is sent without an envelope", async () => {
  put("/json/none", '{"owner":"ann","data":{"n":1}}');
  await enveloped().fetch("json/none", { method: "PUT", headers: { "content-type": "application/json", "if-match": '"1"' }, body: "" });
  assert.equal(log.at(-1).body, "");
});

test("an error of `wrap` ends the call unchanged before anything is sent, and an error of `unwrap` is named", async () => {
  put("/json/errors", '{"data":{"title":"a"}}');
  const own = new RangeError("wrap failed");
  const failing = { throw: () => { throw own; }, undefined: () => undefined, promise: async (data) => ({ data }), cycle: () => { const cycle = {}; return Object.assign(cycle, { cycle }); } };
  for (const [name, wrap] of Object.entries(failing)) {
    const client = enveloped({ body: { ...body, wrap } });
    const note = await client.get("json/errors");
    const isExpected = (error) => (name === "throw" ? error === own : error.code === "invalid-argument");
    log.length = 0;
    await assert.rejects(client.save(note, { title: "b" }), isExpected);
    await assert.rejects(client.update("json/errors", () => ({ title: "b" })), isExpected);
    await assert.rejects(client.create("json/created", { title: "b" }, { method: "POST" }), isExpected);
    assert.deepEqual(log.filter(({ method }) => method !== "GET"), []);
  }
  await assert.rejects(enveloped({ body: { ...body, unwrap: ({ data }) => data.missing.title } }).get("json/errors"), /`unwrap` failed: Cannot read/);
});

test("the report of a promise or an invalid version names the function, and the result is not used", async () => {
  put("/json/async", '{"rev":3,"data":{"n":1}}');
  const read = () => "1";
  const write = (request) => request;
  const seen = async (rule) => {
    const warnings = [];
    const client = createClient({ baseUrl, routes: [{ match: "*", ...rule }], on: { warning: ({ code, message }) => warnings.push([code, message]) } });
    const { version, author, value } = await client.get("json/async");
    return { version, author, value, warnings };
  };
  const rules = {
    read: [{ version: { read: async () => "1", write } }, { version: { read: () => ({}), write } }, { version: { read: () => "\ud800", write } }],
    strip: [{ version: { read, write, strip: async ({ data }) => data } }],
    author: [{ author: async () => ({ name: "ann" }) }, { author: () => Promise.reject(new Error("late")) }],
  };
  for (const [name, list] of Object.entries(rules)) {
    for (const rule of list) {
      const { version, author, value, warnings } = await seen(rule);
      assert.deepEqual([author, value], [null, { rev: 3, data: { n: 1 } }]);
      if (name === "read") assert.equal(version, null);
      assert.deepEqual(warnings.map(([code]) => code), ["adapter"]);
      assert.match(warnings[0][1], new RegExp(`\`${name}\``));
    }
  }
  assert.equal((await seen({ version: { read: (_response, { rev }) => rev, write } })).version, "3");
  for (const unwrap of [async ({ data }) => data, () => Promise.reject(new Error("late"))]) {
    await assert.rejects(enveloped({ body: { ...body, unwrap } }).get("json/async"), /`unwrap` failed: .*Promise/);
  }
  await assert.rejects(enveloped({ body: { ...body, unwrap: () => 1n } }).get("json/async"), /`unwrap` failed: .*bigint/);

  const warnings = [];
  const version = { read, write: () => "no request" };
  const client = createClient({ baseUrl, routes: [{ match: "*", version }], retry: { rounds: 0 }, on: { warning: ({ message }) => warnings.push(message) } });
  await client.save(await client.get("json/async"), { rev: 4 });
  assert.match(warnings[0], /`write` of a version adapter failed: expected a Request/);
});

test("an answer to a creation that contains no document is still a success", async () => {
  const type = { "content-type": "application/json" };
  const answers = [Uint8Array.from([255, 0]), "[".repeat(5000) + "]".repeat(5000), "created"];
  for (const answer of answers) {
    const fetch = async ({ method }) => (method === "POST" ? new Response(answer, { status: 201, headers: typeof answer === "string" ? type : {} }) : new Response(null, { status: 404 }));
    const same = { unwrap: (one) => one, wrap: (one) => one };
    assert.equal((await enveloped({ body: same }, { baseUrl: "http://host/", fetch, retry: { rounds: 0 } }).create("list", { n: 1 }, { method: "POST" })).kind, "created");
  }
});

test("a text keeps its BOM, and stays a text where the route says so", async () => {
  const text = { unwrap: ({ data }) => data, wrap: (data, before) => ({ ...before, data }) };
  put("/json/bom", '{"data":"start"}');
  const client = enveloped({ body: text });
  assert.equal((await client.save(await client.get("json/bom"), "\ufeffhi")).snapshot.value, "\ufeffhi");
  assert.deepEqual(parsed("/json/bom"), { data: "\ufeffhi" });

  const same = { unwrap: (one) => one, wrap: (one) => one };
  const version = { read: ({ headers }) => headers.get("etag"), write: (request, tag) => (request.headers.set("if-match", tag), request), strip: (one) => one };
  for (const rule of [{ body: same }, { version, body: undefined }]) {
    for (const content of ['{"a":1}', "[todo] x", "\ufeffx\r\n"]) {
      put("/ics/text", content);
      const texts = enveloped({ ...rule, format: "text" });
      const note = await texts.get("ics/text");
      assert.equal(note.value, content);
      assert.equal((await texts.save(note, `${content}!`)).kind, "saved");
      assert.equal(held("/ics/text"), `${content}!`);
    }
  }
});

test("the document in a refusal answers only the next read of the same call", async () => {
  put("/json/refusal", '{"title":"a"}');
  const refusal = (response, found) => (found?.error === "stale" ? { theirs: parsed("/json/refusal"), version: `"${rows.get("/json/refusal").revision}"` } : null);
  const write = (request, version) => (request.headers.set("if-match", version), request);
  const version = { read: ({ headers }) => headers.get("etag"), write, refusal };
  const client = createClient({ baseUrl, routes: [{ match: "*", version }] });
  const send = (value) => client.fetch("json/refusal", { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify(value) });
  const form = await (await client.fetch("json/refusal")).json();
  put("/json/refusal", '{"title":"theirs"}');
  assert.equal((await send({ ...form, mine: true })).status, 412);
  put("/json/refusal", '{"title":"newest"}');
  assert.deepEqual((await client.get("json/refusal")).value, { title: "newest" });
});

test("a creation is wrapped in a new envelope", async () => {
  const seen = [];
  const wrap = (value, before) => (seen.push(before), { data: value });
  const client = enveloped({ body: { ...body, wrap } });
  const { kind, snapshot } = await client.create("json/new", { title: "a" });
  assert.deepEqual([kind, snapshot.value], ["created", { title: "a" }]);
  assert.deepEqual(parsed("/json/new"), { data: { title: "a" } });
  const below = await client.create("json/list", { title: "b" }, { method: "POST" });
  assert.deepEqual([below.kind, below.snapshot.value, parsed("/json/list/1")], ["created", { title: "b" }, { data: { title: "b" } }]);
  assert.deepEqual(seen, [undefined, undefined]);
  assert.equal((await client.create("json/new", { title: "c" })).conflict.kind, "create-create");
  await client.save(snapshot, { title: "d" });
  assert.deepEqual(seen.at(-1), { data: { title: "a" } });
});

test("an envelope that this client has not read is read before the write", async () => {
  put("/json/kept", '{"meta":"kept","data":{"n":1}}');
  const store = memory();
  await enveloped({}, { store }).get("json/kept");
  // Revalidated by a 304, or handed on from another client: this client has not read the body.
  const copy = JSON.parse(JSON.stringify(structuredClone(await enveloped({}, { store }).get("json/kept"))));
  assert.equal((await enveloped().save(copy, { n: 2 })).kind, "saved");
  assert.equal(held("/json/kept"), '{"meta":"kept","data":{"n":2}}');
  const drafts = keepDrafts(memory());
  const client = enveloped({}, { drafts, fetch: (request) => (request.method === "PUT" ? Promise.reject(new TypeError("gone")) : fetch(request)), retry: { rounds: 0 } });
  await client.save(await client.get("json/kept"), { n: 3 });
  assert.equal(held("/json/kept"), '{"meta":"kept","data":{"n":2}}');
  const [draft] = await drafts.list();
  if (draft) assert.deepEqual([draft.mine, draft.base.value], [{ n: 3 }, { n: 2 }]);
});

test("base64, and texts with their own structure", async () => {
  const base64 = { unwrap: ({ content }) => Buffer.from(content, "base64").toString(), wrap: (value, before) => ({ ...before, content: Buffer.from(value).toString("base64") }) };
  put("/json/file", JSON.stringify({ path: "a.txt", content: Buffer.from("one\ntwö\nthree\n").toString("base64") }));
  const [ann, ben] = [enveloped({ body: base64 }), enveloped({ body: base64 })];
  const [a, b] = [await ann.get("json/file"), await ben.get("json/file")];
  assert.equal(a.value, "one\ntwö\nthree\n");
  await ann.save(a, "1\ntwö\nthree\n");
  assert.equal((await ben.save(b, "one\ntwö\n3\n")).kind, "merged");
  const { path, content } = parsed("/json/file");
  assert.deepEqual([path, Buffer.from(content, "base64").toString()], ["a.txt", "1\ntwö\n3\n"]);

  const ics = { unwrap: (text) => Object.fromEntries(text.trim().split("\r\n").map((line) => line.split(":"))), wrap: (value) => Object.entries(value).map((one) => `${one.join(":")}\r\n`).join("") };
  put("/ics/1", "SUMMARY:a\r\nLOCATION:b\r\n");
  const client = enveloped({ body: ics });
  const event = await client.get("ics/1");
  await client.save(event, { ...event.value, LOCATION: "c" });
  assert.equal(held("/ics/1"), "SUMMARY:a\r\nLOCATION:c\r\n");
  assert.match(log.findLast(({ method }) => method === "PUT").type, /^text\/calendar/);
});

test("a report in the answer to a write is not a document, and a read without a document is an error", async () => {
  put("/json/report", '{"data":{"n":1}}');
  const client = enveloped();
  const note = await client.get("json/report");
  const saved = await client.save(note, { n: 2 }, { headers: { "x-report": "1" } });
  assert.deepEqual([saved.kind, saved.snapshot.value], ["saved", { n: 2 }]);
  put("/json/report", '{"other":1}');
  await assert.rejects(client.get("json/report"), /no document/);
});

test("fetch, and the conflicts behind it, have the documents without their envelopes", async () => {
  put("/json/fetch", '{"meta":1,"data":{"n":1}}');
  const client = enveloped();
  assert.deepEqual(await (await client.fetch("json/fetch")).json(), { n: 1 });
  assert.equal((await client.fetch("json/fetch", { method: "PUT", body: '{"n":2}' })).status, 204);
  assert.equal(held("/json/fetch"), '{"meta":1,"data":{"n":2}}');
  await (await client.fetch("json/fetch")).json();
  put("/json/fetch", '{"meta":1,"data":{"n":5}}');
  const refused = await client.fetch("json/fetch", { method: "PUT", body: '{"n":3}' });
  assert.equal(refused.status, 412);
  const conflict = await client.conflictOf(refused);
  assert.deepEqual([conflict.mine, conflict.theirs.value], [{ n: 3 }, { n: 5 }]);
});

test("read-only members are not sent, and are no edits", async () => {
  const readOnly = ["/id", "/updatedAt", "/parts/*/id"];
  const clients = [1, 2].map(() => createClient({ baseUrl, routes: [{ match: "*", readOnly }] }));
  const { snapshot } = await clients[0].create("managed/1", { id: 99, updatedAt: 99, title: "a", parts: [{ id: 9, name: "x" }], n: 1 });
  const bodyOf = () => JSON.parse(log.findLast(({ method }) => method === "PUT").body);
  assert.deepEqual(bodyOf(), { title: "a", parts: [{ name: "x" }], n: 1 });
  assert.deepEqual(snapshot.value, { title: "a", parts: [{ name: "x", id: 0 }], n: 1, id: 7, updatedAt: 1 });
  const [a, b] = [await clients[0].get("managed/1"), await clients[1].get("managed/1")];
  const saved = await clients[0].save(a, { ...a.value, title: "aa", updatedAt: 1234 });
  assert.deepEqual([saved.kind, saved.snapshot.value.updatedAt, saved.snapshot.value.id], ["saved", 2, 7]);
  assert.deepEqual(bodyOf(), { title: "aa", parts: [{ name: "x" }], n: 1 });
  assert.equal((await clients[1].save(b, { ...b.value, n: 2, updatedAt: 5678, id: 8 })).kind, "merged");
  assert.deepEqual(parsed("/managed/1"), { title: "aa", parts: [{ name: "x", id: 0 }], n: 2, id: 7, updatedAt: 3 });
  const last = await clients[0].get("managed/1");
  assert.equal((await clients[0].save(last, { ...last.value, id: 1, updatedAt: 0 })).kind, "unchanged");
  const { id, updatedAt, ...rest } = last.value;
  assert.equal((await clients[0].save(last, rest)).kind, "unchanged");
});

test("several saves from one base, and patches, leave out read-only members", async () => {
  const readOnly = ["/id", "/updatedAt"];
  const client = createClient({ baseUrl, routes: [{ match: "*", readOnly }] });
  await client.create("managed/2", { title: "a", n: 1 });
  const base = await client.get("managed/2");
  const saves = await Promise.all([
    client.save(base, { ...base.value, title: "b", updatedAt: 100 }),
    client.save(base, { ...base.value, n: 2, updatedAt: 200 }),
    client.save(base, { ...base.value, title: "b", n: 3, updatedAt: 300, id: 8 }),
  ]);
  assert.deepEqual(saves.map(({ kind }) => kind), ["saved", "saved", "saved"]);
  const { title, n, id } = parsed("/managed/2");
  assert.deepEqual([title, n, id], ["b", 3, 7]);
  for (const [update, expected] of [["merge-patch", { title: "c" }], ["json-patch", [{ op: "replace", path: "/title", value: "c" }]]]) {
    const patching = createClient({ baseUrl, routes: [{ match: "*", readOnly, update }] });
    const note = await patching.get("managed/2");
    await patching.save(note, { ...note.value, title: "c", updatedAt: 400, id: 9 });
    assert.deepEqual(JSON.parse(log.findLast(({ method }) => method === "PATCH").body), expected);
    put("/managed/2", JSON.stringify({ title: "b", n: 3, id: 7, updatedAt: 3 }));
  }
});

test("the author of a version is the one that the route reads from the answer", async () => {
  const author = (response, { meta } = {}) => (meta ? { name: response.headers.get("x-author"), savedAt: Date.parse(response.headers.get("x-time")), secret: meta } : null);
  put("/json/author", '{"meta":1,"data":{"n":1}}');
  const client = enveloped({ author }, { store: memory() });
  const note = await client.get("json/author");
  const expected = { name: "Zoe", savedAt: Date.parse("2026-01-02T03:04:05Z") };
  assert.deepEqual(note.author, expected);
  const again = await client.get("json/author");
  assert.deepEqual([again.author, structuredClone({ ...again }).author], [expected, expected]);
  put("/json/author", '{"meta":2,"data":{"n":5}}');
  const { conflict } = await client.save(note, { n: 2 });
  assert.deepEqual([conflict.theirs.author, conflict.base.author === undefined], [expected, false]);
  put("/json/author", '{"data":{"n":5}}');
  assert.equal((await client.get("json/author")).author, null);
  assert.equal((await createClient({ baseUrl }).get("json/author")).author, null);
});

test("only the page's function sets the author", async () => {
  const forged = encodeURIComponent('{"name":"Mallory"}');
  const answers = () => Promise.resolve(new Response('{"a":1}', { headers: { "content-type": "application/json", etag: '"1"', "mergefetch-author": forged } }));
  for (const routes of [[], [{ match: "*", author: () => null }]]) {
    const snapshot = await createClient({ baseUrl, fetch: answers, routes }).get("forged");
    assert.deepEqual([snapshot.author, snapshot.value], [null, { a: 1 }]);
  }
  const polluting = createClient({ baseUrl, fetch: answers, routes: [{ match: "*", author: () => JSON.parse('{"__proto__":{"isAdmin":true},"name":"<b>","savedAt":"x"}') }] });
  const { author } = await polluting.get("forged");
  assert.deepEqual([author, author.isAdmin], [{ name: "<b>" }, undefined]);
});

test("the version of a custom adapter is the token as received", async () => {
  put("/own/1", '{"n":1}');
  const token = () => `n\u00ba 100% "${rows.get("/own/1").revision}"`;
  const version = {
    read: (response) => `n\u00ba 100% ${response.headers.get("etag")}`,
    write: (request, named) => {
      const changed = new Request(request);
      changed.headers.set("x-expect", encodeURIComponent(named));
      return changed;
    },
  };
  const client = createClient({ baseUrl, routes: [{ match: "*", version }] });
  const note = await client.get("own/1");
  assert.equal(note.version, token());
  assert.equal((await client.save(note, { n: 2 })).snapshot.version, token());
  const copy = JSON.parse(JSON.stringify(await client.get("own/1")));
  const other = createClient({ baseUrl, routes: [{ match: "*", version }] });
  assert.equal((await other.save(copy, { n: 3 })).kind, "saved");
  assert.equal(held("/own/1"), '{"n":3}');
});

test("a function as `match` receives the outgoing request", async () => {
  put("/json/matched", '{"n":1}');
  const seen = [];
  const match = (request) => (seen.push([request.method, request.headers.get("x-mine"), request.body]), false);
  const client = createClient({ baseUrl, routes: [{ match }] });
  const headers = { "x-mine": "1" };
  await client.save(await client.get("json/matched", { headers }), { n: 2 });
  for (const method of ["PUT", "POST"]) await client.fetch("json/matched", { method, body: "{}", headers });
  assert.deepEqual(seen.filter(([, , body]) => body !== null), []);
  assert.deepEqual([seen[0], seen.some(([method, mine]) => method === "PUT" && mine === "1")], [["GET", "1", null], true]);
});

test("invalid routes are refused", () => {
  for (const rule of [{ readOnly: "/id" }, { readOnly: ["id"] }, { readOnly: [""] }, { readOnly: ["/~2"] }, { author: "ann" }, { body: {} }, { body: { unwrap: (one) => one } }, { body, update: "json-patch" }, { validate: {} }, { validate: { "~standard": {} } }]) {
    assert.throws(() => createClient({ routes: [{ match: "*", ...rule }] }), { code: "invalid-argument" }, JSON.stringify(rule));
  }
});

test("the envelope stays through several saves, also where a write is answered with nothing, with the document alone, or with a refusal", async () => {
  const stored = { meta: { owner: "ann" }, data: { t: 1 } };
  let answer = () => new Response(null, { status: 204, headers: { etag: `"${version}"` } });
  let [version, row] = [1, stored];
  const fetch = async (request) => {
    const type = { "content-type": "application/json" };
    if (request.method === "GET") return Response.json(row, { headers: { etag: `"${version}"`, ...type } });
    if (request.headers.get("if-match") !== `"${version}"`) return new Response(null, { status: 412 });
    row = await request.json();
    version += 1;
    return answer();
  };
  for (const one of [answer, () => Response.json({ data: row.data }, { headers: { etag: `"${version}"` } })]) {
    [version, row, answer] = [1, stored, one];
    const client = enveloped({}, { baseUrl: "http://host/", fetch });
    let { snapshot } = await client.save(await client.get("doc"), { t: 2 });
    for (const t of [3, 4]) ({ snapshot } = await client.save(snapshot, { t }));
    assert.deepEqual(row, { meta: { owner: "ann" }, data: { t: 4 } });
  }
});

test("a document whose envelope cannot be read is not sent without it", async () => {
  const sent = [];
  const fetch = async (request) => {
    if (request.method !== "GET") sent.push(await request.text());
    return new Response(null, { status: request.method === "GET" ? 503 : 204, headers: { etag: '"2"' } });
  };
  const copy = { url: "http://host/doc", value: { t: 1 }, version: '"1"', protection: "strong", source: "network", author: null };
  const result = await enveloped({}, { fetch, retry: { rounds: 0 } }).save(copy, { t: 2 });
  assert.equal(result.ok, false);
  assert.deepEqual(sent, []);
});
