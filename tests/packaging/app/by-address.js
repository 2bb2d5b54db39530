// For tools that do not: the page names the modules, and makes the worker.
import * as mergefetch from "mergefetch";
import engine from "mergefetch/engine.wasm";
import core from "mergefetch/mergefetch.wasm";
import { createMergeWorker } from "mergefetch/worker";

import { loop, show } from "./loop.js";

const at = { core: new URL(core, import.meta.url), engine: new URL(engine, import.meta.url) };

show(async (server) => {
  await mergefetch.init(at);
  const inPage = await loop(mergefetch, server);
  const worker = createMergeWorker({ module: at, worker: () => new Worker(new URL("./worker-thread.js", location.href), { type: "module" }) });
  return [inPage, (await worker.mergeText("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n")).text].join("|");
});
