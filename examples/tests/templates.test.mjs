// The elements in templates of frameworks, read by the compiler of each: what is right passes, and what is wrong does not.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const { resolve } = createRequire(import.meta.url);
const tool = (name, file) => join(dirname(resolve(`${name}/package.json`)), file);
const TSC = [tool("typescript", "bin/tsc"), "--noEmit", "-p"];
const OPTIONS = { target: "es2022", module: "esnext", moduleResolution: "bundler", lib: ["es2023", "dom", "dom.iterable"], types: [], strict: true, exactOptionalPropertyTypes: true, skipLibCheck: true, noEmit: true };

const FRAMEWORKS = {
  "React 19": { files: ["react.tsx"], options: { jsx: "react-jsx", jsxImportSource: "react" }, command: TSC, conflict: ["conflict={conflict}", "conflict={7}"] },
  Preact: { files: ["preact.tsx"], options: { jsx: "react-jsx", jsxImportSource: "preact" }, command: TSC, conflict: ["conflict={conflict}", "conflict={7}"] },
  Solid: { files: ["solid.tsx"], options: { jsx: "preserve", jsxImportSource: "solid-js" }, command: TSC, conflict: ["prop:conflict={given.conflict}", "prop:conflict={7}"] },
  Vue: { files: ["Vue.vue", "vue.d.ts"], options: { jsx: "preserve" }, command: [tool("vue-tsc", "bin/vue-tsc.js"), "--noEmit", "-p"], conflict: [':conflict.prop="conflict"', ':conflict.prop="7"'], more: { vueCompilerOptions: { strictTemplates: true } } },
  Svelte: { files: ["Svelte.svelte", "svelte.d.ts"], options: {}, command: [tool("svelte-check", "bin/svelte-check"), "--output", "machine", "--tsconfig"], conflict: ["{conflict}", "conflict={7}"] },
};

/** Compiles the templates of a framework, the first as `edit` leaves it, in a folder of their own. */
function compile({ files, options, command, more }, edit) {
  const folder = join(root, "compiled", `${files[0]}-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  try {
    for (const file of files) cpSync(join(root, "templates", file), join(folder, file));
    writeFileSync(join(folder, files[0]), edit(readFileSync(join(folder, files[0]), "utf8")));
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: { ...OPTIONS, ...options }, include: ["./*"], ...more }));
    const { status, stdout, stderr } = spawnSync(process.execPath, [...command, "tsconfig.json"], { cwd: folder, encoding: "utf8" });
    return { status, told: stdout + stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const [name, framework] of Object.entries(FRAMEWORKS)) {
  test(`${name}: the template compiles; a number as the conflict, a member that no result has, and a label that is no text do not`, () => {
    const right = compile(framework, (text) => text);
    assert.equal(right.status, 0, right.told);
    const [was, is] = framework.conflict;
    const edits = [[was, is], ["detail.ok", "detail.okay"], [/(['"])Title\1/, "5"]];
    const wrong = compile(framework, (text) => edits.reduce((now, [from, to]) => {
      const next = now.replace(from, to);
      assert.notEqual(next, now, `the template has ${from}`);
      return next;
    }, text));
    for (const part of [/not assignable to type '[^']*Conflict/, /'okay' does not exist/, /not assignable to type 'string'/]) assert.match(wrong.told, part);
    assert.notEqual(wrong.status, 0);
  });
}

test("documents in frameworks and forms: what is right compiles with the types of each library, and what is wrong does not", () => {
  const documents = { files: ["documents.tsx"], options: { jsx: "react-jsx", jsxImportSource: "react" }, command: TSC };
  const right = compile(documents, (text) => text);
  assert.equal(right.status, 0, right.told);
  const cases = readFileSync(join(root, "templates/documents.tsx"), "utf8").split("@ts-expect-error").length - 1;
  const wrong = compile(documents, (text) => text.replaceAll("@ts-expect-error", ""));
  assert.equal(wrong.told.match(/error TS/g)?.length, cases, wrong.told);
});
