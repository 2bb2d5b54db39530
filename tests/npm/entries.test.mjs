// The entry points of the package, each in a process of its own where something must not have happened yet.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { promisify } from "node:util";
import { Worker as NodeWorker } from "node:worker_threads";

import { isError } from "./support.mjs";

const run = promisify(execFile);
const entries = ["mergefetch", "mergefetch/doctor", "mergefetch/document", "mergefetch/helpers", "mergefetch/inline", "mergefetch/outbox", "mergefetch/service-worker", "mergefetch/watch", "mergefetch/worker", "mergefetch/svelte", "mergefetch/react-hook-form", "mergefetch/tanstack-form"];

/** What a server that renders pages would notice: any of these is an error. */
const SPIES = `
  import fs from "node:fs"; import { syncBuiltinESMExports } from "node:module"; import net from "node:net";
  const forbid = (name) => () => { throw new Error("touched " + name); };
  for (const name of ["compile", "compileStreaming", "instantiate", "instantiateStreaming", "Module", "Instance", "Memory"]) WebAssembly[name] = forbid(name);
  globalThis.fetch = forbid("fetch"); globalThis.XMLHttpRequest = forbid("XMLHttpRequest"); globalThis.Worker = forbid("Worker");
  globalThis.atob = forbid("atob");
  net.connect = net.createConnection = forbid("the network");
  for (const name of ["document", "window", "self", "location", "indexedDB"]) Object.defineProperty(globalThis, name, { get: forbid(name) });
`;

for (const entry of entries) {
  test(`importing ${entry} touches no module, no network and no page, and keeps nothing running`, async () => {
    const script = `${SPIES}
      // Node's own loader reads scripts with these.
      const scripts = (read) => (path, ...rest) => (/\\.js$/.test(String(path)) ? read(path, ...rest) : forbid("the file " + path)());
      for (const owner of [fs, fs.promises]) for (const name of ["readFile", "readFileSync", "open", "openSync"]) if (owner[name]) owner[name] = scripts(owner[name]);
      syncBuiltinESMExports();
      const entry = await import(${JSON.stringify(entry)});
      entry.createClient?.({ baseUrl: "http://127.0.0.1:1/" }); entry.createMergeWorker?.();
      console.log(Object.keys(entry).length);`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script], { cwd: import.meta.dirname });
    assert.ok(Number(stdout) > 0, stdout);
  });
}

test("the inline entry brings its module along, is the same package, and wins over the other one", async () => {
  const script = `
    import * as plain from "mergefetch"; import * as inline from "mergefetch/inline"; import fs from "node:fs"; import { syncBuiltinESMExports } from "node:module";
    fs.promises.readFile = () => { throw new Error("read a file"); }; syncBuiltinESMExports();
    globalThis.fetch = () => { throw new Error("fetched"); };
    await inline.init();
    console.log(JSON.stringify([inline.mergeText("a\\n", "b\\n", "a\\n").text, plain.mergeText === inline.mergeText, Object.keys(plain).join() === Object.keys(inline).join()]));`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script], { cwd: import.meta.dirname });
  assert.deepEqual(JSON.parse(stdout), ["b\n", true, true]);
});

test("where there are no workers, the worker's calls say so", async () => {
  const worker = await import("mergefetch/worker");
  await assert.rejects(worker.mergeText("", "", ""), isError("not-started"));
});

/** A browser's worker on a thread of Node.js: the script, its answers and its end are the package's own. */
class ThreadWorker {
  static started = 0;
  constructor(source) {
    ThreadWorker.started += 1;
    this.thread = new NodeWorker(
      `const { parentPort } = require("node:worker_threads");
       globalThis.postMessage = (data) => parentPort.postMessage(data);
       const early = []; globalThis.onmessage = ({ data }) => early.push(data);
       parentPort.on("message", (data) => globalThis.onmessage({ data }));
       import(${JSON.stringify(source ?? import.meta.resolve("mergefetch/worker-thread"))}).then(() => early.forEach((data) => globalThis.onmessage({ data })), (error) => { throw error; });`,
      { eval: true },
    );
    this.thread.on("message", (data) => this.onmessage({ data }));
    this.thread.on("error", ({ message }) => this.onerror({ message, preventDefault() {} }));
  }
  postMessage(data) {
    this.thread.postMessage(data);
  }
  terminate() {
    void this.thread.terminate();
  }
}

/** Both modules, as the worker of a page that names them gets them. */
async function modules() {
  const [core, engine] = ["mergefetch/mergefetch.wasm", "mergefetch/engine.wasm"].map((name) => readFile(new URL(import.meta.resolve(name))));
  return { core: await core, engine: await engine };
}

