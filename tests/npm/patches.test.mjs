// Our patches, applied by implementations that know nothing of us. The official test suite of JSON Patch runs against our own
// application of patches in Rust (tests/json_patch.rs), as that has no export.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { before, test } from "node:test";

import { diffJson, init, mergeJson, mergeJsonText } from "mergefetch";

const require = createRequire(join(process.env.MERGEFETCH_ROOT, "package.json"));
const fastJsonPatch = require("fast-json-patch");
const rfc6902 = require("rfc6902");

before(() => init());

/** Applies a patch with both, each to a copy of its own. */
function check(document, patch, expected, shown) {
  // With validation, so that a path that leads nowhere is an error.
  const one = fastJsonPatch.applyPatch(structuredClone(document), structuredClone(patch), true).newDocument;
  assert.deepEqual(one, expected, `fast-json-patch: ${shown}`);
  const holder = { document: structuredClone(document) };
  const inside = patch.map((operation) => ({
    ...structuredClone(operation),
    path: `/document${operation.path}`,
    ...(operation.from !== undefined && { from: `/document${operation.from}` }),
  }));
  // It cannot replace what it is given, so what it is given holds the document.
  assert.deepEqual(rfc6902.applyPatch(holder, inside).filter((error) => error !== null), [], `rfc6902: ${shown}`);
  assert.deepEqual(holder.document, expected, `rfc6902: ${shown}`);
}

function seeded(seed) {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

const NAMES = ["a", "b", "id", "name", "", "a/b", "m~n", "~1", "0", "-", "é😀", "\ud83d"];
const SCALARS = [0, 1, 2, -1.5, 1e21, "", "x", "y", "a/b", "😀", true, false, null];

function value(random, depth) {
  const kind = random(depth > 0 ? 6 : 3);
  const count = random(5);
  if (kind < 3) return SCALARS[random(SCALARS.length)];
  if (kind === 3) return Array.from({ length: count }, () => value(random, depth - 1));
  if (kind === 4) return Array.from({ length: count }, (_, at) => ({ id: at + random(2) * 10, v: value(random, depth - 1) }));
  return Object.fromEntries(Array.from({ length: count }, () => [NAMES[random(NAMES.length)], value(random, depth - 1)]));
}

/** A copy with one edit somewhere. */
function edited(document, random, depth) {
  if (random(4) === 0 || typeof document !== "object" || document === null) return value(random, depth);
  const copy = structuredClone(document);
  if (Array.isArray(copy)) {
    const at = random(copy.length + 1);
    const what = random(4);
    if (what === 0 || copy.length === 0) copy.splice(at, 0, value(random, depth - 1));
    else if (what === 1) copy.splice(at, 1);
    else if (what === 2) copy.splice(random(copy.length), 0, ...copy.splice(at, 1));
    else copy[at % copy.length] = edited(copy[at % copy.length], random, depth - 1);
    return copy;
  }
  const names = Object.keys(copy);
  const name = random(2) === 0 || names.length === 0 ? NAMES[random(NAMES.length)] : names[random(names.length)];
  if (random(4) === 0) delete copy[name];
  else copy[name] = edited(copy[name], random, depth - 1);
  return copy;
}

test("fast-json-patch and rfc6902 apply the patches of 2,500 random merges and differences", () => {
  const random = seeded(1);
  let operations = 0;
  let moves = 0;
  for (let round = 0; round < 2500; round++) {
    const base = value(random, 4);
    const [mine, theirs] = [1, 2].map(() => Array.from({ length: random(4) }).reduce((document) => edited(document, random, 3), base));
    const shown = JSON.stringify({ base, mine, theirs });
    const merge = mergeJson(base, mine, theirs);
    check(theirs, merge.patch, merge.value, shown);
    const text = mergeJsonText(...[base, mine, theirs].map((side) => JSON.stringify(side)));
    check(theirs, text.patch, merge.value, shown);
    // The order in which members are set is that of each result.
    assert.equal(text.patch.length, merge.patch.length, shown);
    assert.deepEqual(JSON.parse(text.text), merge.value, shown);
    check(mine, diffJson(mine, theirs), theirs, shown);
    operations += merge.patch.length;
    moves += merge.patch.filter((operation) => operation.op === "move").length;
  }
  assert.ok(operations > 2000 && moves > 20, `${operations} operations, ${moves} moves`);
});

test("a patch says as little as it takes", () => {
  const records = Array.from({ length: 50 }, (_, id) => ({ id, title: `record ${id}`, done: false }));
  const mine = records.map((record) => (record.id === 7 ? { ...record, done: true } : record));
  const theirs = [...records.slice(1), records[0]];
  const merge = mergeJson(records, mine, theirs);
  assert.deepEqual(merge.patch, [{ op: "replace", path: "/6/done", value: true }]);
  check(theirs, merge.patch, merge.value, "records");
  const moved = diffJson(records, theirs);
  assert.deepEqual(moved, [{ op: "move", from: "/0", path: "/49" }]);
  check(records, moved, theirs, "a move");
});

test("what a pointer cannot name is replaced with the object around it", () => {
  const [before, after] = [{ o: { "\ud83d": 1, x: 1 }, y: 1 }, { o: { "\ud83d": 2, x: 1 }, y: 2 }];
  const patch = diffJson(before, after);
  check(before, patch, after, "a lone surrogate in a name");
  const merge = mergeJson(before, after, { ...before, z: 1 });
  assert.deepEqual(merge.value, { ...after, z: 1 });
});
