// `client.fetch` is `fetch` for whatever is no tracked document: the table of differences in docs/HTTP.md has one test for each line.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { createClient, init } from "mergefetch";

import { isError } from "./support.mjs";

const got = [];
let server;
let origin;

/** Answers with the request that it got; /hop redirects, /slow sends one piece and waits, /tagged is a document. */
async function answer(request, response) {
  const { pathname, searchParams } = new URL(request.url, "http://x");
  const parts = [];
  for await (const part of request) parts.push(part);
  got.push({ method: request.method, path: pathname, headers: request.headers, body: Buffer.concat(parts).toString("latin1") });
  if (pathname === "/hop") return response.writeHead(Number(searchParams.get("status") ?? 302), { location: "/end" }).end();
  if (pathname === "/slow") {
    response.writeHead(200, { "content-type": "video/mp4", etag: '"slow"' });
    return response.write("first");
  }
  if (pathname === "/slow-document") {
    response.writeHead(200, { "content-type": "application/json", etag: '"slow-document"' });
    response.write('{"a":');
    return setTimeout(() => response.end("1}"), 300);
  }
  if (pathname === "/own") return response.writeHead(200, "Fine", { "content-type": "application/json" }).end('{"a":1,"revision":7}');
  if (pathname === "/tagged") {
    const headers = { etag: '"1"', "content-type": "application/json", ["__proto__"]: "a field" };
    if (request.method !== "GET") return response.writeHead(204).end();
    if (request.headers["if-none-match"] === '"1"') return response.writeHead(304, headers).end();
    return response.writeHead(200, headers).end('{"a":1}');
  }
  if (pathname === "/error") return response.writeHead(500, "Odd", { "x-why": "odd" }).end("no");
  response.writeHead(200, { "content-type": "text/plain" }).end(pathname);
}

