// The same loop outside of browsers.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

import { EXPECTED } from "./app/loop.js";
import { app, root, server } from "./support.mjs";

const run = promisify(execFile);
const bin = (name) => join(root, "node_modules/.bin", name);

const runtimes = [
  ["Node.js", process.execPath, []],
  ["Deno", bin("deno"), ["run", "--quiet", "--no-config", "--node-modules-dir=manual", "--cached-only", "--allow-net", "--allow-read", "--allow-env"]],
  ["Bun", bin("bun"), ["run"]],
];

const entries = { file: ["the module as a file", EXPECTED], inline: ["the module inside", EXPECTED], worker: ["a worker", "b"] };

for (const [name, program, options] of runtimes) {
  for (const [entry, [what, expected]] of Object.entries(entries)) {
    // Node.js has no `Worker` as browsers have it: tests/npm/entries.test.mjs.
    const skip = name === "Node.js" && entry === "worker";
    test(`${name}, with ${what}`, { skip }, async () => {
      const { stdout } = await run(program, [...options, join(app, "runtime.js"), server, entry], { cwd: root, timeout: 60_000, env: { ...process.env, DENO_NO_UPDATE_CHECK: "1" } });
      assert.equal(stdout.trim(), expected);
    });
  }
}
