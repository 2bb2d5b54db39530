// Elements, conflicts and clients that the page dropped are collected. An element that is attached repeatedly does not grow.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startBare } from "./bare.mjs";

const TEXT = Array.from({ length: 200 }, (_, line) => `line ${line}`);
const ROWS = Object.fromEntries(Array.from({ length: 20 }, (_, row) => [`row${row}`, row]));
const documents = new Map();
let bare;
let page;

/** Each document has its own version. Documents below /doc/text are texts. */
async function answer(request, response, pathname) {
  const isText = pathname.startsWith("/doc/text");
  const held = documents.get(pathname) ?? { version: 1, body: isText ? TEXT.join("\n") : JSON.stringify({ title: "one", note: "long ".repeat(50), ...ROWS }) };
  documents.set(pathname, held);
  const tag = () => `"${held.version}"`;
  let body = "";
  for await (const part of request) body += part;
  if (request.method === "PUT") {
    if (request.headers["if-match"] !== tag()) return response.writeHead(412).end();
    Object.assign(held, { version: held.version + 1, body });
    return response.writeHead(204, { etag: tag() }).end();
  }
  response.writeHead(200, { etag: tag(), "cache-control": "no-store", "content-type": isText ? "text/plain" : "application/json" }).end(held.body);
}

before(async () => {
  bare = await startBare(answer);
  page = await bare.open();
  await page.evaluate(async () => {
    await import("/mergefetch/element.js");
    await mergefetch.init();
    let count = 0;
    /** A conflict about many places of a new document. */
    globalThis.conflictOf = async (kind) => {
      const client = mergefetch.createClient({ retry: { baseDelayMs: 0 } });
      const base = await client.get(`/doc/${kind}/${++count}`);
      const edited = (word) => (kind === "text" ? base.value.replaceAll(/line (\d*[05])\n/g, `${word} $1\n`) : Object.fromEntries(Object.entries(base.value).map(([name, value]) => [name, typeof value === "string" ? `${word} ${value}` : `${word}${value}`])));
      await mergefetch.createClient().save(base, edited("theirs"));
      const { conflict } = await client.save(base, edited("mine"));
      return { client, conflict };
    };
    globalThis.frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    globalThis.makers = {
      text: async () => Object.assign(document.createElement("merge-conflict"), { conflict: (await conflictOf("text")).conflict }),
      json: async () => Object.assign(document.createElement("merge-conflict"), { conflict: (await conflictOf("json")).conflict }),
      refusal: async () => Object.assign(document.createElement("merge-refusal"), { refusal: { ok: false, kind: "constraint", mine: {}, problem: { status: 422, title: "No", body: {}, fields: [{ path: "/a", detail: "too long" }] } } }),
      changes: async () => Object.assign(document.createElement("merge-changes"), { changes: (await conflictOf("json")).conflict.changes }),
    };
  });
});

after(() => bare?.stop());

const ONLY_CHROMIUM = process.env.E2E_BROWSER === "firefox" && "only Chromium lets a test collect garbage and count what is left";

/** Nodes and listeners of the page that are left after a collection. */
async function counts() {
  const browser = await page.context().newCDPSession(page);
  await browser.send("Performance.enable");
  for (let round = 0; round < 3; round++) {
    await browser.send("HeapProfiler.collectGarbage");
    await page.evaluate(() => frame());
  }
  const { metrics } = await browser.send("Performance.getMetrics");
  await browser.detach();
  const of = (name) => metrics.find((metric) => metric.name === name).value;
  return { nodes: of("Nodes"), listeners: of("JSEventListeners"), bytes: of("JSHeapUsedSize") };
}

