// A page whose browser has no WebAssembly, or forbids it: it reads, and no edit is lost. One process, as the module never starts in it.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, test } from "node:test";

import { deadAddress } from "./support.mjs";

const DIGITS = '{"id":12345678901234567890,"title":"a"}';
const requests = [];
const server = createServer((request, response) => {
  requests.push(request);
  if (request.url === "/hangs") return undefined;
  if (request.url === "/missing") return response.writeHead(404).end();
  response.writeHead(200, { etag: '"1"', "content-type": "application/json", "x-by": "Ann" }).end(DIGITS);
});
await once(server.listen(0, "127.0.0.1"), "listening");
after(() => (server.close(), server.closeAllConnections()));
const baseUrl = `http://127.0.0.1:${server.address().port}/`;
// Node's own `fetch` needs WebAssembly when it starts.
await (await fetch(baseUrl)).text();
delete globalThis.WebAssembly;
const { MergefetchError, createClient, init, memory } = await import("mergefetch");
const { keepDrafts } = await import("mergefetch/helpers");

const isMissing = (error) => error instanceof MergefetchError && error.code === "not-started" && /WebAssembly/.test(error.message);

test("reads work, the second as the first", async () => {
  const routes = [{ match: "*", author: (response) => ({ name: response.headers.get("x-by") }) }];
  const http = createClient({ baseUrl, routes });
  for (let times = 0; times < 3; times++) {
    const { value, version, protection, source, author } = await http.get("doc");
    assert.deepEqual([value, version, protection, source, author], [JSON.parse(DIGITS), '"1"', "strong", "network", { name: "Ann" }]);
    assert.equal(await (await http.fetch(`${baseUrl}fetched`)).text(), DIGITS);
  }
});

test("a save says what is missing, sends nothing, and its draft stays", async () => {
  const store = memory();
  const http = createClient({ baseUrl, drafts: keepDrafts(store) });
  const base = await http.get("doc");
  const sent = requests.length;
  await assert.rejects(http.save(base, { ...base.value, title: "b" }), isMissing);
  await assert.rejects(http.create("new", {}), isMissing);
  await assert.rejects(http.update("doc", () => ({})), isMissing);
  await assert.rejects(http.fetch(`${baseUrl}doc`, { method: "PUT", body: "{}" }), isMissing);
  await assert.rejects(init(), isMissing);
  assert.equal(requests.length, sent);
  assert.equal((await store.keys("DRAFT")).length, 2);
});

test("an answer that only the module understands is an error that says so", async () => {
  const http = createClient({ baseUrl });
  await assert.rejects(http.get("missing"), isMissing);
});

test("a lost network is still told from a missing module", async () => {
  const http = createClient({ baseUrl, timeoutMs: 2_000 });
  await assert.rejects(http.get(await deadAddress()), (error) => error.code === "network" && error.cause instanceof TypeError);
});

test("a read ends by timeoutMs, and by an abort", async () => {
  const late = createClient({ baseUrl, timeoutMs: 200 }).get("hangs");
  await assert.rejects(late, (error) => error.code === "network" && /in time/.test(error.message));
  const [controller, reason] = [new AbortController(), { own: "reason" }];
  const aborted = createClient({ baseUrl }).get("hangs", { signal: controller.signal }).catch((error) => error);
  setTimeout(() => controller.abort(reason), 50);
  assert.equal(await aborted, reason);
});

test("facts about an origin, which an earlier page stored, need the module", async () => {
  const store = memory();
  await store.set(`ORIGIN ${new URL(baseUrl).origin}`, new Uint8Array([1]));
  await assert.rejects(createClient({ baseUrl, store }).get("doc"), isMissing);
});
