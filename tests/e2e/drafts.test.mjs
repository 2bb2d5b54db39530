// Edits outlive their page: closed, crashed or reloaded tabs, and other tabs beside them (HTTP-RULES D).
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startBare } from "./bare.mjs";

const documents = new Map();
/** Paths whose next write is carried out and never answered, or not even carried out. */
const lost = new Map();
let bare;

async function answer(request, response, pathname) {
  const held = documents.get(pathname) ?? { version: 1, body: '{"a":1,"b":1}', writers: 0 };
  documents.set(pathname, held);
  const tag = () => `"${held.version}"`;
  let body = "";
  for await (const part of request) body += part;
  if (request.method === "PUT") {
    const fate = lost.get(pathname);
    if (fate === "before") return;
    held.writers += 1;
    held.most = Math.max(held.most ?? 0, held.writers);
    await new Promise((resolve) => setTimeout(resolve, 30));
    held.writers -= 1;
    if (request.headers["if-match"] !== tag()) return response.writeHead(412).end();
    Object.assign(held, { version: held.version + 1, body });
    if (fate === "after") return;
    return response.writeHead(204, { etag: tag() }).end();
  }
  response.writeHead(200, { etag: tag(), "cache-control": "no-store", "content-type": "application/json" }).end(held.body);
}

before(async () => {
  bare = await startBare(answer);
});

after(() => bare?.stop());

const MAKE = () => {
  globalThis.makeClient = (user = "ann", more = {}) => {
    const drafts = helpers.keepDrafts(mergefetch.indexedDb({ name: "drafts", partition: () => user, ...more }));
    const client = mergefetch.createClient({ drafts });
    return Object.assign(client, { drafts: () => drafts.list() });
  };
};

async function tab() {
  const page = await bare.open();
  await page.evaluate(MAKE);
  return page;
}

/** Starts a save that will not be answered, waits until it is under way, and crashes the tab. */
async function crashWhileSaving(path, mine) {
  const page = await tab();
  const sent = page.waitForRequest((request) => request.method() === "PUT");
  await page.evaluate(
    async ([path, mine]) => {
      const client = makeClient();
      const base = await client.get(path);
      void client.save(base, mine);
    },
    [path, mine],
  );
  await sent;
  await page.close({ runBeforeUnload: false });
}

const resume = (page, path) =>
  page.evaluate(async (path) => {
    const client = makeClient();
    const drafts = (await client.drafts()).filter((draft) => draft.url.endsWith(path));
    if (drafts.length === 0) return null;
    const [draft] = drafts;
    const result = await client.save(draft.base, draft.mine);
    const left = (await client.drafts()).filter((one) => one.url.endsWith(path)).length;
    return { count: drafts.length, mine: draft.mine, base: draft.base.value, kind: result.kind, left };
  }, path);

test("a tab that dies before its save arrives leaves a draft, and the next one saves it, merged with what came meanwhile", async () => {
  lost.set("/doc/before", "before");
  await crashWhileSaving("/doc/before", { a: 2, b: 1 });
  lost.delete("/doc/before");
  Object.assign(documents.get("/doc/before"), { version: 7, body: '{"a":1,"b":9}' });
  const page = await tab();
  const resumed = await resume(page, "/doc/before");
  assert.deepEqual(resumed, { count: 1, mine: { a: 2, b: 1 }, base: { a: 1, b: 1 }, kind: "merged", left: 0 });
  assert.deepEqual(JSON.parse(documents.get("/doc/before").body), { a: 2, b: 9 });
  assert.equal(await resume(page, "/doc/before"), null, "it is found once");
  await page.close();
});

test("a tab that dies after its save was carried out leaves a draft that is found to be saved already", async () => {
  lost.set("/doc/after", "after");
  await crashWhileSaving("/doc/after", { a: 2, b: 1 });
  for (let tries = 0; tries < 200 && documents.get("/doc/after").version === 1; tries++) await new Promise((resolve) => setTimeout(resolve, 10));
  lost.delete("/doc/after");
  const page = await tab();
  const resumed = await resume(page, "/doc/after");
  assert.deepEqual([resumed.kind, resumed.left], ["already-saved", 0]);
  assert.equal(documents.get("/doc/after").version, 2, "it was written once");
  await page.close();
});

