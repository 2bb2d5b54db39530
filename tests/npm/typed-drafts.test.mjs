// What is typed in a form is kept while it is typed, and found again by the next page: text, base, conflict and decisions.
import assert from "node:assert/strict";
import { test } from "node:test";

import { createClient, memory } from "mergefetch";
import { keepDrafts, openDocument } from "mergefetch/document";

import { held, isError, makeDocument, makeJson, theirs } from "./support.mjs";

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(holds) {
  for (let tries = 0; tries < 300 && !(await holds()); tries++) await pause(10);
  assert.ok(await holds());
}

/** A page: its client over a store that outlives it, and its document. Whoever lets go of it leaves it behind as a crash does. */
async function page(store, url, options = {}) {
  const network = { isUp: true, answers: true };
  const client = createClient({
    drafts: keepDrafts(store),
    retry: { baseDelayMs: 1 },
    fetch: async (request) => {
      if (!network.isUp) throw new TypeError("offline");
      const response = await fetch(request);
      if (!network.answers && request.method === "PUT") {
        network.isUp = false;
        throw new TypeError("lost");
      }
      return response;
    },
    ...options,
  });
  const open = openDocument(client, url);
  await open.load();
  return { open, network, client };
}

const count = async (store) => (await store.keys("DRAFT ")).length;

/** The next page, with what the earlier ones left behind. */
async function next(store, url) {
  const made = await page(store, url);
  await until(() => made.open.current().left.length > 0);
  return made;
}

test("a letter is kept at most 300 ms after it was typed, without a save, and only once for a form", async () => {
  const [store, url] = [memory(), await makeJson({ a: "", b: 1 })];
  const { open } = await page(store, url);
  for (const a of ["h", "he", "hel", "hell", "hello"]) {
    open.type({ a, b: 1 });
    await pause(60);
  }
  await pause(240);
  assert.equal(await count(store), 1);
  assert.deepEqual([open.current().isDirty, open.current().isSafeToLeave], [true, true]);
  open.type({ a: "hello!", b: 1 });
  assert.equal(open.current().isSafeToLeave, false);
  await pause(300);
  const later = await next(store, url);
  const [draft, ...others] = later.open.current().left;
  assert.deepEqual([draft.mine, draft.base.value, others], [{ a: "hello!", b: 1 }, { a: "", b: 1 }, []]);
  assert.ok(Math.abs(Date.now() - draft.savedAt) < 10_000);
  assert.deepEqual(later.open.current().draft, { a: "", b: 1 }, "it is offered, not taken");
});

test("a recovered draft goes on: what others saved since enters it, and the save forgets it", async () => {
  const [store, url] = [memory(), await makeJson({ a: "", b: 1 })];
  const first = await page(store, url);
  first.open.type({ a: "typed", b: 1 });
  await pause(300);
  await theirs(url, { a: "", b: 2 });
  const { open } = await next(store, url);
  await open.recover(open.current().left[0]);
  assert.deepEqual(open.current().draft, { a: "typed", b: 2 });
  assert.deepEqual(open.current().left, []);
  assert.equal(await count(store), 1, "one draft, now of this form");
  assert.equal((await open.save()).kind, "saved");
  await pause(300);
  assert.deepEqual(await held(url), { a: "typed", b: 2 });
  assert.equal(await count(store), 0);
});

test("a draft that overlaps with what others saved is still marked and asked about after a crash", async () => {
  const [store, url] = [memory(), await makeJson({ a: "x", b: 1 })];
  const first = await page(store, url);
  first.open.type({ a: "mine", b: 1 });
  await theirs(url, { a: "theirs", b: 2 });
  await first.open.load();
  assert.deepEqual(first.open.current().overlaps, ["/a"]);
  await pause(300);
  const { open } = await next(store, url);
  await open.recover(open.current().left[0]);
  assert.deepEqual([open.current().draft, open.current().overlaps], [{ a: "mine", b: 2 }, ["/a"]]);
  assert.equal((await open.save()).kind, "conflict");
  assert.deepEqual(await held(url), { a: "theirs", b: 2 });
});

test("a draft over an older base, saved without a network for reading in between, overwrites nothing", async () => {
  const [store, url] = [memory(), await makeJson({ a: "x", b: 1 })];
  const first = await page(store, url);
  first.open.type({ a: "mine", b: 1 });
  await theirs(url, { a: "theirs", b: 2 });
  await first.open.load();
  await pause(300);
  const { open, network } = await next(store, url);
  network.isUp = false;
  await open.recover(open.current().left[0]);
  network.isUp = true;
  const result = await open.save();
  assert.equal(result.kind, "conflict");
  assert.deepEqual(result.conflict.changes.filter(({ decision }) => decision === null).map(({ path }) => path), ["/a"]);
  assert.deepEqual(await held(url), { a: "theirs", b: 2 });
});

