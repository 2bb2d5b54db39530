// One page, built by each tool from the packed package, opened in Chromium.
import assert from "node:assert/strict";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { EXPECTED } from "./app/loop.js";
import { app, emptyFolder, open, serve, wasmFiles, writePage } from "./support.mjs";

const MERGED = "A b C";
const bare = ({ title }) => title.replace(/\s+/g, " ").replace(/ \|/g, "|");

/** The built page works, and holds each module once. */
async function check(folder, parts) {
  const files = await wasmFiles(folder);
  assert.equal(files.length, 2, `${files}`);
  const seen = await open(await serve(folder));
  assert.equal(bare(seen), parts.join("|"), seen.complaints.join("; "));
  assert.deepEqual(seen.complaints, []);
}

test("Vite", async () => {
  const { build, createLogger } = await import("vite");
  const outDir = await emptyFolder("vite");
  const warnings = [];
  const customLogger = { ...createLogger("silent"), warn: (message) => warnings.push(message), warnOnce: (message) => warnings.push(message) };
  await build({ root: app, configFile: false, customLogger, worker: { format: "es" }, build: { outDir, emptyOutDir: true } });
  assert.deepEqual(warnings, []);
  await check(outDir, [EXPECTED, MERGED, EXPECTED]);
});

test("Vite's development server", async (t) => {
  const { createServer } = await import("vite");
  const cacheDir = await emptyFolder("vite-dev");
  const vite = await createServer({ root: app, configFile: false, logLevel: "error", cacheDir, server: { host: "127.0.0.1", port: 0 } });
  t.after(() => vite.close());
  await vite.listen();
  const seen = await open(vite.resolvedUrls.local[0]);
  assert.equal(bare(seen), [EXPECTED, MERGED, EXPECTED].join("|"), seen.complaints.join("; "));
});

/** webpack, and what takes its configuration. */
async function pack(tool, run) {
  const path = await emptyFolder(tool);
  const compiler = run({ mode: "production", context: app, entry: "./main.js", output: { path, filename: "main.js" }, performance: { hints: false } });
  const stats = await new Promise((resolve, reject) => compiler.run((error, done) => (error ? reject(error) : resolve(done))));
  await new Promise((resolve) => compiler.close(resolve));
  const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
  assert.deepEqual([errors, warnings].flat().map(({ message }) => message), []);
  await writePage(path, "./main.js");
  await check(path, [EXPECTED, MERGED, EXPECTED]);
}

test("webpack", async () => pack("webpack", (await import("webpack")).default));

test("Rspack", async () => pack("rspack", (await import("@rspack/core")).rspack));

test("Rollup, with the plugin for files that modules name", async () => {
  const { rollup } = await import("rollup");
  const { nodeResolve } = await import("@rollup/plugin-node-resolve");
  const { importMetaAssets } = await import("@web/rollup-plugin-import-meta-assets");
  const dir = await emptyFolder("rollup");
  const warnings = [];
  const bundle = await rollup({
    input: [join(app, "rollup.js"), join(app, "rollup-thread.js")],
    plugins: [nodeResolve(), importMetaAssets()],
    onwarn: (warning) => warnings.push(warning.message),
  });
  await bundle.write({ dir, format: "es" });
  assert.deepEqual(warnings, []);
  await writePage(dir, "./rollup.js");
  await check(dir, [EXPECTED, MERGED]);
});

test("esbuild, which neither copies the module nor finds workers by itself", async () => {
  const { build } = await import("esbuild");
  const outdir = await emptyFolder("esbuild");
  const entryPoints = [join(app, "by-address.js"), { in: "mergefetch/worker-thread", out: "worker-thread" }];
  const { warnings } = await build({
    entryPoints: [{ in: entryPoints[0], out: "main" }, entryPoints[1]],
    absWorkingDir: app, bundle: true, format: "esm", splitting: true, outdir, loader: { ".wasm": "file" }, logLevel: "silent",
  });
  assert.deepEqual(warnings, []);
  await writePage(outdir, "./main.js");
  await check(outdir, [EXPECTED, MERGED]);
});
