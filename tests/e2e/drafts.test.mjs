// Edits outlive their page: closed, crashed or reloaded tabs, and other tabs beside them (HTTP-RULES D).
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startBare } from "./bare.mjs";

const documents = new Map();
/** Paths whose next write is carried out and never answered, or not even carried out. */
const lost = new Map();
let bare;

async function answer(request, response, pathname) {
  response.setHeader("access-control-allow-origin", "*");
  response.setHeader("access-control-expose-headers", "etag");
  if (request.method === "OPTIONS") return response.writeHead(204, { "access-control-allow-methods": "*", "access-control-allow-headers": "*" }).end();
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
  // An outgoing edit was kept before.
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

/** The drafts of a document that a new page finds. */
const left = async (path) => {
  const page = await tab();
  const mine = await page.evaluate(async (path) => (await makeClient().drafts()).filter(({ url }) => url.endsWith(path)).map((draft) => draft.mine), path);
  await page.close();
  return mine;
};

test("the drafts of two tabs that a third one recovers without a network stay, and are saved when it is back", async () => {
  const path = "/doc/several";
  lost.set(path, "before");
  await crashWhileSaving(path, { a: 2, b: 1 });
  await crashWhileSaving(path, { a: 1, b: 2 });
  lost.delete(path);
  for (let reloads = 0; reloads < 2; reloads++) {
    const page = await tab();
    await page.route("**/doc/**", (route) => route.abort());
    const kinds = await page.evaluate(async (path) => {
      const drafts = helpers.keepDrafts(mergefetch.indexedDb({ name: "drafts", partition: () => "ann" }));
      const client = mergefetch.createClient({ drafts, retry: { rounds: 0 } });
      const kinds = [];
      for (const { url, base, mine } of await drafts.list()) if (url.endsWith(path)) kinds.push((await client.save(base, mine)).kind);
      return kinds;
    }, path);
    assert.deepEqual(kinds, ["unknown", "unknown"]);
    await page.close();
  }
  const page = await tab();
  const kinds = await page.evaluate(async (path) => {
    const client = makeClient();
    const kinds = [];
    for (const { url, base, mine } of await client.drafts()) if (url.endsWith(path)) kinds.push((await client.save(base, mine)).ok);
    return kinds;
  }, path);
  assert.deepEqual(kinds, [true, true]);
  await page.close();
  assert.deepEqual(JSON.parse(documents.get(path).body), { a: 2, b: 2 });
  assert.deepEqual(await left(path), []);
});

test("two forms in one tab and a form in another one keep a draft each, and each goes with its own save alone", async () => {
  const path = "/doc/forms";
  const [one, other] = [await tab(), await tab()];
  const open = () => {
    globalThis.start = async (path, count) => {
      const client = makeClient();
      globalThis.forms = Array.from({ length: count }, () => helpers.editing(client, path));
      for (const form of forms) await form.load();
    };
  };
  for (const page of [one, other]) await page.evaluate(open);
  await one.evaluate((path) => start(path, 2), path);
  await other.evaluate((path) => start(path, 1), path);
  // Without a network.
  for (const page of [one, other]) await page.route("**/doc/**", (route) => route.abort());
  const save = (page, index, draft) => page.evaluate(async ([index, draft]) => {
    forms[index].type(draft);
    return (await forms[index].save()).kind;
  }, [index, draft]);
  const edits = [{ a: 2, b: 1 }, { a: 1, b: 2 }, { a: 3, b: 1 }];
  const kinds = await Promise.all([save(one, 0, edits[0]), save(one, 1, edits[1]), save(other, 0, edits[2])]);
  assert.deepEqual(kinds, ["unknown", "unknown", "unknown"]);
  await one.unroute("**/doc/**");
  assert.equal(await save(one, 1, edits[1]), "saved");
  await one.close();
  await other.close();
  assert.deepEqual((await left(path)).map(({ a }) => a).sort(), [2, 3]);
});

/** Saves in a page or frame, without and with a network. Returns the results and the warnings. */
const SAVES = async ([url, name]) => {
  const warnings = [];
  const store = (name) => mergefetch.indexedDb({ name, partition: () => "ann" });
  let isUp = true;
  const client = mergefetch.createClient({
    store: store(`${name}-read`),
    drafts: helpers.keepDrafts(store(name)),
    retry: { rounds: 0 },
    fetch: (...parts) => (isUp ? fetch(...parts) : Promise.reject(new TypeError("offline"))),
    on: { warning: ({ code }) => warnings.push(code) },
  });
  const start = performance.now();
  const base = await client.get(url);
  isUp = false;
  const kinds = [(await client.save(base, { a: 2, b: 1 })).kind];
  isUp = true;
  kinds.push((await client.save(base, { a: 2, b: 1 })).kind);
  return { kinds, warnings, isQuick: performance.now() - start < 15_000 };
};

test("a page whose locks are denied or silent saves, and keeps drafts, with one warning", async () => {
  for (const how of ["denied", "silent", "missing"]) {
    const page = await tab();
    await page.evaluate((how) => {
      const never = () => new Promise(() => {});
      const denied = async () => {
        throw new DOMException("denied", "SecurityError");
      };
      const locks = { denied: { request: denied, query: denied }, silent: { request: never, query: never }, missing: undefined }[how];
      Object.defineProperty(navigator, "locks", { configurable: true, value: locks });
    }, how);
    const path = `/doc/locks-${how}`;
    assert.deepEqual(await page.evaluate(SAVES, [path, "drafts"]), { kinds: ["unknown", "saved"], warnings: ["locks"], isQuick: true }, how);
    lost.set(path, "before");
    const sent = page.waitForRequest((request) => request.method() === "PUT");
    await page.evaluate(async (path) => {
      const client = makeClient();
      void client.save(await client.get(path), { a: 5, b: 5 });
    }, path);
    await sent;
    lost.delete(path);
    await page.close();
    assert.deepEqual(await left(path), [{ a: 5, b: 5 }], how);
  }
});

test("a database that another version holds or blocks causes one warning, and keeps drafts when it is free again", async () => {
  const holder = await tab();
  // A newer version of the page wants to upgrade, but an old tab blocks it. Every call that opens the database waits.
  await holder.evaluate(async () => {
    const opened = (name, version) => new Promise((resolve) => {
      const request = indexedDB.open(name, version);
      request.onsuccess = request.onblocked = () => resolve(request.result);
    });
    globalThis.old = [];
    for (const name of ["blocked", "blocked-read"]) old.push(await opened(name, 1));
    for (const name of ["blocked", "blocked-read"]) await new Promise((resolve) => (indexedDB.deleteDatabase(name).onblocked = resolve));
    for (const name of ["newer", "newer-read"]) (await opened(name, 2)).close();
  });
  for (const name of ["blocked", "newer"]) {
    const page = await tab();
    assert.deepEqual(await page.evaluate(SAVES, [`/doc/database-${name}`, name]), { kinds: ["unknown", "saved"], warnings: ["store"], isQuick: true }, name);
    await page.close();
  }
  await holder.evaluate(() => old.forEach((database) => database.close()));
  const page = await tab();
  assert.deepEqual(await page.evaluate(SAVES, ["/doc/database-free", "blocked"]), { kinds: ["unknown", "saved"], warnings: [], isQuick: true });
  await page.close();
  await holder.close();
});

test("a frame without storage, locks and an origin saves with one warning for each", async () => {
  const page = await tab();
  const url = new URL("/", page.url()).href;
  await page.evaluate(() => {
    const frame = document.createElement("iframe");
    frame.sandbox = "allow-scripts";
    frame.srcdoc = "<!doctype html>";
    document.body.append(frame);
    return new Promise((resolve) => (frame.onload = resolve));
  });
  const frame = page.frames().at(-1);
  await frame.evaluate(async (url) => {
    globalThis.mergefetch = await import(`${url}mergefetch/index.js`);
    globalThis.helpers = await import(`${url}mergefetch/helpers.js`);
  }, url);
  const { kinds, warnings, isQuick } = await frame.evaluate(SAVES, [`${url}doc/frame`, "frame"]);
  assert.deepEqual([kinds, warnings.sort(), isQuick], [["unknown", "saved"], ["locks", "store"], true]);
  await page.close();
});

test("a draft of a document whose URL has a secret is found by its URL, and the disk has no secret", async () => {
  const path = "/doc/secret?access_token=tok-en-3141";
  lost.set("/doc/secret", "before");
  await crashWhileSaving(path, { a: 2, b: 1 });
  lost.delete("/doc/secret");
  const page = await tab();
  const found = await page.evaluate(async (path) => {
    const store = mergefetch.indexedDb({ name: "drafts", partition: () => "ann" });
    const kept = [];
    for (const key of await store.keys("")) kept.push(key, new TextDecoder().decode(await store.get(key)));
    const drafts = helpers.keepDrafts(store);
    const client = mergefetch.createClient({ drafts });
    const without = (await drafts.list()).map(({ url }) => url).filter((url) => url.includes("/doc/secret"));
    const [draft] = (await drafts.list([path])).filter(({ url }) => url.endsWith(path));
    const { kind } = await client.save(draft.base, draft.mine);
    return [kept.join().includes("tok-en"), without.map((url) => url.replace(/.*=/, "")), draft.mine, kind, (await store.keys("DRAFT ")).filter((key) => key.includes("#")).length];
  }, path);
  assert.deepEqual(found, [false, ["***"], { a: 2, b: 1 }, "saved", 0]);
  await page.close();
});
