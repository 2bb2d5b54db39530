/**
 * The shapes of results and options.
 *
 * Words: `base` is what the edit started from, `mine` is the edit, `theirs` is what the server holds now.
 * Offsets are UTF-16 code units, half open, so that `text.slice(start, end)` works.
 * Paths are JSON Pointers (RFC 6901); "" is the whole document.
 */
import type { VersionAdapter } from "./adapters.js";
import type { RefusalCount } from "./stats.js";
import type { Store } from "./store.js";

export type Side = "base" | "mine" | "theirs";
/** UTF-16 offsets, half open. */
export type Range = readonly [start: number, end: number];

export interface TextMergeOptions {
  /** "line" (default) merges as Git does; a finer merge of a conflict is only suggested. "word" applies it where words do not touch. */
  granularity?: "line" | "word";
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

export interface TextMerge {
  readonly clean: boolean;
  readonly conflicts: number;
  /** Another alignment, just as good, would have given another result: let a person look, even where nothing conflicts. */
  readonly ambiguous: boolean;
  /** The merged document; conflicts stand in it as markers. Line ends, final newline and BOM are those of the inputs. */
  readonly text: string;
  /** Every region in document order; together they cover all three documents without gap or overlap. */
  readonly regions: readonly TextRegion[];
}

export interface TextRegion {
  readonly kind: "unchanged" | "mine" | "theirs" | "both" | "conflict";
  readonly base: Range;
  readonly mine: Range;
  readonly theirs: Range;
  readonly ambiguous?: boolean;
  /** For a conflict: what a merge by words would make of it, where it can. Never applied by itself. */
  readonly suggestion?: string;
}

export interface TextChange {
  readonly kind: "equal" | "insert" | "delete" | "replace";
  readonly before: Range;
  readonly after: Range;
  /** Word-level detail of a "replace": the parts that really differ. */
  readonly detail?: readonly { readonly before: Range; readonly after: Range }[];
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
  /** Objects by member, arrays of objects by identity key if one fits, other arrays as sequences, long strings as text. */
  | "auto"
  /** Never looked into: any two different edits conflict. */
  | "atomic"
  /** A string merged as text. */
  | "text"
  /** An array whose order and duplicates mean nothing. */
  | "set"
  /** An array merged by position of its elements, as text is by lines. */
  | "sequence"
  /** An array of objects, told apart by these members. */
  | { readonly key: string | readonly string[] }
  /** Members that belong together (amount and currency): edited on both sides, they conflict as one. */
  | { readonly group: readonly string[] }
  /** A number: both increments are added. */
  | "counter"
  /** A value the server manages (updatedAt, resourceVersion): theirs is taken, never a conflict. */
  | "ignore";

export interface JsonMergeOptions {
  readonly rules?: Readonly<Record<JsonPointer, JsonRule>>;
  readonly favor?: "mine" | "theirs";
  /** How strings are merged that are merged as text. */
  readonly text?: TextMergeOptions;
}

export interface JsonMerge<T = unknown> {
  readonly clean: boolean;
  readonly conflicts: number;
  readonly ambiguous: boolean;
  /** The merged value; a place in conflict holds mine. */
  readonly value: T;
  readonly changes: readonly Change[];
  /** RFC 6902: turns theirs into `value`. Any conforming implementation applies it. */
  readonly patch: readonly JsonOperation[];
}

export interface ClientOptions {
  /** Used instead of the global one: authentication wrappers, tests, server-side rendering. */
  fetch?: typeof globalThis.fetch;
  /** What relative URLs are relative to; by default the page. */
  baseUrl?: string | URL;
  store?: Store;
  /** First match wins. */
  routes?: readonly RouteRule[];
  /** What happens where nothing overlaps. Default "merge": merged and saved again, reported as `merged`. "ask-if-ambiguous", "ask": handed out. */
  whenClean?: "merge" | "ask-if-ambiguous" | "ask";
  /**
   * "warn" (default): a write without a version, or to a server that is known to accept stale ones, goes out and is reported as
   * unprotected. "refuse": it does not go out.
   */
  unprotected?: "warn" | "refuse";
  /** How often, and how fast, the loop sends again by itself: 5 rounds, 200 ms doubled each round, 5 s at most. */
  retry?: { readonly rounds?: number; readonly baseDelayMs?: number; readonly maxDelayMs?: number };
  on?: Observers;
  /** How long one exchange of `get`, `save`, `create`, `remove` or a conflict may take, default 60,000. `fetch` has no limit but its own signal. */
  timeoutMs?: number;
}

export interface RouteRule {
  /** A URL or path, where `*` stands for any characters; a RegExp on the URL; or a function. */
  match: string | RegExp | ((request: Request) => boolean);
  version?: VersionAdapter;
  merge?: JsonMergeOptions & TextMergeOptions;
  format?: "json" | "text" | "bytes";
  /** How an update is sent: whole (default), or as a PATCH with what changed (RFC 7396, which cannot set null; RFC 6902). */
  update?: "put" | "merge-patch" | "json-patch";
  /**
   * Called with the merged value before it is sent; any returned message turns the clean merge into a conflict: the messages
   * stand in `conflict.problem.detail`, and a change with the id "#invalid" asks about the document as a whole ("suggested" saves
   * the merge all the same).
   */
  validate?: (merged: unknown) => readonly string[] | Promise<readonly string[]>;
}

export interface Client {
  /** Same signature and behaviour as `fetch`; adds validators to reads and preconditions to writes. A 304 never reaches the caller. */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  /** The conflict behind a 409 or 412 that `fetch` returned; null when it is none. */
  conflictOf(response: Response): Promise<Conflict | null>;

