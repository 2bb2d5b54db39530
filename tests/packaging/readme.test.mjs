// The README, followed to the letter in an empty Vite project.
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { createServer } from "vite";

import { emptyFolder, open, root } from "./support.mjs";

const readme = await readFile(join(root, "node_modules/mergefetch/README.md"), "utf8");
const blocks = [...readme.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code);

test("the two files of the README show what it says that they show", async (t) => {
  const folder = await emptyFolder("readme");
  const files = blocks.flatMap((code) => [...code.matchAll(/^\/\/ (\S+\.js)\n/g)].map(([, name]) => [name, code]));
  assert.deepEqual(files.map(([name]) => name), ["vite.config.js", "src/main.js"]);
  for (const [name, code] of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), code);
  }
  // What `npm create vite` makes, without its pictures; the title is for the test.
  const page = '<!doctype html><title></title><link rel="icon" href="data:,"><body><div id="app"></div><script type="module" src="/src/main.js"></script>';
  const told = "<script>new MutationObserver(() => (document.title = document.body.textContent)).observe(document.body, { childList: true });</script>";
  await writeFile(join(folder, "index.html"), page + told);
  // Vite keeps what it made of a package until a lock file changes; here the package changes without one.
  const vite = await createServer({ root: folder, cacheDir: join(folder, ".vite"), logLevel: "error", server: { host: "127.0.0.1", port: 0 } });
  t.after(() => vite.close());
  await vite.listen();
  const expected = /`npm run dev` shows `([^`]+)`/.exec(readme)[1];
  assert.equal((await open(vite.resolvedUrls.local[0])).title, expected);
});

test("every other piece of script in the README is one", async () => {
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
  const rest = blocks.filter((code) => !code.startsWith("// "));
  assert.equal(rest.length, 2);
  for (const code of rest) {
    const imported = [...code.matchAll(/^import \{ ([^}]+) \} from "([^"]+)";/gm)];
    for (const [, names, from] of imported) for (const name of names.split(", ")) assert.equal(typeof (await import(from))[name], "function", name);
    new AsyncFunction(code.replace(/^import .*$/gm, "").replace("import.meta.url", "''"));
  }
});
