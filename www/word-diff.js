/**
 * Which words of a text differ. Only for showing: what is merged, and how, decides the package.
 *
 * @typedef {{ readonly kind: "same" | "gone" | "new", readonly text: string }} Piece
 */

const WORDS = /[\p{L}\p{N}][\p{L}\p{N}\p{M}'’_-]*|\r?\n|[^\S\n]+|./gsu;

/** Cells of the table below that are still computed at once, far under one frame. */
const MAX_CELLS = 400_000;

/**
 * The pieces that lead from `before` to `after`, in reading order.
 *
 * @param {string} before
 * @param {string} after
 * @returns {Piece[]}
 */
export function wordDiff(before, after) {
  return joined(sequenceDiff(before.match(WORDS) ?? [], after.match(WORDS) ?? []));
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

/**
 * Joins neighbours of a kind. A lone space between two changed words counts as changed too: it reads better.
 *
 * @param {Piece[]} pieces
 */
function joined(pieces) {
  /** @type {Piece[]} */
  const result = [];
  let [gone, fresh] = ["", ""];
  const flush = () => {
    if (gone !== "") result.push({ kind: "gone", text: gone });
    if (fresh !== "") result.push({ kind: "new", text: fresh });
    [gone, fresh] = ["", ""];
  };
  pieces.forEach((piece, index) => {
    const isBridge = piece.text === " " && gone !== "" && fresh !== "" && (pieces[index + 1]?.kind ?? "same") !== "same";
    if (piece.kind !== "new" && (piece.kind === "gone" || isBridge)) gone += piece.text;
    if (piece.kind !== "gone" && (piece.kind === "new" || isBridge)) fresh += piece.text;
    if (piece.kind !== "same" || isBridge) return;
    flush();
    const last = result.at(-1);
    if (last?.kind === "same") result[result.length - 1] = { kind: "same", text: last.text + piece.text };
    else result.push(piece);
  });
  flush();
  return result;
}