  /**
   * Reads a document, revalidating what is stored of it.
   *
   * @throws {MergefetchError} `network`: no answer. `http`: another status than 200, with `details.status` and
   *   `details.problem`. `invalid-json`, `invalid-text`, `too-large`, `too-deep`: a body that cannot be read.
   */
  get<T = unknown>(url: string | URL, init?: RequestInit): Promise<Snapshot<T>>;
  /** Saves `mine`, an edit of `base`. `mine` is taken as it is at the time of the call. */
  save<T>(base: Snapshot<T>, mine: T, init?: RequestInit): Promise<SaveResult<T>>;
  /**
   * Creates `url`; refused when it exists. With `{ method: "POST" }` the URL is a collection, and the server chooses where the
   * new document lives.
   */
  create<T>(url: string | URL, value: T, init?: RequestInit): Promise<SaveResult<T>>;
  remove<T>(base: Snapshot<T>, init?: RequestInit): Promise<SaveResult<T>>;
  /** Reads, changes, saves; after a conflict the change is replayed on the newest version. */
  update<T>(url: string | URL, change: (draft: T) => T | void, init?: RequestInit): Promise<SaveResult<T>>;
  /** Forgets everything of a partition, by default of the current one. */
  clear(partition?: string): Promise<void>;
  /** How often the writes of this client were refused, by route and by what became of it; copies, in no order. Empty at first. */
  stats(): readonly RefusalCount[];
}

export interface Snapshot<T = unknown> {
  /** The final URL, after redirects. */
  readonly url: string;
  readonly value: T;
  /** The version token as received, quotes and all; null when none was readable. */
  readonly version: string | null;
  readonly protection: "strong" | "weak" | "date" | "custom" | "none";
  readonly source: "network" | "revalidated" | "cache";
}

export type SaveResult<T = unknown> =
  /** `snapshot` is null where the server has it but could not be read again. */
  | { readonly ok: true; readonly kind: "saved" | "created" | "removed" | "unchanged"; readonly snapshot: Snapshot<T> | null }
  /** Theirs is what was sent: somebody made the same edit, or the first answer was lost. */
  | { readonly ok: true; readonly kind: "already-saved"; readonly snapshot: Snapshot<T> }
  | { readonly ok: true; readonly kind: "merged"; readonly snapshot: Snapshot<T>; readonly changes: readonly Change[] }
  | { readonly ok: false; readonly kind: "conflict"; readonly conflict: Conflict<T> }
  | (Refusal & { readonly ok: false; readonly mine: T });

/** A write that was refused, or whose fate is unknown, and that no merge can help. `mine` always comes back with it. */
export interface Refusal {
  readonly kind:
    /** A unique value is taken (409 on a create, or a unique constraint). */
    | "duplicate"
    /** The resource's state forbids it. */
    | "invalid-state"
    /** Any other rule of the server; also 400 and 422. */
    | "constraint"
    /** 423, or a 409 that says so. */
    | "locked"
    /** Asks to come back: Retry-After, a request with the same Idempotency-Key in progress, 429, 503. */
    | "busy"
    /** 428 and no version could be had. */
    | "version-required"
    /** Refused, and yet the server, a cache or a replica keeps answering with the version that was refused. */
    | "stale-read"
    /** 401, 403. */
    | "forbidden"
    /** Not sent: no version, and `unprotected: "refuse"`. */
    | "unprotected"
    /** No answer, or one that tells nothing: it may or may not have been saved. */
    | "unknown";
  readonly problem: Problem;
}

/** The server's words, whatever their shape: RFC 9457, `{code, message, details}`, `{error: {…}}`, XML, or plain text. */
export interface Problem {
  readonly status: number | null;
  readonly type?: string;
  readonly code?: string;
  readonly title?: string;
  readonly detail?: string;
  /** Members of the document that the server complains of. */
  readonly fields?: readonly { readonly path: JsonPointer; readonly value?: unknown; readonly detail?: string }[];
  readonly currentState?: string;
  readonly allowedStates?: readonly string[];
  readonly retryAfterMs?: number;
  readonly requestId?: string;
  /** The body as parsed. */
  readonly body: unknown;
}

export interface Conflict<T = unknown> {
  readonly id: string;
  readonly url: string;
  /** Mine first, then theirs: "edit-delete" is an edit of what somebody removed. */
  readonly kind: "edit-edit" | "edit-delete" | "delete-edit" | "create-create";
  readonly format: "json" | "text" | "bytes";
  /** Of the refusal; 412 where a read right before the write found that the document had moved, and nothing was sent. */
  readonly status: number;
  readonly problem: Problem;
  /** Null where there is none: create-create, or the base was lost. */
  readonly base: Snapshot<T> | null;
  readonly mine: T | null;
  readonly theirs: Snapshot<T> | null;
  /** Every place where a side differs from base, in document order. */
  readonly changes: readonly Change[];
  /** How many changes still wait for a decision. */
  readonly unresolved: number;
  /** The result as decided so far; places without a decision hold mine. */
  readonly merged: T | null;
  /** The regions of a text document, or of a string inside a JSON document. */
  text(path?: JsonPointer): TextMerge | null;

