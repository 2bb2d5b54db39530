// What a page does with values: numbers it cannot hold, objects it edits in place, copies it makes.
import assert from "node:assert/strict";
import { test } from "node:test";

import { createClient, init, mergeJson } from "mergefetch";

import { held, isError, makeDocument, makeJson, octets, theirs } from "./support.mjs";

const odd = '{\r\n\t"id" : 12345678901234567890,\r\n\t"rate" : 1.0, "tiny": 1E-400,\r\n\t"title" : "a\\u0062",\r\n\t"list" : [ 1.10, 2 ]\r\n}\r\n';

test("a save leaves every octet alone that nobody edited: big numbers, spellings, layout", async () => {
  const url = await makeDocument(odd);
  const client = createClient();
  const base = await client.get(url);
  const result = await client.save(base, { ...base.value, title: "c" });
  assert.equal(result.kind, "saved");
  assert.equal(await octets(url), odd.replace('"a\\u0062"', '"c"'));
  // And again, on the snapshot of the save.
  await client.save(result.snapshot, { ...result.snapshot.value, list: [1.1, 3] });
  assert.equal(await octets(url), odd.replace('"a\\u0062"', '"c"').replace("[ 1.10, 2 ]", "[ 1.10, 3 ]"));
});

test("so does a merge, and a decision", async () => {
  const url = await makeDocument(odd);
  const client = createClient();
  const base = await client.get(url);
  await theirs(url, odd.replace('"a\\u0062"', '"theirs"').replace("1.0,", "2.00,"));
  const { conflict } = await client.save(base, { ...base.value, title: "mine" });
  assert.ok((await conflict.take("mine").submit()).ok);
  assert.equal(await octets(url), odd.replace('"a\\u0062"', '"mine"').replace("1.0,", "2.00,"));
});

test("a value that is edited in place is still told from its base", async () => {
  const url = await makeJson({ a: 1, b: 1 });
  const client = createClient();
  const base = await client.get(url);
  await theirs(url, { a: 1, b: 9 });
  base.value.a = 2;
  const result = await client.save(base, base.value);
  assert.equal(result.kind, "merged");
  assert.deepEqual(await held(url), { a: 2, b: 9 });
});

test("a value that is edited after the call is saved as it was at the call", async () => {
  const url = await makeJson({ a: 1 });
  const client = createClient();
  const base = await client.get(url);
  const mine = { a: 2 };
  const saving = client.save(base, mine);
  mine.a = 3;
  await saving;
  assert.deepEqual(await held(url), { a: 2 });
});

test("copies of a snapshot are snapshots", async () => {
  for (const copy of [(one) => ({ ...one }), structuredClone, (one) => JSON.parse(JSON.stringify(one))]) {
    const url = await makeJson({ a: 1, b: 1 });
    const client = createClient();
    const base = copy(await client.get(url));
    await theirs(url, { a: 1, b: 9 });
    const result = await client.save(base, { a: 2, b: 1 });
    assert.equal(result.kind, "merged", copy.toString());
    assert.deepEqual(await held(url), { a: 2, b: 9 });
  }
});

test("a copy whose value was replaced is an edit of what was read, and a snapshot of its own is frozen", async () => {
  const url = await makeJson({ a: 1 });
  const base = await createClient().get(url);
  assert.throws(() => {
    base.version = '"other"';
  }, TypeError);
  const mine = { ...base, value: { a: 5 } };
  assert.equal((await createClient().save(mine, { a: 5 })).kind, "saved");
  assert.deepEqual(await held(url), { a: 5 });
});

test("members called __proto__ travel both ways and pollute nothing", async () => {
  const url = await makeDocument('{"__proto__":{"polluted":1},"constructor":{"prototype":2},"a":1}');
  const client = createClient();
  const base = await client.get(url);
  assert.equal({}.polluted, undefined);
  assert.deepEqual(Object.keys(base.value), ["__proto__", "constructor", "a"]);
  await theirs(url, '{"__proto__":{"polluted":2},"constructor":{"prototype":2},"a":1}');
  const mine = JSON.parse('{"__proto__":{"polluted":3},"constructor":{"prototype":2},"a":2}');
  const { conflict } = await client.save(base, mine);
  assert.deepEqual(conflict.changes.map(({ path }) => path), ["/__proto__/polluted", "/a"]);
  assert.ok((await conflict.take("theirs").submit()).ok);
  assert.equal(await octets(url), '{"__proto__":{"polluted":2},"constructor":{"prototype":2},"a":2}');
  assert.equal({}.polluted, undefined);
});

test("values that are no objects are documents too", async () => {
  for (const [before, after] of [[null, 0], [1, "1"], [[], [null]], [false, { a: "" }], ["", "text"]]) {
    const url = await makeJson(before);
    const client = createClient();
    const base = await client.get(url);
    assert.deepEqual(base.value, before);
    assert.equal((await client.save(base, after)).kind, "saved");
    assert.deepEqual(await held(url), after);
  }
});

test("a lone surrogate is refused, never replaced", async () => {
  const url = await makeDocument("text\n", "text/plain");
  const client = createClient();
  const base = await client.get(url);
  await assert.rejects(client.save(base, "a\ud800b\n"), isError("invalid-text"));
  assert.equal(await octets(url), "text\n");
});

test("long values of changes are what the documents hold, whatever script they are in", async () => {
  await init();
  const words = (who) => `${who} äöü 日本語 😀 `.repeat(120);
  const record = (id) => ({ id, text: `Zeile ${id} — ä 😀` });
  const base = Array.from({ length: 100 }, (_, id) => record(id));
  const mine = base.toReversed();
  const [change] = mergeJson(base, mine, base).changes;
  assert.deepEqual([change.id, change.base, change.mine, change.theirs], ["#order", base, mine, base]);
  assert.ok(words("").length > 1000, "these are long");
  const [both] = mergeJson({ a: words("base") }, { a: words("mine") }, { a: words("theirs") }, { rules: { "/a": "atomic" } }).changes;
  assert.deepEqual([both.base, both.mine, both.theirs], [words("base"), words("mine"), words("theirs")]);
  assert.deepEqual(structuredClone(both), both, "a copy holds them too");
  // A byte order mark inside of a text is a character like any other.
  const url = await makeDocument(`${words("base")}\n`, "text/plain");
  const client = createClient();
  const snapshot = await client.get(url);
  await theirs(url, `\ufeff${words("theirs")}\n`);
  const { conflict } = await client.save(snapshot, `\ufeff${words("mine")}\n`);
  const [region] = conflict.changes;
  assert.deepEqual([region.base, region.mine, region.theirs], [`${words("base")}\n`, `\ufeff${words("mine")}\n`, `\ufeff${words("theirs")}\n`]);
  conflict.take("mine", region.id);
  assert.equal(conflict.changes[0].mine, region.mine);
});
