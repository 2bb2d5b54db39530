// The check of servers: against the example server with each misbehaviour that concerns it, and the conclusions as a table.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { test } from "node:test";

import { conclude, doctor as checked } from "mergefetch/doctor";

import { deadAddress, isError, makeDocument, makeJson, octets, server } from "./support.mjs";

const ORIGIN = "http://localhost:4000";
let count = 0;

/** With the PUT, which has to be asked for. */
const doctor = (url, options = {}) => checked(url, { write: true, ...options });

const codes = ({ findings }) => findings.map(({ code }) => code).sort();

/** A document of its own with a switch, and the address of a document that does not exist with the same switch. */
async function spoilt(query) {
  const url = await makeJson({ title: "Shopping", done: false });
  const scratch = `${server}/api/documents/doctor-${process.pid}-${++count}`;
  return { url, asked: `${url}?${query}`, options: { scratch: `${scratch}?${query}`, origin: ORIGIN }, scratch };
}

for (const type of ["application/json", "text/plain"]) {
  test(`nothing is wrong with a good server, and nothing is left behind: ${type}`, async () => {
    const url = await makeDocument(type === "text/plain" ? "milk\nbread\n" : '{ "title": "Shopping" }', type);
    const scratch = `${server}/api/documents/doctor-good-${process.pid}-${++count}`;
    const before = await fetch(url);
    const report = await doctor(url, { scratch, origin: ORIGIN });
    assert.deepEqual([report.findings, report.unchecked, report.ok, report.wrote, report.text], [[], [], true, false, ""]);
    assert.equal(await octets(scratch), null);
    const after = await fetch(url);
    assert.equal(after.headers.get("etag"), before.headers.get("etag"));
    assert.equal(await after.text(), await before.text());
  });
}

test("without a throw-away document only a PUT is probed, and the report says what is not checked", async () => {
  const { url } = await spoilt("");
  const seen = [];
  const report = await doctor(url, { fetch: (input, init) => (seen.push(init.method), fetch(input, init)) });
  assert.deepEqual(codes(report), []);
  assert.deepEqual(report.unchecked.map(({ check }) => check).sort(), ["cors", "create", "delete"]);
  assert.deepEqual(seen.filter((method) => method !== "GET"), ["PUT"]);
  assert.match(report.text, /^not checked: delete: /m);
  seen.length = 0;
  const quiet = await checked(url, { fetch: (input, init) => (seen.push(init.method), fetch(input, init)) });
  assert.deepEqual([...new Set(seen)], ["GET"]);
  assert.ok(quiet.unchecked.some(({ check }) => check === "put"));
});

// One finding for each switch that concerns the check: www/server/README.md.
for (const [query, ...expected] of [
  ["tags=weak", "weak-tag"],
  ["tags=weakened", "tag-not-accepted", "weak-tag"],
  ["tags=never", "tag-not-accepted", "weak-tag"],
  ["tags=suffix", "tag-changed-by-compression", "tag-not-accepted"],
  ["tags=coarse", "coarse-tag"],
  ["tags=missing", "delete-not-compared", "no-tag", "put-not-compared"],
  ["answer=no-etag", "no-tag"],
  ["answer=no-validator", "no-tag"],
  ["answer=html", "html"],
  ["answer=empty", "invalid-json"],
  ["answer=broken-json", "invalid-json"],
  ["answer=huge", "too-large"],
  ["answer=drop", "no-answer"],
  ["answer=cut-body", "no-answer"],
  ["answer=500", "not-readable"],
  ["answer=503", "not-readable"],
  ["refuse=stale-ok", "creation-not-protected", "delete-not-compared", "put-not-compared"],
  ["stamp=1", "stored-differently"],
  ["cors=hide-etag", "tag-not-exposed"],
  ["cors=no-if-match", "cors-preflight"],
  ["cors=not-on-304", "cors-on-304"],
  ["cors=off", "cors-origin"],
]) {
  test(`?${query}: ${expected.join(", ")}`, async () => {
    const { url, asked, options, scratch } = await spoilt(query);
    const before = await octets(url);
    const report = await doctor(asked, options);
    assert.deepEqual(codes(report), expected);
    for (const { message, next, guide, evidence } of report.findings) {
      assert.ok(message.endsWith(".") && next.endsWith(".") && evidence.length > 0, message);
      await readFile(join(process.env.MERGEFETCH_ROOT, guide.split("#")[0]));
    }
    assert.equal(await octets(url), before);
    assert.equal(await octets(scratch), null);
  });
}

