import type { ModuleSource } from "./load.js";

/**
 * The module as a file beside the package's own: bundlers see the address and bring the file along.
 *
 * @internal
 */
export async function moduleFile(): Promise<ModuleSource> {
  return new URL("./core/mergefetch_bg.wasm", import.meta.url);
}
