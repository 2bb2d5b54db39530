// Documents that stay current while people type: saves of others enter the draft, and typed text stays.
import assert from "node:assert/strict";
import { test } from "node:test";

import { createClient, memory } from "mergefetch";
import { guardLeave, keepDrafts, openDocument } from "mergefetch/document";
import { RefusalError, autosave, unwrap } from "mergefetch/helpers";

import { decided, exchanges, held, isError, makeDocument, makeJson, observed, theirs, theirsRemove } from "./support.mjs";

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(holds) {
  for (let tries = 0; tries < 300 && !(await holds()); tries++) await pause(10);
  assert.ok(await holds());
}

async function opened(url, options, client = createClient()) {
  const open = openDocument(client, url, options);
  await open.load();
  return open;
}

const FAIR = { title: "Fair", place: "Garden", guests: 40 };

test("load() again shows the newest version when nothing was typed", async () => {
  const url = await makeJson(FAIR);
  const open = await opened(url);
  await theirs(url, { ...FAIR, place: "Hall" });
  await open.load();
  const { draft, base, isDirty, isStale, news } = open.current();
  assert.deepEqual(draft, { ...FAIR, place: "Hall" });
  assert.deepEqual(base.value, draft);
  assert.deepEqual([isDirty, isStale], [false, false]);
  assert.deepEqual(news.changes.map(({ path, base, theirs }) => [path, base, theirs]), [["/place", "Garden", "Hall"]]);
});

test("what others saved enters the draft beside what was typed, and the next save needs no merge", async () => {
  const url = await makeJson(FAIR);
  const open = await opened(url);
  open.type({ ...FAIR, title: "Summer fair" });
  await theirs(url, { ...FAIR, place: "Hall" });
  await open.load();
  const { draft, isDirty, isStale, incoming, overlaps } = open.current();
  assert.deepEqual(draft, { ...FAIR, title: "Summer fair", place: "Hall" });
  assert.deepEqual([isDirty, isStale, incoming, overlaps], [true, false, [], []]);
  const { result, log } = await exchanges(url, () => open.save());
  assert.equal(result.kind, "saved");
  assert.deepEqual(log.filter(({ method }) => method === "PUT").map(({ status }) => status), [204]);
  assert.deepEqual(await held(url), draft);
  assert.equal(open.current().isDirty, false);
});

test("what both changed is known before the save, which asks without sending anything", async () => {
  const { client, told } = observed();
  const url = await makeJson(FAIR);
  const open = await opened(url, {}, client);
  open.type({ ...FAIR, title: "Summer fair", guests: 50 });
  await theirs(url, { ...FAIR, title: "Winter fair", place: "Hall" });
  await open.load();
  const state = open.current();
  assert.deepEqual(state.draft, { title: "Summer fair", place: "Hall", guests: 50 });
  assert.deepEqual([state.isStale, state.overlaps, state.theirs.value.title], [true, ["/title"], "Winter fair"]);
  assert.deepEqual(state.incoming.map(({ path, mine, theirs }) => [path, mine, theirs]), [["/title", "Summer fair", "Winter fair"]]);
  const { result, log } = await exchanges(url, () => open.save());
  assert.equal(result.kind, "conflict");
  assert.deepEqual(log.filter(({ method }) => method !== "GET"), []);
  assert.equal(told.conflict.length, 1);
  const { conflict } = open.current();
  assert.deepEqual(conflict.changes.filter(({ decision }) => decision === null).map(({ path }) => path), ["/title"]);
  // Typing goes on while the question is open.
  open.type({ ...open.current().draft, guests: 60 });
  conflict.take("theirs");
  assert.ok((await open.submit()).ok);
  assert.deepEqual(open.current().draft, { title: "Winter fair", place: "Hall", guests: 60 });
  assert.deepEqual(await held(url), { title: "Winter fair", place: "Hall", guests: 50 });
  assert.deepEqual([open.current().isStale, open.current().conflict, open.current().isDirty], [false, null, true]);
  assert.ok((await open.save()).ok);
  assert.deepEqual(await held(url), open.current().draft);
});

