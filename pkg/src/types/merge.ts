/**
 * The types of merges: options, results and changes.
 *
 * Words: `base` is the document that the edit started from, `mine` is the edit, `theirs` is the document that the server holds now.
 * Offsets are UTF-16 code units, half open, so that `text.slice(start, end)` works.
 * Paths are JSON Pointers (RFC 6901); "" is the whole document.
 */

/** One of the three documents: the start of the edit, the edit, the document of the server. */
export type Side = "base" | "mine" | "theirs";
/** UTF-16 offsets, half open. */
export type Range = readonly [start: number, end: number];

/** The options of a text merge. */
export interface TextMergeOptions {
  /**
   * The unit of a merge. "line" merges as Git does, and only suggests a finer merge of a conflict. "sentence" also merges edits of different sentences
   * of one line. "word" merges edits of words that do not touch.
   *
   * @default "line" for documents, "sentence" for prose inside of JSON: long strings that sentences divide, not line breaks
   * @example
   * mergeText("a b c", "A b c", "a b C", { granularity: "word" }).text; // → "A b C"
   */
  readonly granularity?: "line" | "sentence" | "word" | undefined;
  /**
   * The treatment of neighbouring edits. "git": they conflict. "touch": they merge, unless one of them is an insertion at the touching point.
   *
   * @default "git"
   * @example
   * mergeText("a\nb\n", "A\nb\n", "a\nB\n", { adjacency: "touch" }).text; // → "A\nB\n"
   */
  readonly adjacency?: "git" | "touch" | undefined;
  /**
   * The form of conflicts in `text`.
   *
   * @default "merge"
   * @example
   * mergeText("a\n", "b\n", "c\n", { style: "diff3" }).text; // contains base, too
   */
  readonly style?: "merge" | "diff3" | "zdiff3" | undefined;
  /**
   * Decides every conflict. "union" keeps both sides, mine first.
   *
   * @default undefined: conflicts stay open
   * @example
   * mergeText("a\n", "b\n", "c\n", { favor: "union" }).text; // → "b\nc\n"
   */
  readonly favor?: "mine" | "theirs" | "union" | undefined;
  /**
   * Names behind the markers.
   *
   * @default { base: "base", mine: "mine", theirs: "theirs" }
   * @example
   * mergeText("a\n", "b\n", "c\n", { labels: { mine: "Ann", theirs: "Ben" } });
   */
  readonly labels?: { readonly [Name in Side]?: string | undefined } | undefined;
  /**
   * Length of the markers. They grow if the content already has such a line.
   *
   * @default 7
   * @example
   * mergeText("a\n", "b\n", "c\n", { markerSize: 9 });
   */
  readonly markerSize?: number | undefined;
}

/** The result of a merge of three texts. */
export interface TextMerge {
  /** Nothing conflicts. */
  readonly clean: boolean;
  /** How many regions conflict. */
  readonly conflicts: number;
  /**
   * Whether another alignment of the same quality, or a better one that a limit hid, might give another result. A person should look, even if nothing
   * conflicts.
   */
  readonly ambiguous: boolean;
  /**
   * False if a limit stopped a search. Git's limits, from 256 edits on, stop it in 4 of 376 real merges of prose. No real file that was measured
   * reaches the budget of steps. Another alignment may have kept more, and the regions that came of the search are `ambiguous`.
   */
  readonly precise?: boolean;
  /** The merged document, with markers for conflicts. Line ends, final newline and BOM come from the inputs. */
  readonly text: string;
  /** Every region in document order; together they cover all three documents without gap or overlap. */
  readonly regions: readonly TextRegion[];
}

/** A stretch of the three texts: unchanged, changed on one side, alike on both, or in conflict. */
export interface TextRegion {
  /** Who changed it; "both" made the same change. */
  readonly kind: "unchanged" | "mine" | "theirs" | "both" | "conflict";
  /** Where it lies in base. */
  readonly base: Range;
  /** Where it lies in mine. */
  readonly mine: Range;
  /** Where it lies in theirs. */
  readonly theirs: Range;
  /** Another alignment, just as good, would have put it elsewhere. */
  readonly ambiguous?: boolean;
  /** For a conflict: the result of a merge by words, if there is one. It is never applied without a decision. */
  readonly suggestion?: string;
}

/** A place where two texts are equal or differ. */
export interface TextChange {
  /** The edit that turns the first text into the second. */
  readonly kind: "equal" | "insert" | "delete" | "replace";
  /** Where it lies in the first text. */
  readonly before: Range;
  /** Where it lies in the second text. */
  readonly after: Range;
  /** Word-level detail of a "replace": the parts that really differ. */
  readonly detail?: readonly { readonly before: Range; readonly after: Range }[];
  /** False if a limit stopped the search for this change. Another alignment may have kept more. */
  readonly precise?: false;
}

/** RFC 6901. */
export type JsonPointer = string;
/** One operation of a JSON Patch (RFC 6902). */
export type JsonOperation =
  | { readonly op: "add" | "replace" | "test"; readonly path: JsonPointer; readonly value: unknown }
  | { readonly op: "remove"; readonly path: JsonPointer }
  | { readonly op: "move" | "copy"; readonly from: JsonPointer; readonly path: JsonPointer };

