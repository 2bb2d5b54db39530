// Saves without an answer in real browsers: tabs that come and go, the browser's network events, and a service worker.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startBare } from "./bare.mjs";

const documents = new Map();
/** The bodies of the writes that were carried out, in their order. */
const writes = [];
let underWay = 0;
let most = 0;
let bare;

async function answer(request, response, pathname) {
  const held = documents.get(pathname) ?? { version: 1, body: '{"a":1,"b":1}' };
  documents.set(pathname, held);
  let body = "";
  for await (const part of request) body += part;
  if (request.method === "PUT") {
    most = Math.max(most, ++underWay);
    await new Promise((resolve) => setTimeout(resolve, 30));
    underWay -= 1;
    if (request.headers["if-match"] !== `"${held.version}"`) return response.writeHead(412).end();
    Object.assign(held, { version: held.version + 1, body });
    writes.push(`${pathname} ${body}`);
    return response.writeHead(204, { etag: `"${held.version}"` }).end();
  }
  response.writeHead(200, { etag: `"${held.version}"`, "cache-control": "no-store", "content-type": "application/json" }).end(held.body);
}

const SERVICE_WORKER = `
  import "/mergefetch/inline.js";
  import { createClient, indexedDb } from "/mergefetch/index.js";
  import { keepDrafts, sendInBackground } from "/mergefetch/service-worker.js";
  sendInBackground(() => createClient({ drafts: keepDrafts(indexedDb({ name: "background", partition: () => "ann" })) }));
`;

before(async () => {
  bare = await startBare(answer, { "/worker.js": SERVICE_WORKER });
});

after(() => bare?.stop());

/** A tab with an open outbox, or without one. Each test has a store of its own: what one leaves behind is work for no other. */
async function tab(name, hasOutbox = true) {
  const page = await bare.open();
  await page.evaluate(async ([name, hasOutbox]) => {
    const { openOutbox, keepDrafts } = await import("/mergefetch/outbox.js");
    await mergefetch.init();
    globalThis.client = mergefetch.createClient({ drafts: keepDrafts(mergefetch.indexedDb({ name, partition: () => "ann" })), retry: { rounds: 1, baseDelayMs: 1 } });
    if (hasOutbox) globalThis.outbox = openOutbox(client);
  }, [name, hasOutbox]);
  return page;
}

const read = (page, path) => page.evaluate(async (path) => void (globalThis.base = await client.get(path)), path);
const save = (page, mine) => page.evaluate(async (mine) => (await client.save(base, mine)).kind, mine);
const counts = (page, count) => page.waitForFunction((count) => outbox.current().count === count, count, { polling: 50 });
const body = (path) => JSON.parse(documents.get(path).body);

test("tabs that saved without a network send all of it when it returns: each once, in order, one at a time", async () => {
  const path = "/doc/tabs";
  const [one, two] = [await tab("tabs"), await tab("tabs")];
  for (const page of [one, two]) await read(page, path);
  await bare.setOffline(true);
  assert.equal(await save(one, { a: 2, b: 1 }), "unknown");
  assert.equal(await save(two, { a: 1, b: 2 }), "unknown");
  assert.equal(await save(one, { a: 3, b: 1 }), "unknown");
  await counts(one, 2);
  await counts(two, 1);
  [writes.length, most] = [0, 0];
  await bare.setOffline(false);
  await counts(one, 0);
  await counts(two, 0);
  assert.deepEqual(body(path), { a: 3, b: 2 });
  assert.deepEqual([writes.length, most, writes[0]], [3, 1, `${path} {"a":2,"b":1}`]);
  for (const page of [one, two]) await page.close();
});

test("a tab that was closed without a network leaves its save to the next one; a living tab's save is its own", async () => {
  const path = "/doc/closed";
  const [gone, living] = [await tab("closed"), await tab("closed", false)];
  for (const page of [gone, living]) await read(page, path);
  await bare.setOffline(true);
  assert.equal(await save(gone, { a: 2, b: 1 }), "unknown");
  assert.equal(await save(living, { a: 1, b: 2 }), "unknown");
  await gone.close();
  await bare.setOffline(false);
  const next = await tab("closed");
  // The browser releases the locks of a closed tab some time later.
  for (let tries = 0; tries < 100 && body(path).a !== 2; tries++) {
    await next.evaluate(() => outbox.send());
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await next.evaluate(() => outbox.send());
  assert.deepEqual(body(path), { a: 2, b: 1 }, "nobody takes the edit of a tab that lives");
  for (const page of [living, next]) await page.close();
});

test("a service worker sends what closed pages left behind", { skip: process.env.E2E_BROWSER !== "chromium" && "only Chromium has Background Sync" }, async () => {
  const path = "/doc/background";
  const page = await tab("background");
  await page.evaluate(async () => {
    await navigator.serviceWorker.register("/worker.js", { type: "module" });
    await navigator.serviceWorker.ready;
    // The event comes when this test wants it.
    SyncManager.prototype.register = async (tag) => void (globalThis.tag = tag);
  });
  await read(page, path);
  const watcher = await bare.open();
  const protocol = await bare.protocol(watcher);
  const registered = new Promise((resolve) => protocol.on("ServiceWorker.workerRegistrationUpdated", ({ registrations: [first] }) => first && resolve(first)));
  await protocol.send("ServiceWorker.enable");
  const { registrationId, scopeURL } = await registered;
  await page.route("**/doc/**", (route) => route.abort());
  assert.equal(await save(page, { a: 5, b: 1 }), "unknown");
  await counts(page, 1);
  await page.waitForFunction(() => globalThis.tag, undefined, { polling: 50 });
  const tag = await page.evaluate(() => globalThis.tag);
  await page.close();
  assert.deepEqual(body(path), { a: 1, b: 1 });
  await protocol.send("ServiceWorker.dispatchSyncEvent", { origin: new URL(scopeURL).origin, registrationId, tag, lastChance: false });
  for (let tries = 0; tries < 200 && body(path).a !== 5; tries++) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(body(path), { a: 5, b: 1 });
  await watcher.evaluate(async () => (await navigator.serviceWorker.getRegistration()).unregister());
  await watcher.close();
});
