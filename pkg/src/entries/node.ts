/**
 * `mergefetch` for Node.js and similar runtimes, whose `fetch` does not read files.
 *
 * @packageDocumentation
 */
import { readFile } from "node:fs/promises";

import { loadFrom } from "../client/load.js";

/** A separate function, so that bundlers for servers do not see an address, which they would rewrite for browsers. */
const here = import.meta.url;

/** A file beside this one; in a bundle there is none, and the same module is text in a script that every tool brings along. */
async function fileOrText(module: "core" | "engine", file: string): Promise<BufferSource> {
  try {
    return await readFile(new URL(file, here));
  } catch {
    const { moduleText } = await import("./module-text.js");
    return moduleText[module]();
  }
}

loadFrom({
  core: () => fileOrText("core", "./core/mergefetch_bg.wasm"),
  engine: () => fileOrText("engine", "./core/engine.wasm"),
  withCore: () => import("./with-core.js"),
  withEngine: () => import("./with-engine.js"),
  ownAdapter: () => import("./own-adapter.js"),
  database: () => import("./database.js"),
});

export * from "./api.js";
