import type { ModuleSource } from "./load.js";

/**
 * The module as a file beside the package's own: bundlers see the address and bring the file along.
 *
 * @internal
 */
export async function moduleFile(): Promise<ModuleSource> {
  const url = new URL("./core/mergefetch_bg.wasm", import.meta.url);
  if (url.protocol !== "file:") return url;
  // Node's fetch does not read files. The name is put together here so that bundlers for the web leave the import alone.
  const name = ["node:fs", "promises"].join("/");
  const files = (await import(/* webpackIgnore: true */ /* @vite-ignore */ name)) as {
    readFile(file: URL): Promise<BufferSource>;
  };
  return files.readFile(url);
}
