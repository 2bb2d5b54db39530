// `mergefetch/element` from the packed archive: built by Vite, by esbuild, and without a build; imported where there is no page.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

import { SHOWN } from "./app/loop.js";
import { app, emptyFolder, fileOf, open, root, serve, server, wasmFiles, writePage } from "./support.mjs";

/** Neither inline styles nor markup from strings. */
const POLICY = { "content-security-policy": `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' ${server}; img-src data:; require-trusted-types-for 'script'; trusted-types 'none'` };

async function check(address) {
  const seen = await open(address);
  assert.equal(seen.title, SHOWN, seen.complaints.join("; "));
  assert.deepEqual(seen.complaints, []);
}

test("the elements, built by Vite, under a policy without inline styles", async () => {
  const { build } = await import("vite");
  const outDir = await emptyFolder("vite-element");
  await build({ root: app, configFile: false, logLevel: "warn", build: { outDir, emptyOutDir: true, rollupOptions: { input: join(app, "element.html") } } });
  assert.equal((await wasmFiles(outDir)).length, 2);
  await check(`${await serve(outDir, POLICY)}element.html`);
});

test("the elements with an import map, and no build", async () => {
  const imports = Object.fromEntries([".", "./element"].map((entry) => [join("mergefetch", entry), `/${fileOf(entry)}`]));
  imports["mergefetch/element/de"] = `/${fileOf("./element/*").replace("*", "de")}`;
  const folder = await emptyFolder("import-map-element");
  await writePage(folder, "/app/element.js", `<script type="importmap">${JSON.stringify({ imports })}</script>`);
  await check(`${await serve(root)}built/import-map-element/`);
});

test("a page that imports no element has none of it, and one of one language has no other", async () => {
  const { build } = await import("esbuild");
  const bundle = async (entry) => {
    const { outputFiles } = await build({ entryPoints: [join(app, entry)], absWorkingDir: app, bundle: true, format: "esm", write: false, outdir: "out", loader: { ".wasm": "file" }, logLevel: "silent" });
    return outputFiles.filter(({ path }) => path.endsWith(".js")).map(({ text }) => text).join("");
  };
  assert.ok(!(await bundle("by-address.js")).includes("merge-conflict"));
  const text = await bundle("element.js");
  assert.ok(text.includes("Entscheidung zu treffen") && !text.includes("décision à prendre"));
});

test("on a server the import defines nothing and throws nothing, in Node.js, and every text is there", async () => {
  const script = `
    const { MergeConflictElement, addTexts } = await import("mergefetch/element");
    const all = await Promise.all(["de", "fr", "es", "ar"].map((lang) => import("mergefetch/element/" + lang)));
    addTexts(...all.map((one) => one.default));
    const names = all.map((one) => Object.keys(one.default).join());
    console.log(typeof MergeConflictElement, typeof globalThis.customElements, new Set(names).size);`;
  const file = join(root, "server-side.mjs");
  await writeFile(file, script);
  const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: root });
  assert.equal(stdout.trim(), "function undefined 1");
});
