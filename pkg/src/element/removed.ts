/** Removals of both sides that overlap: one choice removes all that either removed. */
import { compared } from "../entries/element-kit.js";
import type { Change } from "../types/types.js";

/** Longer texts are not compared word by word for a choice. */
const MAX_UNITS = 20_000;

/** What is left of a text or a list where both sides removed parts of it, and neither added any; null elsewhere. @internal */
export function removedByBoth({ base, mine, theirs }: Change): unknown {
  if (Array.isArray(base) && Array.isArray(mine) && Array.isArray(theirs)) return leftOfList(base, mine, theirs);
  if (typeof base !== "string" || typeof mine !== "string" || typeof theirs !== "string" || mine === theirs) return null;
  if (mine.length >= base.length || theirs.length >= base.length || base.length > MAX_UNITS) return null;
  const isGone = new Uint8Array(base.length);
  for (const side of [mine, theirs]) {
    for (const { kind, before, after } of compared(base, side, "word")) {
      if (after[1] > after[0] && kind !== "equal") return null;
      if (kind !== "equal") isGone.fill(1, ...before);
    }
  }
  let left = "";
  for (let start = 0, end = 0; start < base.length; start = end) {
    while (end < base.length && isGone[end] === isGone[start]) end++;
    if (isGone[start] === 0) left += base.slice(start, end);
  }
  return left === mine || left === theirs ? null : left;
}

function leftOfList(...[base, ...sides]: [readonly unknown[], readonly unknown[], readonly unknown[]]): unknown {
  const keys = base.map((item) => JSON.stringify(item));
  const kept = sides.map((side) => side.map((item) => JSON.stringify(item)));
  // Items that stand twice could be any of the two.
  if (new Set(keys).size < keys.length || kept.some((side) => side.length === keys.length || side.join() !== keys.filter((key) => side.includes(key)).join())) return null;
  const left = base.filter((_, at) => kept.every((side) => side.includes(keys[at] ?? "")));
  return kept.some((side) => side.length === left.length) ? null : left;
}