before(async () => {
  // With the module there, so that nothing is answered without it.
  await init();
  server = createServer((request, response) => answer(request, response).catch(() => response.destroy()));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${server.address().port}`;
});

after(() => {
  server.closeAllConnections();
  server.close();
});

const last = () => got.at(-1);

test("what stands in the place of a 304 has all fields, whatever they are called", async () => {
  const client = createClient();
  const fields = async () => {
    const response = await client.fetch(`${origin}/tagged`);
    assert.deepEqual([response.status, await response.json()], [200, { a: 1 }]);
    return response.headers.get("__proto__");
  };
  assert.equal(await fields(), "a field");
  // The copy is kept beside the caller's reading.
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(await fields(), "a field");
  assert.equal(last().headers["if-none-match"], '"1"');
});

test("redirect modes are those of fetch", async () => {
  const client = createClient();
  for (const run of [fetch, (url, init) => client.fetch(url, init)]) {
    const followed = await run(`${origin}/hop`);
    assert.deepEqual([followed.status, followed.redirected, followed.url, await followed.text()], [200, true, `${origin}/end`, "/end"]);
    const manual = await run(`${origin}/hop`, { redirect: "manual" });
    assert.deepEqual([manual.status, manual.headers.get("location")], [302, "/end"]);
    await assert.rejects(run(`${origin}/hop`, { redirect: "error" }), TypeError);
    assert.equal((await run(`${origin}/hop?status=303`, { method: "POST", body: "x" })).url, `${origin}/end`);
    assert.equal(last().method, "GET");
  }
});

test("a body can be read while it is still coming, and left", { timeout: 30_000 }, async () => {
  const client = createClient();
  const response = await client.fetch(`${origin}/slow`);
  const reader = response.body.getReader();
  assert.equal(new TextDecoder().decode((await reader.read()).value), "first");
  await reader.cancel();
});

test("bodies of every kind arrive as those of fetch", async () => {
  const client = createClient();
  const form = () => {
    const form = new FormData();
    form.set("name", "Ann");
    form.set("file", new Blob(["bytes"], { type: "text/plain" }), "a.txt");
    return form;
  };
  const stream = () => new Blob(["streamed"]).stream();
  const kinds = [() => "text", () => new Blob(["blob"], { type: "x/y" }), () => new URLSearchParams({ a: "1" }), form, () => Uint8Array.of(1, 2, 255), stream];
  for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
    for (const body of kinds) {
      const sent = [];
      for (const run of [fetch, (url, init) => client.fetch(url, init)]) {
        await (await run(`${origin}/untracked`, { method, body: body(), duplex: "half" })).text();
        const type = last().headers["content-type"]?.replace(/boundary=.*/, "boundary=");
        sent.push([last().method, type, last().body.replace(/-+formdata-[^\r]*/g, "--boundary")]);
      }
      assert.deepEqual(sent[1], sent[0], `${method} ${body}`);
    }
  }
});

test("a Request object, its fields and an init over it go out as with fetch", async () => {
  const client = createClient();
  const request = () => new Request(`${origin}/request`, { method: "POST", headers: { "x-own": "1" }, body: "first" });
  await client.fetch(request());
  assert.deepEqual([last().method, last().headers["x-own"], last().body], ["POST", "1", "first"]);
  await client.fetch(request(), { headers: { "x-own": "2" }, body: "second" });
  assert.deepEqual([last().headers["x-own"], last().body], ["2", "second"]);
  await client.fetch(new URL(`${origin}/url`));
  assert.equal(last().path, "/url");
  const used = request();
  await used.text();
  await assert.rejects(client.fetch(used), TypeError);
});

test("an answer of any status is handed on as it is", async () => {
  const response = await createClient().fetch(`${origin}/error`);
  assert.deepEqual([response.ok, response.status, response.statusText, response.headers.get("x-why"), await response.text()], [false, 500, "Odd", "odd", "no"]);
  const clone = await createClient().fetch(`${origin}/a`);
  assert.equal(await clone.clone().text(), await clone.text());
});

test("keepalive, integrity and a page's own fields go through", async () => {
  const client = createClient();
  const seen = [];
  const watched = createClient({ fetch: (request) => (seen.push(request), fetch(request)) });
  await watched.fetch(`${origin}/a`, { keepalive: true, referrerPolicy: "no-referrer", credentials: "include", headers: { "x-own": "1" } });
  assert.deepEqual([seen[0].keepalive, seen[0].referrerPolicy, seen[0].credentials, last().headers["x-own"]], [true, "no-referrer", "include", "1"]);
  await assert.rejects(client.fetch(`${origin}/a`, { integrity: "sha256-AAAA" }), TypeError);
});

test("an answer made from the store has its URL, and is no redirect", async () => {
  const client = createClient();
  await client.get(`${origin}/tagged`);
  // In Node.js every URL counts as one of the same origin, so that the condition is ours.
  const response = await client.fetch(`${origin}/tagged`);
  assert.equal(last().headers["if-none-match"], '"1"');
  assert.deepEqual([response.status, response.type, response.url, response.redirected, await response.json()], [200, "default", `${origin}/tagged`, false, { a: 1 }]);
});

test("a stream as the body of a tracked write is refused before it is sent, as it could not be sent again", async () => {
  const client = createClient();
  await client.get(`${origin}/tagged`);
  const before = got.length;
  const stream = new Blob(["x"]).stream();
  await assert.rejects(client.fetch(`${origin}/tagged`, { method: "PUT", body: stream, duplex: "half" }), isError("invalid-argument"));
  assert.equal(got.length, before);
});

test("a document is copied while it is read, so that to cancel its body ends when the copy has ended", { timeout: 30_000 }, async () => {
  const client = createClient();
  const response = await client.fetch(`${origin}/slow-document`);
  const reader = response.body.getReader();
  assert.equal(new TextDecoder().decode((await reader.read()).value), '{"a":');
  const before = performance.now();
  await reader.cancel();
  assert.ok(performance.now() - before > 100, "the rest comes after 300 ms");
  // The copy is kept: the next request has a condition.
  for (let tries = 0; tries < 50 && last().headers["if-none-match"] === undefined; tries++) await (await client.fetch(`${origin}/slow-document`)).text();
  assert.equal(last().headers["if-none-match"], '"slow-document"');
});

test("with a custom adapter, the answer keeps its status text", async () => {
  const version = { read: (_response, body) => String(body.revision), write: (request) => request, strip: ({ revision: _, ...rest }) => rest };
  const response = await createClient({ routes: [{ match: "*/own", version }] }).fetch(`${origin}/own`);
  const { type, status, statusText, url, headers } = response;
  assert.deepEqual([type, status, statusText, url, headers.get("mergefetch-version"), await response.json()], ["default", 200, "Fine", `${origin}/own`, "7", { a: 1 }]);
});

test("a relative URL is one of baseUrl", async () => {
  assert.equal(await (await createClient({ baseUrl: `${origin}/deep/` }).fetch("er")).text(), "/deep/er");
});

test("a save says what the read said: the caller's own fields, but no Authorization", async () => {
  const client = createClient();
  const base = await client.get(`${origin}/tagged`, { headers: { "accept-language": "de", "x-tenant": "7", authorization: "Bearer old" } });
  await client.save(base, { a: 2 });
  const put = got.findLast((one) => one.method === "PUT");
  assert.deepEqual([put.headers["accept-language"], put.headers["x-tenant"], put.headers.authorization], ["de", "7", undefined]);
  // This server keeps nothing, so that a client which has saved would wait for its edit.
  const other = createClient();
  const again = await other.get(`${origin}/tagged`, { headers: { "accept-language": "de", "x-tenant": "7", authorization: "Bearer old" } });
  await other.remove(again, { headers: { "accept-language": "en", authorization: "Bearer new" } });
  const removal = got.findLast((one) => one.method === "DELETE");
  assert.deepEqual([removal.headers["accept-language"], removal.headers["x-tenant"], removal.headers.authorization], ["en", "7", "Bearer new"]);
});

test("keepalive is left out, and told so, where browsers would refuse it", async () => {
  const warnings = [];
  const seen = [];
  const client = createClient({ fetch: (request) => (seen.push(request), fetch(request)), on: { warning: ({ code }) => warnings.push(code) } });
  const base = await client.get(`${origin}/tagged`);
  await client.save(base, { a: "x".repeat(65_000) }, { keepalive: true });
  await client.save(base, { a: "x".repeat(66_000) }, { keepalive: true });
  assert.deepEqual(warnings, ["keepalive"]);
  assert.deepEqual(seen.filter((one) => one.method === "PUT").length, 2);
});
