// Faults put into the careful client, one at a time: the checks have to find each. `node tests/chaos/mutants.mjs`.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Name, file, code, and the wrong code for its place. */
const MUTANTS = [
  ["writes without a precondition", "reference-http.mjs", "...headers, ...condition,", "...headers,"],
  ["a lost answer is a success", "reference-http.mjs", 'return "unknown";\n      }\n      if (response.redirected', 'return "done";\n      }\n      if (response.redirected'],
  ["a 500 is a success", "reference-http.mjs", 'round > 5) return "unknown";', 'round > 5) return "done";'],
  ["submit does not look again", "reference-conflict.mjs", "if (this.unresolved > 0) return this.#waiting();", ""],
  ["update repeats what is unknown", "reference.mjs", 'conditionOf(read), init);\n        if (answer === "unknown") return unknown(mine);', 'conditionOf(read), init);\n        if (answer === "unknown") continue;'],
  ["the edit does not come back", "reference.mjs", "return { ok: false, kind, mine,", "return { ok: false, kind, mine: null,"],
  ["own edits are conflicts", "reference.mjs", "if (version === null) return [];", "return [];"],
  ["a lagging replica is believed", "reference-http.mjs", "(stale += 1) < 2", "false"],
  ["no limit of time", "reference-http.mjs", 'setTimeout(() => controller.abort(new Unknown("no answer in time")), this.#timeoutMs)', "0"],
  ["no warning", "reference.mjs", "this.#warning?.(", "void ("],
  ["an error of another type", "reference.mjs", 'throw new MergefetchError("http",', "throw new TypeError("],
  ["a 304 reaches the caller", "reference.mjs", "if (response.status === 304) return", "if (false) return"],
  ["a list loses what it had", "reference-merge.mjs", "return [...kept, ...mine.filter", "return [...kept.slice(0, 4), ...mine.filter"],
  ["equal likes count once", "reference-merge.mjs", 'if (key === "likes" && same(m, t)', "if (false && same(m, t)"],
  ["overwrite takes the newest version", "reference-conflict.mjs", "const theirs = this.theirs ??", "const theirs = (await this.#client.readOrNull(this.url, this.#init)) ?? this.theirs ??"],
  ["async functions are not awaited", "reference.mjs", "(await change(draft)) ?? draft", "(void change(draft)) ?? draft"],
];

const source = import.meta.dirname;
let missed = 0;
for (const [name, file, from, to] of MUTANTS) {
  const folder = mkdtempSync(join(tmpdir(), "chaos-"));
  cpSync(source, folder, { recursive: true });
  const text = readFileSync(join(folder, file), "utf8");
  if (!text.includes(from)) throw new Error(`"${name}" fits ${file} no more`);
  writeFileSync(join(folder, file), text.replaceAll(from, to));
  const { status, stdout } = spawnSync("node", [join(folder, "run.mjs"), "--in-process", "--reference", "--saves", "3000", "--fail-fast", "--brief"], { encoding: "utf8" });
  const kind = stdout.split("\n").find((line) => line !== "" && !line.startsWith("kind"));
  if (status !== 1) missed += 1;
  console.log(`${status === 1 ? "found " : "MISSED"}  ${name.padEnd(36)}${status === 1 ? (kind?.split(/ {2}/)[0] ?? "") : ""}`);
  rmSync(folder, { recursive: true });
}
process.exit(missed > 0 ? 1 : 0);