test("decisions outlive the page, with what was typed while the conflict was open", async () => {
  const [store, url] = [memory(), await makeJson({ a: "x", b: "x", c: "x" })];
  const first = await page(store, url);
  first.open.type({ a: "mine", b: "mine", c: "x" });
  await theirs(url, { a: "theirs", b: "theirs", c: "x" });
  assert.equal((await first.open.save()).kind, "conflict");
  const { conflict } = first.open.current();
  const [one] = conflict.changes.filter(({ decision }) => decision === null);
  conflict.set(one.id, "of my own");
  first.open.type({ a: "mine", b: "mine", c: "typed on" });
  await pause(300);
  const { open } = await next(store, url);
  await open.recover(open.current().left[0]);
  const found = open.current().conflict;
  assert.deepEqual([found.unresolved, found.merged.a], [1, "of my own"]);
  assert.deepEqual(open.current().draft, { a: "mine", b: "mine", c: "typed on" });
  found.take("theirs");
  assert.ok((await open.submit()).ok);
  assert.deepEqual(await held(url), { a: "of my own", b: "theirs", c: "x" });
  assert.deepEqual(open.current().draft, { a: "of my own", b: "theirs", c: "typed on" });
  assert.ok((await open.save()).ok);
  await pause(300);
  assert.equal(await count(store), 0);
});

test("an edit whose save may have arrived is not made twice after a crash, and no conflict with oneself", async () => {
  const [store, url] = [memory(), await makeJson({ rows: ["a"], t: "" })];
  const first = await page(store, url);
  first.network.answers = false;
  first.open.type({ rows: ["a", "b"], t: "" });
  void first.open.save().catch(() => {});
  await until(async () => (await held(url)).rows.length === 2);
  first.open.type({ rows: ["a", "b"], t: "typed on" });
  await pause(300);
  await theirs(url, { rows: ["a", "b", "c"], t: "" });
  const { open } = await next(store, url);
  assert.equal(open.current().left.length, 1);
  await open.recover(open.current().left[0]);
  assert.deepEqual(open.current().draft, { rows: ["a", "b"], t: "typed on" });
  assert.ok((await open.save()).ok);
  assert.deepEqual(await held(url), { rows: ["a", "b", "c"], t: "typed on" });
  assert.deepEqual(open.current().draft, await held(url));
});

test("a text and bytes are kept as they are", async () => {
  const [store, url] = [memory(), await makeDocument("one\n", "text/plain")];
  const first = await page(store, url);
  first.open.type("one\ntwo \u{1F600}\n");
  await pause(300);
  const { open } = await next(store, url);
  assert.equal(open.current().left[0].mine, "one\ntwo \u{1F600}\n");
});

test("what was typed in this form is not replaced by a draft", async () => {
  const [store, url] = [memory(), await makeJson({ a: 1 })];
  const first = await page(store, url);
  first.open.type({ a: 2 });
  await pause(300);
  const { open } = await next(store, url);
  open.type({ a: 3 });
  await assert.rejects(open.recover(open.current().left[0]), isError("invalid-argument"));
  assert.deepEqual(open.current().draft, { a: 3 });
  await assert.rejects(open.recover({}), isError("invalid-argument"));
});

test("two forms of one document have a draft each, and each goes with its own save", async () => {
  const [store, url] = [memory(), await makeJson({ a: 1, b: 1 })];
  const { open, client } = await page(store, url);
  const other = openDocument(client, url);
  await other.load();
  open.type({ a: 2, b: 1 });
  other.type({ a: 1, b: 2 });
  await pause(300);
  assert.equal(await count(store), 2);
  assert.ok((await open.save()).ok);
  await pause(300);
  assert.equal(await count(store), 1);
  assert.ok((await other.save()).ok);
  await pause(300);
  assert.equal(await count(store), 0);
  assert.deepEqual(await held(url), { a: 2, b: 2 });
});

test("a URL with a secret is not stored, with a conflict neither, and its draft is found all the same", async () => {
  const store = memory();
  const url = `${await makeJson({ a: 1 })}?access_token=hush`;
  const first = await page(store, url);
  first.open.type({ a: 2 });
  await theirs(url, { a: 3 });
  assert.equal((await first.open.save()).kind, "conflict");
  first.open.current().conflict.take("mine");
  await pause(300);
  for (const key of await store.keys("")) assert.ok(!`${key} ${new TextDecoder().decode(await store.get(key))}`.includes("hush"), key);
  const { open } = await next(store, url);
  await open.recover(open.current().left[0]);
  assert.ok((await open.submit()).ok);
  assert.deepEqual(await held(url), { a: 2 });
});

test("a store that fails costs no letter of the form", async () => {
  const url = await makeJson({ a: 1 });
  const broken = { get: async () => null, set: () => Promise.reject(new Error("full")), delete: () => Promise.reject(new Error("full")), keys: async () => [] };
  const { open } = await page(broken, url);
  open.type({ a: 2 });
  await pause(300);
  assert.equal(open.current().isSafeToLeave, false);
  assert.ok((await open.save()).ok);
  assert.equal(open.current().isSafeToLeave, true);
});
