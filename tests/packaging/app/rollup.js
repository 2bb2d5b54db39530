// For Rollup, whose plugin finds the module, but no workers.
import * as mergefetch from "mergefetch";
import { createMergeWorker } from "mergefetch/worker";

import { loop, show } from "./loop.js";

show(async (server) => {
  const inPage = await loop(mergefetch, server);
  const worker = createMergeWorker({ worker: () => new Worker("./rollup-thread.js", { type: "module" }) });
  return [inPage, (await worker.mergeText("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n")).text].join("|");
});
