/**
 * The shapes of merges: their options, results and changes.
 *
 * Words: `base` is what the edit started from, `mine` is the edit, `theirs` is what the server holds now.
 * Offsets are UTF-16 code units, half open, so that `text.slice(start, end)` works.
 * Paths are JSON Pointers (RFC 6901); "" is the whole document.
 */

/** Whose document: what the edit started from, the edit, what the server holds now. */
export type Side = "base" | "mine" | "theirs";
/** UTF-16 offsets, half open. */
export type Range = readonly [start: number, end: number];

/** How texts are merged. */
export interface TextMergeOptions {
  /**
   * "line" (default for documents) merges as Git does; a finer merge of a conflict is only suggested. "sentence" (default for prose inside of JSON: long
   * strings in which sentences, not line breaks, part the text) also merges edits of different sentences of one line. "word" merges where words do not touch.
   */
  granularity?: "line" | "sentence" | "word";
  /** "git" (default): edits of neighbouring lines conflict. "touch": they merge, unless one of them is an insertion at the touching point. */
  adjacency?: "git" | "touch";
  /** How `text` shows conflicts. Default "merge". */
  style?: "merge" | "diff3" | "zdiff3";
  /** Settle every conflict this way; "union" keeps both, mine first. */
  favor?: "mine" | "theirs" | "union";
  /** Names written after the markers. */
  labels?: Partial<Record<Side, string>>;
  /** Length of the markers, default 7; grown by itself when the content already holds such a marker line. */
  markerSize?: number;
}

/** What came of a merge of three texts. */
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
  /** The merged document; conflicts stand in it as markers. Line ends, final newline and BOM are those of the inputs. */
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
  /** For a conflict: what a merge by words would make of it, where it can. Never applied by itself. */
  readonly suggestion?: string;
}

/** A place where two texts are equal or differ. */
export interface TextChange {
  /** What it takes to get from before to after. */
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
  /** Never looked into: any two different edits conflict. */
  | "atomic"
  /** A string merged as text. */
  | "text"
  /** An array whose order and duplicates mean nothing. */
  | "set"
  /** An array merged as text is by lines. */
  | "sequence"
  /** An array of fixed length (weekdays, a grid): element by element. */
  | "by-place"
  /** An array of objects, told apart by these members. */
  | { readonly key: string | readonly string[] }
  /** Members that belong together (amount and currency): edited on both sides, they conflict as one. */
  | { readonly group: readonly string[] }
  /** A number: both increments are added. */
  | "counter"
  /** A value the server manages (updatedAt, resourceVersion): theirs is taken, never a conflict. */
  | "ignore"
  /** A document of this editor (ProseMirror: TipTap, too): blocks, text and marks, always valid for it. */
  | { readonly richText: "prosemirror" | "lexical" | "slate" | "quill" };

/** How JSON is merged. */
export interface JsonMergeOptions {
  /** Rules by path; what has none is merged as "auto". */
  readonly rules?: Readonly<Record<JsonPointer, JsonRule>>;
  /** Settle every conflict this way. */
  readonly favor?: "mine" | "theirs";
  /** How strings are merged that are merged as text. */
  readonly text?: TextMergeOptions;
}

/** What came of a merge of three JSON values. */
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
  /** What was done to it. */
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
  /** What a finer merge would make of it; taken with "suggested". */
  readonly suggestion?: unknown;
  /** The value in base; absent where there is none. */
  readonly base?: unknown;
  /** The value in mine; absent where it was removed. */
  readonly mine?: unknown;
  /** The value in theirs; absent where it was removed. */
  readonly theirs?: unknown;
  /** Where the texts lie, for a region of a text. */
  readonly region?: TextRegion;
  /** What was chosen; "auto": only one side changed it. Null while it waits. */
  readonly decision: Choice | "custom" | "auto" | null;
}

/** What came of a merge of three JSON texts; `text` replaces `value`. */
export type JsonTextMerge = Omit<JsonMerge, "value"> & { readonly text: string };