test("an overlap that the person typed away is saved without a question", async () => {
  const url = await makeJson(FAIR);
  const open = await opened(url);
  open.type({ ...FAIR, title: "Summer fair" });
  await theirs(url, { ...FAIR, title: "Winter fair" });
  await open.load();
  assert.deepEqual(open.current().overlaps, ["/title"]);
  open.type({ title: "Winter fair", place: "Garden", guests: 41 });
  assert.deepEqual(open.current().overlaps, []);
  assert.equal((await open.save()).kind, "saved");
  assert.deepEqual(await held(url), { title: "Winter fair", place: "Garden", guests: 41 });
});

test("theirs that moved again before the decision is sent reopens only what it changed", async () => {
  const url = await makeJson(FAIR);
  const open = await opened(url);
  open.type({ ...FAIR, title: "Summer fair", guests: 50 });
  await theirs(url, { ...FAIR, title: "Winter fair", guests: 45 });
  await open.load();
  assert.equal((await open.save()).kind, "conflict");
  const { conflict } = open.current();
  conflict.take("mine");
  await theirs(url, { ...FAIR, title: "Winter fair", guests: 46 });
  assert.equal((await open.submit()).kind, "conflict");
  assert.equal(conflict.unresolved, 1);
  conflict.take("mine");
  assert.ok((await open.submit()).ok);
  assert.deepEqual(await held(url), { ...FAIR, title: "Summer fair", guests: 50 });
});

test("a text stays a text: others write in other lines", async () => {
  const url = await makeDocument("one\ntwo\nthree\nfour\nfive\nsix\n", "text/plain");
  const open = await opened(url);
  open.type("ONE\ntwo\nthree\nfour\nfive\nsix\n");
  await theirs(url, "one\ntwo\nthree\nFOUR\n");
  await open.load();
  assert.equal(open.current().draft, "ONE\ntwo\nthree\nFOUR\n");
});

test("a document that waits keeps the draft and says that it is stale, until the page lets theirs in", async () => {
  const url = await makeJson(FAIR);
  const open = await opened(url, { theirs: "wait" });
  open.type({ ...FAIR, title: "Summer fair" });
  await theirs(url, { ...FAIR, place: "Hall" });
  await open.load();
  assert.deepEqual(open.current().draft, { ...FAIR, title: "Summer fair" });
  assert.deepEqual([open.current().isStale, open.current().incoming.map(({ path }) => path)], [true, ["/place"]]);
  await open.enter();
  assert.deepEqual(open.current().draft, { ...FAIR, title: "Summer fair", place: "Hall" });
  assert.equal(open.current().isStale, false);
});

test("a snapshot that the server rendered into the page is a base, also as a copy of JSON", async () => {
  const url = await makeJson(FAIR);
  const rendered = JSON.parse(JSON.stringify(await createClient().get(url)));
  const { client } = observed();
  const { log, result: open } = await exchanges(url, async () => openDocument(client, url, { initial: rendered }));
  assert.deepEqual(log, [], "nothing is read");
  assert.deepEqual(open.current().draft, FAIR);
  open.type({ ...FAIR, guests: 41 });
  assert.equal((await open.save()).kind, "saved");
  assert.deepEqual(await held(url), { ...FAIR, guests: 41 });
});

test("a draft that is one object changed in place counts at each event", async () => {
  const url = await makeJson({ rows: [{ id: 1, v: "a" }, { id: 2, v: "b" }] });
  const open = await opened(url);
  const { draft } = open.current();
  draft.rows[1].v = "typed";
  await theirs(url, { rows: [{ id: 2, v: "b" }, { id: 1, v: "a" }, { id: 3, v: "c" }] });
  await open.load();
  assert.deepEqual(open.current().draft.rows, [{ id: 2, v: "typed" }, { id: 1, v: "a" }, { id: 3, v: "c" }]);
});

test("the state says who saved what has entered the draft", async () => {
  const url = await makeJson(FAIR);
  const client = createClient({ routes: [{ match: url, author: () => ({ name: "Ben", savedAt: 5 }) }] });
  const open = await opened(url, {}, client);
  await theirs(url, { ...FAIR, guests: 41 });
  await open.load();
  assert.deepEqual(open.current().news.author, { name: "Ben", savedAt: 5 });
  open.type({ ...open.current().draft, title: "Summer fair" });
  await theirs(url, { ...FAIR, guests: 42 });
  assert.equal((await open.save()).kind, "merged");
  const { news } = open.current();
  assert.deepEqual([news.changes.map(({ path, theirs }) => [path, theirs])], [[["/guests", 42]]]);
});

