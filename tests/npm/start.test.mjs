// Loading: one process of its own, as a module is loaded once for all.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import * as mergefetch from "mergefetch";

import { isError, makeJson } from "./support.mjs";

const { init } = mergefetch;

const synchronous = {
  mergeText: () => mergefetch.mergeText("", "", ""),
  mergeJson: () => mergefetch.mergeJson({}, {}, {}),
  mergeJsonText: () => mergefetch.mergeJsonText("{}", "{}", "{}"),
  diffText: () => mergefetch.diffText("", ""),
  diffJson: () => mergefetch.diffJson({}, {}),
};

test("what cannot wait says that it needs init() first", () => {
  for (const [name, call] of Object.entries(synchronous)) assert.throws(call, isError("not-started"), name);
});

test("creating a client neither loads nor sends anything", () => {
  mergefetch.createClient({ baseUrl: "http://127.0.0.1:1/", fetch: () => assert.fail("sent") });
  assert.throws(synchronous.mergeText, isError("not-started"));
});

test("a module that cannot be loaded is an error with a cause, and the next call tries again", async () => {
  await assert.rejects(init(new Uint8Array([0, 97, 115, 109, 9, 9, 9, 9])), (error) => {
    isError("not-started")(error);
    return assert.ok(error.cause instanceof Error) === undefined;
  });
  await assert.rejects(init("http://127.0.0.1:1/mergefetch.wasm"), isError("not-started"));
  assert.throws(synchronous.mergeText, isError("not-started"));
});

/** Modules that are valid, but not of this package: an empty one, and one that exports a memory and a function. */
const foreign = {
  empty: [0, 97, 115, 109, 1, 0, 0, 0],
  other: [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 5, 3, 1, 0, 1, 7, 9, 2, 1, 97, 2, 0, 1, 98, 0, 0, 10, 4, 1, 2, 0, 11],
};

test("a core of another program is refused before it runs, and leaves nothing behind", async () => {
  for (const [name, list] of Object.entries(foreign)) {
    const source = new Uint8Array(list);
    assert.ok(WebAssembly.validate(source), name);
    for (const core of [source, source.buffer, new WebAssembly.Module(source), new Response(source, { headers: { "content-type": "application/wasm" } })]) {
      await assert.rejects(init(core), (error) => {
        isError("not-started")(error);
        return assert.match(error.message, /expected the core of this package's build/u) === undefined;
      });
    }
  }
});

test("what is no source of a module is named", async () => {
  for (const [source, found] of [[5, "5"], [true, "true"], [[], "an array"], [{ core: 5 }, "5"], [{ core: {} }, "an object"]]) {
    await assert.rejects(init(source), (error) => {
      isError("invalid-argument")(error);
      assert.match(error.message, /expected a module's address/u);
      return assert.ok(error.message.includes(found), error.message) === undefined;
    });
  }
  assert.throws(synchronous.mergeText, isError("not-started"));
});

const bytes = await readFile(new URL(import.meta.resolve("mergefetch/engine.wasm")));
const imports = WebAssembly.Module.imports(new WebAssembly.Module(bytes));

/** The engine, as if it came from another build: the name that its imports have is a hash of the build. */
function engineOfAnotherBuild() {
  const [{ module: name }] = imports;
  assert.match(name, /^[0-9a-f]{12}$/u);
  assert.equal(WebAssembly.Module.customSections(new WebAssembly.Module(bytes), name).length, 1);
  return Buffer.from(bytes.toString("latin1").replaceAll(name, "0123456789ab"), "latin1");
}

const isWhole = imports.length === 0 && "this build has no engine apart";

test("an engine of another build is refused, and the right one loads afterwards", { skip: isWhole }, async () => {
  const engine = engineOfAnotherBuild();
  await assert.rejects(init({ engine }), (error) => {
    isError("not-started")(error);
    assert.match(error.message, /another build/u);
    return assert.ok(error.cause instanceof Error) === undefined;
  });
  assert.throws(synchronous.mergeText, isError("not-started"));
  await assert.rejects(init({ engine: new Uint8Array([1]) }), isError("not-started"));
  // It would start, as it imports nothing, and the first merge would call a function that is not there.
  await assert.rejects(init({ engine: new Uint8Array(foreign.other) }), isError("not-started"));
  assert.throws(synchronous.mergeText, isError("not-started"));
});

test("calls side by side get one module, a later one changes nothing", async () => {
  const bytes = await readFile(new URL(import.meta.resolve("mergefetch/mergefetch.wasm")));
  await Promise.all([init(bytes), init(), init()]);
  await init();
  await init(new Uint8Array([1]));
  assert.equal(mergefetch.mergeText("a\n", "b\n", "a\n").text, "b\n");
  for (const [name, call] of Object.entries(synchronous)) assert.doesNotThrow(call, name);
});

test("a client works with the module that is there", async () => {
  const url = await makeJson({ a: 1 });
  assert.deepEqual((await mergefetch.createClient().get(url)).value, { a: 1 });
});
