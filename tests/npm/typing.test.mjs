// What a form shows while somebody types: drafts that are changed in place, typing during a save, and servers that spell values in their own way.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, test } from "node:test";

import { createClient } from "mergefetch";
import { autosave, editing } from "mergefetch/helpers";

import { held, isError, makeJson } from "./support.mjs";

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const servers = [];
after(() => servers.forEach((server) => server.close()));

async function until(holds) {
  for (let tries = 0; tries < 300 && !(await holds()); tries++) await pause(10);
  assert.ok(await holds());
}

/** A server with one document, which makes of what is put whatever `spell` makes of it. Other people write with `theirs`. */
async function spelling(document, spell, { delayMs = 0, weak = true, type = "application/json" } = {}) {
  const state = { document, version: 1, puts: [] };
  const [read, write] = type === "application/json" ? [JSON.parse, JSON.stringify] : [String, String];
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const etag = () => `${weak ? "W/" : ""}"${state.version}"`;
    if (request.method === "GET") return response.writeHead(200, { "content-type": type, etag: etag() }).end(write(state.document));
    await pause(delayMs);
    if (request.headers["if-match"] !== etag()) return response.writeHead(412).end();
    const sent = read(Buffer.concat(parts).toString());
    state.puts.push(sent);
    state.document = spell(structuredClone(sent), state.document);
    state.version++;
    response.writeHead(204, weak ? { etag: etag() } : {}).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push({ close: () => (server.close(), server.closeAllConnections()) });
  const client = createClient({ retry: { baseDelayMs: 1 } });
  return {
    state,
    url: `http://127.0.0.1:${server.address().port}/`,
    client,
    theirs: (value) => ((state.document = value), state.version++),
  };
}

async function form(server) {
  const made = editing(server.client, server.url);
  await made.load();
  return made;
}

test("a draft that is changed in place and handed to type() again is an edit, also for autosave", async () => {
  for (const change of [(draft) => (draft.a = 2), (draft) => draft.list.push(3), (draft) => (draft.deep.er.x = 1), (draft) => delete draft.a]) {
    const url = await makeJson({ a: 1, list: [1], deep: { er: {} } });
    const edited = editing(createClient(), url);
    await edited.load();
    const stop = autosave(edited, { delayMs: 5 });
    const { draft } = edited.current();
    change(draft);
    edited.type(draft);
    await until(async () => JSON.stringify(await held(url)) === JSON.stringify(draft));
    stop();
  }
});

test("save() saves a draft that was changed in place, also without type(), and says so when it is saved again", async () => {
  const url = await makeJson({ a: 1 });
  const edited = editing(createClient(), url);
  await edited.load();
  edited.current().draft.a = 2;
  assert.equal((await edited.save()).kind, "saved");
  edited.current().draft.a = 3;
  assert.equal((await edited.save()).kind, "saved");
  assert.deepEqual(await held(url), { a: 3 });
  assert.equal((await edited.save()).kind, "unchanged");
});

test("what is typed during a save stays, in the same object or in another one, and is saved by the next", async () => {
  for (const isSame of [true, false]) {
    for (const weak of [true, false]) {
      const server = await spelling({ t: "a", n: 0 }, (sent) => ({ ...sent, n: sent.n + 1 }), { delayMs: 40, weak });
      const edited = await form(server);
      const { draft } = edited.current();
      draft.t = "b";
      edited.type(draft);
      const saving = edited.save();
      await pause(15);
      if (isSame) draft.t = "b and more";
      edited.type(isSame ? draft : { ...draft, t: "b and more" });
      await saving;
      assert.equal(edited.current().draft.t, "b and more");
      assert.equal(edited.current().draft.n, 1, "what the server counts comes into the draft");
      assert.ok((await edited.save()).ok);
      assert.equal(server.state.document.t, "b and more");
    }
  }
});

test("what is typed without type() during a save stays, too", async () => {
  const server = await spelling({ t: "a" }, (sent) => sent, { delayMs: 40 });
  const edited = await form(server);
  edited.type({ t: "b" });
  const saving = edited.save();
  await pause(15);
  edited.current().draft.t = "c";
  await saving;
  assert.equal(edited.current().draft.t, "c");
  await edited.save();
  assert.equal(server.state.document.t, "c");
});

