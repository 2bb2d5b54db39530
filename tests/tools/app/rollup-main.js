// For Rollup, whose plugin finds the modules, but no workers.
import * as mergefetch from "mergefetch";
import { createMergeWorker } from "mergefetch/worker";

import { mergedSave, show, workerMerge } from "./loop.js";

const worker = () => new Worker(new URL("./worker-thread.js", location.href), { type: "module" });

show(async (server) => `${await mergedSave(mergefetch, server)}|${await workerMerge(createMergeWorker({ worker }))}`);