  /** Decides one change, or all that still wait. "both": mine, then theirs; "both-reversed": theirs, then mine; where that makes sense. */
  take(choice: Choice, changeId?: string): this;
  /** Decides one change with a value of the user's own. */
  set(changeId: string, value: unknown): this;
  reopen(changeId?: string): this;
  /** Calls `listener` after every change of this object; returns the way to stop that. */
  subscribe(listener: () => void): () => void;

  /**
   * Sends the result with the version of theirs. When theirs has moved again, decisions whose inputs did not change are kept.
   * While changes wait for a decision nothing is sent, and the result is this conflict.
   */
  submit(init?: RequestInit): Promise<SaveResult<T>>;
  /** Sends mine with the version of theirs. */
  overwrite(init?: RequestInit): Promise<SaveResult<T>>;
  /** Reads theirs again and keeps the decisions that still hold. */
  refresh(): Promise<{ readonly moved: boolean; readonly reopened: readonly string[] }>;
}

export type Choice = Side | "both" | "both-reversed" | "suggested";

export interface Change {
  /** The path; for a region of a text the path, "#" and a token. The same change keeps its id when theirs moves. */
  readonly id: string;
  readonly path: JsonPointer;
  readonly state: "mine" | "theirs" | "same" | "conflict" | "ignored";
  readonly op: "add" | "remove" | "replace" | "move" | "text";
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
  readonly ambiguous?: boolean;
  readonly suggestion?: unknown;
  readonly base?: unknown;
  readonly mine?: unknown;
  readonly theirs?: unknown;
  /** Where the texts lie, for a region of a text. */
  readonly region?: TextRegion;
  readonly decision: Choice | "custom" | "auto" | null;
}

export interface Observers {
  conflict?(conflict: Conflict): void;
  merged?(event: { url: string; changes: readonly Change[] }): void;
  /** A refusal that needed nobody: a lost answer, only server-managed fields moved, a weakened validator. */
  absorbed?(event: { url: string; kind: "already-saved" | "only-ignored" | "validator" | "version-required" }): void;
  /** Something the developer of the app or the server should mend, in one sentence. */
  warning?(event: { url: string; code: string; message: string }): void;
  request?(event: { url: string; method: string; status: number | null; ms: number; bytesSaved: number }): void;
}
