/** What differs between two values, for showing. Words are compared by the module; items of lists, which are few, here. */
import { diffText } from "../engine.js";
import type { TextChange } from "../types.js";

/** @internal */
export interface Piece {
  readonly kind: "same" | "gone" | "new" | "from" | "to";
  readonly text: string;
}

/** Cells of the table below that are still computed at once, far under one frame. */
const MAX_CELLS = 400_000;

/** Longer texts are shown as replaced where nothing else tells their words apart. */
const MAX_UNITS = 200_000;

/**
 * The module's comparison. JSON may hold half a surrogate pair, which is no text to compare: shown as replaced.
 *
 * @internal
 */
export function compared(before: string, after: string, granularity: "line" | "word"): readonly TextChange[] {
  try {
    return diffText(before, after, { granularity });
  } catch {
    return [{ kind: "replace", before: [0, before.length], after: [0, after.length] }];
  }
}

/** The pieces that lead from `before` to `after`, in reading order: of what differs, first what is gone. @internal */
export function wordDiff(before: string, after: string): Piece[] {
  if (before === after) return before === "" ? [] : [{ kind: "same", text: before }];
  const isLong = before.length + after.length > MAX_UNITS;
  const changes: readonly TextChange[] = isLong ? [{ kind: "replace", before: [0, before.length], after: [0, after.length] }] : compared(before, after, "word");
  const pieces: Piece[] = [];
  let [gone, fresh] = ["", ""];
  const flush = (): void => {
    if (gone !== "") pieces.push({ kind: "gone", text: gone });
    if (fresh !== "") pieces.push({ kind: "new", text: fresh });
    [gone, fresh] = ["", ""];
  };
  changes.forEach((change, index) => {
    const [was, is] = [before.slice(...change.before), after.slice(...change.after)];
    // The space between two changed words counts as changed too: phrases read better than words in turns.
    const isBridge = was === " " && index > 0 && index < changes.length - 1;
    if (change.kind === "equal" && !isBridge) {
      flush();
      pieces.push({ kind: "same", text: was });
    } else [gone, fresh] = [gone + was, fresh + is];
  });
  flush();
  return pieces;
}

/** The same for sequences of anything that has a text; what is gone here and new there has moved. @internal */
export function sequenceDiff(before: readonly string[], after: readonly string[]): Piece[] {
  const shortest = Math.min(before.length, after.length);
  let head = 0;
  while (head < shortest && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < shortest - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  const same = (text: string): Piece => ({ kind: "same", text });
  const pieces = middle(before.slice(head, before.length - tail), after.slice(head, after.length - tail));
  return [...before.slice(0, head).map(same), ...withMoves(pieces), ...before.slice(before.length - tail).map(same)];
}

function withMoves(pieces: readonly Piece[]): Piece[] {
  const gone = new Map<string, number>();
  for (const { kind, text } of pieces) if (kind === "gone") gone.set(text, (gone.get(text) ?? 0) + 1);
  const moved = new Map<string, number>();
  const landed = pieces.map((piece): Piece => {
    const left = piece.kind === "new" ? (gone.get(piece.text) ?? 0) : 0;
    if (left === 0) return piece;
    gone.set(piece.text, left - 1);
    moved.set(piece.text, (moved.get(piece.text) ?? 0) + 1);
    return { kind: "to", text: piece.text };
  });
  return landed.map((piece): Piece => {
    const left = piece.kind === "gone" ? (moved.get(piece.text) ?? 0) : 0;
    if (left === 0) return piece;
    moved.set(piece.text, left - 1);
    return { kind: "from", text: piece.text };
  });
}

/** By the longest common subsequence; too much for that is shown as replaced. */
function middle(before: readonly string[], after: readonly string[]): Piece[] {
  const width = after.length + 1;
  const isSmall = (before.length + 1) * width <= MAX_CELLS;
  const lengths = new Uint32Array(isSmall ? (before.length + 1) * width : 0);
  const at = (cell: number): number => lengths[cell] ?? 0;
  for (let i = before.length - 1; isSmall && i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const cell = i * width + j;
      lengths[cell] = before[i] === after[j] ? at(cell + width + 1) + 1 : Math.max(at(cell + width), at(cell + 1));
    }
  }
  const pieces: Piece[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const [was, is] = [before[i] ?? "", after[j] ?? ""];
    if (isSmall && i < before.length && j < after.length && was === is) {
      pieces.push({ kind: "same", text: was });
      [i, j] = [i + 1, j + 1];
    } else if (i < before.length && (!isSmall || j >= after.length || at((i + 1) * width + j) >= at(i * width + j + 1))) {
      pieces.push({ kind: "gone", text: was });
      i++;
    } else {
      pieces.push({ kind: "new", text: is });
      j++;
    }
  }
  return pieces;
}
