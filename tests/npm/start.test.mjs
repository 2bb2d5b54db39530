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

const bytes = await readFile(new URL(import.meta.resolve("mergefetch/engine.wasm")));
const imports = WebAssembly.Module.imports(new WebAssembly.Module(bytes));

/** The engine, as if it came from another build: the name that its imports have is a hash of the build. */
function engineOfAnotherBuild() {
  const [{ module: name }] = imports;
  assert.match(name, /^[0-9a-f]{12}$/u);
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