test("saves run one after the other, and typing goes on", async () => {
  const url = await makeJson(FAIR);
  const open = await opened(url);
  open.type({ ...FAIR, guests: 1 });
  const first = open.save();
  open.type({ ...FAIR, guests: 2 });
  const second = open.save();
  open.type({ ...FAIR, guests: 3 });
  assert.deepEqual([(await first).kind, (await second).kind], ["saved", "saved"]);
  assert.equal(open.current().draft.guests, 3);
  assert.deepEqual(await held(url), { ...FAIR, guests: 3 });
});

test("a save that got no answer leaves the draft an edit, and is safe to try again", async () => {
  const url = await makeJson(FAIR);
  let isUp = true;
  const client = createClient({ retry: { rounds: 0 }, fetch: (request) => (isUp ? fetch(request) : Promise.reject(new TypeError("offline"))) });
  const open = await opened(url, {}, client);
  open.type({ ...FAIR, guests: 41 });
  isUp = false;
  const result = await open.save();
  assert.deepEqual([result.ok, result.kind], [false, "unknown"]);
  assert.deepEqual([open.current().isSaving, open.current().isDirty, open.current().isSafeToLeave], [false, true, false]);
  isUp = true;
  assert.ok((await open.save()).ok);
  assert.deepEqual([open.current().problem, open.current().isSafeToLeave], [null, true]);
});

test("a value that JSON cannot represent is refused by the save, and stays in the form", async () => {
  const open = await opened(await makeJson({ a: 1 }));
  open.type({ a: 1n });
  await assert.rejects(open.save(), isError("invalid-argument", { path: "/a" }));
  assert.deepEqual([open.current().isSaving, open.current().isDirty, open.current().draft], [false, true, { a: 1n }]);
  open.type({ a: 2 });
  assert.ok((await open.save()).ok);
});

test("the removal of a document leaves what was typed, and the save asks", async () => {
  const url = await makeJson(FAIR);
  const open = await opened(url);
  open.type({ ...FAIR, guests: 41 });
  await theirsRemove(url);
  await assert.rejects(open.load(), isError("http"));
  assert.equal(open.current().draft.guests, 41);
  const result = await open.save();
  assert.deepEqual([result.kind, result.conflict.kind], ["conflict", "edit-delete"]);
  open.drop();
  assert.equal(open.current().conflict, null);
  assert.equal(open.current().draft.guests, 41);
});

test("saving by itself lets theirs in, and stops at a question", async () => {
  const url = await makeJson(FAIR);
  const open = await opened(url);
  const stop = autosave(open, { delayMs: 5 });
  open.type({ ...FAIR, guests: 41 });
  await until(async () => (await held(url)).guests === 41);
  await theirs(url, { ...FAIR, guests: 50 });
  open.type({ ...open.current().draft, guests: 42 });
  await until(() => open.current().conflict !== null);
  open.current().conflict.take("mine");
  await open.submit();
  stop();
  assert.equal((await held(url)).guests, 42);
});

test("a conflict outlives its page, with its decisions and with what was typed over the whole", async () => {
  const url = await makeDocument("one\ntwo\nthree\nfour\nfive\nsix\nlast\n", "text/plain");
  const client = createClient();
  const base = await client.get(url);
  await theirs(url, "ONE theirs\ntwo\nthree\nfour\nfive\nsix\nFIVE theirs\n");
  const { conflict } = await client.save(base, "ONE mine\ntwo\nthree\nfour\nfive\nsix\nFIVE mine\n");
  const [first, last] = conflict.changes.filter(({ decision }) => decision === null);
  conflict.take("theirs", first.id);
  const kept = JSON.parse(JSON.stringify(conflict));
  const later = createClient();
  const { log, result: found } = await exchanges(url, () => later.restore(kept));
  assert.deepEqual(log, []);
  assert.deepEqual([found.url, found.format, found.kind, found.unresolved], [url, "text", "edit-edit", 1]);
  assert.deepEqual(found.changes, conflict.changes);
  assert.equal(found.merged, conflict.merged);
  found.set(last.id, "FIVE of both\n");
  const again = await later.restore(JSON.parse(JSON.stringify(found)));
  assert.equal(again.merged, "ONE theirs\ntwo\nthree\nfour\nfive\nsix\nFIVE of both\n");
  again.set("", "typed over\n");
  const whole = await later.restore(JSON.parse(JSON.stringify(again)));
  assert.deepEqual([whole.merged, whole.unresolved], ["typed over\n", 0]);
  assert.ok((await found.submit()).ok);
  assert.equal((await later.get(url)).value, "ONE theirs\ntwo\nthree\nfour\nfive\nsix\nFIVE of both\n");
});

