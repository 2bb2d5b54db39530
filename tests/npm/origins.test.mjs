// The caller's own fields are sent only to the origin that the caller named, and a client in a server process keeps its users apart.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, test } from "node:test";

import { createClient } from "mergefetch";

import { isError } from "./support.mjs";

const servers = [];
after(() => servers.forEach((server) => (server.close(), server.closeAllConnections())));

async function serve(answer) {
  const log = [];
  const server = createServer((request, response) => {
    log.push({ method: request.method, fields: JSON.stringify(request.headers) });
    const { status, headers = {}, body } = answer(request);
    request.resume().on("end", () => response.writeHead(status, headers).end(body));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push(server);
  return { base: `http://127.0.0.1:${server.address().port}/`, log };
}

const document = (value, tag) => ({ status: 200, headers: { "content-type": "application/json", etag: tag }, body: JSON.stringify(value) });
const headers = { authorization: "Bearer secret", "x-api-key": "secret" };

function client(base) {
  const warnings = [];
  const made = createClient({ baseUrl: base, retry: { baseDelayMs: 1 }, on: { warning: ({ code, message }) => warnings.push(`${code}: ${message}`) } });
  return { client: made, warnings };
}

test("a Location of another origin is read without the caller's fields, and a warning names the origin", async () => {
  const other = await serve(() => document({ t: 1 }, '"1"'));
  const server = await serve(() => ({ status: 201, headers: { location: `${other.base}new` } }));
  const { client: http, warnings } = client(server.base);
  const created = await http.create("items", { t: 1 }, { method: "POST", headers });
  assert.equal(created.kind, "created");
  assert.ok(other.log.length > 0 && other.log.every(({ fields }) => !fields.includes("secret")));
  assert.ok(warnings.length === 1 && warnings[0].startsWith("fields-withheld: ") && warnings[0].includes(new URL(other.base).origin), `${warnings}`);
});

test("a save of a redirected document is sent without the caller's fields, also from a copy and after a conflict", async () => {
  let stored = { t: 1 };
  let version = 1;
  const other = await serve((request) => {
    if (request.method === "GET") return document(stored, `"${version}"`);
    if (request.headers["if-match"] !== `"${version}"`) return { status: 412 };
    version += 1;
    return { status: 204, headers: { etag: `"${version}"` } };
  });
  const server = await serve(() => ({ status: 302, headers: { location: `${other.base}doc` } }));
  const { client: http } = client(server.base);
  const note = await http.get("doc", { headers });
  other.log.length = 0;
  const saved = await http.save(structuredClone({ ...note }), { t: 2 }, { headers });
  stored = { t: 5 };
  version += 1;
  const { conflict } = await http.save(saved.snapshot, { t: 3 }, { headers });
  await conflict.take("mine").submit({ headers });
  assert.deepEqual(other.log.filter(({ method }) => method === "PUT").length, 3);
  assert.ok(other.log.every(({ fields }) => !fields.includes("secret")));
});

test("a client that acts for two users keeps their edits apart", async () => {
  let [stored, version] = [{ t: 1 }, 1];
  const server = await serve((request) => {
    if (request.method === "GET") return document(stored, `"${version}"`);
    if (request.headers["if-match"] !== `"${version}"`) return { status: 412 };
    version += 1;
    return { status: 204, headers: { etag: `"${version}"` } };
  });
  const { client: http } = client(server.base);
  const as = (user) => ({ headers: { authorization: user } });
  const [ann, ben] = [await http.get("doc", as("Ann")), await http.get("doc", as("Ben"))];
  assert.equal((await http.save(ann, { t: 2 }, as("Ann"))).kind, "saved");
  stored = { t: 2 };
  assert.equal((await http.save(ben, { t: 3 }, as("Ben"))).kind, "conflict");
});

test("a token that is renewed between two saves makes no conflict with the own edit, and no PUT without a version", async () => {
  let [stored, version] = [{ t: 1 }, 1];
  const server = await serve((request) => {
    if (request.method === "GET") return document(stored, `"${version}"`);
    if ((request.headers["if-match"] ?? `"${version}"`) !== `"${version}"`) return { status: 412 };
    version += 1;
    stored = { t: version };
    return { status: 204, headers: { etag: `"${version}"` } };
  });
  const { client: http } = client(server.base);
  const as = (user) => ({ headers: { authorization: user } });
  const note = await http.get("doc", as("first"));
  assert.equal((await http.save(note, { t: 2 }, as("first"))).kind, "saved");
  assert.equal((await http.save(note, { t: 3 }, as("renewed"))).kind, "saved");

  await http.fetch(`${server.base}other`, as("first"));
  version += 1;
  const put = { method: "PUT", body: '{"t":9}', headers: { authorization: "renewed", "content-type": "application/json" } };
  const answer = await http.fetch(`${server.base}other`, put);
  assert.equal(answer.ok, false, "a stale PUT was sent without its version");
});

test("the document of a refusal is not handed to another user who reads at that moment", async () => {
  const server = await serve((request) =>
    request.method === "GET" ? document({ of: request.headers.authorization }, '"1"') : { status: 409, headers: { "content-type": "application/json" }, body: "{}" },
  );
  let read;
  const version = {
    read: (response) => response.headers.get("etag"),
    write: (request) => request,
    refusal: () => {
      read ??= http.get("doc", { headers: { authorization: "Ben" } });
      return { theirs: { of: "Ann, as the refusal says" }, version: '"2"' };
    },
  };
  const http = createClient({ baseUrl: server.base, retry: { baseDelayMs: 1 }, routes: [{ match: "*", version }] });
  const ann = { headers: { authorization: "Ann" } };
  await http.save(await http.get("doc", ann), { of: "Ann", typed: true }, ann);
  assert.deepEqual((await read).value, { of: "Ben" });
});

test("a refresh of a conflict reads as the user of its save", async () => {
  let version = 1;
  const readers = [];
  const server = await serve((request) => {
    if (request.method === "GET") readers.push(request.headers.authorization);
    return request.method === "GET" ? document({ t: version }, `"${version}"`) : { status: 412 };
  });
  const { client: http } = client(server.base);
  const ann = { headers: { authorization: "Ann" } };
  const note = await http.get("doc", ann);
  version += 1;
  const { conflict } = await http.save(note, { t: 9 }, ann);
  version += 1;
  assert.equal((await conflict.refresh()).moved, true);
  assert.deepEqual([...new Set(readers)], ["Ann"]);
});

test("a copy of a redirected document keeps the origin that the caller named, also after a reload", async () => {
  const other = await serve((request) => (request.method === "GET" ? document({ t: 1 }, '"1"') : { status: 204, headers: { etag: '"2"' } }));
  const server = await serve(() => ({ status: 302, headers: { location: `${other.base}doc` } }));
  const copy = JSON.stringify(await client(server.base).client.get("doc", { headers }));
  // The copy has only the data that another page would have. Its value is edited, so that no original of this process is found.
  const edited = { ...JSON.parse(copy), version: '"1"', value: { t: 2 } };
  edited.digest = edited.digest.replace(/^\S+/, "1-gone");
  other.log.length = 0;
  const { client: http, warnings } = client(server.base);
  await http.save(edited, { t: 3 }, { headers });
  await http.remove(edited, { headers });
  assert.ok(other.log.length > 0 && other.log.every(({ fields }) => !fields.includes("secret")), JSON.stringify(other.log));
  assert.ok(warnings.some((warning) => warning.startsWith("fields-withheld")));
});

test("the platform sends other fields than Authorization to the origin of a redirect, unless redirects are refused", async () => {
  const other = await serve(() => document({ t: 1 }, '"1"'));
  const server = await serve(() => ({ status: 302, headers: { location: `${other.base}doc` } }));
  const { client: http } = client(server.base);
  await http.get("doc", { headers });
  const [first] = other.log.splice(0);
  assert.deepEqual([first.fields.includes("x-api-key"), first.fields.includes("authorization")], [true, false]);

  await assert.rejects(http.get("doc", { headers, redirect: "error" }), isError("network"));
  const refusing = createClient({ baseUrl: server.base, fetch: (request, init) => fetch(request, { ...init, redirect: "error" }) });
  await assert.rejects(refusing.get("doc", { headers }), isError("network"));
  await assert.rejects(http.get("doc", { headers, redirect: "manual" }), isError("http"));
  assert.deepEqual(other.log, []);
});
