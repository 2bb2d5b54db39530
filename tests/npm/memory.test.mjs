// The module's memory after many calls, and documents that no page should ever hand over.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { MergefetchError, createClient, diffText, init, mapOffset, mergeJson, mergeJsonText, mergeText } from "mergefetch";

import { isError, makeJson, theirs } from "./support.mjs";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc");

/** The memory of the module: seen where the module is instantiated, as the package shows it to nobody. */
let memory;
for (const name of ["instantiate", "instantiateStreaming"]) {
  const original = WebAssembly[name];
  WebAssembly[name] = async (...parts) => {
    const result = await original(...parts);
    // By its type, as the released module has short names; by its size, as Node.js has small modules of its own.
    const found = Object.values((result.instance ?? result).exports).find((one) => one instanceof WebAssembly.Memory);
    if (found !== undefined && found.buffer.byteLength >= 1024 * 1024) memory ??= found;
    return result;
  };
}
await init();

/** Lets the finalizers of dropped objects run, which give their part of the module's memory back. */
async function settle() {
  for (let round = 0; round < 3; round++) {
    gc();
    await wait(1);
  }
}

/**
 * When finalizers run is the engine's choice, so that a busy machine holds a hundred dropped objects more or less: some 3 MB were
 * seen. What leaks with every round grows beyond that.
 */
const SLACK_BYTES = 16 * 1024 * 1024;

/** Asserts that `count` more rounds need no more memory than the first ones. */
async function holdsMemory(count, each) {
  const rounds = async (first, last) => {
    for (let round = first; round < last; round++) {
      await each(round);
      if (round % 100 === 99) await settle();
    }
    await settle();
  };
  await rounds(0, 200);
  const before = memory.buffer.byteLength;
  await rounds(200, 200 + count);
  const grown = memory.buffer.byteLength - before;
  assert.ok(grown <= SLACK_BYTES, `${grown} bytes more after ${count} rounds`);
}

const lines = Array.from({ length: 200 }, (_, line) => `line ${line} of a document with ünïcode`);
const edited = (round, ...at) => lines.map((line, index) => (at.includes(index) ? `${line} edited ${round}` : line)).join("\n");

test("10,000 merges of texts in a row leave the memory where it was", async () => {
  const base = lines.join("\n");
  await holdsMemory(10_000, (round) => {
    const merge = mergeText(base, edited(`by mine ${round}`, 5, 50), edited(`by theirs ${round}`, 50, 150));
    assert.equal(merge.conflicts, 1);
    if (round % 10 === 0) assert.ok(mapOffset(merge, "mine", base.length) <= merge.text.length);
    if (round % 50 === 0) assert.notEqual(diffText(base, merge.text).length, 0);
  });
});

test("10,000 merges of JSON in a row leave the memory where it was, refused ones too", async () => {
  const base = { title: "a", items: Array.from({ length: 20 }, (_, id) => ({ id, text: `item ${id}` })) };
  const mine = { ...base, title: "b" };
  await holdsMemory(10_000, (round) => {
    const merge = mergeJson(base, mine, { ...base, title: `c ${round}`, other: round });
    assert.equal(merge.conflicts, 1);
    if (round % 10 === 0) assert.throws(() => mergeJsonText("{}", `{"a":${round}`, "{}"), isError("invalid-json"));
    if (round % 10 === 1) assert.throws(() => mergeText("", "a\ud800", ""), isError("invalid-text"));
  });
});

test("1,000 conflicts that are dropped without a decision give their memory back", async () => {
  const url = await makeJson({ a: 1, filler: lines });
  const client = createClient({ retry: { baseDelayMs: 0 } });
  const base = await client.get(url);
  await theirs(url, { a: 2, filler: lines });
  await holdsMemory(1_000, async (round) => {
    const { kind, conflict } = await client.save(base, { ...base.value, a: `mine ${round}` });
    assert.equal(kind, "conflict");
    conflict.take("theirs", "/a");
    assert.equal(conflict.unresolved, 0);
  });
});

/** A merge, or a typed error: never a trap, after which nothing works any more. */
function answerOrError(base, mine, other) {
  try {
    const merge = mergeText(base, mine, other);
    assert.equal(merge.regions.at(-1)?.mine[1] ?? 0, mine.length);
    return merge;
  } catch (error) {
    assert.ok(error instanceof MergefetchError && error.code !== "internal", `${error}`);
    return undefined;
  } finally {
    assert.equal(mergeText("a\n", "b\n", "a\n").text, "b\n");
  }
}

test("a document of nearly 32 MiB is merged", () => {
  const base = "a line of a very large document, which goes on and on\n".repeat(620_000);
  const merge = answerOrError(base, `first\n${base}`, `${base}last\n`);
  assert.ok(merge.text === `first\n${base}last\n`);
});

test("50 MB of nothing but line ends, and 50 MB without any, are merged or refused", () => {
  for (const unit of ["\n", "x", "word "]) {
    const base = unit.repeat(50_000_000 / unit.length);
    answerOrError(base, `mine\n${base}`, `${base}theirs\n`);
  }
});

test("any code units at all give an answer, or `invalid-text` for a lone surrogate", () => {
  // A small generator (mulberry32): the same numbers in every run.
  let state = 7;
  const below = (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) % limit;
  };
  const widths = [0x100, 0x3000, 0x10000];
  let refused = 0;
  for (let round = 0; round < 3_000; round++) {
    const width = widths[round % 3];
    const random = () => String.fromCharCode(...Array.from({ length: below(60) }, () => (below(8) === 0 ? 10 : below(width))));
    const documents = [random(), random(), random()];
    if (documents.every((text) => text.isWellFormed())) {
      const merge = mergeText(...documents);
      assert.ok(merge.text.isWellFormed());
      const [base, mine, other] = documents;
      assert.equal(mergeText(base, mine, base).text, mine);
      assert.equal(mergeText(base, base, other).text, other);
      const invented = [...merge.text].filter((character) => character === "\ufffd").length;
      assert.ok(invented === 0 || documents.some((text) => text.includes("\ufffd")), "U+FFFD in place of a character");
    } else {
      refused++;
      assert.throws(() => mergeText(...documents), isError("invalid-text"));
    }
  }
  assert.ok(refused > 100);
});

/** Whether a client that made these calls is collected after the page has dropped it. */
async function isCollected(options, call) {
  const dropped = await (async () => {
    const client = createClient(options);
    await call(client);
    return new WeakRef(client);
  })();
  for (let tries = 0; tries < 200; tries++) {
    await wait(5);
    // Before `deref`, whose result is held until the end of the job.
    gc();
    if (dropped.deref() === undefined) return true;
  }
  return false;
}

test("a client that the page has dropped is collected", async () => {
  const url = await makeJson({ a: 1 });
  const calls = {
    get: (client) => client.get(url),
    save: async (client) => client.save(await client.get(url), { a: Math.random() }),
    update: (client) => client.update(url, (draft) => ({ ...draft, b: 1 })),
    fetch: async (client) => (await client.fetch(url)).text(),
    conflict: async (client) => {
      const note = await client.get(url);
      await theirs(url, { a: Math.random() });
      assert.equal((await client.save(note, { a: "mine" })).kind, "conflict");
    },
  };
  for (const [name, call] of Object.entries(calls)) {
    for (const options of [{}, { on: { request() {} } }, { routes: [{ match: "*" }] }, { fetch: (...parts) => fetch(...parts) }]) {
      assert.ok(await isCollected(options, call), `${name}, ${Object.keys(options)}`);
    }
  }
});