const trim = (text) => text.trim();
for (const [name, spell, typed, stored] of [
  ["trims", trim, ["the ", "quick ", "fox"], "the quick fox"],
  ["collapses spaces", (text) => text.replace(/\s+/g, " ").trim(), ["a  ", " b\n\n", "c"], "a b c"],
  ["writes in lower case", (text) => text.toLowerCase(), ["Ann", "@Example", ".ORG"], "ann@example.org"],
  ["writes in capitals", (text) => text.toUpperCase(), ["de", "75", "x"], "DE75X"],
  ["makes slugs", (text) => text.trim().toLowerCase().replace(/\W+/g, "-"), ["My ", "New ", "Page"], "my-new-page"],
  ["decomposes letters", (text) => text.normalize("NFD"), ["é", "ü ", "o"], "éü o".normalize("NFD")],
  ["keeps digits only", (text) => text.replace(/\D/g, ""), ["+49 ", "30-", "1234"], "49301234"],
  ["fills up with zeros", (text) => text.replace(/\b\d\b/g, "0$&"), ["2026-1", "1-2", "9"], "2026-11-29"],
  ["takes tags out", (text) => text.replace(/<[^>]*>?/g, ""), ["a <", "b", "> c"], "a  c"],
  ["cuts what is too long", (text) => text.slice(0, 5), ["abcd", "efg", "h"], "abcde"],
]) {
  for (const weak of [true, false]) {
    test(`a pause while typing glues no words and takes no letter back where the server ${name} (${weak ? "weak tags" : "no tag in the answer"})`, async () => {
      const server = await spelling({ body: "", other: 1 }, (sent) => ({ ...sent, body: spell(sent.body) }), { weak });
      const edited = await form(server);
      const stop = autosave(edited, { delayMs: 5 });
      let all = "";
      for (const part of typed) {
        all += part;
        edited.type({ ...edited.current().draft, body: edited.current().draft.body + part });
        const { length } = server.state.puts;
        await pause(80);
        while (edited.current().isSaving) await pause(5);
        assert.ok(server.state.puts.length <= length + 1, "one save for each pause, however the server spells it");
        assert.equal(edited.current().draft.body, all);
        assert.equal(edited.current().problem ?? edited.current().conflict, null);
      }
      stop();
      assert.equal(server.state.document.body, stored);
    });
  }
}

test("a text document keeps what was typed where the server trims it", async () => {
  const server = await spelling("", (text) => `${text.trim()}\n`, { type: "text/plain" });
  const edited = await form(server);
  for (const typed of ["one ", "one two ", "one two three"]) {
    edited.type(typed);
    assert.ok((await edited.save()).ok);
    assert.equal(edited.current().draft, typed);
  }
  assert.equal(server.state.document, "one two three\n");
});

test("numbers that the server rounds stay as they were typed; those that it limits are shown", async () => {
  const server = await spelling({ price: 1, count: 1, text: "1" }, (sent) => ({ price: Math.round(sent.price * 100) / 100, count: Math.min(sent.count, 10), text: Number(sent.text).toFixed(2) }));
  const edited = await form(server);
  edited.type({ price: 1.239, count: 500, text: "5" });
  await edited.save();
  assert.deepEqual(edited.current().draft, { price: 1.239, count: 10, text: "5" });
  assert.deepEqual(edited.current().base.value, { price: 1.24, count: 10, text: "5.00" });
});

test("a value in the server's own spelling is no edit: the next save leaves it alone, and another person's edit of it comes in", async () => {
  const server = await spelling({ name: "", n: 1 }, (sent) => ({ ...sent, name: sent.name.trim() }));
  const edited = await form(server);
  edited.type({ ...edited.current().draft, name: "Ann " });
  await edited.save();
  assert.deepEqual(edited.current().draft, { name: "Ann ", n: 1 });
  const { length } = server.state.puts;
  assert.equal((await edited.save()).kind, "unchanged");
  assert.equal(server.state.puts.length, length, "nothing is sent");
  edited.type({ ...edited.current().draft, n: 2 });
  await edited.save();
  assert.deepEqual(server.state.puts.at(-1), { name: "Ann", n: 2 });
  assert.equal(edited.current().draft.name, "Ann ");
  server.theirs({ name: "Annabel", n: 2 });
  edited.type({ ...edited.current().draft, n: 3 });
  assert.equal((await edited.save()).kind, "merged");
  assert.deepEqual(server.state.document, { name: "Annabel", n: 3 });
  assert.deepEqual(edited.current().draft, { name: "Annabel", n: 3 });
});

