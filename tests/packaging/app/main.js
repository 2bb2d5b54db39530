// For tools that find workers and the module by themselves.
import * as mergefetch from "mergefetch";
import { mergeText } from "mergefetch/worker";

import { loop, show } from "./loop.js";

show(async (server) => {
  const inPage = await loop(mergefetch, server);
  const merged = await mergeText("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n");
  const worker = new Worker(new URL("./in-worker.js", import.meta.url), { type: "module" });
  const inWorker = await new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message || "the worker did not load"));
    worker.postMessage(server);
  });
  return [inPage, merged.text, inWorker].join("|");
});
