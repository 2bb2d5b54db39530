// The example of the README, run as it stands there, against the example server.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { createClient } from "mergefetch";

const readme = readFileSync(new URL(`${process.env.MERGEFETCH_ROOT}/README.md`, "file://"), "utf8");
const server = process.env.MERGEFETCH_TEST_SERVER;

test("the example of the README runs, also where somebody else saved first", async () => {
  const code = /```js\n([\s\S]*?)```/.exec(readme)?.[1];
  assert.ok(code, "the README holds an example");
  await fetch(`${server}/api/reset`, { method: "POST" });
  const body = code.replaceAll("http://127.0.0.1:8080", server).replace(/^import .*$/m, "");
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