test("what the server adds comes into the draft: ids of rows, times, computed members; and goes back with the next save", async () => {
  let id = 0;
  const server = await spelling({ rows: [], at: 0 }, (sent) => ({
    ...sent,
    rows: sent.rows.map((row) => ({ id: row.id ?? ++id, ...row, sku: row.sku.trim() })),
    at: sent.at + 1,
    total: sent.rows.length,
  }));
  const edited = await form(server);
  edited.type({ ...edited.current().draft, rows: [{ sku: "x " }, { sku: "y" }] });
  await edited.save();
  assert.deepEqual(edited.current().draft, { rows: [{ id: 1, sku: "x " }, { id: 2, sku: "y" }], at: 1, total: 2 });
  const { draft } = edited.current();
  draft.rows[0].sku += "z ";
  edited.type(draft);
  await edited.save();
  assert.deepEqual(edited.current().draft.rows, [{ id: 1, sku: "x z " }, { id: 2, sku: "y" }]);
  assert.deepEqual(server.state.document.rows, [{ id: 1, sku: "x z" }, { id: 2, sku: "y" }]);
});

test("rows that the server sorts, and members that it takes out, are shown as it has them", async () => {
  const server = await spelling({ rows: [] }, ({ rows }) => ({ rows: rows.toSorted((one, other) => one.n - other.n) }));
  const edited = await form(server);
  edited.type({ rows: [{ name: "ab", n: 2 }, { name: "a", n: 1 }], unknown: 1 });
  await edited.save();
  assert.deepEqual(edited.current().draft, { rows: [{ name: "a", n: 1 }, { name: "ab", n: 2 }] });
  edited.type({ rows: [...edited.current().draft.rows, { name: "b", n: 0 }] });
  await edited.save();
  assert.deepEqual(server.state.document.rows.map(({ n }) => n), [0, 1, 2]);
  assert.deepEqual(edited.current().draft, server.state.document);
});

test("another person's edit comes into the draft with the save, also into a text that both edited", async () => {
  const text = (one, three) => `${one}\ntwo\n2\n3\n4\n${three}\n`;
  const server = await spelling({ text: text("one", "five"), title: "a" }, (sent) => sent);
  const edited = await form(server);
  server.theirs({ text: text("one", "FIVE"), title: "b" });
  edited.type({ text: text("ONE", "five"), title: "a" });
  assert.equal((await edited.save()).kind, "merged");
  assert.deepEqual(server.state.document, { text: text("ONE", "FIVE"), title: "b" });
  assert.deepEqual(edited.current().draft, server.state.document);
});

test("what was typed during a save that was merged takes nothing back of what the other person wrote", async () => {
  const text = (one, three) => `${one}\ntwo\n2\n3\n4\n${three}\n`;
  const server = await spelling({ text: text("one", "five"), title: "a" }, (sent) => sent, { delayMs: 30 });
  const edited = await form(server);
  server.theirs({ text: text("one", "FIVE"), title: "b" });
  edited.type({ text: text("ONE", "five"), title: "a" });
  const saving = edited.save();
  await pause(10);
  edited.type({ text: text("ONE and more", "five"), title: "a" });
  assert.equal((await saving).kind, "merged");
  assert.equal(edited.current().draft.text, text("ONE and more", "FIVE"), "typed text stays, beside theirs");
  assert.ok((await edited.save()).ok);
  assert.deepEqual(server.state.document, { text: text("ONE and more", "FIVE"), title: "b" });
});

test("a save that brings nothing new leaves the object that the page edits", async () => {
  const url = await makeJson({ a: 1, list: [{ b: 1 }] });
  const edited = editing(createClient(), url);
  await edited.load();
  const { draft } = edited.current();
  draft.list[0].b = 2;
  edited.type(draft);
  await edited.save();
  assert.equal(edited.current().draft, draft);
  draft.list[0].b = 3;
  assert.deepEqual(edited.current().base.value, { a: 1, list: [{ b: 2 }] });
});

test("a draft behind proxies, with dates and without members, is edited like any other", async () => {
  const url = await makeJson({ at: "1970-01-01T00:00:00.000Z", a: 1, b: 2 });
  const edited = editing(createClient(), url);
  await edited.load();
  edited.type(new Proxy({ at: new Date(0), a: 1, b: undefined }, {}));
  assert.equal((await edited.save()).kind, "saved");
  assert.deepEqual(await held(url), { at: "1970-01-01T00:00:00.000Z", a: 1 });
  edited.type({ a: 1n });
  await assert.rejects(edited.save(), isError("invalid-argument", { path: "/a" }));
  assert.deepEqual([edited.current().isSaving, edited.current().draft], [false, { a: 1n }]);
});

