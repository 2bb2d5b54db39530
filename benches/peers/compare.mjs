// The rivals beside us, on the same inputs in the same run. Git is the judge: where it merges cleanly a right answer has its bytes,
// where it conflicts a right answer says so. The time of a wrong answer is shown and counts for nothing.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { best } from "../js/measure.mjs";

const RIVALS = ["node-diff3", "diff", "diff-match-patch", "reconcile-text, lines", "reconcile-text", "trimerge"];

/** Longer, and it is ended. */
const LIMIT_MS = 30_000;

/** Bytes of the three documents together: above, most rivals only run into the limit. */
const LARGEST = 5_000_000;

function git(folder, file, runs) {
  const files = ["mine", "base", "theirs"].map((side) => join(folder, `${file}.${side}`));
  const run = () => spawnSync("git", ["merge-file", "-p", "-q", ...files], { maxBuffer: 1 << 28 });
  const { status, stdout, error } = run();
  if (error !== undefined || status === null || status > 127) throw error ?? new Error("git merge-file failed");
  return { conflicts: status > 0, text: stdout.toString("utf8"), ms: best(runs, run) };
}

/** For each rival the smallest input that took too long. */
const tooMuch = new Map();

/** The answer of a rival, which is not asked again about more than what took too long already. */
function patient(name, folder, one, runs) {
  if (one.bytes >= (tooMuch.get(name) ?? Infinity)) return { verdict: `not run, over ${LIMIT_MS / 1000} s on less` };
  const answer = rival(name, folder, one.file, runs);
  if (answer.timeout) tooMuch.set(name, one.bytes);
  return answer;
}

function rival(name, folder, file, runs) {
  const script = join(import.meta.dirname, "run.mjs");
  const child = spawnSync(process.execPath, [script, name, folder, file, String(Math.min(runs, 3))], {
    timeout: LIMIT_MS,
    killSignal: "SIGKILL",
    maxBuffer: 1 << 20,
  });
  if (child.error?.code === "ETIMEDOUT" || child.signal === "SIGKILL") return { timeout: true, verdict: `over ${LIMIT_MS / 1000} s` };
  if (child.status !== 0) return { verdict: "failed" };
  const { ms, conflicts } = JSON.parse(child.stdout.toString("utf8"));
  return { ms, conflicts, text: readFileSync(join(folder, "rival.text"), "utf8") };
}

function verdict(answer, right) {
  if (answer.verdict !== undefined) return answer.verdict;
  if (answer.conflicts !== right.conflicts) return right.conflicts ? "hides conflicts" : "false conflict";
  // To say that something conflicts, without a place and without the rest, is right but no merge.
  if (right.conflicts && answer.text === "") return "only refuses";
  return right.conflicts || answer.text === right.text ? "right" : "wrong text";
}

/** Prints a table; gives what is wrong about our own answers. */
export async function comparePeers({ answers, cases, runs, ours, cell, row }) {
  const failures = [];
  console.log("\nBeside others (ms; how many times our time in Node.js; the verdict of `git merge-file`)\n");
  row(["input (each document)", "mergefetch", "git merge-file", ...RIVALS, "fastest right ÷ ours"]);
  row(Array.from({ length: RIVALS.length + 4 }, () => "---"));
  for (const one of cases.filter((one) => one.bytes <= LARGEST)) {
    const right = git(answers, one.file, runs);
    const text = readFileSync(join(answers, `${one.file}.text`), "utf8");
    // Line ends merged on their own (E1) are the one purpose for which an answer here may differ from Git's.
    const own = one.name === "CRLF to LF" ? "right" : verdict({ conflicts: one.conflicts > 0, text }, right);
    if (own !== "right") failures.push(`${one.name} beside git merge-file: ${own}`);
    const cells = [];
    let fastest = Infinity;
    for (const name of RIVALS) {
      const answer = patient(name, answers, one, runs);
      const found = verdict(answer, right);
      if (found === "right") fastest = Math.min(fastest, answer.ms);
      const shown = answer.ms === undefined ? "" : `${cell(answer.ms)} (${cell(answer.ms / ours(one.name), 0)} ×)`;
      cells.push([shown, found === "right" ? "" : found].filter((part) => part !== "").join(", "));
    }
    const ratio = fastest === Infinity ? "no right one" : cell(fastest / ours(one.name), 0);
    row([one.name, cell(ours(one.name)), `${cell(right.ms)}${right.conflicts ? ", conflicts" : ""}`, ...cells, ratio]);
  }
  return failures;
}
