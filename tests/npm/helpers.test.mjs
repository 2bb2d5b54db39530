// What `mergefetch/helpers` makes of the API: forms, saving by itself, undoing, drafts and their journal.
import assert from "node:assert/strict";
import { test } from "node:test";

import { createClient, memory } from "mergefetch";
import { autosave, editing, keepDrafts, undo } from "mergefetch/helpers";

import { exchanges, held, isError, makeDocument, makeJson, octets, theirs, theirsRemove } from "./support.mjs";

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(holds) {
  for (let tries = 0; tries < 500 && !(await holds()); tries++) await pause(10);
  assert.ok(await holds());
}

/** A client whose writes wait for `go()`. */
function held_(options = {}) {
  const waiting = [];
  let isHeld = false;
  const client = createClient({
    ...options,
    fetch: async (request) => {
      if (isHeld && request.method === "PUT") await new Promise((resolve) => waiting.push(resolve));
      return fetch(request);
    },
  });
  return {
    client,
    hold: () => (isHeld = true),
    isWaiting: () => waiting.length > 0,
    go: () => {
      isHeld = false;
      for (const resolve of waiting.splice(0)) resolve();
    },
  };
}

test("what is typed while a conflict is open is neither sent with it nor taken back by its end", async () => {
  const url = await makeJson({ a: 1, b: 1 });
  const form = editing(createClient(), url);
  await form.load();
  form.type({ a: 2, b: 1 });
  await theirs(url, { a: 3, b: 1 });
  assert.equal((await form.save()).kind, "conflict");
  form.type({ a: 2, b: 7 });
  form.current().conflict.take("mine");
  assert.equal((await form.submit()).kind, "saved");
  assert.deepEqual(form.current().draft, { a: 2, b: 7 });
  assert.equal(form.current().conflict, null);
  assert.ok((await form.save()).ok);
  assert.deepEqual(await held(url), { a: 2, b: 7 });
  assert.deepEqual(form.current().draft, { a: 2, b: 7 });
});

test("saving by itself waits until nobody types, and saves what was typed during a save after it", async () => {
  const url = await makeJson({ a: 1 });
  const { client, hold, isWaiting, go } = held_();
  const form = editing(client, url);
  const stop = autosave(form, { delayMs: 60 });
  // Typed before it is loaded: saved when it can be.
  form.type({ a: 2 });
  await pause(120);
  await form.load();
  await until(async () => (await held(url)).a === 2);
  const { log } = await exchanges(url, async () => {
    for (let a = 3; a < 8; a++) {
      form.type({ a });
      await pause(10);
    }
    hold();
    await until(isWaiting);
    form.type({ a: 99 });
    await pause(200);
    go();
    await until(async () => (await held(url)).a === 99);
  });
  assert.equal(log.filter(({ method }) => method === "PUT").length, 2, "one for what was typed, one for what was typed meanwhile");
  await until(() => !form.current().isSaving);
  stop();
  form.type({ a: 100 });
  await pause(150);
  assert.deepEqual(await held(url), { a: 99 });
});

test("saving by itself pauses while a conflict is open, when it would be set and when it is due", async () => {
  const url = await makeJson({ a: 1, b: 1 });
  const { client, hold, isWaiting, go } = held_();
  const form = editing(client, url);
  const stop = autosave(form, { delayMs: 80 });
  await form.load();
  await theirs(url, { a: 3, b: 1 });
  // The timer is set, and the conflict opens before it is due.
  form.type({ a: 2, b: 1 });
  hold();
  const saving = form.save();
  await until(isWaiting);
  form.type({ a: 2, b: 5 });
  go();
  assert.equal((await saving).kind, "conflict");
  const { log } = await exchanges(url, async () => {
    await pause(200);
    // And typing sets none.
    form.type({ a: 2, b: 6 });
    await pause(200);
  });
  assert.deepEqual(log.filter(({ method }) => method === "PUT"), []);
  assert.deepEqual(form.current().draft, { a: 2, b: 6 });
  form.current().conflict.take("mine");
  assert.ok((await form.submit()).ok);
  // What waited goes on by itself.
  await until(async () => (await held(url)).b === 6);
  stop();
});

