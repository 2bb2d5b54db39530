// Each version of Node.js that the package promises. Deno and Bun: tests/packaging/runtimes.test.mjs.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import { startNotes } from "./notes.mjs";
import { project } from "./project.mjs";
import { run } from "./processes.mjs";

/** The newest of each that the registry has; the first of the oldest, too. */
const VERSIONS = ["20.14.0", "20.20.2", "22.23.5", "24.22.3"];
/** The package that holds the program and nothing else. */
const PROGRAM = `node-${process.platform}-${process.arch}`;

for (const version of process.env.MERGEFETCH_TOOLS === "all" ? VERSIONS : []) {
  test(`Node.js ${version}`, { timeout: 300_000 }, async (t) => {
    const files = { "runtime.js": "runtime.js", "loop.js": "loop.js" };
    const folder = await project([`${PROGRAM}@${version}`], { files });
    for (const entry of ["file", "inline"]) {
      const notes = await startNotes(t);
      const words = await run(folder, [join(folder, "node_modules", PROGRAM, "bin/node"), "runtime.js", notes.address, entry]);
      assert.equal(words.trim(), `${version} merged: {"mine":1,"theirs":1}`);
      assert.equal(notes.refused(), 1, "how many saves were refused");
    }
  });
}
