// Builds each page as an application would: one minified bundle with its chunks, and the modules beside it.
import { createHash } from "node:crypto";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { build } from "esbuild";

import { packed } from "./host.mjs";

const here = import.meta.dirname;

const optionsOf = (page, { folder, dist }) => ({
  absWorkingDir: folder,
  entryPoints: { app: join(here, "pages", `${page}.mjs`) },
  outdir: folder,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  alias: { mergefetch: join(dist, "index.js") },
  nodePaths: [join(here, "../peers/node_modules")],
  logLevel: "warning",
});

/** The scripts that the page loads at once, the first one first. */
function scriptsAtOnce(outputs) {
  const found = new Set([Object.keys(outputs).find((file) => outputs[file].entryPoint?.includes("/pages/"))]);
  for (const file of found) {
    for (const { path, kind } of outputs[file].imports) if (kind === "import-statement") found.add(path);
  }
  return [...found];
}

/** Builds the page `page` into `folder`. Returns the names of the scripts that it loads at once. */
export async function buildPage(page, { folder, dist }) {
  await mkdir(folder, { recursive: true });
  const { metafile } = await build({ ...optionsOf(page, { folder, dist }), splitting: true, metafile: true });
  // Bundlers that follow `new URL(…, import.meta.url)` put the modules there.
  if (page === "mergefetch") {
    await cp(join(dist, "core"), join(folder, "core"), { recursive: true, filter: (file) => !/\.(js|ts)$/.test(file) });
  }
  return scriptsAtOnce(metafile.outputs);
}

/** What is imported later is no part of the scripts that a page loads at once. */
const withoutLaterOnes = {
  name: "without-later-ones",
  setup: (build) => build.onResolve({ filter: /./ }, ({ kind, path }) => (kind === "dynamic-import" ? { path, external: true } : undefined)),
};

/**
 * Builds the page with `fetch` and an idle script beside it: our scripts inside a function that nobody calls. So they are downloaded and
 * parsed as ours are, in as many requests, and do nothing. A comment makes up for the last bytes. Returns the names of the scripts.
 */
export async function buildIdlePage({ folder, dist, bytes }) {
  await mkdir(folder, { recursive: true });
  const textOf = async (page) => {
    const { outputFiles } = await build({ ...optionsOf(page, { folder, dist }), plugins: [withoutLaterOnes], write: false });
    return outputFiles[0].text;
  };
  const app = Buffer.from(`import"./idle.js";${await textOf("fetch")}`);
  const text = `globalThis.idle=()=>{${await textOf("client")}};`;
  let comment = "";
  const idle = () => Buffer.from(`${text}//${comment}\n`);
  // Random characters, as nothing packs them: the same in each build.
  for (let at = 0; packed(app).length + packed(idle()).length < bytes; at++) comment += createHash("sha256").update(String(at)).digest("base64").slice(0, 8);
  await writeFile(join(folder, "app.js"), app);
  await writeFile(join(folder, "idle.js"), idle());
  return ["app.js", "idle.js"];
}
