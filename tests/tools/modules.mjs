// What a build may hold of the package: each module once, as a file or as text.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

const MODULES = ["mergefetch_bg.wasm", "engine.wasm"];
/** How a module packed as text starts: base64 of gzip. */
const PACKED = "H4sIAAAAAAAC";

/** Fails unless each module of the package is once among the files that the browser may load. */
export async function expectEachModuleOnce(folder, { output, isInline = false }) {
  const built = join(folder, output);
  const files = (await readdir(built, { recursive: true, withFileTypes: true })).filter((file) => file.isFile());
  const contents = await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name))));
  const asText = contents.map((content) => content.toString("latin1").split(`"${PACKED}`).length - 1).reduce((sum, count) => sum + count, 0);
  for (const module of MODULES) {
    const bytes = await readFile(join(folder, "node_modules/mergefetch/dist/core", module));
    const asFiles = contents.filter((content) => content.equals(bytes)).length;
    assert.equal(asFiles, isInline ? 0 : 1, `how many files of the build are ${module}`);
  }
  assert.equal(asText, isInline ? MODULES.length : 0, "how many modules are in the build as text");
}
