// The example of the README, run as it stands there, against the example server.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { createClient } from "mergefetch";

const readme = readFileSync(new URL(`${process.env.MERGEFETCH_ROOT}/README.md`, "file://"), "utf8");
const server = process.env.MERGEFETCH_TEST_SERVER;

test("the example of the README runs, also where somebody else saved first", async () => {
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1];
  assert.ok(code, "the README holds an example");
  await fetch(`${server}/api/reset`, { method: "POST" });
  const body = code.replaceAll("http://127.0.0.1:8080", server).replace(/^import .*$/m, "").replace(/^interface .*$/m, "").replace("<Note>", "");
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
  const said = [];
  const quiet = { log: (...words) => said.push(words.join(" ")) };
  const other = async () => {
    const theirs = createClient({ baseUrl: `${server}/api/` });
    const note = await theirs.get("documents/shared-json");
    await theirs.save(note, { ...note.value, title: "Theirs" });
  };
  const withOther = body.replace("const result", "await other();\nconst result");
  assert.notEqual(withOther, body);
  await new AsyncFunction("createClient", "console", "other", withOther)(createClient, quiet, other);
  assert.match(said.join("\n"), /^\/title conflict New title Theirs$/m);
  const now = await createClient({ baseUrl: `${server}/api/` }).get("documents/shared-json");
  assert.equal(now.value.title, "New title");
});

test("the sizes of both READMEs are those that docs/SIZE.md has of the same command", () => {
  const page = readFileSync(new URL(`${process.env.MERGEFETCH_ROOT}/docs/SIZE.md`, "file://"), "utf8");
  const ofPackage = readFileSync(new URL(`${process.env.MERGEFETCH_ROOT}/pkg/README.md`, "file://"), "utf8");
  const rows = (text) => [...text.matchAll(/^\| ([^|]+) \| ([\d,]+) \| [^|\d]/gm)].map(([, name, bytes]) => [name, bytes]);
  for (const text of [readme, ofPackage]) {
    assert.equal(rows(text).length, 4);
    for (const [name, bytes] of rows(text)) assert.match(page, new RegExp(`^\\| ${name} \\| ${bytes} \\|`, "m"));
  }
  const sizes = Object.fromEntries([...page.matchAll(/^\| ([^|]+) \| (\d+) \|$/gm)].map(([, name, bytes]) => [name, Number(bytes)]));
  const saves = sizes["these, the core and its scripts"];
  const all = [saves, saves + sizes["the engine and its scripts"]].map((bytes) => Math.round(bytes / 1000));
  for (const text of [readme, ofPackage]) for (const kilobytes of all) assert.ok(text.includes(` ${kilobytes} kB`), `${kilobytes} kB`);
});

test("the README shows a picture, and names no link that npm cannot follow", () => {
  assert.match(readme, /^!\[[^\]]+\]\(docs\/pictures\/\S+\)$/m);
  const ofPackage = readFileSync(new URL(`${process.env.MERGEFETCH_ROOT}/pkg/README.md`, "file://"), "utf8");
  assert.match(ofPackage, /^```text\n[\s\S]*?If-Match/m);
  for (const [, target] of ofPackage.matchAll(/\]\(([^)]+)\)/g)) assert.match(target, /^https:\/\//);
});
