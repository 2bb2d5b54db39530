// `settlingFetch`: what a library gets as the answer to a write that met a conflict.
import assert from "node:assert/strict";
import { test } from "node:test";

import { createClient, field, init } from "mergefetch";
import { settled, settlingFetch } from "mergefetch/helpers";

import { isError, makeDocument, octets, theirs } from "./support.mjs";

await init();

const take = (choice) => (conflict) => conflict.take(choice).submit();

async function settledPut(url, body, { before, type, decide = take("mine"), client = createClient() }) {
  const http = settlingFetch(client, decide);
  await (await http(url)).arrayBuffer();
  await before();
  return http(url, { method: "PUT", body, headers: { "content-type": type } });
}

test("a text document is answered as text: its own letters, media type and ETag", async () => {
  const url = await makeDocument("one\r\ntwo\r\n", "text/plain");
  const answer = await settledPut(url, "ONE\r\ntwo\r\n", { type: "text/plain", before: () => theirs(url, "1\r\ntwo\r\n") });
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get("content-type"), /^text\/plain/);
  assert.equal(answer.headers.get("etag"), (await fetch(url)).headers.get("etag"));
  assert.equal(await answer.text(), "ONE\r\ntwo\r\n");
  assert.equal(await octets(url), "ONE\r\ntwo\r\n");
});

test("a JSON document is answered to the octet: layout, and numbers that JavaScript cannot hold", async () => {
  const text = (title) => `{\n  "id": 12345678901234567890,\n  "title": "${title}",\n  "n": 1.0\n}\n`;
  const url = await makeDocument(text("old"));
  const answer = await settledPut(url, text("mine"), { type: "application/json", before: () => theirs(url, text("theirs")) });
  assert.match(answer.headers.get("content-type"), /^application\/json/);
  assert.equal(await answer.text(), text("mine"));
  assert.equal(await octets(url), text("mine"));
});

/** The answer for a decision that ended in what `client` reads at `url`. */
async function answerWith(client, url) {
  const http = { conflictOf: async () => ({ unresolved: 1 }) };
  return settled(http, new Response(null, { status: 412 }), async () => ({ ok: true, kind: "saved", snapshot: await client.get(url) }));
}

const answering = (body, headers, options = {}) => createClient({ fetch: async () => new Response(body, { headers }), ...options });

test("a date or an adapter's version is no ETag; Last-Modified is kept, and the charset is UTF-8", async () => {
  const at = "Tue, 14 Nov 2023 22:13:20 GMT";
  const dated = await answerWith(answering("one", { "content-type": "text/plain; format=flowed", "last-modified": at }), "http://host.test/");
  assert.deepEqual([dated.headers.get("etag"), dated.headers.get("last-modified")], [null, at]);
  assert.deepEqual([dated.headers.get("content-type"), await dated.text()], ["text/plain; format=flowed", "one"]);
  const both = await answerWith(answering("one", { "content-type": "text/plain", etag: 'W/"1"', "last-modified": at }), "http://host.test/");
  assert.deepEqual([both.headers.get("etag"), both.headers.get("last-modified")], ['W/"1"', at]);
  const labelled = await answerWith(answering("one", { "content-type": "text/plain; charset=iso-8859-1; x=y", etag: '"1"' }), "http://host.test/");
  assert.equal(labelled.headers.get("content-type"), "text/plain; charset=utf-8; x=y", "the text stands in UTF-8 here");
  const routes = [{ match: "*", version: field("/v") }];
  const own = await answerWith(answering('{"v":7}', { "content-type": "application/vnd.note+json" }, { routes }), "http://host.test/");
  assert.deepEqual([own.headers.get("etag"), own.headers.get("content-type"), await own.text()], [null, "application/vnd.note+json", '{"v":7}']);
});

test("bytes are answered as the same bytes, also after the page has edited them", async () => {
  const bytes = new Uint8Array([0, 255, 128]);
  const client = answering(bytes, { "content-type": "image/png", etag: '"1"' });
  const answer = await answerWith({ get: async (url) => {
    const snapshot = await client.get(url);
    snapshot.value[0] = 9;
    return snapshot;
  } }, "http://host.test/image");
  assert.deepEqual([answer.headers.get("content-type"), answer.headers.get("etag")], ["image/png", '"1"']);
  assert.deepEqual(new Uint8Array(await answer.arrayBuffer()), bytes);
});

test("a refusal that is not decided goes through as it came", async () => {
  const url = await makeDocument("one\n", "text/plain");
  const answer = await settledPut(url, "mine\n", { type: "text/plain", before: () => theirs(url, "theirs\n"), decide: () => null });
  assert.ok([409, 412].includes(answer.status));
  assert.equal(await octets(url), "theirs\n");
  assert.throws(() => settlingFetch(createClient(), null), isError("invalid-argument"));
});

test("an abort ends the call while nobody has decided, and sends nothing", async () => {
  for (const how of ["init", "request"]) {
    const url = await makeDocument("one\n", "text/plain");
    const http = settlingFetch(createClient(), () => new Promise(() => {}));
    await (await http(url)).arrayBuffer();
    await theirs(url, "theirs\n");
    const reason = new Error("the person left");
    const controller = new AbortController();
    const init = { method: "PUT", body: "mine\n", headers: { "content-type": "text/plain" }, signal: controller.signal };
    const call = how === "init" ? http(url, init) : http(new Request(url, init));
    setTimeout(() => controller.abort(reason), 200);
    await assert.rejects(call, how === "init" ? (error) => error === reason : Error);
    assert.equal(await octets(url), "theirs\n");
  }
});

test("a success from `decide` without the result of a submit is an error of the package", async () => {
  for (const result of [{ ok: true }, { ok: true, snapshot: undefined }, { ok: true, snapshot: {} }]) {
    const http = { conflictOf: async () => ({ unresolved: 1 }) };
    await assert.rejects(settled(http, new Response(null, { status: 412 }), () => result), isError("invalid-argument"));
  }
});
