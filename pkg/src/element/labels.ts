/** The names of the places of changes. */
import type { Change } from "../types/types.js";
import { Lines } from "./lines.js";
import type { Names } from "./names.js";
import { type TextModel, lineLabel } from "./text-view.js";
import type { Words } from "./words.js";

/** Changes before one that may be in its line. */
const MAX_IN_LINE = 50;

/** The names of the place of a change, outermost first; several sentences of one line are told apart by numbers. @internal */
export function labelOf(words: Words, names: Names, model: TextModel | null, changes: readonly Change[], change: Change): readonly string[] {
  const last = (one: Change): string => namesOf(words, names, model, changes, one).at(-1) ?? "";
  const all = changes.slice(0, changes.indexOf(change) + 1).slice(-MAX_IN_LINE);
  const count = all.filter((one) => one.op === "text" && one.state === "conflict" && one.path === change.path && last(one) === last(change)).length;
  const parts = [...namesOf(words, names, model, changes, change)];
  if (count > 1) parts.push(`${parts.pop() ?? ""} (${count})`);
  return parts;
}

function namesOf(words: Words, names: Names, model: TextModel | null, changes: readonly Change[], change: Change): readonly string[] {
  if (change.clash === "invalid" || (change.path === "" && change.op !== "text")) return [words.say("document")];
  if (change.path === "") return [change.region !== undefined && model !== null ? model.label(change.region, words) : words.say("text")];
  if (change.op !== "text") return names.parts(change.path, change.mine ?? change.theirs ?? change.base ?? undefined);
  // Of several places in one text, each has its lines.
  const isOne = !changes.some((other) => other.path === change.path && other.id !== change.id && other.state === "conflict");
  const before = names.values(change.path).at(-1);
  const where = isOne || change.region === undefined || typeof before !== "string" ? [] : [lineLabel(words, new Lines(before), change.region.base)];
  return [...names.parts(change.path), ...where];
}