test("an answer to an update without the new tag is a note", async () => {
  const { url, scratch } = await spoilt("");
  // The switch of the server drops the condition of a creation.
  const report = await doctor(url, { scratch, fetch: (input, init) => fetch(init.headers.has("if-match") ? `${input}?refuse=no-etag` : input, init) });
  assert.deepEqual([codes(report), report.ok], [["no-tag-after-write"], true]);
});

for (const fault of ["hang", "drop"]) {
  test(`a write without an answer (${fault}) is a finding, and the check ends`, async () => {
    const { url } = await spoilt("");
    const report = await doctor(`${url}?refuse=${fault}`, { timeoutMs: 500 });
    assert.deepEqual(codes(report), ["no-write-answered"]);
  });
}

test("a server that compares nothing gets the bytes that it has, and a report that says so", async () => {
  const { url } = await spoilt("");
  const before = await octets(url);
  const report = await doctor(`${url}?refuse=stale-ok`);
  assert.deepEqual([codes(report), report.wrote], [["put-not-compared"], true]);
  assert.equal(await octets(url), before);
});

test("where somebody saves during the check, no PUT is sent that could undo it", async () => {
  const { url } = await spoilt("");
  let reads = 0;
  const report = await doctor(`${url}?refuse=stale-ok`, {
    fetch: async (input, init) => {
      assert.equal(init.method, "GET");
      if (++reads === 2) await fetch(`${url}?refuse=stale-ok`, { method: "PUT", headers: { "if-match": "*", "content-type": "application/json" }, body: '{"title":"Theirs"}' });
      return fetch(input, init);
    },
  });
  assert.ok(report.unchecked.some(({ check, message }) => check === "put" && /two reads/.test(message)));
  assert.equal(await octets(url), '{"title":"Theirs"}');
});

test("a throw-away document that exists is not touched", async () => {
  const { url } = await spoilt("");
  const scratch = await makeJson({ some: "body's" });
  const seen = [];
  const report = await doctor(url, { scratch, fetch: (input, init) => (seen.push([init.method, String(input)]), fetch(input, init)) });
  assert.deepEqual(seen.filter(([method, where]) => where === scratch && method !== "GET"), []);
  assert.ok(report.unchecked.some(({ check, message }) => check === "delete" && /404 or 410/.test(message)));
});

test("a document whose version is a member is named with its adapter, and not written", async () => {
  const url = await makeJson({ _rev: "1-a", title: "Shopping" });
  const report = await doctor(url, { fetch: (input, init) => (assert.equal(init.method, "GET"), fetch(input, init)) });
  assert.deepEqual(codes(report), ["version-in-document"]);
  assert.match(report.findings[0].next, /couchdb\(\)/);
});

test("a cache that answers for the server, and a server that never answers 304, are found", async (t) => {
  const listener = createServer((_request, response) => response.writeHead(_request.method === "GET" ? 200 : 412, { etag: '"1"', age: "30", "content-type": "application/json" }).end("{}"));
  await new Promise((listening) => listener.listen(0, "127.0.0.1", listening));
  t.after(() => listener.close());
  assert.deepEqual(codes(await doctor(`http://127.0.0.1:${listener.address().port}/`)), ["no-304", "shared-cache"]);
});

