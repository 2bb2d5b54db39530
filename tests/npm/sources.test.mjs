// The sources of the facade: rooms, first sentences, and no two files that import each other.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join, normalize, relative } from "node:path";
import test from "node:test";

const SOURCES = join(process.env.MERGEFETCH_ROOT ?? new URL("../..", import.meta.url).pathname, "pkg/src");
const ROOMS = ["adapters", "client", "doctor", "document", "drafts", "element", "engine", "entries", "stores", "types"];

// A script that `import()` loads runs after its loader, whose import is of types alone. The later script takes what it shares from the first one.
const LOADED_LATER = { "entries/element-loader.ts": "entries/element-later.ts" };

/** The sources by path, with their text. */
async function sources() {
  const names = await readdir(SOURCES, { recursive: true });
  const scripts = names.filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"));
  return new Map(await Promise.all(scripts.map(async (name) => [name, await readFile(join(SOURCES, name), "utf8")])));
}

/** The files that `text` imports, for types as well; what the build makes (`core`) is none of them. */
function importsOf(name, text) {
  const specifiers = [...text.matchAll(/^(?:import|export)\b[^;]*?["'](\.[^"']+)["'];|\bimport\(["'](\.[^"']+)["']\)/gm)];
  const paths = specifiers.map(([, first, second]) => normalize(join(name, "..", (first ?? second).replace(/\.js$/, ".ts"))));
  return paths.filter((path) => !relative("core", path).match(/^[^.]/));
}

/** Groups of files, each of which imports all others of its group, directly or not (Tarjan). */
function cyclesOf(graph) {
  const [index, low, stack, cycles] = [new Map(), new Map(), [], []];
  const visit = (name) => {
    index.set(name, index.size);
    low.set(name, index.get(name));
    stack.push(name);
    for (const other of graph.get(name)) {
      if (!index.has(other)) visit(other);
      if (stack.includes(other)) low.set(name, Math.min(low.get(name), low.get(other)));
    }
    if (low.get(name) === index.get(name)) {
      const group = stack.splice(stack.indexOf(name));
      if (group.length > 1 || graph.get(name).includes(name)) cycles.push(group.sort());
    }
  };
  for (const name of graph.keys()) if (!index.has(name)) visit(name);
  return cycles;
}

test("no two sources import each other", async () => {
  const all = await sources();
  const graph = new Map([...all].map(([name, text]) => [name, importsOf(name, text).filter((other) => LOADED_LATER[name] !== other)]));
  for (const [name, others] of graph) for (const other of others) assert(graph.has(other), `${name} imports ${other}`);
  assert.deepEqual(cyclesOf(graph), []);
  // The search itself finds what it should.
  const known = new Map([["a", ["b"]], ["b", ["c"]], ["c", ["b"]], ["d", ["d"]]]);
  assert.deepEqual(cyclesOf(known), [["b", "c"], ["d"]]);
  assert.deepEqual(importsOf("x/y.ts", 'import type { A } from "../z.js";\nexport * from "./w.js";\nconst n = import("./v.js");\nimport "../core/link.js";'), ["z.ts", "x/w.ts", "x/v.ts"]);
});

test("each source lies in a room and starts with a sentence", async () => {
  for (const [name, text] of await sources()) {
    assert(ROOMS.includes(name.split("/")[0]), name);
    const [, sentence] = text.match(/^(?:\/\/ Written from .*\n)?\/\*\*\s*(?:\* )?([^]*?)\*\//) ?? [];
    assert(sentence?.includes("."), `${name} has no first sentence`);
  }
});