for (const name of ["text", "json", "refusal", "changes"]) {
  test(`${name}: an element that was attached 1,000 times is as large as one that was attached once`, async () => {
    const attach = (times) => page.evaluate(async ([name, times]) => {
      globalThis.element ??= await makers[name]();
      const { conflict } = element;
      if (conflict && globalThis.subscribed === undefined) {
        // The number of listeners now.
        globalThis.subscribed = 0;
        const subscribe = conflict.subscribe.bind(conflict);
        conflict.subscribe = (listener) => {
          const stop = subscribe(listener);
          subscribed += 1;
          return () => {
            subscribed -= 1;
            stop();
          };
        };
      }
      const places = [document.body, document.body.appendChild(document.createElement("div"))];
      for (let round = 0; round < times; round++) {
        places[round % 2].append(element);
        if (round % 3 === 0) element.remove();
        if (round % 50 === 0) await frame();
      }
      document.body.append(element);
      await frame();
      await frame();
      const count = (root) => [...root.querySelectorAll("*")].reduce((sum, one) => sum + 1 + (one.shadowRoot ? count(one.shadowRoot) : 0), 0);
      // A script that loads later adds to the view; on a busy machine that takes a while.
      for (let same = 0, last = -1, tries = 0; same < 5 && tries < 100; tries++) {
        const now = count(element.shadowRoot);
        same = now === last ? same + 1 : 0;
        last = now;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const attached = { elements: count(element.shadowRoot), text: element.shadowRoot.textContent.length, subscribed: globalThis.subscribed };
      element.remove();
      await frame();
      const detached = globalThis.subscribed;
      document.body.append(element);
      await frame();
      places[1].remove();
      return { attached, detached };
    }, [name, times]);
    const once = await attach(1);
    assert.ok(once.attached.elements > 3 && once.attached.text > 0, JSON.stringify(once));
    assert.deepEqual([once.attached.subscribed ?? 1, once.detached ?? 0], [1, 0]);
    const before = !ONLY_CHROMIUM && (await counts());
    assert.deepEqual(await attach(1_000), once);
    if (before) {
      const now = await counts();
      assert.ok(Math.abs(now.nodes - before.nodes) < 50 && Math.abs(now.listeners - before.listeners) < 20, JSON.stringify({ before, now }));
      assert.ok(now.bytes - before.bytes < 1_000_000, JSON.stringify({ before, now }));
    }
    await page.evaluate(() => {
      element.remove();
      delete globalThis.element;
      delete globalThis.subscribed;
    });
  });
}

test("elements, conflicts and clients that the page dropped are collected, shown or not, decided or not", { skip: ONLY_CHROMIUM }, async () => {
  await page.evaluate(async () => {
    globalThis.dropped = {};
    for (const name of Object.keys(makers)) {
      const element = await makers[name]();
      document.body.append(element);
      await frame();
      element.conflict?.take("mine", element.conflict.changes[0].id);
      await frame();
      element.remove();
      dropped[`element ${name}`] = new WeakRef(element);
      if (element.conflict) dropped[`conflict ${name}`] = new WeakRef(element.conflict);
    }
    // One element that the page removed without any call, and another one that was never shown.
    const { client, conflict } = await conflictOf("text");
    document.body.append(Object.assign(document.createElement("merge-conflict"), { conflict }));
    await frame();
    document.body.replaceChildren();
    Object.assign(dropped, { client: new WeakRef(client), shown: new WeakRef(conflict) });
    const other = await conflictOf("json");
    Object.assign(dropped, { other: new WeakRef(other.client), unseen: new WeakRef(other.conflict) });
    // A living element gets another conflict, and then holds nothing of the first one.
    const living = Object.assign(document.createElement("merge-conflict"), { conflict: (await conflictOf("json")).conflict });
    document.body.append(living);
    await frame();
    dropped.replaced = new WeakRef(living.conflict);
    living.conflict = (await conflictOf("text")).conflict;
    await frame();
    dropped.taken = new WeakRef(living.conflict);
    living.conflict = null;
    await frame();
    globalThis.living = living;
  });
  let left;
  for (let tries = 0; tries < 20; tries++) {
    await counts();
    left = await page.evaluate(() => Object.keys(dropped).filter((name) => dropped[name].deref() !== undefined));
    if (left.length === 0) break;
  }
  assert.deepEqual(left, []);
});
