// The module comes after the document, late, or not at all: the content of the page, and the fate of an edit.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { startBare } from "./bare.mjs";

const DELAY_MS = 5_000;
const MODULE = "**/*.wasm";
const isFirefox = process.env.E2E_BROWSER === "firefox";

let bare;
let document;

async function answer(request, response) {
  const tag = () => `"${document.version}"`;
  if (request.method === "PUT") {
    if (request.headers["if-match"] !== tag()) return response.writeHead(412).end();
    let body = "";
    for await (const part of request) body += part;
    document = { version: document.version + 1, body };
    return response.writeHead(204, { etag: tag() }).end();
  }
  if (request.headers["if-none-match"] === tag()) return response.writeHead(304, { etag: tag() }).end();
  response.writeHead(200, { etag: tag(), "content-type": "application/json", "cache-control": "no-cache" }).end(document.body);
}

before(async () => {
  bare = await startBare(answer);
});
after(() => bare?.stop());
beforeEach(() => {
  document = { version: 1, body: '{"title":"Plan","id":12345678901234567890}' };
});

/** Opens a page that counts its requests for the module. */
async function open() {
  const page = await bare.open();
  const modules = [];
  page.on("request", (request) => request.url().endsWith(".wasm") && modules.push(request.url()));
  return { page, modules };
}

/** Reads /doc/a with a new client of these options, and shows its title. The times count from the start of the page. */
const show = (page, options = {}) =>
  page.evaluate(async (options) => {
    globalThis.http = mergefetch.createClient({ ...options, drafts: helpers.keepDrafts(mergefetch.indexedDb({ name: "drafts", partition: () => "ann" })) });
    const sinceMs = performance.now();
    globalThis.note = await http.get("/doc/a");
    globalThis.document.body.textContent = note.value.title;
    const { version, protection, source } = note;
    return { version, protection, source, ms: performance.now() - sinceMs, shownMs: performance.now() };
  }, options);

/** Saves the title; returns the message of the page for its user. */
const save = (page, title) =>
  page.evaluate(async (title) => {
    const sinceMs = performance.now();
    const told = await http.save(note, { ...note.value, title }).then(
      ({ kind, snapshot }) => ({ kind, title: snapshot.value.title }),
      ({ name, code, message }) => ({ name, code, message }),
    );
    return { ...told, ms: performance.now() - sinceMs };
  }, title);

/** Reloads the page. Returns the edits that were not saved before; with `isSaved` they are saved. */
async function reload(page, isSaved = false) {
  await page.reload();
  return page.evaluate(async (isSaved) => {
    globalThis.mergefetch = await import("/mergefetch/index.js");
    globalThis.helpers = await import("/mergefetch/helpers.js");
    const drafts = helpers.keepDrafts(mergefetch.indexedDb({ name: "drafts", partition: () => "ann" }));
    const http = mergefetch.createClient({ drafts });
    const list = await drafts.list();
    const kinds = [];
    for (const { base, mine } of isSaved ? list : []) kinds.push((await http.save(base, mine)).kind);
    return { titles: list.map(({ mine }) => mine.title), kinds };
  }, isSaved);
}

const FIRST = { version: '"1"', protection: "strong", source: "network" };
const assertFirst = ({ version, protection, source }) => assert.deepEqual({ version, protection, source }, FIRST);

test("no module is requested before the first document is shown; they come in idle time, at low priority", async () => {
  const { page, modules } = await open();
  const priorities = [];
  if (!isFirefox) {
    const session = await page.context().newCDPSession(page);
    await session.send("Network.enable");
    session.on("Network.requestWillBeSent", ({ request }) => request.url.endsWith(".wasm") && priorities.push(request.initialPriority));
  }
  // The next save of this document needs the engine: JavaScript cannot hold its number.
  const arrived = page.waitForEvent("requestfinished", (request) => request.url().endsWith("/engine.wasm"));
  const shown = await show(page);
  assertFirst(shown);
  await arrived;
  const startMs = await page.evaluate(() => performance.getEntriesByType("resource").find(({ name }) => name.endsWith(".wasm")).startTime);
  assert.ok(startMs >= shown.shownMs, `${startMs} ms, and the document at ${shown.shownMs} ms`);
  assert.deepEqual(modules.map(fileOf), ["mergefetch_bg.wasm", "engine.wasm"]);
  if (!isFirefox) assert.deepEqual(priorities, ["Low", "Low"]);
  assert.equal((await save(page, "Plan B")).kind, "saved");
  assert.equal(document.body, '{"title":"Plan B","id":12345678901234567890}', "the digits of the document that the facade read");
});

/**
 * One line, and only numbers that JavaScript writes alike: an edit of it needs no engine. The version is its own, as the browser's cache may hold
 * the other document.
 */
const plain = () => ({ version: 101, body: '{"title":"Plan","id":7}' });
const fileOf = (url) => new URL(url).pathname.split("/").at(-1);

test('with `preload: "never"` only a write, or a second read, asks for the module', async () => {
  for (const next of [() => http.save(note, { ...note.value, title: "x" }), () => http.get("/doc/a")]) {
    document = plain();
    const { page, modules } = await open();
    assertFirst({ ...(await show(page, { preload: "never" })), version: FIRST.version });
    await page.evaluate(() => http.get("/doc/b"));
    await page.waitForTimeout(1_000);
    assert.deepEqual(modules, []);
    await page.evaluate(next);
    assert.deepEqual(modules.map(fileOf), ["mergefetch_bg.wasm"]);
  }
});

