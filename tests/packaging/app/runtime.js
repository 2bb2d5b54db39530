// Node.js, Deno and Bun.
import * as mergefetch from "mergefetch";
import * as inline from "mergefetch/inline";

import * as worker from "mergefetch/worker";

import { loop } from "./loop.js";

const [server, entry] = process.argv.slice(2);
if (entry === "worker") {
  console.log((await worker.mergeText("a\n", "b\n", "a\n")).text);
  worker.terminate();
} else console.log(await loop(entry === "inline" ? inline : mergefetch, server));
