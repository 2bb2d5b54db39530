/**
 * `mergefetch` for Node.js and what is like it, whose `fetch` does not read files.
 *
 * @packageDocumentation
 */
import { readFile } from "node:fs/promises";

import { moduleFrom } from "./load.js";

moduleFrom(() => readFile(new URL("./core/mergefetch_bg.wasm", import.meta.url)));

export * from "./api.js";
