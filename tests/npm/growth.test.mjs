// Time grows linearly with the input. Each deadline is at least ten times the time of a slow machine; a quadratic algorithm misses it.
import assert from "node:assert/strict";
import { before, test } from "node:test";

import { MergefetchError, createClient, diffText, init, mergeJson, mergeJsonText, mergeText } from "mergefetch";

import { conflictOf } from "./many-changes.mjs";

before(() => init());

function timed(run) {
  const start = performance.now();
  const result = run();
  return { ms: performance.now() - start, result };
}

test("20,000 changes are decided one by one, and `unresolved` is read after each", async () => {
  const conflict = await conflictOf(createClient, 20_000);
  const ids = conflict.changes.map(({ id }) => id);
  let told = 0;
  conflict.subscribe(() => (told += conflict.unresolved));
  const { ms } = timed(() => ids.forEach((id) => conflict.take("theirs", id)));
  assert.equal(told, (20_000 * 19_999) / 2);
  assert.ok(conflict.changes.every(({ decision }) => decision === "theirs"));
  assert.ok(ms < 5_000, `${ms} ms`);
});

test("a decision replaces only the object of its own change", async () => {
  const conflict = await conflictOf(createClient, 3);
  const before = conflict.changes;
  conflict.take("mine", "/k1");
  const after = conflict.changes;
  assert.deepEqual([conflict.unresolved, ...after.map(({ decision }) => decision)], [2, null, "mine", null]);
  assert.deepEqual([before[0] === after[0], before[1] === after[1], after === conflict.changes], [true, false, true]);
  conflict.reopen("/k1");
  assert.deepEqual([conflict.unresolved, conflict.changes[1].decision], [3, null]);
});

for (const part of ["?abc=", "?key=", "&token=s", "?%6Bey=a&", "//a", "//a:b@", "%2F%2F", "%2F%2Fa%252F%252Fb", "%25", ";", "@", "http:/"]) {
  test(`the search for secrets in 100 kB of ${part} takes linear time`, () => {
    const text = part.repeat(100_000 / part.length);
    assert.ok(timed(() => new MergefetchError("network", text)).ms < 250);
  });
}

const CLAUSES = ["今日は良い天気ですね私たちは東京の大学で日本語を勉強しています毎日新しい言葉を覚える", "データベース設計と検索機能の改善について議論し最終的な決定を行うための会議を来週開催する予定"];
/** Clauses without punctuation, each cut at other places. */
const JAPANESE = Array.from({ length: 9_000 }, (_, at) => CLAUSES[(at * at) % 3 % 2].slice((at * 7) % 13, 20 + ((at * 11) % 23))).join("").slice(0, 120_000);
const LATIN = `é ${"the quick brown fox jumps over the lazy dog ".repeat(4550)}`;

for (const [what, text] of [["a line of 120,000 Japanese characters", JAPANESE], ["200 kB in one line with one é", LATIN]]) {
  const edited = (at, word) => `${text.slice(0, at)}${word}${text.slice(at + 1)}\n`;
  const [base, mine, theirs] = [`${text}\n`, edited(10_000, "犬"), edited(30_000, "猫")];
  const both = `${mine.slice(0, 20_000)}${theirs.slice(20_000)}`;

  test(`${what}, edited in two places, takes linear time`, () => {
    mergeText("日本\n", "日\n", "本\n");
    const { ms, result } = timed(() => mergeText(base, mine, theirs));
    assert.equal(result.regions[0].suggestion, both);
    assert.ok(ms < 1_500, `${ms} ms`);
  });

  for (const granularity of ["word", "grapheme"]) {
    test(`${what}, compared by ${granularity}s, takes linear time`, () => {
      const { ms, result } = timed(() => diffText(base, mine, { granularity }));
      assert.equal(result.length, 3);
      assert.ok(ms < 1_500, `${ms} ms`);
    });
  }
}

test("a segmenter asked in pieces finds the same words wherever a text is edited", () => {
  for (let at = 40; at < 1000; at += 7) {
    const text = JAPANESE.slice(at * 30, at * 30 + 2_000);
    const parts = [text.slice(0, at), "犬と猫", text.slice(at, at + 600), "火山", text.slice(at + 600)];
    const without = (...indexes) => `${parts.filter((_, index) => !indexes.includes(index)).join("")}\n`;
    const merge = mergeText(without(1, 3), without(3), without(1));
    assert.equal(merge.regions[0].suggestion, without(), String(at));
  }
});

test("texts over the limit are refused as too large", () => {
  const large = "x".repeat(32 * 1024 * 1024 + 1);
  const isTooLarge = ({ code, details }) => code === "too-large" && details.limitBytes === 32 * 1024 * 1024 && details.foundBytes > details.limitBytes;
  for (const call of [
    () => mergeText(large, "a", "b"),
    () => mergeText(null, "a", large),
    () => mergeText("a", "é".repeat(17 * 1024 * 1024), "b"),
    () => mergeJson("a", large, "b"),
    () => mergeJsonText(null, JSON.stringify(large), "1"),
  ]) {
    assert.throws(call, isTooLarge);
  }
  assert.equal(mergeText("a\n", "a\n", "b\n").text, "b\n");
});