/** How the value at a path is merged. The path may hold `*` for any member or index, e.g. "/items/*\/tags". */
export type JsonRule =
  /**
   * Objects by member, arrays of objects by evidence of identity, flags, vectors and grids by place, other arrays as sequences, long strings as text.
   */
  | "auto"
  /** One value: any two different edits conflict. */
  | "atomic"
  /** A string merged as text. */
  | "text"
  /** An array whose order and duplicates have no meaning. */
  | "set"
  /** An array merged as lines of a text are. */
  | "sequence"
  /** An array of fixed length (weekdays, a grid): element by element. */
  | "by-place"
  /** An array of objects that these members identify. */
  | { readonly key: string | readonly string[] }
  /** Members that belong together (amount and currency): edited on both sides, they conflict as one. */
  | { readonly group: readonly string[] }
  /** A number: both increments are added. */
  | "counter"
  /** A value the server manages (updatedAt, resourceVersion): theirs is taken, never a conflict. */
  | "ignore"
  /** A document of this editor (ProseMirror: TipTap, too): blocks, text and marks, always valid for it. */
  | { readonly richText: "prosemirror" | "lexical" | "slate" | "quill" };

/** The options of a JSON merge. */
export interface JsonMergeOptions {
  /**
   * Rules by path. A value without a rule is merged as "auto".
   *
   * @default {}
   * @example
   * mergeJson(base, mine, theirs, { rules: { "/tags": "set", "/updatedAt": "ignore" } });
   */
  readonly rules?: Readonly<Record<JsonPointer, JsonRule>> | undefined;
  /**
   * Decides every conflict for one side.
   *
   * @default undefined: conflicts stay open
   * @example
   * mergeJson({ a: 1 }, { a: 2 }, { a: 3 }, { favor: "mine" }).value; // → { a: 2 }
   */
  readonly favor?: "mine" | "theirs" | undefined;
  /**
   * The options for strings that are merged as text.
   *
   * @default {}
   * @example
   * mergeJson(base, mine, theirs, { rules: { "/body": "text" }, text: { granularity: "word" } });
   */
  readonly text?: TextMergeOptions | undefined;
}

/** The result of a merge of three JSON values. */
export interface JsonMerge<T = unknown> {
  /** Nothing conflicts. */
  readonly clean: boolean;
  /** How many changes conflict. */
  readonly conflicts: number;
  /**
   * Another alignment of an array or a text, just as good, would have given another result: let a person look. If only the order of values that both
   * sides inserted at one place is open, the merge is not ambiguous, and only these changes are marked.
   */
  readonly ambiguous: boolean;
  /** The merged value; a place in conflict holds mine. */
  readonly value: T;
  /** Every place where a side differs from base, in document order. */
  readonly changes: readonly Change[];
  /** For each array with a key but without a rule: the members that identify its records, and how sure the matches are (0 to 1). */
  readonly inferred: readonly { readonly path: JsonPointer; readonly key: readonly string[]; readonly sureness: number }[];
  /** RFC 6902: turns theirs into `value`. Any conforming implementation applies it. */
  readonly patch: readonly JsonOperation[];
}

/** Whose change is taken. */
export type Choice = Side | "both" | "both-reversed" | "suggested";

/** A place where a side differs from base. */
export interface Change {
  /** The path; for a region of a text the path, "#" and a token. The same change keeps its id when theirs moves. */
  readonly id: string;
  /** Where it is. */
  readonly path: JsonPointer;
  /** Who changed it: one side, both alike, or both differently. "ignored": a value that the server manages. */
  readonly state: "mine" | "theirs" | "same" | "conflict" | "ignored";
  /** The operation. */
  readonly op: "add" | "remove" | "replace" | "move" | "text";
  /** The path of a moved element in base, perhaps in another array. */
  readonly from?: JsonPointer;
  /** The paths of a moved element in mine and in theirs. */
  readonly into?: { readonly mine?: JsonPointer; readonly theirs?: JsonPointer };
  /** Why it is a conflict. */
  readonly clash?:
    | "edit-edit"
    | "edit-delete"
    | "delete-edit"
    | "add-add"
    | "insert-insert"
    | "type"
    | "move-move"
    | "order"
    | "group"
    | "no-base"
    | "invalid";
  /** Another alignment, or another order of insertions, would have been just as good: let a person look. */
  readonly ambiguous?: boolean;
  /** The result of a finer merge; `take("suggested")` chooses it. */
  readonly suggestion?: unknown;
  /** The value in base; absent if base has none. */
  readonly base?: unknown;
  /** The value in mine; absent if mine removed it. */
  readonly mine?: unknown;
  /** The value in theirs; absent if theirs removed it. */
  readonly theirs?: unknown;
  /** The ranges of a region of a text. */
  readonly region?: TextRegion;
  /** The choice. "auto": only one side changed the place. Null: no decision yet. */
  readonly decision: Choice | "custom" | "auto" | null;
}

/** The result of a merge of three JSON texts; `text` replaces `value`. */
export type JsonTextMerge = Omit<JsonMerge, "value"> & { readonly text: string };
