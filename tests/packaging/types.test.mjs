// The declarations as a user's compiler finds them: in the archive, by its own `exports`.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

import { emptyFolder, root } from "./support.mjs";

const project = process.env.MERGEFETCH_ROOT;

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

for (const [resolution, module] of [["bundler", "esnext"], ["node16", "node16"]]) {
  test(`what pages write compiles under ${resolution}, and what is wrong does not`, async () => {
    const folder = await emptyFolder(`types-${resolution}`);
    for (const file of ["usage.ts", "entries.ts"]) await cp(join(project, "tests/types", file), join(folder, file));
    const { compilerOptions } = JSON.parse(await readFile(join(project, "tests/types/tsconfig.bundler.json"), "utf8"));
    const { paths: _, ...options } = compilerOptions;
    const configuration = { compilerOptions: { ...options, module, moduleResolution: resolution }, include: ["*.ts"] };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(configuration));
    await writeFile(join(folder, "package.json"), '{ "type": "module" }');
    const tsc = () => promisify(execFile)(join(project, "node_modules/.bin/tsc"), ["--project", folder]).then(() => "", ({ stdout }) => stdout);
    assert.equal(await tsc(), "");
    // The negative cases are `@ts-expect-error`: without them each is an error.
    const usage = join(folder, "usage.ts");
    const text = await readFile(usage, "utf8");
    const cases = text.split("@ts-expect-error").length - 1;
    await writeFile(usage, text.replaceAll("@ts-expect-error", ""));
    assert.equal((await tsc()).match(/error TS/g).length, cases);
  });
}

test("no declaration says any", async () => {
  const folder = join(root, "node_modules/mergefetch");
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith(".d.ts"));
  assert.ok(files.length > 10);
  for (const file of files) {
    const code = (await readFile(join(folder, file), "utf8")).replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    assert.doesNotMatch(code.replaceAll(/"[^"]*"/g, '""'), /\bany\b/, file);
  }
});
