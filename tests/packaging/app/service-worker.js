// The client in a service worker.
import * as mergefetch from "mergefetch";
import engine from "mergefetch/engine.wasm";
import core from "mergefetch/mergefetch.wasm";

import { loop } from "./loop.js";

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("message", (event) => {
  const run = mergefetch.init({ core: new URL(core, import.meta.url), engine: new URL(engine, import.meta.url) }).then(() => loop(mergefetch, event.data));
  event.waitUntil(run.then((done) => event.source.postMessage(done), (error) => event.source.postMessage(`failed: ${error.message}`)));
});
