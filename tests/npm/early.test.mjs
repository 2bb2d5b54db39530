// No request waits for the module, and no first read. One process, in which the module comes from a server that holds it back.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { after, test } from "node:test";

import { createClient, init, memory, mergeText } from "mergefetch";

import { isError } from "./support.mjs";

const BODY = { a: 1 };
const requests = [];
let heldModule;
const seen = (path) => requests.filter((one) => one.path === path);
const server = createServer(async (request, response) => {
  const path = request.url;
  if (path === "/mergefetch.wasm") {
    heldModule = response;
    return server.emit("module");
  }
  requests.push({ path, method: request.method, headers: request.headers });
  server.emit(`seen ${path}`);
  if (path === "/hangs") return request.on("close", () => server.emit("gone"));
  if (path === "/missing") return response.writeHead(404).end();
  if (request.method === "PUT") return response.writeHead(204, { etag: '"2"' }).end();
  if (request.headers["if-none-match"] === '"1"') return response.writeHead(304, { etag: '"1"' }).end();
  response.writeHead(200, { etag: '"1"', "content-type": "application/json" }).end(JSON.stringify(BODY));
});
await once(server.listen(0, "127.0.0.1"), "listening");
const at = (path) => `http://127.0.0.1:${server.address().port}${path}`;
after(() => server.close());

/** A promise of the next event; made before what leads to it. */
const next = (name) => once(server, name, { signal: AbortSignal.timeout(20_000) });

const told = [];
const client = createClient({ baseUrl: at("/"), on: { request: (event) => told.push(event) } });
const fetchStore = memory();
const fetching = createClient({ store: fetchStore });

test("the first read needs no module; other reads are sent once, and the module gets their answers", async () => {
  const loading = next("module");
  const starting = init(at("/mergefetch.wasm"));
  await loading;
  assert.throws(() => mergeText("", "", ""), isError("not-started"));
  // The page's own `fetch` may give an answer that cannot be copied for the module.
  for (const clone of [undefined, () => { throw new Error("no"); }]) {
    const odd = { status: 200, url: "", headers: new Headers(), arrayBuffer: async () => new ArrayBuffer(0), clone };
    assert.equal(await createClient({ fetch: async () => odd }).fetch("http://host.test/n"), odd);
  }
  const paths = ["/one", "/two?x=1", "/missing", "/hangs"];
  const reached = paths.map((path) => next(`seen ${path}`));
  const one = await client.get("/one", { headers: { accept: "application/json", "content-type": "text/x" } });
  // Two parts of a page that read the same at once.
  const twice = await Promise.all([client.get("/twice"), client.get("/twice")]);
  assert.deepEqual(twice.map(({ value }) => value), [BODY, BODY]);
  const two = await client.get("/two?x=1");
  assert.deepEqual(told.map(({ url, status, bytesSaved }) => [url, status, bytesSaved]), ["/one", "/twice", "/twice", "/two?x=1"].map((path) => [at(path), 200, 0]));
  const missing = client.get("/missing");
  missing.catch(() => {});
  const controller = new AbortController();
  const aborted = client.get("/hangs", { signal: controller.signal });
  aborted.catch(() => {});
  const unusable = client.get("http://user:password@127.0.0.1:1/");
  unusable.catch(() => {});
  const odd = createClient({ fetch: async () => ({}) }).fetch(at("/odd"));
  odd.catch(() => {});
  await Promise.all(reached);
  // A document of another user must not answer, nor its tag. Cookies, which a page does not see, are the browser's.
  const asUser = (authorization) => client.get("/users", { headers: { authorization } });
  assert.deepEqual((await asUser("ann")).value, BODY);
  const ben = asUser("ben");
  let isAgain = false;
  const again = client.get("/one").finally(() => (isAgain = true));
  const saving = client.save(two, { a: 2 });

  const gone = next("gone");
  controller.abort(new RangeError("enough"));
  await gone;

  const response = await fetching.fetch(at("/fetched"));
  assert.deepEqual([response.status, await response.json()], [200, BODY], "fetch answers without the module");
  const too = await fetching.fetch(at("/fetched?too"));
  assert.equal(too.status, 200);
  assert.deepEqual(await fetchStore.keys(""), [], "it cannot be remembered yet");
  assert.ok(!isAgain, "only the module knows what to send for a document that was read");
  assert.throws(() => mergeText("", "", ""), isError("not-started"), "the module is still held back");

  heldModule.writeHead(200, { "content-type": "application/wasm" }).end(await readFile(new URL(import.meta.resolve("mergefetch/mergefetch.wasm"))));
  await starting;
  assert.deepEqual([one.value, one.version, two.url], [BODY, '"1"', at("/two?x=1")]);
  assert.equal((await again).source, "revalidated");
  assert.equal((await ben).source, "network");
  assert.deepEqual(seen("/users").map(({ headers }) => [headers.authorization, headers["if-none-match"]]), [["ann", undefined], ["ben", undefined]]);
  assert.equal((await saving).kind, "saved");
  assert.equal(seen("/two?x=1").find(({ method }) => method === "PUT").headers["if-match"], '"1"');
  await assert.rejects(unusable, isError("invalid-argument"));
  await assert.rejects(odd, isError("network"));
  await assert.rejects(missing, isError("http", { status: 404 }));
  await assert.rejects(aborted, (error) => error instanceof RangeError && error.message === "enough");
  const plain = (path) => seen(path).filter(({ method, headers }) => method === "GET" && !headers["if-none-match"]);
  for (const path of ["/one", "/missing", "/fetched"]) assert.equal(plain(path).length, 1, path);
  const [first] = seen("/one");
  assert.deepEqual([first.method, first.headers.accept, first.headers["content-type"]], ["GET", "application/json", undefined]);
  const events = told.filter(({ url }) => url === at("/one"));
  assert.deepEqual(events.map(({ method, status }) => [method, status]), [["GET", 200], ["GET", 304]]);

  while ((await fetchStore.keys("")).length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(await (await fetching.fetch(at("/fetched"))).json(), BODY);
  assert.equal(seen("/fetched")[1].headers["if-none-match"], '"1"', "it was remembered");
  assert.equal((await client.get("/one")).source, "revalidated");
});
