// For tools that do not find the modules by themselves: the lines of the README.
import * as mergefetch from "mergefetch";
import engine from "mergefetch/engine.wasm";
import core from "mergefetch/mergefetch.wasm";
import { createMergeWorker } from "mergefetch/worker";

import { mergedSave, show, workerMerge } from "./loop.js";

const module = { core: new URL(core, import.meta.url), engine: new URL(engine, import.meta.url) };
const worker = () => new Worker(new URL("./worker-thread.js", location.href), { type: "module" });

show(async (server) => {
  await mergefetch.init(module);
  return `${await mergedSave(mergefetch, server)}|${await workerMerge(createMergeWorker({ module, worker }))}`;
});
