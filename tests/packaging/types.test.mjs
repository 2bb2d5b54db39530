// "Are the types wrong?", asked of the archive.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

import { root } from "./support.mjs";

test("attw finds nothing wrong with any entry point of an ESM package", async () => {
  const attw = join(root, "node_modules/.bin/attw");
  const run = promisify(execFile)(attw, [process.env.MERGEFETCH_ARCHIVE, "--profile", "esm-only", "--format", "json"], { maxBuffer: 1e8 });
  const { stdout } = await run.catch((error) => error);
  const { analysis, problems } = JSON.parse(stdout);
  // Only what the profile leaves aside: CommonJS, and resolution from before `exports`.
  assert.deepEqual(analysis.problems.filter(({ resolutionKind }) => ["node16-esm", "bundler"].includes(resolutionKind)), []);
  assert.ok(Object.keys(analysis.entrypoints).length >= 6, Object.keys(analysis.entrypoints).join());
  assert.equal((await run.then(() => 0, ({ code }) => code)), 0, JSON.stringify(problems));
});