test('with `preload: "never"` a page that reads and saves asks for no engine before its first refusal', async () => {
  document = plain();
  const { page, modules } = await open();
  await show(page, { preload: "never" });
  for (const title of ["Plan B", "Plan C"]) {
    assert.equal((await save(page, title)).kind, "saved");
    const read = await page.evaluate(async () => (globalThis.note = await http.get("/doc/a")).value.title);
    assert.equal(read, title);
  }
  // Longer than idle time takes to come.
  await page.waitForTimeout(1_000);
  assert.deepEqual(modules.map(fileOf), ["mergefetch_bg.wasm"]);

  document = { version: document.version + 1, body: '{"title":"Plan C","id":8}' };
  const merged = await save(page, "Plan D");
  assert.deepEqual([merged.kind, document.body], ["merged", '{"title":"Plan D","id":8}']);
  assert.deepEqual(modules.map(fileOf), ["mergefetch_bg.wasm", "engine.wasm"]);
});

test("a module that comes 5 s late delays no document, and a save waits for it", async () => {
  const { page } = await open();
  await page.route(MODULE, async (route) => {
    await new Promise((resolve) => setTimeout(resolve, DELAY_MS));
    await route.continue();
  });
  const shown = await show(page);
  assertFirst(shown);
  assert.ok(shown.ms < DELAY_MS / 5, `${shown.ms} ms`);
  const saved = await save(page, "Plan B");
  assert.deepEqual([saved.kind, saved.title], ["saved", "Plan B"]);
  assert.ok(saved.ms > DELAY_MS / 2, `${saved.ms} ms`);
});

/** A page without a module: it reads, names the missing module, and keeps the edit until the module is there. */
async function withoutModule(page, expected) {
  assertFirst(await show(page));
  const again = await page.evaluate(async () => (await http.get("/doc/a")).value.title);
  assert.equal(again, "Plan");
  const told = await save(page, "Typed");
  assert.deepEqual([told.name, told.code], ["MergefetchError", "not-started"]);
  assert.match(told.message, expected);
  assert.equal(document.version, 1, "nothing was written");
}

test("with the module blocked, reads work, a save says what is missing, and the draft stays until a page saves it", async () => {
  const { page } = await open();
  await page.route(MODULE, (route) => route.abort("blockedbyclient"));
  await withoutModule(page, /module could not be loaded/);
  assert.deepEqual(await reload(page), { titles: ["Typed"], kinds: [] });
  await page.unroute(MODULE);
  assert.deepEqual(await reload(page, true), { titles: ["Typed"], kinds: ["saved"] });
  assert.equal(document.body, '{"title":"Typed","id":12345678901234567890}');
  assert.deepEqual(await reload(page), { titles: [], kinds: [] });
});

test("once the module can be had again, the next save of the same page tries it", async () => {
  const { page } = await open();
  await page.route(MODULE, (route) => route.abort("blockedbyclient"));
  await withoutModule(page, /module could not be loaded/);
  await page.unroute(MODULE);
  assert.equal((await save(page, "Typed")).kind, "saved");
  assert.deepEqual((await reload(page)).titles, []);
});

test("an address of the module that gives HTML, as in a dev server, is named in the error", async () => {
  const { page } = await open();
  await page.route(MODULE, (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html>" }));
  await withoutModule(page, /\.wasm is HTML.*`mergefetch\/inline`.*`init`/);
});

test("where the policy forbids WebAssembly, reads work, and a save names the word that the policy lacks", async () => {
  const { page } = await open();
  const policy = "default-src 'self'; script-src 'self'";
  await page.route("**/strict", (route) => route.fulfill({ contentType: "text/html", headers: { "content-security-policy": policy }, body: "<!doctype html><title>strict</title>" }));
  await page.goto(new URL("/strict", page.url()).href);
  await page.evaluate(async () => {
    globalThis.mergefetch = await import("/mergefetch/index.js");
    globalThis.helpers = await import("/mergefetch/helpers.js");
  });
  await withoutModule(page, /'wasm-unsafe-eval'/);
});

test("what was read for a user who signed out before the module came is stored for nobody else", async () => {
  const { page } = await open();
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route(MODULE, async (route) => {
    await held;
    await route.continue();
  });
  const read = await page.evaluate(async () => {
    globalThis.user = "ann";
    globalThis.http = mergefetch.createClient({ store: mergefetch.indexedDb({ name: "users", partition: () => user }) });
    const ann = await http.get("/doc/a");
    globalThis.user = "ben";
    const ben = await http.get("/doc/a");
    // Signed out: the reads of Ben are forgotten before the module could store them.
    await http.clear();
    return [ann.source, ben.source];
  });
  assert.deepEqual(read, ["network", "network"], "no read waits for the module: nothing is stored of either");
  release();
  const sources = await page.evaluate(async () => {
    await mergefetch.init();
    const sources = [];
    for (globalThis.user of ["ben", "ann", "carl"]) sources.push((await http.get("/doc/a")).source);
    return sources;
  });
  assert.deepEqual(sources.slice(0, 1).concat(sources.slice(2)), ["network", "network"]);
});
