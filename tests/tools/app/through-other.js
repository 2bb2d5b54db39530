// Through a package that imports the package itself.
import { mergefetch, worker } from "other";

import { mergedSave, show, workerMerge } from "./loop.js";

show(async (server) => `${await mergedSave(mergefetch, server)}|${await workerMerge(worker)}`);
