// Every piece of script in the guides, run: pages in Chromium against a server with ETags, tests in Node.js.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { build } from "esbuild";

import { inBrowser } from "./in-browser.mjs";
import { startNotes } from "./notes-server.mjs";
import { blocksOf, checked, claims } from "./snippets.mjs";
import { emptyFolder, root } from "./support.mjs";

const GUIDE = join(process.env.MERGEFETCH_ROOT, "docs/guide");
const pages = (await readdir(GUIDE)).filter((name) => name.endsWith(".md"));

/** Its components need a compiler. */
const FRAMEWORKS = "frameworks.md";
const followed = [...pages.filter((name) => name !== FRAMEWORKS).map((name) => `docs/guide/${name}`), "pkg/SKILL.md", "pkg/llms.txt"];

for (const page of followed) {
  const blocks = await blocksOf(page);
  const script = blocks.filter(({ name }) => !name).map(({ code }) => code).join("\n");
  if (script === "") continue;
  test(page, async () => {
    const { title } = await inBrowser(checked(script));
    assert.equal(title, `${claims(script)} claims hold`);
    assert.ok(claims(script) > 0);
  });
}

/** The package's own scripts come from the page's import map, or lie beside each other: bundled, they would be there twice. */
const PACKAGE = {
  name: "the package, once",
  setup({ onResolve }) {
    onResolve({ filter: /^mergefetch(\/(document|helpers|watch))?$/ }, ({ path }) => ({ path, external: true }));
    onResolve({ filter: /^\.\/(api|document)\.js$/ }, ({ path, importer }) =>
      importer.startsWith(join(root, "node_modules/mergefetch/")) ? { path: `/node_modules/mergefetch/dist/${path.slice(2)}`, external: true } : undefined,
    );
  },
};

const UNTIL = `const until = async (holds) => {
  for (let tries = 0; tries < 500 && !holds(); tries++) await new Promise((resolve) => setTimeout(resolve, 10));
  if (!holds()) throw new Error("waited in vain for " + holds);
};
`;

