// A download of the module that never ends: no call may wait for it forever, and pages can read. The module never starts in this process.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { MergefetchError, createClient, init, memory } from "mergefetch";
import { keepDrafts } from "mergefetch/helpers";

const [LIMIT_MS, TIMEOUT_MS] = [250, 300];
let server;
let url;

before(async () => {
  server = createServer((request, response) => {
    if (request.url === "/mergefetch.wasm") return response.writeHead(200, { "content-type": "application/wasm" }).write("\0asm");
    response.writeHead(200, { "content-type": "application/json", etag: '"1"' }).end('{"a":1}');
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${server.address().port}`;
  init(`${url}/mergefetch.wasm`).catch(() => {});
});

after(() => {
  server.close();
  server.closeAllConnections();
});

const copy = () => ({ url: `${url}/doc`, value: { a: 1 }, version: '"1"', protection: "strong", source: "cache" });
const put = { method: "PUT", headers: { "content-type": "application/json" }, body: "{}" };
const CALLS = {
  save: (http, init) => http.save(copy(), { a: 2 }, init),
  create: (http, init) => http.create(`${url}/new`, { a: 2 }, init),
  remove: (http, init) => http.remove(copy(), init),
  update: (http, init) => http.update(`${url}/doc`, (draft) => ({ ...draft, a: 2 }), init),
  fetch: (http, init) => http.fetch(`${url}/doc`, { ...put, ...init }),
};
const EDITS = ["save", "create", "remove"];

for (const [name, call] of Object.entries(CALLS)) {
  test(`${name} ends by an abort and by timeoutMs, and keeps its edit`, async () => {
    const [store, reason, controller] = [memory(), { own: "reason" }, new AbortController()];
    const http = createClient({ timeoutMs: TIMEOUT_MS, drafts: keepDrafts(store) });
    const aborted = call(http, { signal: controller.signal }).catch((error) => error);
    await sleep(50);
    let sinceMs = performance.now();
    controller.abort(reason);
    assert.equal(await aborted, reason);
    assert.ok(performance.now() - sinceMs < LIMIT_MS);
    // `fetch` has no limit but its own signal.
    if (name === "fetch") return;
    sinceMs = performance.now();
    const late = await call(http).catch((error) => error);
    assert.ok(performance.now() - sinceMs < TIMEOUT_MS + LIMIT_MS);
    assert.ok(late instanceof MergefetchError, String(late));
    assert.deepEqual([late.code, late.details.timeoutMs], ["not-started", TIMEOUT_MS]);
    // Both calls leave a draft: only the module could find that one edit contains the other.
    assert.equal((await store.keys("DRAFT")).length, EDITS.includes(name) ? 2 : 0);
  });
}

test("get is answered at once; the next read of the same document waits for the module, and goes on without it after timeoutMs", async () => {
  const http = createClient({ timeoutMs: TIMEOUT_MS });
  const shown = ({ value, version, protection, source }) => [value, version, protection, source];
  const expected = [{ a: 1 }, '"1"', "strong", "network"];
  assert.deepEqual(shown(await http.get(`${url}/doc`)), expected);
  let sinceMs = performance.now();
  assert.deepEqual(shown(await http.get(`${url}/doc`)), expected);
  const ms = performance.now() - sinceMs;
  assert.ok(ms >= TIMEOUT_MS - 1 && ms < TIMEOUT_MS + LIMIT_MS, `${ms}`);
  const [reason, controller] = [{ own: "reason" }, new AbortController()];
  const aborted = http.get(`${url}/doc`, { signal: controller.signal }).catch((error) => error);
  await sleep(50);
  sinceMs = performance.now();
  controller.abort(reason);
  assert.equal(await aborted, reason);
  assert.ok(performance.now() - sinceMs < LIMIT_MS);
});

test("reads by fetch are answered, and so is a POST, which was carried out", async () => {
  const http = createClient({ timeoutMs: TIMEOUT_MS });
  for (const init of [undefined, undefined, { method: "POST", body: "{}" }]) assert.deepEqual(await (await http.fetch(`${url}/doc`, init)).json(), { a: 1 });
});
