/** The names of the places of changes. */
import type { Change } from "../types/types.js";
import { Lines } from "./lines.js";
import type { Names } from "./names.js";
import { type TextModel, lineLabel } from "./text-view.js";
import type { Words } from "./words.js";

/** The names of the place of a change, outermost first. @internal */
export function labelOf(words: Words, names: Names, model: TextModel | null, changes: readonly Change[], change: Change): readonly string[] {
  if (change.clash === "invalid" || (change.path === "" && change.op !== "text")) return [words.say("document")];
  if (change.path === "") return [change.region !== undefined && model !== null ? model.label(change.region, words) : words.say("text")];
  if (change.op !== "text") return names.parts(change.path, change.mine ?? change.theirs ?? change.base ?? undefined);
  // Of several places in one text, each has its lines.
  const isOne = !changes.some((other) => other.path === change.path && other.id !== change.id && other.state === "conflict");
  const before = names.values(change.path).at(-1);
  const where = isOne || change.region === undefined || typeof before !== "string" ? [] : [lineLabel(words, new Lines(before), change.region.base)];
  return [...names.parts(change.path), ...where];
}
