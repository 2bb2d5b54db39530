// `mergeJson` and `mergeJsonText` give one answer: the same order of members, changes and patch.
import assert from "node:assert/strict";
import { test } from "node:test";

import { init, mergeJson, mergeJsonText } from "mergefetch";

await init();

/** Numbers from 0 up to 1 (mulberry32). */
function numbers(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const NAMES = ["a", "b", "title", "7", "__proto__", "columns", "lone \ud800"];

function random(next, depth) {
  const below = (count) => Math.floor(next() * count);
  const scalar = () => [null, true, 1, -0.5, "x", "a text of some words", `${below(4)}`][below(7)];
  const object = (level) => Object.fromEntries(NAMES.slice(0, 6).filter(() => next() < 0.6).map((name) => [name, value(level - 1)]));
  const record = (level) => ({ id: below(9), text: `card ${below(9)}`, ...(next() < 0.3 && { inside: value(level - 1) }) });
  const value = (level) => {
    if (level <= 0 || next() < 0.3) return scalar();
    if (next() < 0.6) return object(level);
    return Array.from({ length: below(5) }, next() < 0.5 ? () => record(level) : scalar);
  };
  return object(depth);
}

/** A copy with some edits: values, names, the order of names, elements, and records that move to another array. */
function edited(next, value) {
  const copy = structuredClone(value);
  const below = (count) => Math.floor(next() * count);
  const containers = [];
  const walk = (one) => {
    if (typeof one !== "object" || one === null) return;
    containers.push(one);
    Object.values(one).forEach(walk);
  };
  walk(copy);
  const arrays = containers.filter(Array.isArray);
  for (let count = 1 + below(3); count > 0; count--) {
    const one = containers[below(containers.length)];
    const names = Object.keys(one);
    const name = names[below(names.length)];
    const edit = below(6);
    if (Array.isArray(one)) {
      if (edit < 2 && arrays.length > 1) arrays[below(arrays.length)].push(...one.splice(below(one.length), 1));
      else if (edit < 4) one.splice(below(one.length + 1), below(2), { id: 10 + below(5), text: "new" });
      else one.reverse();
    } else if (edit < 2 && name !== undefined) one[name] = `edit ${below(3)}`;
    else if (edit === 2) delete one[name];
    else if (edit === 3) one[`new ${below(2)}`] = below(3);
    else if (edit === 4 && name !== undefined) {
      const moved = one[name];
      delete one[name];
      Object.defineProperty(one, name, { value: moved, enumerable: true, configurable: true, writable: true });
    } else one[NAMES[6]] = below(2);
  }
  return copy;
}

test("a merge of values and a merge of their texts give one answer", () => {
  let conflicts = 0;
  for (let seed = 1; seed <= 3000; seed++) {
    const next = numbers(seed);
    const base = random(next, 4);
    const sides = [base, edited(next, base), edited(next, base)];
    const ofValues = mergeJson(...sides);
    const ofTexts = mergeJsonText(...sides.map((side) => JSON.stringify(side)));
    const { text, ...expected } = ofTexts;
    const { value, ...found } = ofValues;
    assert.equal(JSON.stringify(value), text, `seed ${seed}`);
    assert.deepEqual({ ...found, patch: ofValues.patch }, { ...expected, patch: ofTexts.patch }, `seed ${seed}`);
    conflicts += ofValues.conflicts;
  }
  assert.ok(conflicts > 500, `${conflicts}`);
});

test("members that are undefined, and names that every object inherits, give one answer, too", () => {
  const proto = (value) => Object.defineProperty({ b: 1 }, "__proto__", { value, enumerable: true, configurable: true, writable: true });
  for (const sides of [
    [{ toString: 1, b: 1 }, { toString: undefined, b: 1 }, { toString: 1, b: 1 }],
    [{ a: 1, b: 1 }, { a: 1, b: 1 }, { a: undefined, b: 1 }],
    [proto(1), proto(undefined), proto(1)],
  ]) {
    const { value } = mergeJson(...sides);
    assert.equal(JSON.stringify(value), mergeJsonText(...sides.map((side) => JSON.stringify(side))).text);
    assert.ok(Object.values(value).every((member) => member !== undefined && typeof member !== "function"), "as after `JSON.parse`");
  }
});
