// The command: plays rounds until enough saves are made, checks each, and prints the violations.
import { parseArgs } from "node:util";

import { historyOf } from "./history.mjs";
import { violationsOf } from "./invariants.mjs";
import { Report } from "./report.mjs";

const { values } = parseArgs({
  options: {
    saves: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    /** How likely something goes wrong with a request of a rough round. */
    trouble: { type: "string", default: "0.12" },
    "in-process": { type: "boolean", default: false },
    /** Only this round. */
    round: { type: "string" },
    /** Stops after the first round that has a violation. */
    "fail-fast": { type: "boolean", default: false },
    /** Prints the table only. */
    brief: { type: "boolean", default: false },
    /** Plays with the client of reference.mjs, in which no check may find anything. */
    reference: { type: "boolean", default: false },
    "saves-per-round": { type: "string", default: "250" },
  },
});
const seed = Number(values.seed);
const wanted = Number(values.saves);
const settings = { seed, trouble: Number(values.trouble), savesPerRound: Number(values["saves-per-round"]), module: values.reference ? "./reference.mjs" : "mergefetch" };

const rejections = [];
process.on("unhandledRejection", (error) => rejections.push(error));
process.on("uncaughtException", (error) => rejections.push(error));

const { inProcess } = values["in-process"] ? await import("./run-in-process.mjs") : { inProcess: (await import("./run-sockets.mjs")).onSockets };
const since = process.hrtime.bigint();
const field = await inProcess(settings);
const report = new Report();
let saves = 0;
let round = Number(values.round ?? 0);
let told = 0n;
for (; values.round === undefined ? saves < wanted : round === Number(values.round); round += 1) {
  const played = await field.round(round);
  const history = historyOf(played);
  const found = violationsOf(history);
  for (const error of [...rejections.splice(0), ...(played.rejections ?? [])]) {
    found.push({ kind: `unhandled rejection (${error?.name})`, document: "none", at: 0, text: String(error?.stack ?? error) });
  }
  report.add(history, found);
  // Written at once, as a long run may be stopped before its end.
  for (const { kind } of found) process.stderr.write(`chaos: round ${round}: ${kind}\n`);
  saves += played.saves;
  const seconds = (process.hrtime.bigint() - since) / 1_000_000_000n;
  if (seconds >= told + 10n) {
    told = seconds;
    process.stderr.write(`chaos: ${saves} saves, ${round + 1} rounds, ${report.count} violations, ${seconds} s\n`);
  }
  if (values["fail-fast"] && report.count > 0) break;
}
await field.close();
const seconds = Number(process.hrtime.bigint() - since) / 1e9;
const mode = values["in-process"] ? " --in-process" : "";
const tuned = values.trouble === "0.12" ? "" : ` --trouble ${values.trouble}`;
const repeat = (number) => `cargo xtask chaos${mode} --seed ${seed}${tuned} --round ${number}`;
console.log(report.text(repeat, !values.brief));
console.log(`\nchaos: ${saves} saves in ${seconds.toFixed(1)} s (${Math.round(saves / seconds)} each second), seed ${seed}: ${report.count} violations of ${report.kinds.size} kinds`);
process.exit(report.count > 0 ? 1 : 0);