test("in a worker the calls give what they give here, errors too; an abort ends only its own", async (t) => {
  const { createMergeWorker } = await import("mergefetch/worker");
  const here = await import("mergefetch");
  await here.init();
  const worker = createMergeWorker({ worker: () => new ThreadWorker(), module: await modules() });
  t.after(() => worker.terminate());
  const text = ["a\nb\n", "a\nB\n", "A\nb\n"];
  const json = [{ a: 1, b: [1, 2], when: new Date(0) }, { a: 2, b: [1, 2], when: new Date(0) }, { a: 3, b: [2] }];
  const results = await Promise.all([
    worker.mergeText(...text, { adjacency: "touch" }),
    worker.mergeText(null, "x", "y"),
    worker.mergeJson(...json),
    worker.mergeJson(undefined, 1, 2, { favor: "theirs" }),
    worker.mergeJsonText("1", "12345678901234567890", "1"),
    worker.diffText("one two", "one three", { granularity: "word" }),
    worker.diffJson({ a: 1 }, { a: [1] }),
  ]);
  assert.deepEqual(results, [
    here.mergeText(...text, { adjacency: "touch" }),
    here.mergeText(null, "x", "y"),
    here.mergeJson(...json),
    here.mergeJson(undefined, 1, 2, { favor: "theirs" }),
    here.mergeJsonText("1", "12345678901234567890", "1"),
    here.diffText("one two", "one three", { granularity: "word" }),
    here.diffJson({ a: 1 }, { a: [1] }),
  ]);
  assert.equal(ThreadWorker.started, 1);
  const moved = await worker.mergeText("a\n😀b\n", "a\n😀b!\n", "0\na\n😀b\n");
  const same = here.mergeText("a\n😀b\n", "a\n😀b!\n", "0\na\n😀b\n");
  for (const [side, length] of [["base", 6], ["mine", 7], ["theirs", 8]]) {
    for (let offset = 0; offset <= length; offset++) {
      assert.equal(here.mapOffset(moved, side, offset), here.mapOffset(same, side, offset), `${side} ${offset}`);
    }
  }
  assert.equal(here.mapOffset(moved, "mine", 4), moved.text.indexOf("b!"));
  assert.equal(here.mapOffset(moved, "mine", 3), moved.text.indexOf("😀"), "half a pair of surrogates is no place");
  assert.throws(() => here.mapOffset(structuredClone(moved), "mine", 0), isError("invalid-argument"));

  await assert.rejects(worker.mergeJsonText(null, "{\n?", "1"), (error) => {
    const same = (() => { try { here.mergeJsonText(null, "{\n?", "1"); } catch (thrown) { return thrown; } })();
    assert.equal(error.message, same.message);
    return isError("invalid-json", same.details)(error) && same.details.line === 2;
  });
  await assert.rejects(worker.mergeText("\ud800", "", ""), isError("invalid-text"));
  await assert.rejects(worker.mergeText("", "", "", { stile: "merge" }), isError("invalid-argument"));
  await assert.rejects(worker.mergeJson(1, NaN, 1), isError("invalid-argument"));
  await assert.rejects(worker.mergeText("", "", "", { labels: () => {} }), isError("invalid-argument"));
  assert.throws(() => createMergeWorker({ wroker: 1 }), isError("invalid-argument"));

  const reason = new RangeError("enough");
  const controllers = [new AbortController(), new AbortController()];
  const lines = Array.from({ length: 20_000 }, (_, index) => `${(index * 7919) % 10}\n`);
  const long = [lines.join(""), lines.toReversed().join(""), lines.slice(7).join("")];
  const running = worker.mergeText(...long, { signal: controllers[0].signal });
  const waiting = worker.mergeText("", "1", "", { signal: controllers[1].signal });
  const last = worker.mergeText("", "2", "");
  for (const promise of [running, waiting]) promise.catch(() => {});
  controllers[1].abort(reason);
  controllers[0].abort(reason);
  await assert.rejects(running, (error) => error === reason);
  await assert.rejects(waiting, (error) => error === reason);
  assert.equal((await last).text, "2");
  assert.equal(ThreadWorker.started, 2, "the running one was ended, the waiting one never sent");
  await assert.rejects(worker.mergeText("", "", "", { signal: AbortSignal.abort(reason) }), (error) => error === reason);

  const ended = [worker.mergeText(...long), worker.mergeText("", "", "")];
  worker.terminate();
  for (const promise of ended) await assert.rejects(promise, { name: "AbortError" });
  assert.equal((await worker.mergeText("", "3", "")).text, "3");
});

test("a worker that cannot start rejects its calls, and the next call tries again", async (t) => {
  const { createMergeWorker } = await import("mergefetch/worker");
  const sources = ["file:///no/such/script.js", undefined];
  const worker = createMergeWorker({ worker: () => new ThreadWorker(sources.shift()), module: await modules() });
  t.after(() => worker.terminate());
  await assert.rejects(worker.mergeText("", "", ""), isError("not-started"));
  assert.equal((await worker.mergeText("", "1", "")).text, "1");
  const none = createMergeWorker({ worker: () => { throw new Error("no"); } });
  await assert.rejects(none.mergeText("", "", ""), isError("not-started"));
});