test(`docs/guide/${FRAMEWORKS}`, async () => {
  const blocks = await blocksOf(`docs/guide/${FRAMEWORKS}`, "jsx?");
  const script = blocks.map(({ code }) => code).join("\n");
  const folder = await emptyFolder("guide-frameworks");
  await writeFile(join(folder, "entry.jsx"), UNTIL + checked(script));
  const define = { "process.env.NODE_ENV": '"production"', __VUE_OPTIONS_API__: "true", __VUE_PROD_DEVTOOLS__: "false", __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false" };
  const { outputFiles } = await build({ entryPoints: [join(folder, "entry.jsx")], bundle: true, write: false, format: "esm", target: "es2022", jsx: "automatic", define, plugins: [PACKAGE], logLevel: "error" });
  const { title } = await inBrowser(outputFiles[0].text);
  assert.equal(title, `${claims(script)} claims hold`);
  assert.ok(claims(script) >= 8);
});

test("docs/guide/testing.md: its tests pass, and fail where the server checks nothing", async () => {
  const folder = await emptyFolder("guide-testing");
  for (const { name, code } of await blocksOf("docs/guide/testing.md")) await writeFile(join(folder, name), code);
  const run = async () => promisify(execFile)(process.execPath, ["--test", "--test-reporter=tap"], { cwd: folder, env: { ...process.env, NODE_TEST_CONTEXT: undefined } }).catch((error) => error);
  assert.match((await run()).stdout, /^# pass 3$/m);
  const server = join(folder, "memory-server.js");
  await writeFile(server, (await readFile(server, "utf8")).replace(/^ *if \(request\.headers\.get\("if-match"\).*$/m, ""));
  assert.match((await run()).stdout, /^# fail [12]$/m);
});

test("docs/guide/cors.md: its fields are enough across origins, and are needed", async () => {
  const [{ name, code }] = await blocksOf("docs/guide/cors.md");
  const folder = await emptyFolder("guide-cors");
  await writeFile(join(folder, name), code);
  const { cors } = await import(join(folder, name));
  const onlyOrigin = (_request, response) => void response.setHeader("Access-Control-Allow-Origin", "*");
  const save = (address) => `
    import { createClient } from "mergefetch";
    const codes = [];
    const options = { baseUrl: ${JSON.stringify(`${address}/`)}, unprotected: "refuse", on: { warning: ({ code }) => codes.push(code) } };
    const [ann, ben] = [createClient(options), createClient(options)];
    const note = await ann.get("api/notes/7");
    await ben.update("api/notes/7", (draft) => void (draft.done = true));
    const { kind } = await ann.save(note, { ...note.value, title: "Groceries" });
    check([kind, codes], EXPECTED, "the save");`;
  const merged = await inBrowser(save(await startNotes(cors)).replace("EXPECTED", '["merged", []]'));
  assert.equal(merged.title, "1 claims hold");
  const refused = await inBrowser(save(await startNotes(onlyOrigin)).replace("EXPECTED", '["unprotected", []]'));
  assert.equal(refused.title, "1 claims hold");
});

test("the pages for agents are in the package, and name its exports and errors as they are", async () => {
  const [skill, llms] = await Promise.all(["SKILL.md", "llms.txt"].map((name) => readFile(join(root, "node_modules/mergefetch", name), "utf8")));
  for (const [, entry, names] of llms.matchAll(/^- `(mergefetch[/\w]*)`: (.*)$/gm)) {
    const all = await import(entry);
    for (const [, name] of names.matchAll(/`(\w+)`/g)) if (!["mergefetch"].includes(name)) assert.ok(name in all, `${entry}: ${name}`);
  }
  for (const [, file] of llms.matchAll(/^- ([\w./]+): /gm)) await readFile(join(root, "node_modules/mergefetch", file));
  const errors = await readFile(join(process.env.MERGEFETCH_ROOT, "pkg/src/types/errors.ts"), "utf8");
  const codes = [.../export type ErrorCode =([^;]+);/.exec(errors)[1].matchAll(/"([\w-]+)"/g)].map(([, code]) => code);
  const [, said] = /has a `code`: ([^.]+)\./.exec(skill);
  assert.deepEqual([...said.matchAll(/`([\w-]+)`/g)].map(([, code]) => code), codes);
  assert.match(skill, /^---\nname: mergefetch\ndescription: .{1,1024}\n---\n/);
});

test("each code of errors, warnings and findings has its place in the guide, and nothing else has", async () => {
  const union = async (file, name) => [...new RegExp(`export type ${name} =([^;]+);`).exec(await readFile(join(process.env.MERGEFETCH_ROOT, "pkg/src", file), "utf8"))[1].matchAll(/"([\w-]+)"/g)].map(([, code]) => code);
  const errors = await readFile(join(GUIDE, "errors.md"), "utf8");
  const headings = (word) => [...errors.matchAll(new RegExp(`^### ${word} \`([\\w-]+)\`$`, "gm"))].map(([, code]) => code);
  assert.deepEqual(headings("Error"), await union("types/errors.ts", "ErrorCode"));
  assert.deepEqual(headings("Warning").sort(), (await union("types/warnings.ts", "WarningCode")).sort());
  const doctor = (await readFile(join(GUIDE, "doctor.md"), "utf8")).split("\n## Findings")[1];
  const rows = doctor.split("\n").filter((line) => line.startsWith("| `")).flatMap((line) => [...line.split("|")[1].matchAll(/`([\w-]+)`/g)].map(([, code]) => code));
  assert.deepEqual(rows.sort(), (await union("doctor/report.ts", "FindingCode")).sort());
});

test("the index names every page, and every link of the guides leads somewhere", async () => {
  const index = await readFile(join(GUIDE, "README.md"), "utf8");
  for (const page of pages) if (page !== "README.md") assert.ok(index.includes(`](${page})`), page);
  for (const page of pages) {
    const text = await readFile(join(GUIDE, page), "utf8");
    for (const [, target] of text.matchAll(/\]\(([^)#:]+)\)/g)) await readFile(join(GUIDE, target));
  }
});
