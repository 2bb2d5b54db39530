// For tools that find the modules and the worker by themselves.
import * as mergefetch from "mergefetch";
import * as worker from "mergefetch/worker";

import { mergedSave, show, workerMerge } from "./loop.js";

show(async (server) => `${await mergedSave(mergefetch, server)}|${await workerMerge(worker)}`);
