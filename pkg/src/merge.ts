import { translated, wrong } from "./errors.js";
import { startedCore } from "./load.js";
import { checkKeys, jsonOptions, textOptions } from "./options.js";
import type { JsonMerge, JsonMergeOptions, JsonOperation, Side, TextChange, TextMerge, TextMergeOptions, TextRegion } from "./types.js";
import { type RawChange, changeOf, jsonText, jsonValue } from "./values.js";

/** Runs a call of the module; what it throws becomes a `MergefetchError`. */
function guarded<R>(call: () => unknown): R {
  try {
    return call() as R;
  } catch (thrown) {
    throw translated(thrown);
  }
}

/**
 * Merges the edits base→mine and base→theirs. Needs {@link init} first.
 *
 * Without a base (null) every difference between mine and theirs is a conflict.
 *
 * @throws {MergefetchError} `not-started`; `invalid-argument`: an option; `invalid-text`: a lone surrogate.
 */
export function mergeText(base: string | null, mine: string, theirs: string, options?: TextMergeOptions): TextMerge {
  const core = startedCore();
  const raw = textOptions(options);
  const merge = guarded<RawTextMerge>(() => core.mergeText(base, mine, theirs, raw));
  return textMergeOf(merge, (side) => guarded(() => core.offsetMap(base, mine, theirs, raw, side)));
}

/**
 * What changed from `before` to `after`, for showing: by line with the words that differ (default), by word, or by grapheme.
 * The changes cover both texts without gap or overlap. Needs {@link init} first.
 */
export function diffText(before: string, after: string, options: { granularity?: "line" | "word" | "grapheme" } = {}): readonly TextChange[] {
  const core = startedCore();
  checkKeys(options, ["granularity"], "the options of a comparison");
  const { granularity = "line" } = options;
  if (!["line", "word", "grapheme"].includes(granularity)) throw wrong("granularity to be one of line, word, grapheme", granularity);
  return guarded(() => core.diffText(before, after, granularity));
}

interface OffsetMap {
  map(offset: number): number;
}

type MakeMap = (side: Side) => OffsetMap;

const makers = new WeakMap<TextMerge, { readonly make: MakeMap; readonly made: Partial<Record<Side, OffsetMap>> }>();

/** A merge as it leaves the module. @internal */
export interface RawTextMerge extends Omit<TextMerge, "regions"> {
  /** Seven numbers for each: the kind, plus 8 if ambiguous, and the ranges in base, mine and theirs. */
  readonly regions: Uint32Array;
  readonly suggestions: readonly (readonly [region: number, text: string])[];
}

const KINDS = ["unchanged", "mine", "theirs", "both", "conflict"] as const;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function regionsOf({ regions: numbers, suggestions }: RawTextMerge): readonly TextRegion[] {
  const regions: Mutable<TextRegion>[] = [];
  const at = (index: number): number => numbers[index] ?? 0;
  for (let next = 0; next < numbers.length; next += 7) {
    const region: Mutable<TextRegion> = {
      kind: KINDS[at(next) & 7] ?? "unchanged",
      base: [at(next + 1), at(next + 2)],
      mine: [at(next + 3), at(next + 4)],
      theirs: [at(next + 5), at(next + 6)],
    };
    if (at(next) >= 8) region.ambiguous = true;
    regions.push(region);
  }
  for (const [number, text] of suggestions) {
    const region = regions[number];
    if (region !== undefined) region.suggestion = text;
  }
  return regions;
}

/** The merge for the page. {@link mapOffset} works on it; the map is made on first use. @internal */
export function textMergeOf(raw: RawTextMerge, make: MakeMap): TextMerge {
  const { clean, conflicts, ambiguous, text } = raw;
  const merge = { clean, conflicts, ambiguous, text, regions: regionsOf(raw) };
  makers.set(merge, { make, made: {} });
  return merge;
}

/**
 * Where an offset of one document lies in the merged text: keeps cursors and selections in place. Never decreases when `offset`
 * grows; inside kept text it stays before the same character.
 *
 * @param merge What `mergeText` or `Conflict.text` returned: the object itself, no copy.
 * @throws {MergefetchError} `invalid-argument`: an offset outside the document, or a copy of a merge.
 */
export function mapOffset(merge: TextMerge, side: Side, offset: number): number {
  const known = makers.get(merge);
  if (known === undefined) throw wrong("the object that `mergeText` returned", merge);
  if (!["base", "mine", "theirs"].includes(side)) throw wrong("base, mine or theirs", side);
  const last = merge.regions.at(-1)?.[side][1] ?? 0;
  if (!(Number.isInteger(offset) && offset >= 0 && offset <= last)) throw wrong(`an offset from 0 to ${last}`, offset);
  return (known.made[side] ??= known.make(side)).map(offset);
}

interface RawJsonMerge {
  readonly clean: boolean;
  readonly conflicts: number;
  readonly ambiguous: boolean;
  readonly text: string;
  readonly changes: readonly RawChange[];
  readonly patch: readonly RawOperation[];
}

type RawOperation = { readonly op: string; readonly from?: string; readonly path: string; readonly value?: string };

function operationOf(raw: RawOperation): JsonOperation {
  return (raw.value === undefined ? raw : { ...raw, value: jsonValue(raw.value) }) as JsonOperation;
}

/**
 * Merges three JSON values. Needs {@link init} first. Without a base (undefined) every difference is a conflict.
 *
 * @throws {MergefetchError} `not-started`; `invalid-argument`: an option, or a value that JSON cannot say; `too-deep`.
 */
export function mergeJson<T = unknown>(base: T | undefined, mine: T, theirs: T, options?: JsonMergeOptions): JsonMerge<T> {
  const { text, ...merge } = mergeJsonText(base === undefined ? null : jsonText(base), jsonText(mine), jsonText(theirs), options);
  return { ...merge, value: jsonValue(text) as T };
}

/**
 * The same on JSON texts: numbers of any size and precision, and the order of members, survive. `text` replaces `value`.
 *
 * @throws {MergefetchError} As {@link mergeJson}; `invalid-json`, with `details.line` and `details.column`.
 */
export function mergeJsonText(
  base: string | null,
  mine: string,
  theirs: string,
  options?: JsonMergeOptions,
): Omit<JsonMerge, "value"> & { readonly text: string } {
  const core = startedCore();
  const raw = guarded<RawJsonMerge>(() => core.mergeJsonText(base, mine, theirs, jsonOptions(options)));
  return { ...raw, changes: raw.changes.map((change) => changeOf(change, "json")), patch: raw.patch.map(operationOf) };
}

/** The JSON Patch (RFC 6902) that turns `before` into `after`. Needs {@link init} first. */
export function diffJson(before: unknown, after: unknown, options?: Pick<JsonMergeOptions, "rules">): readonly JsonOperation[] {
  startedCore();
  return diffJsonText(jsonText(before), jsonText(after), options);
}

/** @internal */
export function diffJsonText(before: string, after: string, options?: Pick<JsonMergeOptions, "rules">): readonly JsonOperation[] {
  const core = startedCore();
  return guarded<readonly RawOperation[]>(() => core.diffJsonText(before, after, jsonOptions(options))).map(operationOf);
}
