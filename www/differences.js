/**
 * What differs between two values, for showing. Words are compared by the package; items of lists, which are few, here.
 *
 * @typedef {{ readonly kind: "same" | "gone" | "new", readonly text: string }} Piece
 */
import { diffText } from "./mergefetch.js";

/** Cells of the table below that are still computed at once, far under one frame. */
const MAX_CELLS = 400_000;

/**
 * The pieces that lead from `before` to `after`, in reading order: of what differs, first what is gone.
 *
 * @param {string} before
 * @param {string} after
 * @returns {Piece[]}
 */
export function wordDiff(before, after) {
  if (before === after) return before === "" ? [] : [{ kind: "same", text: before }];
  /** @type {Piece[]} */
  const pieces = [];
  let [gone, fresh] = ["", ""];
  const flush = () => {
    if (gone !== "") pieces.push({ kind: "gone", text: gone });
    if (fresh !== "") pieces.push({ kind: "new", text: fresh });
    [gone, fresh] = ["", ""];
  };
  const changes = changesOf(before, after);
  changes.forEach((change, index) => {
    const [was, is] = [before.slice(...change.before), after.slice(...change.after)];
    // The space between two changed words counts as changed too: phrases read better than words in turns.
    const isBridge = was === " " && index > 0 && index < changes.length - 1;
    if (change.kind === "equal" && !isBridge) {
      flush();
      pieces.push({ kind: "same", text: was });
    } else {
      [gone, fresh] = [gone + was, fresh + is];
    }
  });
  flush();
  return pieces;
}

/** JSON may hold half a surrogate pair, which is no text to compare: shown as replaced. */
function changesOf(/** @type {string} */ before, /** @type {string} */ after) {
  if (before.isWellFormed() && after.isWellFormed()) return diffText(before, after, { granularity: "word" });
  return [/** @type {const} */ ({ kind: "replace", before: [0, before.length], after: [0, after.length] })];
}

/**
 * The same for sequences of anything that has a text.
 *
 * @param {readonly string[]} before
 * @param {readonly string[]} after
 * @returns {Piece[]}
 */
export function sequenceDiff(before, after) {
  const shortest = Math.min(before.length, after.length);
  let head = 0;
  while (head < shortest && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < shortest - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  const piece = (/** @type {Piece["kind"]} */ kind) => (/** @type {string} */ text) => ({ kind, text });
  return [
    ...before.slice(0, head).map(piece("same")),
    ...middle(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...before.slice(before.length - tail).map(piece("same")),
  ];
}

/**
 * By the longest common subsequence; too much for that is shown as replaced.
 *
 * @param {readonly string[]} before
 * @param {readonly string[]} after
 * @returns {Piece[]}
 */
function middle(before, after) {
  const width = after.length + 1;
  const isSmall = (before.length + 1) * width <= MAX_CELLS;
  const lengths = new Uint32Array(isSmall ? (before.length + 1) * width : 0);
  for (let i = before.length - 1; isSmall && i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const cell = i * width + j;
      lengths[cell] = before[i] === after[j] ? lengths[cell + width + 1] + 1 : Math.max(lengths[cell + width], lengths[cell + 1]);
    }
  }
  /** @type {Piece[]} */
  const pieces = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    if (isSmall && i < before.length && j < after.length && before[i] === after[j]) {
      pieces.push({ kind: "same", text: before[i] });
      [i, j] = [i + 1, j + 1];
    } else if (i < before.length && (!isSmall || j >= after.length || lengths[(i + 1) * width + j] >= lengths[i * width + j + 1])) {
      pieces.push({ kind: "gone", text: before[i++] });
    } else {
      pieces.push({ kind: "new", text: after[j++] });
    }
  }
  return pieces;
}