test("an address without a server is a finding; an abort rejects with its reason; wrong arguments are errors", async () => {
  const dead = await deadAddress();
  assert.deepEqual(codes(await doctor(dead)), ["no-answer"]);
  const reason = new RangeError("enough");
  await assert.rejects(doctor(`${server}/api/documents/shared-json?answer=hang`, { signal: AbortSignal.any([AbortSignal.abort(reason)]) }), (error) => error === reason);
  const controller = new AbortController();
  const hanging = doctor(`${server}/api/documents/shared-json?answer=hang`, { signal: controller.signal });
  setTimeout(() => controller.abort(reason), 100);
  await assert.rejects(hanging, (error) => error === reason);
  for (const call of [() => doctor("no base"), () => doctor(dead, { scrach: dead }), () => doctor(dead, { scratch: dead }), () => doctor(dead, { timeoutMs: 0 }), () => doctor(dead, { fetch: 1 }), () => doctor(dead, { headers: { "no name": "" } })]) {
    await assert.rejects(call, isError("invalid-argument"));
  }
});

test("credentials reach the server and not the report", async () => {
  const url = await makeJson({ title: "Shopping" });
  const sent = [];
  const report = await doctor(url, { headers: { authorization: "Bearer secret-7" }, fetch: (input, init) => (sent.push(init.headers.get("authorization")), fetch(input, init)) });
  assert.deepEqual([...new Set(sent)], ["Bearer secret-7"]);
  assert.ok(!JSON.stringify(report).includes("secret-7"));
});

/** Observations of a server that does all it should, with some changes. */
const exchange = (status, fields = {}, method = "GET") => ({ method, url: "http://a/1", sent: {}, status, fields });
const GOOD = {
  url: "http://a/1", origin: null, isFiltered: false, read: exchange(200, { etag: '"1"' }), content: "json", versionMember: null, plain: exchange(200, { etag: '"1"' }),
  conditional: exchange(304, { etag: '"1"' }), preflight: null, put: exchange(412, {}, "PUT"), putSkipped: null, scratch: null,
};
const PAGE = { origin: "http://b", isFiltered: true, plain: null };

for (const [title, changes, found, unchecked] of [
  ["all is well", {}, [], ["cors", "create", "delete"]],
  ["a 409 is a refusal, too", { put: exchange(409, {}, "PUT") }, [], ["cors", "create", "delete"]],
  ["a tag without quotes", { read: exchange(200, { etag: "7" }) }, ["invalid-tag"], ["cors", "create", "delete"]],
  ["gzip weakens the tag", { read: exchange(200, { etag: 'W/"1"', "content-encoding": "gzip" }) }, ["tag-changed-by-compression"], ["cors", "create", "delete"]],
  ["a weak tag with and without compression", { read: exchange(200, { etag: 'W/"1"', "content-encoding": "gzip" }), plain: exchange(200, { etag: 'W/"1"' }) }, ["weak-tag"], ["cors", "create", "delete"]],
  ["a person who may not write", { put: exchange(403, {}, "PUT") }, [], ["cors", "create", "delete", "put"]],
  ["a server without PUT", { put: exchange(405, {}, "PUT") }, [], ["cors", "create", "delete", "put"]],
  ["a stored answer", { read: exchange(200, { etag: '"1"', "x-cache": "HIT from edge" }) }, ["shared-cache"], ["cors", "create", "delete"]],
  ["a cache that asked the server", { read: exchange(200, { etag: '"1"', "x-cache": "MISS", age: "0" }) }, [], ["cors", "create", "delete"]],
  ["a page of another origin sees no tag", { ...PAGE, read: exchange(200, {}), conditional: null, put: null, putSkipped: "no tag" }, ["tag-not-exposed"], ["create", "delete", "put"]],
  ["its write is blocked", { ...PAGE, put: exchange(null, {}, "PUT") }, ["no-write-answered"], ["compression", "create", "delete"]],
  ["its conditional read is blocked", { ...PAGE, conditional: exchange(null) }, ["cors-on-304"], ["compression", "create", "delete"]],
  ["a refusal without CORS", { origin: "http://b", read: exchange(200, { etag: '"1"', "access-control-allow-origin": "*", "access-control-expose-headers": "ETag" }), conditional: exchange(304, { "access-control-allow-origin": "*" }) }, ["cors-on-refusal"], ["create", "delete"]],
]) {
  test(`conclusions: ${title}`, () => {
    const concluded = conclude({ ...GOOD, ...changes });
    assert.deepEqual([codes(concluded), concluded.unchecked.map(({ check }) => check).sort()], [found, unchecked]);
  });
}
