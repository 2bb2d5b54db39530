// JSON merges beside rivals, on the same documents in the same run, every engine with its parsing and printing. The right answer is
// known from how the documents are made. Every document has a twin in which both sides also set one value differently: an engine that
// takes one of the two there without a word hides conflicts, and its time counts for nothing.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

import { names } from "./json-cases.mjs";

const RIVALS = ["trimerge", "trimerge, deep equality", "jsondiffpatch", "rfc6902", "fast-json-patch"];

/** Longer, and it is ended. */
const LIMIT_MS = 30_000;

function answerOf(engine, name, runs, dist) {
  const script = join(import.meta.dirname, "json-run.mjs");
  const child = spawnSync(process.execPath, [script, engine, name, String(runs), dist], {
    timeout: LIMIT_MS,
    killSignal: "SIGKILL",
    maxBuffer: 1 << 20,
  });
  if (child.error?.code === "ETIMEDOUT" || child.signal === "SIGKILL") return { verdict: `over ${LIMIT_MS / 1000} s` };
  if (child.status !== 0) return { verdict: "failed" };
  return JSON.parse(child.stdout.toString("utf8"));
}

/** Prints a table; gives what is wrong about our own answers. */
export function compareJson({ dist, runs, cell, row }) {
  const failures = [];
  console.log("\nJSON beside others (ms, three texts in and one out / three values in and one out)\n");
  row(["input", "mergefetch", ...RIVALS, "fastest right ÷ ours, texts", "values"]);
  row(Array.from({ length: RIVALS.length + 4 }, () => "---"));
  const growth = new Map();
  // One run is for answers only, and the small documents have all kinds of them.
  for (const name of names.filter((name) => runs > 1 || name.startsWith("10 kB"))) {
    const repeat = name.startsWith("10 MB") ? Math.min(runs, 5) : runs;
    // As often for every size, as growth compares the best of each.
    const ours = answerOf("mergefetch", name, runs, dist);
    if (ours.verdict !== "right") failures.push(`${name}: ${ours.verdict}`);
    growth.set(name, ours.text);
    const fastest = { text: Infinity, values: Infinity };
    const cells = RIVALS.map((rival) => {
      const answer = answerOf(rival, name, Math.min(repeat, 5), dist);
      const times = answer.text === undefined ? "" : `${cell(answer.text)} / ${cell(answer.values)}`;
      if (answer.verdict === "right") for (const kind of ["text", "values"]) fastest[kind] = Math.min(fastest[kind], answer[kind]);
      return [times, answer.verdict === "right" ? "" : answer.verdict].filter((part) => part !== "").join(", ");
    });
    const ratios = ["text", "values"].map((kind) => (fastest[kind] === Infinity ? "no right one" : cell(fastest[kind] / ours[kind])));
    row([name, `${cell(ours.text, 2)} / ${cell(ours.values, 2)}`, ...cells, ...ratios]);
  }
  for (const [name, ms] of growth) {
    const larger = growth.get(name.replace(/^1 MB/, "10 MB"));
    if (name.startsWith("1 MB")) console.log(`\n${name.slice(6)}: from 1 MB to 10 MB ${cell(larger / ms)} times as long`);
  }
  return failures;
}
