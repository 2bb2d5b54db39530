import { wrong } from "./errors.js";
import { places } from "./offsets.js";
import { regionAt } from "./packed.js";
import type { Side, TextMerge, TextRegion } from "./types.js";
import type { RawTextMerge } from "./wire.js";
import { REGION_NUMBERS } from "./wire-engine.js";

type MakeMap = (side: Side) => Uint32Array;

function regionsOf({ regions: numbers, suggestions }: RawTextMerge): readonly TextRegion[] {
  const regions: ReturnType<typeof regionAt>[] = [];
  for (let next = 0; next < numbers.length; next += REGION_NUMBERS) regions.push(regionAt(numbers, next));
  for (const [number, text] of suggestions) {
    const region = regions[number];
    if (region !== undefined) region.suggestion = text;
  }
  return regions;
}

/** The merge for the page. `mapOffset` works on it; a map that did not come with it is made on first use. @internal */
export function textMergeOf(raw: RawTextMerge, make?: MakeMap): TextMerge {
  const { regions: _numbers, suggestions: _texts, maps, ...rest } = raw;
  const merge = { ...rest, regions: regionsOf(raw) };
  const made: Partial<Record<Side, Uint32Array>> = { ...maps };
  places.set(merge, (side, offset) => {
    if (!["base", "mine", "theirs"].includes(side)) throw wrong("base, mine or theirs", side);
    const last = merge.regions.at(-1)?.[side][1] ?? 0;
    if (!(Number.isInteger(offset) && offset >= 0 && offset <= last)) throw wrong(`an offset from 0 to ${last}`, offset);
    return placeIn(merge, offset, (made[side] ??= make?.(side) ?? new Uint32Array()));
  });
  return merge;
}

function placeIn(merge: TextMerge, offset: number, map: Uint32Array): number {
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
