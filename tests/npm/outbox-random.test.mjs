// Pages that type, crash, lose requests and lose answers over one store. In the end each edit is at the server once, and the store is empty.
//
// Node.js has no Web Locks, so a page takes a page that lives for one that has gone: the hardest case.
import assert from "node:assert/strict";
import { test } from "node:test";

import { createClient, memory } from "mergefetch";
import { keepDrafts } from "mergefetch/document";
import { openOutbox } from "mergefetch/outbox";

const SEEDS = Number(process.env.MERGEFETCH_OUTBOX_SEEDS ?? 8);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A generator of numbers below a limit (Numerical Recipes). */
function randomOf(seed) {
  let state = Math.imul(seed, 2654435761) >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * limit);
  };
}

/** Two documents with versions, and a collection that recognises an `Idempotency-Key`. */
function startServer(random) {
  const documents = new Map(["/a", "/b"].map((path) => [path, { version: 1, body: '{"members":{},"rows":[]}' }]));
  const created = new Map();
  const json = (body, status, fields) => new Response(body, { status, headers: { "content-type": "application/json", ...fields } });
  const answer = async (request) => {
    await pause(random(3));
    const { pathname } = new URL(request.url);
    if (request.method === "POST") {
      const key = request.headers.get("idempotency-key");
      if (key === null) return json("{}", 400, {});
      if (!created.has(key)) created.set(key, await request.text());
      return json(created.get(key), 201, { location: `/c/${created.size}`, etag: '"1"' });
    }
    const held = documents.get(pathname);
    if (request.method === "GET") return json(held.body, 200, { etag: `"${held.version}"` });
    const body = await request.text();
    if (request.headers.get("if-match") !== `"${held.version}"`) return new Response(null, { status: 412 });
    Object.assign(held, { version: held.version + 1, body });
    return new Response(null, { status: 204, headers: { etag: `"${held.version}"` } });
  };
  return { answer, valueOf: (path) => JSON.parse(documents.get(path).body), created: () => [...created.values()].map((body) => JSON.parse(body).id) };
}

async function run(seed) {
  const random = randomOf(seed);
  const server = startServer(random);
  const store = memory();
  let isCalm = false;
  const makePage = () => {
    const page = { isDead: false, isUp: true };
    const reach = async (request) => {
      if (page.isDead) return new Promise(() => {});
      if (!isCalm && (!page.isUp || random(4) === 0)) throw new TypeError("the request was lost");
      const response = await server.answer(request);
      if (page.isDead) return new Promise(() => {});
      if (!isCalm && random(4) === 0) throw new TypeError("the answer was lost");
      return response;
    };
    page.client = createClient({ baseUrl: "http://outbox.test/", fetch: reach, drafts: keepDrafts(store), retry: { rounds: 3, baseDelayMs: 1 }, timeoutMs: 2_000 });
    page.outbox = openOutbox(page.client);
    return page;
  };
  let pages = [makePage()];
  const [typed, calls] = [[], []];
  const save = async (page, path, token) => {
    let base;
    for (let tries = 0; tries < 5 && base === undefined; tries++) base = await page.client.get(path).catch(() => undefined);
    if (base === undefined || page.isDead) return;
    typed.push({ path, token });
    // Without an answer it may throw, too; the draft is what counts.
    await page.client.save(base, { members: { ...base.value.members, [token]: 1 }, rows: [...base.value.rows, token] }).catch(() => {});
  };
  for (let turn = 0; turn < 40; turn++) {
    const page = pages[random(pages.length)];
    const token = `${turn}`;
    const what = random(10);
    if (what < 5) calls.push(save(page, random(2) === 0 ? "/a" : "/b", token));
    else if (what === 5) {
      typed.push({ path: "/c", token });
      calls.push(page.client.create("/c", { id: token }, { method: "POST" }).catch(() => {}));
    } else if (what === 6) page.isUp = !page.isUp;
    else if (what === 7) {
      page.isDead = true;
      page.outbox.stop();
      pages = [...pages.filter((one) => one !== page), makePage()];
    } else if (what === 8 && pages.length < 2) pages.push(makePage());
    else void page.outbox.send();
    await pause(random(8));
  }
  isCalm = true;
  await Promise.race([Promise.all(calls), pause(1_000)]);
  pages.push(makePage());
  for (let tries = 0; tries < 60 && (await store.keys("DRAFT ")).length > 0; tries++) {
    for (const { outbox } of pages) {
      await outbox.send();
      for (const { conflict } of outbox.current().edits) {
        for (const { id, state } of conflict?.changes ?? []) if (state === "conflict") conflict.take("both", id);
        await conflict?.submit();
      }
    }
    await pause(20);
  }
  for (const { outbox } of pages) outbox.stop();
  assert.equal((await store.keys("DRAFT ")).length, 0, `seed ${seed}: drafts are left`);
  for (const { path, token } of typed) {
    const rows = path === "/c" ? server.created() : server.valueOf(path).rows;
    assert.equal(rows.filter((row) => row === token).length, 1, `seed ${seed}: ${path} has the edit ${token} another number of times`);
    if (path !== "/c") assert.equal(server.valueOf(path).members[token], 1, `seed ${seed}: ${path} lacks the edit ${token}`);
  }
  return typed.length;
}

test("whatever pages and network do, each edit arrives once", { timeout: 60_000 + SEEDS * 10_000 }, async () => {
  let edits = 0;
  for (let seed = 1; seed <= SEEDS; seed++) edits += await run(seed);
  assert.ok(edits > SEEDS * 8, `${edits} edits`);
});
