/** What differs between two values, for showing. Words, lines and items are compared by the module. */
import { diffText } from "../entries/engine.js";
import type { TextChange } from "../types/types.js";

/** @internal */
export interface Piece {
  readonly kind: "same" | "gone" | "new" | "from" | "to";
  readonly text: string;
}

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
  // An item is one line, whatever it holds.
  const lines = (items: readonly string[]): string => items.map((item) => `${JSON.stringify(item)}\n`).join("");
  const [old, now] = [lines(before), lines(after)];
  const items = (kind: Piece["kind"], text: string): Piece[] => text.split("\n").slice(0, -1).map((line) => ({ kind, text: JSON.parse(line) as string }));
  const pieces = compared(old, now, "line").flatMap(({ kind, before: was, after: is }) => {
    const fresh = now.slice(...is);
    return kind === "equal" ? items("same", fresh) : [...items("gone", old.slice(...was)), ...items("new", fresh)];
  });
  return withMoves(pieces);
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
