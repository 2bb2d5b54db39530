/**
 * `mergefetch` for Node.js and what is like it, whose `fetch` does not read files.
 *
 * @packageDocumentation
 */
import { readFile } from "node:fs/promises";

import { modulesFrom } from "./load.js";

modulesFrom({
  core: () => readFile(new URL("./core/mergefetch_bg.wasm", import.meta.url)),
  engine: () => readFile(new URL("./core/engine.wasm", import.meta.url)),
});

export * from "./api.js";
