import { wrong } from "./errors.js";
import { REGION_NUMBERS, regionAt } from "./packed.js";
import type { Side, TextMerge, TextRegion } from "./types.js";

/** A merge as it leaves the module. @internal */
export interface RawTextMerge extends Omit<TextMerge, "regions"> {
  readonly regions: Uint32Array;
  readonly suggestions: readonly (readonly [region: number, text: string])[];
  /** From a worker, which the page cannot ask for them later. */
  readonly maps?: Readonly<Record<Side, OffsetMap>>;
}

/**
 * Three numbers for each stretch of a document: where it starts, where it lies in the merged text, and 1 where all of it stands there.
 *
 * @internal
 */
export type OffsetMap = Uint32Array;

type MakeMap = (side: Side) => OffsetMap;

const makers = new WeakMap<TextMerge, { readonly make: MakeMap | undefined; readonly made: Partial<Record<Side, OffsetMap>> }>();

function regionsOf({ regions: numbers, suggestions }: RawTextMerge): readonly TextRegion[] {
  const regions: ReturnType<typeof regionAt>[] = [];
  for (let next = 0; next < numbers.length; next += REGION_NUMBERS) regions.push(regionAt(numbers, next));
  for (const [number, text] of suggestions) {
    const region = regions[number];
    if (region !== undefined) region.suggestion = text;
  }
  return regions;
}

/** The merge for the page. {@link mapOffset} works on it; a map that did not come with it is made on first use. @internal */
export function textMergeOf(raw: RawTextMerge, make?: MakeMap): TextMerge {
  const { regions: _numbers, suggestions: _texts, maps, ...rest } = raw;
  const merge = { ...rest, regions: regionsOf(raw) };
  makers.set(merge, { make, made: { ...maps } });
  return merge;
}

/**
 * Where an offset of one document lies in the merged text: keeps cursors and selections in place. Never decreases when `offset`
 * grows; inside kept text it stays before the same character.
 *
 * @param merge What `mergeText` or `Conflict.text` returned, here or from a worker: the object itself, no copy.
 * @throws {MergefetchError} `invalid-argument`: an offset outside the document, or a copy of a merge.
 */
export function mapOffset(merge: TextMerge, side: Side, offset: number): number {
  const known = makers.get(merge);
  if (known === undefined) throw wrong("the object that `mergeText` returned", merge);
  if (!["base", "mine", "theirs"].includes(side)) throw wrong("base, mine or theirs", side);
  const last = merge.regions.at(-1)?.[side][1] ?? 0;
  if (!(Number.isInteger(offset) && offset >= 0 && offset <= last)) throw wrong(`an offset from 0 to ${last}`, offset);
  const map = (known.made[side] ??= known.make?.(side) ?? new Uint32Array());
  let [low, high] = [0, map.length / 3];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((map[middle * 3] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  const [start = 0, merged = 0, kept] = map.slice(low * 3, low * 3 + 3);
  const to = kept === 1 ? merged + offset - start : merged;
  // Half a pair of surrogates is no place.
  return (merge.text.codePointAt(to - 1) ?? 0) > 0xffff ? to - 1 : to;
}
