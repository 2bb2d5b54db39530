// The report for people: a table of the kinds of violations, and the story of the first one of each.
import { tokensOf } from "./tokens.mjs";

/** The length of the past of a document in a story. */
const EVENTS = 40;

/** Collects violations by kind, with the story of the first. */
export class Report {
  kinds = new Map();

  add(history, violations) {
    for (const violation of violations) {
      const { kind } = violation;
      const known = this.kinds.get(kind);
      if (known !== undefined) known.count += 1;
      else this.kinds.set(kind, { count: 1, first: violation, round: history.plan.round, story: storyOf(history, violation) });
      this.kinds.get(kind).rounds ??= new Set();
      this.kinds.get(kind).rounds.add(history.plan.round);
    }
  }

  get count() {
    return [...this.kinds.values()].reduce((sum, { count }) => sum + count, 0);
  }

  /** @param repeat Makes the command that repeats a round. */
  text(repeat, hasStories = true) {
    const kinds = [...this.kinds].sort(([, a], [, b]) => b.count - a.count);
    const lines = [];
    for (const [kind, { first, round, story }] of hasStories ? kinds : []) {
      lines.push(`== ${kind}`, `   ${first.document}: ${first.text}`, `   repeat: ${repeat(round)}`, ...story.map((line) => `   ${line}`), "");
    }
    const width = Math.max(4, ...kinds.map(([kind]) => kind.length));
    lines.push(`${"kind".padEnd(width)}  count  rounds  first example`);
    for (const [kind, { count, rounds, first, round }] of kinds) {
      lines.push(`${kind.padEnd(width)}  ${String(count).padStart(5)}  ${String(rounds.size).padStart(6)}  round ${round}, ${first.document}: ${first.text.split("\n")[0].slice(0, 150)}`);
    }
    if (kinds.length === 0) lines.push("none");
    return lines.join("\n");
  }
}

/** The requests, commits and calls of a document around a violation, in their order. */
function storyOf({ documents, plan }, { document: name, at, call: suspect }) {
  const document = documents.get(name);
  if (document === undefined) return [];
  const events = [];
  for (const state of document.states) {
    const before = document.states[state.index - 1];
    const made = [...state.tokens].filter((token) => !before?.tokens.has(token));
    const gone = [...(before?.tokens ?? [])].filter((token) => !state.tokens.has(token));
    const numbers = state.text?.match(/"(?:count|likes|done|open)":[\w.]+/g)?.join(" ") ?? "";
    const what = state.text === null ? "removed" : `+ ${made.join(" ")} - ${gone.join(" ")} ${numbers}`;
    events.push([state.at, `    state ${state.index} ${state.tag ?? ""} by ${state.request?.client ?? "nobody"}: ${what}`]);
  }
  for (const { at: since, client, method, conditions, fault, status, served, committed, late } of document.requests) {
    const parts = [
      conditions,
      fault && `fault: ${fault}`,
      `→ ${status}`,
      served !== undefined && `served state ${served}`,
      committed !== undefined && `committed state ${committed}`,
      late !== undefined && `late: ${late}`,
    ];
    events.push([since, `  ${client} ${method} ${parts.filter(Boolean).join(", ")}`]);
  }
  for (const call of document.calls) {
    const { id, op, base, added = [], rejected, seen } = call;
    const parts = [
      base && `from ${base.version ?? "no version"}`,
      added.length > 0 && `adds ${added.join(" ")}`,
      call.counts && "counts 1",
      call.likes && "likes 1",
      call.removed?.length > 0 && `removes ${call.removed.join(" ")}`,
      rejected?.length > 0 && `rejects ${rejected.join(" ")}`,
      op === "submit" && seen && `saw ${[...new Set(seen)].join(" ")}`,
    ];
    events.push([call.at, `${id} ${op} ${parts.filter(Boolean).join(", ")}`]);
    if (call.end !== undefined) events.push([call.end, `${id} ${op} ended: ${endOf(call)}`]);
  }
  events.sort(([a], [b]) => a - b);
  const start = events[0]?.[0] ?? 0;
  const until = events.findLastIndex(([time]) => time <= at + 5) + 1;
  const from = suspect === undefined ? 0 : events.findIndex(([time]) => time >= suspect.at) - 12;
  const shown = events.slice(Math.max(0, Math.min(from, until - EVENTS), until - 3 * EVENTS), until + 3);
  const head = `${name}: ${plan.profile}, ${document.plan.style}, answers ${document.plan.answers}, refuses ${JSON.stringify(document.plan.refuses)}`;
  return [head, ...shown.map(([time, line]) => `${String(Math.round(time - start)).padStart(6)} ms  ${line.slice(0, 400)}`)];
}

function endOf({ outcome, kind, error, snapshot, conflict, abortedAt, problem }) {
  const parts = [outcome, kind, error && `${error.name} ${error.code ?? ""} ${error.message}`, abortedAt !== undefined && "(aborted)", problem !== undefined && `(${problem})`];
  if (snapshot) parts.push(`shows ${snapshot.version}: ${tokensOf(snapshot.text).join(" ")}${snapshot.text?.match(/"(?:count|likes|done|open)":[\w.]+/g)?.map((part) => ` ${part}`).join("") ?? ""}`);
  if (conflict) parts.push(`theirs ${conflict.theirs?.version ?? "gone"}`, ...conflict.changes.filter(({ state }) => state === "conflict").map(({ path, mine, theirs }) => `[${path}: ${mine} | ${theirs}]`));
  return parts.filter(Boolean).join(" ");
}
