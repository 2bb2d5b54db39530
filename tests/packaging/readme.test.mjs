// The README, followed to the letter by somebody who has nothing but an empty folder.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { promisify, stripVTControlCharacters } from "node:util";
import { build, transform } from "esbuild";

import { inBrowser } from "./in-browser.mjs";
import { emptyFolder, open, root, serve, writePage } from "./support.mjs";

const readme = await readFile(join(root, "node_modules/mergefetch/README.md"), "utf8");
const blocks = [...readme.matchAll(/^```(sh|js|ts)\n([\s\S]*?)^```/gm)].map(([, language, code]) => ({ language, code, name: /^\/\/ (\S+\.js)\n/.exec(code)?.[1] }));

/** The five minutes of the promise; without a terminal nobody is asked anything. */
const PATIENCE_MS = 300_000;

/** What the person's own npm does, with the package from the archive, as it is not published yet. */
const asHere = (line) =>
  line
    .replace(/^npm create vite@latest (\S+) -- /, `node ${join(root, "node_modules/create-vite/index.js")} $1 `)
    .replace(/^npm install$/, "npm install --prefer-offline --no-audit --no-fund")
    .replace(/^npm install mergefetch$/, `npm install --prefer-offline --no-audit --no-fund ${process.env.MERGEFETCH_ARCHIVE}`);

/** Ends a process with all that it started: a signal for npm does not reach Vite. */
async function end(pid) {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  for (const child of children.trim().split(" ").filter(Boolean)) await end(Number(child));
  process.kill(pid, "SIGKILL");
}

test("a new user has a merged save in an empty Vite project within five minutes", async (t) => {
  const started = Date.now();
  let folder = await emptyFolder("readme");
  const start = blocks.findIndex(({ code }) => code.startsWith("npm create"));
  const steps = blocks.slice(start, blocks.findIndex(({ code }) => code === "npm run dev\n"));
  assert.deepEqual(steps.flatMap(({ name }) => name ?? []), ["vite.config.js", "src/main.js"]);
  for (const { language, name, code } of steps) {
    if (name) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), code);
    }
    for (const line of language === "sh" ? code.trim().split("\n") : []) {
      if (line.startsWith("cd ")) folder = join(folder, line.slice(3));
      else await promisify(execFile)("sh", ["-c", asHere(line)], { cwd: folder, timeout: PATIENCE_MS });
    }
  }
  const dev = spawn("npm", ["run", "dev"], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => end(dev.pid));
  const told = [];
  const address = await new Promise((resolve, reject) => {
    createInterface({ input: dev.stdout }).on("line", (line) => {
      told.push(line);
      const found = /http:\/\/localhost:\d+\//.exec(stripVTControlCharacters(line));
      if (found) resolve(found[0]);
    });
    dev.once("exit", (code) => reject(new Error(`\`npm run dev\` ended with ${code}: ${told.join("\n")}`)));
  });
  const { text } = await open(address, () => document.querySelector("script[type=module]") && /^\w+(-\w+)?: /.test(document.body.textContent));
  assert.equal(text, /The page shows `([^`]+)`/.exec(readme)[1]);
  const seconds = Math.round((Date.now() - started) / 1000);
  assert.ok(seconds < 300, `${seconds} s`);
  t.diagnostic(`a merged save after ${seconds} s, with npm's own downloads`);
});

const rest = blocks.filter(({ language, name }) => language === "js" && !name).map(({ code }) => code);

const typed = blocks.filter(({ language }) => language === "ts").map(({ code }) => code);

test("every example of the README compiles as TypeScript", async () => {
  assert.ok(typed.length >= 6, `${typed.length} examples`);
  const folder = await emptyFolder("readme-types");
  const page = `import type { Change, Client, Conflict, SaveResult } from "mergefetch";
declare global {
  interface Note { title: string; done: boolean }
  const http: Client;
  const result: SaveResult<Note>;
  const dialog: HTMLDialogElement;
  const titleField: HTMLInputElement;
  const userId: string;
  function show(changes: readonly Change[]): void;
  function render(draft: Note | null | undefined, conflict: Conflict<Note> | null): void;
}
`;
  await writeFile(join(folder, "page.d.ts"), page);
  await Promise.all(typed.map((code, index) => writeFile(join(folder, `example-${index}.ts`), `${code}\nexport {};\n`)));
  const compilerOptions = { target: "es2022", module: "esnext", moduleResolution: "bundler", lib: ["es2022", "dom", "dom.iterable"], strict: true, noEmit: true, skipLibCheck: false, types: [] };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  const tsc = () => promisify(execFile)(join(process.env.MERGEFETCH_ROOT, "node_modules/.bin/tsc"), ["--project", folder]).then(() => "", ({ stdout }) => stdout);
  assert.equal(await tsc(), "");
  await writeFile(join(folder, "example-0.ts"), typed[0].replace("title: \"New title\"", "title: 7"));
  assert.match(await tsc(), /error TS/);
});

test("the first example of the README shows a conflict, and saves the decision", async () => {
  const { code: example } = await transform(typed[0], { loader: "ts", target: "es2022" });
  const somebodyElse = `await createClient().update("/notes/7", (draft) => void (draft.title = "Theirs"));\nconst result`;
  assert.ok(example.includes("const result"));
  const code = `const shown = [];\nconst show = (changes) => shown.push(...changes.map(({ path, state }) => path + " " + state));\n${example.replace("const result", somebodyElse)}
    check([shown, (await http.get("/notes/7")).value.title], [["/title conflict"], "New title"], "the example");`;
  assert.equal((await inBrowser(code.replaceAll('"/notes/', '"/api/notes/'))).title, "1 claims hold");
});

test("the lines for tools that do not find the module start it", async () => {
  const [lines] = rest;
  assert.equal(rest.length, 1);
  const folder = await emptyFolder("readme-init");
  await writeFile(join(folder, "entry.js"), `${lines}\nimport { mergeText } from "mergefetch";\ndocument.title = mergeText("a\\n", "b\\n", "a\\n").text.trim();\n`);
  await build({ entryPoints: [join(folder, "entry.js")], bundle: true, format: "esm", outfile: join(folder, "out/main.js"), loader: { ".wasm": "file" }, logLevel: "silent" });
  await writePage(join(folder, "out"), "./main.js");
  assert.equal((await open(await serve(join(folder, "out")))).title, "b");
});
