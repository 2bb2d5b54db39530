// A page that takes only trusted types: the client needs none, the worker is made with a policy of the page's own.
import * as mergefetch from "mergefetch";
import engine from "mergefetch/engine.wasm";
import core from "mergefetch/mergefetch.wasm";
import { createMergeWorker } from "mergefetch/worker";

import { loop, show } from "./loop.js";

const module = { core: new URL(core, import.meta.url), engine: new URL(engine, import.meta.url) };
const address = new URL("./rollup-thread.js", location.href).href;
const merged = async (worker) => (await createMergeWorker({ module, worker }).mergeText("a\n", "b\n", "a\n")).text.trim();

show(async (server) => {
  await mergefetch.init(module);
  const inPage = await loop(mergefetch, server);
  const untrusted = await merged(() => new Worker(address, { type: "module" })).catch(({ code, message }) => `${code} ${/TrustedScriptURL/.test(message)}`);
  const policy = trustedTypes.createPolicy("own", { createScriptURL: (url) => url });
  return [inPage, untrusted, await merged(() => new Worker(policy.createScriptURL(address), { type: "module" }))].join("|");
});
