// A clean merge is a proposal: the application has a say before it is sent (HTTP-RULES K6).
import assert from "node:assert/strict";
import { test } from "node:test";

import { createClient } from "mergefetch";

const baseUrl = `${process.env.MERGEFETCH_TEST_SERVER}/api/documents/`;
const isShort = ({ title, tags }) => (title.length + tags.length > 5 ? ["the title and the tags are too long together"] : []);
const client = (validate) => createClient({ baseUrl, routes: [{ match: "/api/documents/validated-*", validate }] });

async function opened(name, validate) {
  const [ann, ben] = [client(), client(validate)];
  await ann.create(name, { title: "a", tags: "b", n: 1 });
  const [a, b] = [await ann.get(name), await ben.get(name)];
  await ann.save(a, { ...a.value, title: "aaaa" });
  return [ann, ben, b];
}

test("a merge that the application refuses is asked about, and can be saved all the same", async () => {
  const [ann, ben, base] = await opened("validated-1", isShort);
  const result = await ben.save(base, { ...base.value, tags: "bbb" });
  assert.equal(result.kind, "conflict");
  const { conflict } = result;
  assert.equal(conflict.unresolved, 1);
  assert.match(conflict.problem.detail, /too long together/);
  const change = conflict.changes.find(({ id }) => id === "#invalid");
  assert.deepEqual([change.clash, change.state, change.path], ["invalid", "conflict", ""]);
  assert.deepEqual(change.suggestion, { title: "aaaa", tags: "bbb", n: 1 });
  assert.deepEqual((await ann.get("validated-1")).value, { title: "aaaa", tags: "b", n: 1 });
  assert.throws(() => conflict.take("both", "#invalid"), { code: "invalid-argument" });
  conflict.set("#invalid", { title: "aa", tags: "bbb", n: 1 });
  assert.deepEqual(conflict.merged, { title: "aa", tags: "bbb", n: 1 });
  conflict.reopen("#invalid");
  assert.equal((await conflict.take("suggested").submit()).kind, "saved");
  assert.deepEqual((await ann.get("validated-1")).value, { title: "aaaa", tags: "bbb", n: 1 });
});

test("after an objection the newest decision counts, and every change that it replaces shows it", async () => {
  const cases = {
    "take(mine)": [(conflict) => conflict.take("mine"), { title: "aaaa", tags: "bbb", n: 1 }],
    "take(mine, #invalid)": [(conflict) => conflict.take("mine", "#invalid"), { title: "a", tags: "bbb", n: 1 }],
    "take(mine, #invalid), set": [(conflict) => conflict.take("mine", "#invalid").set("/tags", "b"), { title: "a", tags: "b", n: 1 }],
    "set, take(suggested)": [(conflict) => conflict.set("/tags", "bb").take("suggested"), { title: "aaaa", tags: "bb", n: 1 }],
    "set, take(theirs)": [(conflict) => conflict.set("/tags", "bb").take("theirs"), { title: "aaaa", tags: "bb", n: 1 }],
  };
  for (const [at, [name, [decide, expected]]] of Object.entries(cases).entries()) {
    const [ann, ben, base] = await opened(`validated-newest-${at}`, isShort);
    const { conflict } = await ben.save(base, { ...base.value, tags: "bbb" });
    assert.equal(decide(conflict).unresolved, 0, name);
    assert.ok((await conflict.submit()).ok);
    assert.deepEqual((await ann.get(`validated-newest-${at}`)).value, expected, name);
  }
  const [, ben, base] = await opened("validated-shown", isShort);
  const { conflict } = await ben.save(base, { ...base.value, tags: "bbb" });
  conflict.set("/tags", "bb").take("mine", "#invalid");
  assert.deepEqual(new Set(conflict.changes.map(({ decision }) => decision)), new Set(["mine"]));
});

test("a merge that the application accepts is saved without a question, also when it takes its time", async () => {
  const seen = [];
  const slow = async (merged) => {
    seen.push(merged);
    return [];
  };
  const [, ben, base] = await opened("validated-2", slow);
  assert.equal((await ben.save(base, { ...base.value, n: 2 })).kind, "merged");
  assert.deepEqual(seen, [{ title: "aaaa", tags: "b", n: 2 }]);
});

test("an application whose validation fails hears its own error, and nothing is sent", async () => {
  const broken = () => {
    throw new RangeError("mine");
  };
  const [ann, ben, base] = await opened("validated-3", broken);
  await assert.rejects(ben.save(base, { ...base.value, n: 2 }), RangeError);
  assert.deepEqual((await ann.get("validated-3")).value, { title: "aaaa", tags: "b", n: 1 });
});

/** A Standard Schema, as from Zod, Valibot or ArkType. */
const schema = (validate) => ({ "~standard": { version: 1, vendor: "lab", validate } });

test("the issues of a Standard Schema turn a clean merge into a conflict, and name their members", async () => {
  const issues = [
    { message: "too long", path: ["tags"] },
    { message: "<b>no</b>", path: [{ key: "__proto__" }, "a/b~", 0, Symbol("s")] },
    { message: "together" },
  ];
  const isLong = (value) => value.tags.length > 2;
  for (const [index, validate] of [
    schema((value) => (isLong(value) ? { issues } : { value })),
    schema(async (value) => (isLong(value) ? { issues } : { value })),
    // The schemas of ArkType are functions.
    Object.assign(() => assert.fail("the schema itself is not called"), schema((value) => (isLong(value) ? { issues } : { value }))),
  ].entries()) {
    const name = `validated-schema-${index}`;
    const [ann, ben, base] = await opened(name, validate);
    const { kind, conflict } = await ben.save(base, { ...base.value, tags: "bbb" });
    assert.equal(kind, "conflict");
    assert.equal(conflict.problem.detail, "too long\n<b>no</b>\ntogether");
    assert.deepEqual(conflict.problem.fields, [
      { path: "/tags", detail: "too long" },
      { path: "/__proto__/a~1b~0/0/Symbol(s)", detail: "<b>no</b>" },
      { path: "", detail: "together" },
    ]);
    assert.equal(conflict.changes.find(({ id }) => id === "#invalid").clash, "invalid");
    assert.deepEqual((await ann.get(name)).value, { title: "aaaa", tags: "b", n: 1 });
    assert.equal((await conflict.take("suggested").submit()).kind, "saved");
  }
  const [, ben, base] = await opened("validated-schema-fine", schema((value) => ({ value: { other: value } })));
  assert.equal((await ben.save(base, { ...base.value, n: 2 })).kind, "merged");
});

test("invalid results of `validate` are errors of the package, and messages that are no texts still count", async () => {
  const nothing = Object.create(null);
  const invalid = [schema(() => ({ issues: [{ message: "m", path: "a.b" }] })), schema(() => ({ issues: [{ message: "m", path: 5 }] })), () => "bad"];
  for (const [at, validate] of invalid.entries()) {
    const [, ben, base] = await opened(`validated-invalid-${at}`, validate);
    await assert.rejects(ben.save(base, { ...base.value, n: 2 }), { name: "MergefetchError", code: "invalid-argument" });
  }
  const odd = {
    "not valid": () => [nothing],
    "Symbol(s)": () => [Symbol("s")],
    "not valid\nnot valid": schema(() => ({ issues: [{ message: nothing, path: [nothing, { key: nothing }] }, {}] })),
  };
  for (const [at, [detail, validate]] of Object.entries(odd).entries()) {
    const [, ben, base] = await opened(`validated-odd-${at}`, validate);
    assert.equal((await ben.save(base, { ...base.value, n: 2 })).conflict.problem.detail, detail);
  }
});
