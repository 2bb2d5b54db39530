/** Positions of a side in the merged text. */
import { wrong } from "../types/errors.js";
import type { Side, TextMerge } from "../types/types.js";

/** For each merge, the function that finds the place of an offset. @internal */
export const places = new WeakMap<TextMerge, (side: Side, offset: number) => number>();

/**
 * Returns the place of an offset of one document in the merged text, for cursors and selections. Offsets are UTF-16 code units. The place never
 * decreases when `offset` grows; inside kept text it stays before the same character.
 *
 * @param merge The result of `mergeText` or `Conflict.text`, here or from a worker: the object itself, no copy.
 * @throws {MergefetchError} `invalid-argument`: an offset outside the document, or a copy of a merge.
 * @example
 * const merge = mergeText("one\n", "one\ntwo\n", "zero\none\n");
 * mapOffset(merge, "mine", 4); // → 9, before "two"
 */
export function mapOffset(merge: TextMerge, side: Side, offset: number): number {
  const place = places.get(merge);
  if (place === undefined) throw wrong("the object that `mergeText` returned", merge);
  return place(side, offset);
}