test("an error of a save by itself is told, and a refusal is not repeated until somebody types", async () => {
  const url = await makeJson({ a: 1 });
  const failures = [];
  let count = 0;
  const client = createClient({ retry: { rounds: 0 }, fetch: (request) => (request.method === "PUT" ? (count++, Promise.resolve(new Response(null, { status: 403 }))) : fetch(request)) });
  const form = editing(client, url);
  const stop = autosave(form, { delayMs: 20, failed: (error) => failures.push(error) });
  await form.load();
  form.type({ a: 2 });
  await until(() => form.current().problem?.status === 403);
  await pause(100);
  assert.equal(count, 1);
  form.type({ a: 1n });
  await until(() => failures.length === 1);
  assert.ok(isError("invalid-argument")(failures[0]));
  stop();
});

test("undo after a decision brings both sides back, and asks again", async () => {
  const url = await makeJson({ a: 1, b: 1 });
  const client = createClient();
  const base = await client.get(url);
  await theirs(url, { a: 3, b: 9 });
  const { conflict } = await client.save(base, { a: 2, b: 1 });
  const result = await conflict.take("mine").submit();
  assert.deepEqual(await held(url), { a: 2, b: 9 });
  const undone = await undo(client, conflict, result);
  assert.equal(undone.kind, "saved");
  assert.deepEqual(await held(url), { a: 3, b: 9 });
  assert.deepEqual([conflict.mine, conflict.theirs.value, conflict.unresolved], [{ a: 2, b: 1 }, { a: 3, b: 9 }, 1]);
  assert.ok((await conflict.take("theirs").submit()).ok);
  assert.deepEqual(await held(url), { a: 3, b: 9 });
});

test("undo takes back what was decided and nothing that others did since", async () => {
  const url = await makeJson({ a: 1, b: 1, c: 1 });
  // Another one is faster between the decision and its arrival.
  let isCompeting = false;
  const client = createClient({
    fetch: async (request) => {
      if (isCompeting && request.method === "PUT") {
        isCompeting = false;
        await theirs(url, { a: 3, b: 1, c: 9 });
      }
      return fetch(request);
    },
  });
  const base = await client.get(url);
  await theirs(url, { a: 3, b: 1, c: 1 });
  const { conflict } = await client.save(base, { a: 2, b: 1, c: 1 });
  isCompeting = true;
  const result = await conflict.take("mine").submit();
  assert.deepEqual([result.kind, await held(url)], ["merged", { a: 2, b: 1, c: 9 }]);
  assert.ok((await undo(client, conflict, result)).ok);
  assert.deepEqual(await held(url), { a: 3, b: 1, c: 9 });

  // What was written after it, at the same place, is asked about.
  const again = await conflict.take("mine").submit();
  await theirs(url, { a: 4, b: 1, c: 9 });
  assert.equal((await undo(client, conflict, again)).kind, "conflict");
  assert.deepEqual(await held(url), { a: 4, b: 1, c: 9 });
});

test("undo sends the fields of its init, as the package keeps no credentials", async () => {
  let token = "Bearer one";
  const asked = (request) => (request.headers.get("authorization") === token ? fetch(request) : Promise.resolve(new Response(null, { status: 401 })));
  const url = await makeJson({ a: 1 });
  const client = createClient({ fetch: asked });
  const init = () => ({ headers: { authorization: token } });
  const base = await client.get(url, init());
  await theirs(url, { a: 2 });
  const { conflict } = await client.save(base, { a: 3 }, init());
  const result = await conflict.take("mine").submit();
  assert.equal((await undo(client, conflict, result)).kind, "forbidden");
  token = "Bearer two";
  assert.equal((await undo(client, conflict, result, init())).kind, "saved");
  assert.equal(conflict.unresolved, 1);
  assert.deepEqual(await held(url), { a: 2 });
});