test("a conflict outlives its tab: it is found again, and what is decided forgets the draft", async () => {
  const first = await tab();
  const kind = await first.evaluate(async () => {
    const client = makeClient();
    const base = await client.get("/doc/conflict");
    await fetch("/doc/conflict", { method: "PUT", headers: { "if-match": base.version }, body: '{"a":3,"b":1}' });
    return (await client.save(base, { a: 2, b: 1 })).kind;
  });
  assert.equal(kind, "conflict");
  await first.close();
  const second = await tab();
  const results = await second.evaluate(async () => {
    const client = makeClient();
    const [draft] = (await client.drafts()).filter(({ url }) => url.endsWith("/doc/conflict"));
    const met = await client.save(draft.base, draft.mine);
    const { base, mine, theirs } = met.conflict;
    const saved = await met.conflict.take("mine").submit();
    return [met.kind, base.value.a, mine.a, theirs.value.a, saved.kind, (await mergefetch.indexedDb({ name: "drafts", partition: () => "ann" }).keys("DRAFT ")).length];
  });
  assert.deepEqual(results, ["conflict", 1, 2, 3, "saved", 0]);
  await second.close();
});

test("a draft of a tab that lives is its own; what was saved leaves none; discard() forgets", async () => {
  const [one, other] = [await tab(), await tab()];
  lost.set("/doc/living", "before");
  const sent = one.waitForRequest((request) => request.method() === "PUT");
  await one.evaluate(async () => {
    globalThis.client = makeClient();
    const base = await client.get("/doc/living");
    globalThis.saving = client.save(base, { a: 2, b: 1 });
  });
  // What goes out has been kept before.
  await sent;
  const count = (page) => page.evaluate(async () => (await makeClient().drafts()).filter(({ url }) => url.endsWith("/doc/living")).length);
  assert.equal(await count(other), 0);
  await one.close();
  for (let tries = 0; tries < 100 && (await count(other)) === 0; tries++) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(await count(other), 1);
  await other.evaluate(async () => {
    for (const draft of await makeClient().drafts()) if (draft.url.endsWith("/doc/living")) await draft.discard();
  });
  assert.equal(await count(other), 0);
  const left = await other.evaluate(async () => {
    const client = makeClient();
    await client.save(await client.get("/doc/quiet"), { a: 2, b: 1 });
    return (await mergefetch.indexedDb({ name: "drafts", partition: () => "ann" }).keys("DRAFT ")).length;
  });
  assert.equal(left, 0);
  await other.close();
});

test("tabs of one origin write one document one after the other, and lose nothing to each other", async () => {
  const tabs = [await tab(), await tab(), await tab()];
  const saves = tabs.map((page, index) =>
    page.evaluate(async (index) => {
      const client = makeClient();
      const base = await client.get("/doc/tabs");
      const kinds = [];
      for (let round = 0; round < 4; round++) kinds.push((await client.save(base, { ...base.value, [`tab${index}`]: round })).kind);
      return kinds;
    }, index),
  );
  const kinds = (await Promise.all(saves)).flat();
  assert.ok(kinds.every((kind) => ["saved", "merged"].includes(kind)), kinds.join());
  assert.deepEqual(JSON.parse(documents.get("/doc/tabs").body), { a: 1, b: 1, tab0: 3, tab1: 3, tab2: 3 });
  assert.equal(documents.get("/doc/tabs").most, 1, "never two writes at a time");
  for (const page of tabs) await page.close();
});

test("drafts are of one user only, and room that is short makes none go", async () => {
  lost.set("/doc/mine", "before");
  await crashWhileSaving("/doc/mine", { a: 2, b: 1 });
  lost.delete("/doc/mine");
  const page = await tab();
  const found = await page.evaluate(async () => {
    const store = (user) => mergefetch.indexedDb({ name: "drafts", partition: () => user, maxBytes: 1 });
    await store("ann").set("GET x", new Uint8Array(10));
    const count = async (user) => (await makeClient(user, { maxBytes: 1 }).drafts()).filter(({ url }) => url.endsWith("/doc/mine")).length;
    return [await count("ann"), await count("ben")];
  });
  assert.deepEqual(found, [1, 0]);
  await page.close();
});
