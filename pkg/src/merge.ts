import { notYet, translated } from "./errors.js";
import { startedCore } from "./load.js";
import { jsonOptions, textOptions } from "./options.js";
import type { JsonMerge, JsonMergeOptions, JsonOperation, Side, TextChange, TextMerge, TextMergeOptions } from "./types.js";
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
  return guarded(() => core.mergeText(base, mine, theirs, textOptions(options)));
}

/** What changed from `before` to `after`, for showing. Not there yet. */
export function diffText(_before: string, _after: string, _options?: { granularity?: "line" | "word" | "grapheme" }): readonly TextChange[] {
  throw notYet("diffText()");
}

/** Where an offset of one document lies in the merged text. Not there yet. */
export function mapOffset(_merge: TextMerge, _side: Side, _offset: number): number {
  throw notYet("mapOffset()");
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
  const core = startedCore();
  const raw = guarded<readonly RawOperation[]>(() => core.diffJsonText(jsonText(before), jsonText(after), jsonOptions(options)));
  return raw.map(operationOf);
}
