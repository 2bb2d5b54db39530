// `fetch` with validators and preconditions, for pages that keep their own calls.
import assert from "node:assert/strict";
import { test } from "node:test";

import { createClient, init } from "mergefetch";

import { exchanges, held, isError, makeJson, observed, octets, theirs } from "./support.mjs";

const json = { "content-type": "application/json" };
const write = (method, value) => ({ method, headers: json, body: JSON.stringify(value) });

test("a 304 never reaches the caller", async () => {
  const url = await makeJson({ a: 1 });
  const { client } = observed();
  // A read that comes before the module is answered before the module can remember it: early.test.mjs.
  await init();
  const first = await client.fetch(url);
  assert.deepEqual(await first.json(), { a: 1 });
  // The copy for the store is made beside the caller's reading; a condition to wait for is that it is used.
  const { result, log } = await exchanges(url, async () => {
    let response = await client.fetch(url);
    for (let round = 0; round < 50 && response.headers.get("etag") !== first.headers.get("etag"); round++) response = await client.fetch(url);
    return response;
  });
  assert.equal(result.status, 200);
  assert.deepEqual(await result.json(), { a: 1 });
  assert.equal(result.headers.get("content-type"), first.headers.get("content-type"));
  assert.equal(log.at(-1).status, 304);
  // A condition of the caller's own is the caller's, but a bare 304 is still not handed out.
  const own = await createClient().fetch(url, { headers: { "if-none-match": first.headers.get("etag") } });
  assert.deepEqual([own.status, await own.json()], [200, { a: 1 }]);
});

test("a write of what was read names its version; the conflict behind a refusal goes through the whole loop", async () => {
  const url = await makeJson({ a: 1, b: 1 });
  const client = createClient();
  await client.get(url);
  await theirs(url, { a: 3, b: 9 });
  const { log } = await exchanges(url, async () => {
    const refused = await client.fetch(url, write("PUT", { a: 2, b: 1 }));
    assert.equal(refused.status, 409);
    assert.equal((await refused.json()).code, "STALE_RESOURCE", "the body is the caller's");
    const conflict = await client.conflictOf(refused);
    assert.equal(conflict.kind, "edit-edit");
    assert.deepEqual(conflict.changes.map(({ path, state }) => [path, state]), [["/a", "conflict"], ["/b", "theirs"]]);
    assert.equal(await client.conflictOf(refused), null, "it is handed out once");
    assert.ok((await conflict.take("mine").submit()).ok);
  });
  // A look, as this server's tags come with times like those of a server of files; what it found is sent back with a version that none
  // ever had, so that the refusal is the server's own.
  assert.deepEqual(log.map((one) => `${one.method} ${one.status}`), ["GET 200", "PUT 409", "PUT 204"]);
  assert.equal(log[1].if_match, '"mergefetch-probe"');
  assert.deepEqual(await held(url), { a: 2, b: 9 });
});

test("the same for a removal; and nothing is made up for what was never read", async () => {
  const url = await makeJson({ a: 1 });
  const client = createClient();
  await client.get(url);
  await theirs(url, { a: 3 });
  const refused = await client.fetch(url, { method: "DELETE" });
  assert.equal(refused.status, 412, "the look before it found that the document had moved, and nothing was sent");
  assert.equal((await client.conflictOf(refused)).kind, "delete-edit");
  const unread = await createClient().fetch(url, write("PUT", { a: 2 }));
  assert.equal(unread.status, 428, "a page without a version is told so by the server");
  assert.equal(await client.conflictOf(unread), null);
  assert.equal(await client.conflictOf(new Response(null, { status: 409 })), null);
  assert.deepEqual(await held(url), { a: 3 });
});

test("a condition of the caller's own goes out as it is", async () => {
  const url = await makeJson({ a: 1 });
  const client = createClient();
  const { version } = await client.get(url);
  await theirs(url, { a: 3 });
  const own = { ...write("PUT", { a: 2 }), headers: { ...json, "if-match": version } };
  const { result, log } = await exchanges(url, () => client.fetch(url, own));
  assert.equal(result.status, 409);
  assert.equal(log[0].if_match, version);
});

test("a success makes what is stored invalid", async () => {
  const url = await makeJson({ a: 1 });
  const client = createClient();
  await client.get(url);
  assert.equal((await client.fetch(url, write("PUT", { a: 2 }))).status, 204);
  const { result, log } = await exchanges(url, () => client.get(url));
  assert.deepEqual(result.value, { a: 2 });
  assert.equal(log[0].if_none_match, null);
});

test("aborts and lost networks reject as those of fetch do", async () => {
  const url = await makeJson({ a: 1 });
  const client = createClient();
  const reason = { why: "closed" };
  await assert.rejects(client.fetch(url, { signal: AbortSignal.abort(reason) }), (thrown) => thrown === reason);
  await assert.rejects(client.fetch("http://127.0.0.1:1/"), TypeError);
  await assert.rejects(client.fetch("relative"), isError("invalid-argument"));
  assert.equal(await octets(url), '{"a":1}');
});

test("a server that compares nothing overwrites nothing that was not seen", async () => {
  const url = await makeJson({ a: 1, b: 1 });
  const ignoring = `${url}?refuse=stale-ok`;
  const client = createClient();
  await client.get(ignoring);
  await theirs(url, { a: 3, b: 9 });
  const refused = await client.fetch(ignoring, write("PUT", { a: 2, b: 1 }));
  assert.equal(refused.status, 412);
  assert.deepEqual(await held(url), { a: 3, b: 9 });
  assert.equal((await client.conflictOf(refused)).kind, "edit-edit");
});

test("what a success names besides its target is forgotten, too, on the same origin", async () => {
  const url = await makeJson({ a: 1 });
  const { client } = observed();
  await client.get(url);
  const named = createClient({
    // A server that says that a POST has changed a document.
    fetch: async (request) => (request.method === "POST" ? new Response(null, { status: 201, headers: { location: new URL(url).pathname } }) : fetch(request)),
  });
  await named.get(url);
  const { log } = await exchanges(url, async () => {
    await named.get(url);
    await named.fetch(new URL("/api/elsewhere", url), { method: "POST", body: "x" });
    await named.get(url);
  });
  assert.deepEqual(log.map((one) => one.status), [304, 200]);
});
