// Outside of browsers: with the modules as files, and as text.
import * as mergefetch from "mergefetch";
import * as inline from "mergefetch/inline";

import { mergedSave } from "./loop.js";

const [server, entry] = process.argv.slice(2);
console.log(process.versions.node, await mergedSave(entry === "inline" ? inline : mergefetch, server));
