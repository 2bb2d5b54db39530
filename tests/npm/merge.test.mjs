// The merge engine through its exports; what it decides is tested in Rust.
import assert from "node:assert/strict";
import { before, test } from "node:test";

import { diffJson, diffText, init, mapOffset, mergeJson, mergeJsonText, mergeText } from "mergefetch";

import { isError } from "./support.mjs";

before(() => init());

test("texts: edits that do not touch are merged, and regions cover all three documents", () => {
  const documents = { base: "1\r\n2\r\n3\r\n", mine: "1\r\nzwei 😀\r\n3\r\n", theirs: "1\r\n2\r\n3\r\n4\r\n" };
  const merge = mergeText(documents.base, documents.mine, documents.theirs, { adjacency: "touch" });
  assert.deepEqual([merge.clean, merge.conflicts], [true, 0]);
  assert.equal(merge.text, "1\r\nzwei 😀\r\n3\r\n4\r\n");
  for (const side of ["base", "mine", "theirs"]) {
    const parts = merge.regions.map((region) => documents[side].slice(...region[side]));
    assert.equal(parts.join(""), documents[side], side);
  }
});

test("texts: a conflict stands between markers, with the names of the caller", () => {
  const options = { style: "diff3", labels: { mine: "Ann", base: "before", theirs: "Ben" } };
  const merge = mergeText("a\n", "b\n", "c\n", options);
  assert.equal(merge.conflicts, 1);
  assert.equal(merge.text, "<<<<<<< Ann\nb\n||||||| before\na\n=======\nc\n>>>>>>> Ben\n");
  assert.equal(mergeText("a\n", "b\n", "c\n", { favor: "union" }).text, "b\nc\n");
  assert.equal(mergeText(null, "b\n", "c\n").conflicts, 1, "without a base every difference is one");
});

test("texts: differences and offsets", () => {
  const [before, after] = ["eins\nzwei\n", "eins\ndrei\nvier\n"];
  const changes = diffText(before, after);
  assert.equal(changes.map((change) => after.slice(...change.after)).join(""), after);
  assert.equal(changes.map((change) => before.slice(...change.before)).join(""), before);
  const merge = mergeText("a\nb\n", "a\nb!\n", "0\na\nb\n");
  assert.equal(merge.text, "0\na\nb!\n");
  assert.equal(mapOffset(merge, "mine", 2), merge.text.indexOf("b!"));
  assert.equal(merge.precise, true);
});

test("texts: a search that was cut short says so", () => {
  let seed = 1;
  const lines = () => Array.from({ length: 6000 }, () => `${(seed = (seed * 48271) % 2147483647) % 10}\n`).join("");
  const [base, mine, theirs] = [lines(), lines(), lines()];
  const merge = mergeText(base, mine, theirs);
  assert.equal(merge.precise, false);
  assert.ok(merge.regions.every(({ kind, ambiguous }) => kind === "unchanged" || kind === "conflict" || ambiguous));
  assert.ok(diffText(base, mine).some(({ precise }) => precise === false));
  assert.equal(mergeText(base, mine, base).precise, true, "an edit of one side is the result, however it is aligned");
});

test("JSON: members are merged, a place in conflict holds mine and tells both", () => {
  const merge = mergeJson({ a: 1, b: 1, c: 1 }, { a: 2, b: 2, c: 1 }, { a: 1, b: 3, c: 9 });
  assert.deepEqual(merge.value, { a: 2, b: 2, c: 9 });
  assert.deepEqual([merge.clean, merge.conflicts], [false, 1]);
  const clash = merge.changes.find((change) => change.state === "conflict");
  const { path, clash: why, base, mine, theirs, decision } = clash;
  assert.deepEqual({ path, why, base, mine, theirs, decision }, { path: "/b", why: "edit-edit", base: 1, mine: 2, theirs: 3, decision: null });
  assert.equal(mergeJson(undefined, { a: 1 }, { a: 2 }).conflicts, 1);
  assert.deepEqual(mergeJson({ n: 1 }, { n: 3 }, { n: 4 }, { rules: { "/n": "counter" } }).value, { n: 6 });
});

test("JSON texts: numbers of any size, the order of members and the layout survive", () => {
  const theirs = '{\n  "z": 1.0,\n  "id": 12345678901234567890,\n  "a": "x"\n}';
  const base = theirs.replace('"x"', '"w"');
  const merge = mergeJsonText(base, base.replace("1.0", "2.50"), theirs);
  assert.equal(merge.text, theirs.replace("1.0", "2.50"));
});

test("JSON: the patch turns one document into the other", () => {
  assert.deepEqual(diffJson({ a: 1, b: 2 }, { a: 1, c: [3] }).toSorted((a, b) => (a.op < b.op ? -1 : 1)), [
    { op: "add", path: "/c", value: [3] },
    { op: "remove", path: "/b" },
  ]);
  const merge = mergeJson({ a: 1, b: 1 }, { a: 2, b: 1 }, { a: 1, b: 9 });
  assert.deepEqual(merge.patch, [{ op: "replace", path: "/a", value: 2 }]);
});

test("members called __proto__ are members, and pollute nothing", () => {
  const value = JSON.parse('{"__proto__":{"polluted":true},"constructor":1}');
  const merge = mergeJson(JSON.parse("{}"), value, JSON.parse('{"b":1}'));
  assert.deepEqual(Object.keys(merge.value).toSorted(), ["__proto__", "b", "constructor"]);
  assert.equal(Object.getPrototypeOf(merge.value), Object.prototype);
  assert.equal({}.polluted, undefined);
});

test("input that cannot be merged is an error with a code and a place", () => {
  assert.throws(() => mergeText("", "\ud800", ""), isError("invalid-text"));
  assert.throws(() => mergeText("", 5, ""), isError("invalid-argument"));
  assert.throws(() => mergeText("", "", "", { granularty: "word" }), isError("invalid-argument"));
  assert.throws(() => mergeText("", "", "", { markerSize: 0 }), isError("invalid-argument"));
  assert.throws(() => mergeJson({}, undefined, {}), isError("invalid-argument"));
  assert.throws(() => mergeJson({}, { a: 1n }, {}), isError("invalid-argument"));
  assert.throws(() => mergeJson({}, { a: Infinity }, {}), isError("invalid-argument"));
  assert.throws(() => mergeJson({}, {}, {}, { favor: "union" }), isError("invalid-argument"));
  assert.throws(() => mergeJsonText("{}", '{\n"a":1,}', "{}"), isError("invalid-json", { line: 2 }));
  assert.throws(() => mergeJsonText("{}", '{"a":1,"a":2}', "{}"), isError("invalid-json", { member: "a" }));
  const deep = "[".repeat(600) + "]".repeat(600);
  assert.throws(() => mergeJsonText("[]", deep, "[]"), isError("too-deep", { limitLevels: 512 }));
});
