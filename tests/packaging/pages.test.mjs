// Pages without a build, without a second file, with a strict policy; and a service worker.
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { build } from "esbuild";

import { EXPECTED } from "./app/loop.js";
import { app, emptyFolder, fileOf, open, root, serve, server, wasmFiles, writePage } from "./support.mjs";

const MERGED = "A b C";
const bare = ({ title }) => title.replace(/\s+/g, " ").replace(/ \|/g, "|");

async function bundle(tool, entries, options = {}) {
  const outdir = await emptyFolder(tool);
  await build({ entryPoints: entries.map((entry) => join(app, entry)), absWorkingDir: app, bundle: true, format: "esm", outdir, loader: { ".wasm": "file" }, logLevel: "silent", ...options });
  return outdir;
}

test("an import map, and no build", async () => {
  const imports = Object.fromEntries([".", "./worker"].map((entry) => [join("mergefetch", entry), `/${fileOf(entry)}`]));
  const folder = await emptyFolder("import-map");
  await writePage(folder, "/app/no-build.js", `<script type="importmap">${JSON.stringify({ imports })}</script>`);
  const address = await serve(root);
  const seen = await open(`${address}built/import-map/`);
  assert.equal(bare(seen), [EXPECTED, MERGED].join("|"), seen.complaints.join("; "));
  assert.deepEqual(seen.complaints, []);
  assert.equal(new Set(seen.modules).size, 2);
});

test("the inline entry is one file and asks for no module", async () => {
  const folder = await bundle("inline", ["inline.js"], { minify: true });
  await writePage(folder, "./inline.js");
  assert.deepEqual(await wasmFiles(folder), []);
  const seen = await open(await serve(folder, { "content-security-policy": `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src ${server}; img-src data:` }));
  assert.equal(seen.title, EXPECTED, seen.complaints.join("; "));
  assert.deepEqual(seen.modules, []);
  assert.deepEqual(seen.complaints, []);
});

test("a service worker", async () => {
  const folder = await bundle("service-worker", ["service-worker.js", "ask-service-worker.js"]);
  await writePage(folder, "./ask-service-worker.js");
  const seen = await open(await serve(folder));
  assert.equal(seen.title, EXPECTED, seen.complaints.join("; "));
});

test("a strict policy allows all of it with 'wasm-unsafe-eval'; without that the error names it", async () => {
  const { build: vite } = await import("vite");
  const outDir = await emptyFolder("policy");
  await vite({ root: app, configFile: false, logLevel: "warn", worker: { format: "es" }, build: { outDir, emptyOutDir: true } });
  const policy = (script) => ({ "content-security-policy": `default-src 'none'; script-src ${script}; connect-src 'self' ${server}; img-src data:` });
  const allowed = await open(await serve(outDir, policy("'self' 'wasm-unsafe-eval'")));
  assert.equal(bare(allowed), [EXPECTED, MERGED, EXPECTED].join("|"), allowed.complaints.join("; "));
  const forbidden = await open(await serve(outDir, policy("'self'")));
  assert.match(forbidden.title, /^failed: not-started .*Content-Security-Policy.*'wasm-unsafe-eval'/);
});

test("with Trusted Types the client needs no policy; a worker needs one of the page's own, which the error names", async () => {
  const folder = await bundle("trusted", ["trusted.js", "rollup-thread.js"]);
  await writePage(folder, "./trusted.js");
  const policy = `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' ${server}; img-src data:; require-trusted-types-for 'script'; trusted-types own`;
  const seen = await open(await serve(folder, { "content-security-policy": policy }));
  assert.equal(bare(seen), [EXPECTED, "not-started true", "b"].join("|"), seen.complaints.join("; "));
});
