/**
 * `mergefetch` for Node.js and what is like it, whose `fetch` does not read files.
 *
 * @packageDocumentation
 */
import { readFile } from "node:fs/promises";

import { loadFrom } from "./load.js";

loadFrom({
  core: () => readFile(new URL("./core/mergefetch_bg.wasm", import.meta.url)),
  engine: () => readFile(new URL("./core/engine.wasm", import.meta.url)),
  withCore: () => import("./with-core.js"),
  withEngine: () => import("./with-engine.js"),
  ownAdapter: () => import("./own-adapter.js"),
  database: () => import("./database.js"),
});

export * from "./api.js";
