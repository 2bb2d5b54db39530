/** The merge functions. Their code comes with the engine; before that they throw. */
import { withEngine } from "../client/load.js";
import type { JsonMerge, JsonMergeOptions, JsonOperation, JsonTextMerge, TextChange, TextMerge, TextMergeOptions } from "../types/types.js";

/**
 * Merges the edits base→mine and base→theirs line by line, as Git does. Needs {@link init} first.
 *
 * Without a base (null) every difference between mine and theirs is a conflict. Offsets of the regions are UTF-16 code units.
 *
 * @throws {MergefetchError} `not-started`; `invalid-argument`: an option; `invalid-text`: a lone surrogate; `too-large`: over 32 MiB.
 * @example
 * mergeText("one\ntwo\nthree\n", "ONE\ntwo\nthree\n", "one\ntwo\nTHREE\n").text; // → "ONE\ntwo\nTHREE\n"
 */
export function mergeText(base: string | null, mine: string, theirs: string, options?: TextMergeOptions): TextMerge {
  return withEngine().mergeText(base, mine, theirs, options);
}

/**
 * Compares two texts for showing: by line with the words that differ (default), by word, or by grapheme.
 * The changes cover both texts without gap or overlap. Their ranges are UTF-16 code units. Needs {@link init} first.
 *
 * @throws {MergefetchError} `not-started`; `invalid-argument`: the granularity; `invalid-text`: a lone surrogate; `too-large`: over 32 MiB.
 * @example
 * diffText("red car", "blue car", { granularity: "word" }).find(({ kind }) => kind === "replace").after; // → [0, 4]
 */
export function diffText(before: string, after: string, options?: { readonly granularity?: "line" | "word" | "grapheme" | undefined }): readonly TextChange[] {
  return withEngine().diffText(before, after, options);
}

/**
 * Merges three JSON values. Needs {@link init} first. Without a base (undefined) every difference is a conflict. Unchanged parts of `value` may be
 * the objects of `theirs` themselves. Paths are JSON Pointers (RFC 6901), and `patch` is a JSON Patch (RFC 6902).
 *
 * @throws {MergefetchError} `not-started`; `invalid-argument`: an option, or a value that JSON cannot represent; `too-deep`: over 512 levels.
 * @example
 * mergeJson({ a: 1, b: 1 }, { a: 2, b: 1 }, { a: 1, b: 3 }).value; // → { a: 2, b: 3 }
 */
export function mergeJson<T = unknown>(base: T | undefined, mine: T, theirs: T, options?: JsonMergeOptions): JsonMerge<T> {
  return withEngine().mergeJson(base, mine, theirs, options);
}

/**
 * Merges three JSON texts (RFC 8259). Numbers of any size and precision, and the order of members, survive. `text` replaces `value`.
 *
 * @throws {MergefetchError} As {@link mergeJson}; `invalid-json`, with `details.line` and `details.column`.
 * @example
 * mergeJsonText('{"id":12345678901234567890,"a":1}', '{"id":12345678901234567890,"a":2}', '{"id":12345678901234567890,"a":1}').text;
 * // → '{"id":12345678901234567890,"a":2}'
 */
export function mergeJsonText(base: string | null, mine: string, theirs: string, options?: JsonMergeOptions): JsonTextMerge {
  return withEngine().mergeJsonText(base, mine, theirs, options);
}

/**
 * Returns the JSON Patch (RFC 6902) that turns `before` into `after`. Needs {@link init} first.
 *
 * @throws {MergefetchError} `not-started`; `invalid-argument`: a rule, or a value that JSON cannot represent; `too-deep`: over 512 levels.
 * @example
 * diffJson({ a: 1 }, { a: 2 }); // → [{ op: "replace", path: "/a", value: 2 }]
 */
export function diffJson(before: unknown, after: unknown, options?: Pick<JsonMergeOptions, "rules">): readonly JsonOperation[] {
  return withEngine().diffJson(before, after, options);
}