test("a draft typed before the document was there is an edit of it", async () => {
  const url = await makeJson({ a: 1 });
  const edited = editing(createClient(), url);
  edited.type({ a: 2 });
  await edited.load();
  assert.deepEqual([edited.current().draft, edited.current().base.value], [{ a: 2 }, { a: 1 }]);
  assert.equal((await edited.save()).kind, "saved");
});

/** A server where somebody else changes `other` before the first save arrives. */
async function withOthers(document, others) {
  const server = await spelling(document, (sent) => sent, { delayMs: 20 });
  const edited = await form(server);
  server.state.document = others;
  server.state.version += 1;
  return { server, edited };
}

test("a character that is taken back during a merged save does not return", async () => {
  const { server, edited } = await withOthers({ b: "t", c: 1, other: 0 }, { b: "t", c: 1, other: 1 });
  edited.type({ b: "tz", c: 1, other: 0 });
  const saving = edited.save();
  await pause(5);
  edited.type({ b: "t", c: 2, other: 0 });
  assert.equal((await saving).kind, "merged");
  assert.deepEqual(edited.current().draft, { b: "t", c: 2, other: 1 });
  assert.ok((await edited.save()).ok);
  assert.deepEqual(server.state.document, { b: "t", c: 2, other: 1 });
});

for (const [choice, expected] of [["theirs", "T"], ["base", "s"], ["mine", "m"]]) {
  test(`a decision for ${choice} holds although another member was typed in meanwhile`, async () => {
    const { server, edited } = await withOthers({ a: "s", b: "t" }, { a: "T", b: "t" });
    edited.type({ a: "m", b: "t" });
    await edited.save();
    edited.current().conflict.take(choice);
    edited.type({ a: "m", b: "q" });
    assert.ok((await edited.submit()).ok);
    assert.deepEqual(edited.current().draft, { a: expected, b: "q" });
    assert.ok((await edited.save()).ok);
    assert.deepEqual(server.state.document, { a: expected, b: "q" });
  });
}

const LINES = "one\ntwo\nthree\nfour\nfive\nsix\n";

/** Calls `action` once, when the next write has arrived. */
const onArrival = (server, action) => {
  const { spell } = server;
  server.spell = (sent, before) => {
    server.spell = spell;
    action();
    return spell(sent, before);
  };
};

async function formOf(document, type = "text/plain") {
  const hooks = { spell: (sent) => sent };
  const server = await spelling(document, (sent, before) => hooks.spell(sent, before), { weak: false, type });
  return { server, hooks, edited: await form(server) };
}

test("a value that is typed back during its save does not return with a merge", async () => {
  const { server, hooks, edited } = await formOf(LINES);
  server.theirs(LINES.replace("six", "six theirs"));
  edited.type(LINES.replace("two", "two!"));
  onArrival(hooks, () => edited.type(LINES));
  assert.equal((await edited.save()).kind, "merged");
  await edited.save();
  assert.equal(edited.current().draft, LINES.replace("six", "six theirs"));
  assert.equal(server.state.document, LINES.replace("six", "six theirs"));
});

test("a decision stays, also where text was typed elsewhere while the conflict was open", async () => {
  const { server, edited } = await formOf(LINES);
  server.theirs(LINES.replace("two", "TWO theirs"));
  edited.type(LINES.replace("two", "TWO mine"));
  await edited.save();
  edited.type(edited.current().draft.replace("five", "five typed"));
  edited.current().conflict.take("theirs");
  assert.equal((await edited.submit()).ok, true);
  assert.equal((await edited.save()).ok, true);
  assert.equal(server.state.document, LINES.replace("two", "TWO theirs").replace("five", "five typed"));
});

test("a new row in which somebody types on while it is saved is one row, also where the server gives it an id", async () => {
  const { server, hooks, edited } = await formOf({ rows: [{ id: 1, name: "Ann" }] }, "application/json");
  hooks.spell = ({ rows }) => ({ rows: rows.map((row, at) => ({ id: at + 1, ...row })) });
  edited.type({ rows: [{ id: 1, name: "Ann" }, { name: "New" }] });
  onArrival(hooks, () => edited.type({ rows: [{ id: 1, name: "Ann" }, { name: "New row" }] }));
  await edited.save();
  await edited.save();
  assert.deepEqual(server.state.document, { rows: [{ id: 1, name: "Ann" }, { id: 2, name: "New row" }] });
});
