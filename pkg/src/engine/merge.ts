/** The merge functions. Their code comes with the engine; before that they throw. */
import { withEngine } from "../client/load.js";
import type { JsonMerge, JsonMergeOptions, JsonOperation, JsonTextMerge, TextChange, TextMerge, TextMergeOptions } from "../types/types.js";

/**
 * Merges the edits base→mine and base→theirs. Needs {@link init} first.
 *
 * Without a base (null) every difference between mine and theirs is a conflict.
 *
 * @throws {MergefetchError} `not-started`; `invalid-argument`: an option; `invalid-text`: a lone surrogate.
 */
export function mergeText(base: string | null, mine: string, theirs: string, options?: TextMergeOptions): TextMerge {
  return withEngine().mergeText(base, mine, theirs, options);
}

/**
 * Compares two texts for showing: by line with the words that differ (default), by word, or by grapheme.
 * The changes cover both texts without gap or overlap. Needs {@link init} first.
 */
export function diffText(before: string, after: string, options?: { readonly granularity?: "line" | "word" | "grapheme" | undefined }): readonly TextChange[] {
  return withEngine().diffText(before, after, options);
}

/**
 * Merges three JSON values. Needs {@link init} first. Without a base (undefined) every difference is a conflict. Where nobody changed
 * anything, `value` may hold the objects of `theirs` themselves.
 *
 * @throws {MergefetchError} `not-started`; `invalid-argument`: an option, or a value that JSON cannot say; `too-deep`.
 */
export function mergeJson<T = unknown>(base: T | undefined, mine: T, theirs: T, options?: JsonMergeOptions): JsonMerge<T> {
  return withEngine().mergeJson(base, mine, theirs, options);
}

/**
 * The same on JSON texts: numbers of any size and precision, and the order of members, survive. `text` replaces `value`.
 *
 * @throws {MergefetchError} As {@link mergeJson}; `invalid-json`, with `details.line` and `details.column`.
 */
export function mergeJsonText(base: string | null, mine: string, theirs: string, options?: JsonMergeOptions): JsonTextMerge {
  return withEngine().mergeJsonText(base, mine, theirs, options);
}

/** The JSON Patch (RFC 6902) that turns `before` into `after`. Needs {@link init} first. */
export function diffJson(before: unknown, after: unknown, options?: Pick<JsonMergeOptions, "rules">): readonly JsonOperation[] {
  return withEngine().diffJson(before, after, options);
}
