// The content of the browser's own cache after a refused and after a successful write (HTTP-RULES F5, F6).
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startBare } from "./bare.mjs";

const documents = new Map();
let bare;

/** A document that a cache may keep for ten minutes, with a strong tag and If-Match checked. */
async function answer(request, response, pathname) {
  const held = documents.get(pathname) ?? { version: 1, body: '{"title":"first","n":1}' };
  documents.set(pathname, held);
  const tag = () => `"${held.version}"`;
  if (request.method === "PUT") {
    let body = "";
    for await (const part of request) body += part;
    if (request.headers["if-match"] !== tag()) return response.writeHead(412).end();
    Object.assign(held, { version: held.version + 1, body });
    return response.writeHead(204, { etag: tag() }).end();
  }
  const headers = { etag: tag(), "cache-control": "max-age=600", "content-type": "application/json" };
  if (request.headers["if-none-match"] === tag()) return response.writeHead(304, headers).end();
  response.writeHead(200, headers).end(held.body);
}

before(async () => {
  bare = await startBare(answer);
});

after(() => bare?.stop());

test("after a refusal the newest version is merged, although the cache still holds the old one as fresh", async () => {
  const page = await bare.open();
  const result = await page.evaluate(async () => {
    const http = mergefetch.createClient();
    const base = await http.get("/doc/refused");
    // Somebody else, past this browser's cache.
    await fetch("/doc/refused?", { method: "PUT", headers: { "if-match": base.version }, body: '{"title":"theirs","n":1}' });
    const saved = await http.save(base, { ...base.value, n: 2 });
    return { kind: saved.kind, value: saved.snapshot?.value };
  });
  assert.deepEqual(result, { kind: "merged", value: { title: "theirs", n: 2 } });
  await page.close();
});

test("after a save every read of the page sees it, also those that do not use the client", async (t) => {
  const page = await bare.open();
  const raw = await page.evaluate(async () => {
    const read = async () => (await (await fetch("/doc/raw")).json()).title;
    await read();
    await fetch("/doc/raw", { method: "PUT", headers: { "if-match": '"1"' }, body: '{"title":"second","n":1}' });
    return read();
  });
  t.diagnostic(`without mergefetch this browser reads "${raw}" after a conditional PUT of "second"`);
  const titles = await page.evaluate(async () => {
    const http = mergefetch.createClient();
    const base = await http.get("/doc/saved");
    const saved = await http.save(base, { ...base.value, title: "second" });
    const atOnce = (await (await http.fetch("/doc/saved")).json()).title;
    let plain;
    for (let tries = 0; tries < 200 && plain !== "second"; tries++) plain = (await (await fetch("/doc/saved")).json()).title;
    return [saved.kind, atOnce, plain];
  });
  assert.deepEqual(titles, ["saved", "second", "second"]);
  await page.close();
});
