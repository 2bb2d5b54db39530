// The merges of the native bench from JavaScript, and by rivals: `cargo xtask bench` calls this. Fails on a wrong answer, never on a time.
//
// node bench.mjs --answers=FOLDER --dist=pkg/dist [--chrome=PROGRAM] [--runs=9] [--peers]
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

import { measure } from "./measure.mjs";

const { values: options } = parseArgs({
  options: {
    answers: { type: "string" },
    dist: { type: "string" },
    chrome: { type: "string" },
    runs: { type: "string", default: "9" },
    peers: { type: "boolean", default: false },
  },
});
const answers = resolve(options.answers);
const dist = resolve(options.dist);
const runs = Number(options.runs);
const cases = JSON.parse(await readFile(join(answers, "cases.json"), "utf8"));

const { init, mergeText } = await import(pathToFileURL(join(dist, "index.js")).href);
// Read here: the entry point for pages has no way to read files.
const [core, engine] = await Promise.all(["mergefetch_bg", "engine"].map((name) => readFile(join(dist, `core/${name}.wasm`))));
await init({ core, engine });

const failures = [];
const results = new Map(cases.map((one) => [one.name, { one }]));
const take = (where) => (result) => {
  results.get(result.name)[where] = result.ms;
  if (result.wrong !== undefined) failures.push(`${result.name} in ${where}: ${result.wrong}`);
};

for (const one of cases) take("node")(await measure(mergeText, one, (file) => readFile(join(answers, file), "utf8"), runs));
if (options.chrome !== undefined) {
  const { inChromium } = await import("./chromium.mjs");
  await inChromium({ executablePath: options.chrome, answers, dist, cases, runs }, take("chromium"));
}

const cell = (number, digits = 1) => (number === undefined ? "" : number.toFixed(digits));
const row = (cells) => console.log(`| ${cells.join(" | ")} |`);
const times = runs > 1;
console.log(times ? `mergeText: strings in, regions and text out (ms, best of ${runs})\n` : "mergeText: the answers of the native run\n");
if (times) {
  row(["input (each document)", "native", "Node.js", "÷ native", "Chromium", "÷ native"]);
  row(["---", "---", "---", "---", "---", "---"]);
  for (const { one, node, chromium } of results.values()) {
    row([one.name, cell(one.nativeMs, 2), cell(node, 2), cell(node / one.nativeMs), cell(chromium, 2), cell(chromium && chromium / one.nativeMs)]);
  }
}

if (options.peers) {
  const { comparePeers } = await import("../peers/compare.mjs");
  failures.push(...(await comparePeers({ answers, cases, runs, ours: (name) => results.get(name).node, cell, row })));
  const { compareJson } = await import("../peers/json.mjs");
  failures.push(...compareJson({ dist, runs, cell, row }));
  const { compareRealFiles } = await import("../peers/real-files.mjs");
  await compareRealFiles({ dist, runs, cell, row, corpus: join(import.meta.dirname, "../../../shared/corpus/json.jsonl.gz") });
}
for (const failure of failures) console.error(`wrong answer: ${failure}`);
console.log(`\n${cases.length} inputs, ${failures.length} wrong answers`);
process.exitCode = failures.length > 0 ? 1 : 0;