test("undo restores what was removed, removes what was restored, and works on text", async () => {
  const client = createClient();
  const removed = await makeJson({ a: 1 });
  const before = await client.get(removed);
  await theirs(removed, { a: 3 });
  const asked = (await client.remove(before)).conflict;
  const gone = await asked.take("mine").submit();
  assert.equal(await octets(removed), null);
  assert.ok((await undo(client, asked, gone)).ok);
  assert.deepEqual(await held(removed), { a: 3 });

  const restored = await makeJson({ a: 1 });
  const base = await client.get(restored);
  await theirsRemove(restored);
  const { conflict } = await client.save(base, { a: 2 });
  const back = await conflict.take("mine").submit();
  assert.deepEqual(await held(restored), { a: 2 });
  assert.ok((await undo(client, conflict, back)).ok);
  assert.equal(await octets(restored), null);

  const text = await makeDocument("one\ntwo\n", "text/plain");
  const read = await client.get(text);
  await theirs(text, "1\ntwo\n");
  const clash = (await client.save(read, "eins\ntwo\n")).conflict;
  const result = await clash.take("both").submit();
  assert.equal(await octets(text), "eins\n1\ntwo\n");
  assert.ok((await undo(client, clash, result)).ok);
  assert.deepEqual([await octets(text), clash.unresolved], ["1\ntwo\n", 1]);
});

test("what people decide against or discard goes into the journal, of which the oldest go", async () => {
  const store = memory();
  const drafts = keepDrafts(store, { journal: 2 });
  const client = createClient({ drafts });
  const decide = async (typed) => {
    const url = await makeJson({ a: 1 });
    const base = await client.get(url);
    await theirs(url, { a: 3 });
    const { conflict } = await client.save(base, { a: typed });
    assert.equal(conflict.mine.a, typed);
    assert.ok((await conflict.take("theirs").submit()).ok);
    assert.equal(conflict.mine.a, typed, "mine stays as it was typed");
    // The keys sort by milliseconds.
    await pause(2);
  };
  await decide(10);
  const [one] = await drafts.journal();
  assert.deepEqual([one.mine, one.base.value], [{ a: 10 }, { a: 1 }]);
  await decide(11);
  await decide(12);
  assert.deepEqual((await drafts.journal()).map(({ mine }) => mine.a), [11, 12]);

  // A plain save needs no journal: the server has it.
  const url = await makeJson({ a: 1 });
  await client.save(await client.get(url), { a: 2 });
  assert.equal((await drafts.journal()).length, 2);

  // What another page left behind, and is discarded.
  const left = createClient({ drafts: keepDrafts(store), retry: { rounds: 0 }, fetch: (request) => (request.method === "PUT" ? Promise.reject(new TypeError("offline")) : fetch(request)) });
  assert.equal((await left.save(await left.get(url), { a: 77 })).kind, "unknown");
  const found = (await drafts.list()).find(({ mine }) => mine.a === 77);
  await found.discard();
  assert.deepEqual([(await drafts.list()).length, (await drafts.journal()).map(({ mine }) => mine.a)], [0, [12, 77]]);
  for (const draft of await drafts.journal()) await draft.discard();
  assert.deepEqual(await store.keys(""), []);
  assert.throws(() => keepDrafts(store, { journal: -1 }), isError("invalid-argument"));
});

test("without a journal nothing is kept of what was decided", async () => {
  const store = memory();
  const client = createClient({ drafts: keepDrafts(store) });
  const url = await makeJson({ a: 1 });
  const base = await client.get(url);
  await theirs(url, { a: 3 });
  const { conflict } = await client.save(base, { a: 2 });
  assert.ok((await conflict.take("theirs").submit()).ok);
  assert.deepEqual(await store.keys(""), []);
});