test("a restored conflict meets the newest theirs: decisions whose inputs moved are asked again", async () => {
  const { url, conflict } = await decided(createClient());
  const kept = JSON.parse(JSON.stringify(conflict));
  await theirs(url, { a: 4, b: 3 });
  const found = await createClient().restore(kept);
  assert.equal(found.unresolved, 0);
  assert.equal((await found.submit()).kind, "conflict");
  assert.deepEqual(found.changes.filter(({ decision }) => decision === null).map(({ path }) => path), ["/a"]);
  found.take("mine");
  assert.ok((await found.submit()).ok);
  assert.deepEqual(await held(url), { a: 2, b: 2 });
});

test("what no conflict kept is refused", async () => {
  for (const kept of [undefined, null, 1, "x", [], {}, { mergefetch: 2 }, { mergefetch: 1, url: "/x", format: "xml", decisions: [] }, { mergefetch: 1, url: "http://localhost/x", format: "json", decisions: [1] }]) {
    await assert.rejects(createClient().restore(kept), isError("invalid-argument"), JSON.stringify(kept));
  }
});

test("wrong options and calls are refused", async () => {
  const client = createClient({ store: memory() });
  for (const call of [
    () => openDocument({}, "http://localhost/"),
    () => openDocument(client, 1),
    () => openDocument(client, "http://localhost/", { theirs: "never" }),
    () => openDocument(client, "http://localhost/", { their: "wait" }),
    () => openDocument(client, "http://localhost/", { initial: 1 }),
    () => openDocument(client, "http://localhost/").subscribe(1),
    () => openDocument(client, "http://localhost/").type(Promise.resolve({})),
  ]) {
    assert.throws(call, isError("invalid-argument"));
  }
  await assert.rejects(openDocument(client, "http://localhost/").save(), isError("invalid-argument"));
  await assert.rejects(openDocument(client, "http://localhost/").submit(), isError("invalid-argument"));
});

test("a page may go when all that was typed is saved or kept, and a router can wait for that", async () => {
  const url = await makeJson({ a: 1 });
  const asked = [];
  const ask = () => (asked.push(1), false);
  const plain = await opened(url);
  const keeping = await opened(url, {}, createClient({ drafts: keepDrafts(memory()) }));
  const guard = guardLeave(plain, keeping);
  assert.deepEqual([guard.isSafe(), await guard.leave(ask)], [true, true]);
  keeping.type({ a: 2 });
  assert.equal(guard.isSafe(), false);
  assert.equal(await guard.leave(ask), true, "what is typed is kept at once");
  plain.type({ a: 3 });
  assert.equal(await guard.leave(ask), false);
  assert.equal(await guard.leave(), false);
  assert.equal(await guard.leave(() => true), true);
  assert.equal(asked.length, 1);
  assert.ok((await plain.save()).ok);
  assert.deepEqual([guard.isSafe(), await guard.leave(ask)], [true, true]);
  guard.stop();
  assert.throws(() => guardLeave({}), isError("invalid-argument"));
});

test("unwrap gives a success and throws everything else, with what was typed", async () => {
  const url = await makeJson({ a: 1 });
  const client = createClient();
  const base = await client.get(url);
  assert.equal(unwrap(await client.save(base, { a: 2 })).snapshot.value.a, 2);
  await theirs(url, { a: 3 });
  const result = await client.save(base, { a: 4 });
  assert.throws(
    () => unwrap(result),
    (error) => {
      assert.ok(error instanceof RefusalError && error instanceof Error);
      assert.deepEqual([error.name, error.kind, error.conflict, error.mine], ["RefusalError", "conflict", result.conflict, { a: 4 }]);
      return true;
    },
  );
  const problem = { status: 423, body: null };
  assert.throws(() => unwrap({ ok: false, kind: "locked", problem, mine: { a: 5 } }), { kind: "locked", problem, mine: { a: 5 }, conflict: null, message: "the save was not accepted (locked): status 423" });
  for (const wrong of [undefined, null, {}, 1]) assert.throws(() => unwrap(wrong), isError("invalid-argument"));
});
