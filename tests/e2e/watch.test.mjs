// Two browsers with three tabs each learn of saves from the example server, over one connection for each browser.
import assert from "node:assert/strict";
import { test } from "node:test";

import { opened } from "./stage.mjs";

const both = opened();

const log = async () => (await fetch(`${both.server.url}/api/log?since=0`)).json();

async function tab(context, path) {
  const page = await context.newPage();
  await page.goto(`${both.server.url}/mergefetch/index.js`);
  await page.evaluate(async (path) => {
    const [mergefetch, { openDocument }, { watch }] = await Promise.all(["index", "document", "watch"].map((name) => import(`/mergefetch/${name}.js`)));
    await mergefetch.init();
    globalThis.open = openDocument(mergefetch.createClient(), path);
    await open.load();
    globalThis.stop = watch(open, { events: "/api/changes", intervalMs: 0 });
  }, path);
  return page;
}

/** Creates a document; its path. */
async function made(name, value) {
  const path = `/api/documents/watch-${name}`;
  const response = await fetch(both.server.url + path, { method: "PUT", headers: { "if-none-match": "*", "content-type": "application/json" }, body: JSON.stringify(value) });
  assert.ok(response.ok, `${response.status}`);
  return path;
}

const connections = async () => (await log()).filter(({ url }) => url.startsWith("/api/changes"));
const shows = (page, text) => page.waitForFunction((text) => open.current().draft.text === text, text, { timeout: 5_000 });

test("three tabs in each of two browsers show a save within a second, over one connection for each browser", async () => {
  const path = await made("tabs", { text: "one", n: 0 });
  const contexts = [await both.browser.newContext(), await both.browser.newContext()];
  const tabs = [];
  for (const context of contexts) for (let at = 0; at < 3; at++) tabs.push(await tab(context, path));
  const [writer] = tabs;
  // Typed text stays in a tab that hears of a save.
  await tabs[1].evaluate(() => open.type({ ...open.current().draft, n: 5 }));
  await writer.waitForTimeout(500);
  assert.equal((await connections()).length, 2);
  await writer.evaluate(() => open.type({ ...open.current().draft, text: "two" }));
  const sinceMs = Date.now();
  assert.equal(await writer.evaluate(async () => (await open.save()).kind), "saved");
  await Promise.all(tabs.map((page) => shows(page, "two")));
  const ms = Date.now() - sinceMs;
  assert.ok(ms < 1_000, `${ms} ms`);
  assert.deepEqual(await tabs[1].evaluate(() => open.current().draft), { text: "two", n: 5 });
  // The tab that listens goes; another one takes over, and has missed nothing.
  await writer.close();
  await tabs[4].evaluate(() => open.type({ ...open.current().draft, text: "three" }));
  assert.equal(await tabs[4].evaluate(async () => (await open.save()).kind), "saved");
  await Promise.all(tabs.slice(1).map((page) => shows(page, "three")));
  assert.equal((await connections()).length, 3);
  for (const context of contexts) await context.close();
});

test("a server that was away is heard again, and what changed meanwhile is shown", async () => {
  const path = await made("away", { text: "one" });
  const context = await both.browser.newContext();
  const page = await tab(context, path);
  await both.server.kill();
  await both.server.restart();
  const now = await fetch(both.server.url + path);
  await now.arrayBuffer();
  await fetch(both.server.url + path, { method: "PUT", headers: { "if-match": now.headers.get("etag"), "content-type": "application/json" }, body: '{"text":"two"}' });
  await page.waitForFunction(() => open.current().draft.text === "two", undefined, { timeout: 15_000 });
  await context.close();
});

test("a page that gets the network back asks at once, and nothing new is a 304", async () => {
  const path = await made("back", { text: "one" });
  const context = await both.browser.newContext();
  const page = await tab(context, path);
  await page.evaluate(() => stop());
  await page.evaluate(async () => {
    const { watch } = await import("/mergefetch/watch.js");
    globalThis.stop = watch(open, { intervalMs: 0 });
  });
  await page.waitForTimeout(1_100);
  const before = (await log()).length;
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await page.waitForTimeout(300);
  const asked = (await log()).slice(before).filter(({ url }) => url === path);
  assert.deepEqual(asked.map(({ status }) => status), [304]);
  await context.close();
});
