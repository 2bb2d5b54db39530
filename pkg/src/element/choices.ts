/** Which choices a place offers: the recommended one first, at most three in sight, the others on demand. */
import { later } from "../entries/element-loader.js";
import type { Change, Choice } from "../types/types.js";

/** `remove-both` removes what either side removed; it is decided as a value of one's own. @internal */
export type Decision = Choice | "custom" | "remove-both";

/** In sight at once. */
const MAX_SHOWN = 3;

/** @internal */
export interface Choices {
  /** What the merge is sure enough of; null where it is not. */
  readonly recommended: Choice | null;
  readonly shown: readonly Decision[];
  readonly more: readonly Decision[];
}

/** Base says nothing where there is none. @internal */
export function isLikeNone({ clash }: Change): boolean {
  return clash === "no-base" || clash === "add-add";
}

/** Edits of both that the merge can put together, unless it says that it could also be otherwise. @internal */
export function recommendedOf(change: Change): Choice | null {
  if (change.state !== "conflict" || change.ambiguous === true || change.clash === "invalid") return null;
  if (change.suggestion !== undefined) return "suggested";
  return change.clash === "insert-insert" && canKeepBoth(change) ? "both" : null;
}

/** @internal */
export function choicesOf(change: Change): Choices {
  const recommended = recommendedOf(change);
  const isBytes = ArrayBuffer.isView(change.mine ?? change.theirs);
  const isMove = change.op === "move";
  const removed = isMove ? null : (later()?.removedByBoth(change) ?? null);
  const all: Decision[] = [
    ...(recommended === null ? [] : [recommended]),
    "mine",
    "theirs",
    ...(!isMove && change.suggestion !== undefined ? (["suggested"] as const) : []),
    ...(removed === null ? [] : (["remove-both"] as const)),
    ...(!isMove && canKeepBoth(change) ? (["both", "both-reversed"] as const) : []),
  ];
  const unique = [...new Set(all)];
  // Two wordings of one line after each other are seldom meant.
  const inSight = unique.filter((choice) => choice === recommended || !choice.startsWith("both") || Array.isArray(change.mine)).slice(0, MAX_SHOWN);
  const rest: Decision[] = [...(isLikeNone(change) ? [] : (["base"] as const)), ...(isBytes || (isMove && !hasOrder(change)) ? [] : (["custom"] as const))];
  return { recommended, shown: inSight, more: [...unique.filter((choice) => !inSight.includes(choice)), ...rest] };
}

/** Whether a move is about places in one list. */
function hasOrder({ clash, from, into }: Change): boolean {
  const list = (path = ""): string => path.replace(/[^/]*$/, "");
  return clash === "order" || (list(from) === list(into?.mine) && list(from) === list(into?.theirs));
}

function canKeepBoth({ op, clash, mine, theirs }: Change): boolean {
  if (op === "move" || clash === "order") return false;
  if (Array.isArray(mine) && Array.isArray(theirs)) return true;
  return op === "text" && mine !== "" && theirs !== "" && clash !== "invalid";
}
