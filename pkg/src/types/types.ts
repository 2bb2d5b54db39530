/** The shapes of clients: their options, results, snapshots and conflicts. Those of merges are in `merge.ts`. */
import type { Change, Choice, JsonMergeOptions, JsonPointer, Range, TextMerge, TextMergeOptions } from "./merge.js";
import type { Store, Warn } from "./store.js";
import type { WarningCode } from "./warnings.js";
import type { Base, Body, Format } from "./wire.js";

export type * from "./merge.js";
export type * from "./store.js";
export type * from "./warnings.js";

/** How a client reads, saves and merges; all optional. */
export interface ClientOptions {
  /** Used instead of the global one: authentication wrappers, tests, server-side rendering. */
  fetch?: typeof globalThis.fetch;
  /** What relative URLs are relative to; by default the page. */
  baseUrl?: string | URL;
  /** Where what was read is kept for the next read; default `memory()`. */
  store?: Store;
  /** `keepDrafts(store)` of `mergefetch/helpers`: keeps every edit until a server has acknowledged it. */
  drafts?: Drafts;
  /** First match wins. */
  routes?: readonly RouteRule[];
  /**
   * What happens if nothing overlaps. "merge": merged and saved again, reported as `merged`. "ask-if-ambiguous" (default): the same, unless another
   * result would have been as good. "ask": returned as a conflict.
   */
  whenClean?: "merge" | "ask-if-ambiguous" | "ask";
  /**
   * "warn" (default): a write without a version, or to a server that is known to accept stale ones, goes out and is reported as
   * unprotected. "refuse": it does not go out.
   */
  unprotected?: "warn" | "refuse";
  /** How often, and how fast, the loop sends again by itself: 5 rounds, 200 ms doubled each round, 5 s at most. */
  retry?: { readonly rounds?: number; readonly baseDelayMs?: number; readonly maxDelayMs?: number };
  /**
   * Whether the WebAssembly module, which the first read of a document does not need, is loaded in idle time. "idle" (default): once the page has its
   * first document. "never": with the first write, or the second read of a document.
   */
  preload?: "idle" | "never";
  /** Who is told of what happens. */
  on?: Observers;
  /**
   * How long one exchange of `get`, `save`, `create`, `remove`, `update` or a conflict may take, in milliseconds, default 60,000. The same limit
   * holds for the module (error `not-started`; reads go on without it), and for waits before or between exchanges: for the turn, another tab,
   * `validate` or the function of `update` (error `network`, with `details.timeoutMs`). Nothing is sent after such an error, and the draft stays.
   * A store has two seconds, or half of this time if that is shorter; the client then goes on without the store. `fetch` has no time limit; only
   * its signal ends it.
   */
  timeoutMs?: number;
}

/** What holds for the URLs that `match`. */
export interface RouteRule {
  /** A URL or path, in which `*` stands for any characters; a RegExp on the URL; or a function of the outgoing request, without its body. */
  match: string | RegExp | ((request: Request) => boolean);
  /** Where the version lives; default `etag()`. */
  version?: VersionAdapter;
  /** How documents are merged. */
  merge?: JsonMergeOptions & TextMergeOptions;
  /** What the documents are; by default what their media type says. */
  format?: "json" | "text" | "bytes";
  /** How an update is sent: whole (default), or as a PATCH with what changed (RFC 7396, which cannot set null; RFC 6902). */
  update?: "put" | "merge-patch" | "json-patch";
  /**
   * Members that only the server sets (OpenAPI's `readOnly`), as JSON Pointers in which `*` stands for any name or index. They are not sent, and
   * never count as an edit.
   */
  readOnly?: readonly JsonPointer[];
  /**
   * For documents in an envelope (`{data: …}`, base64). `unwrap` takes the document out of every received body, and `wrap` puts it into every sent
   * body, also for `fetch`. Both receive JSON parsed, a text as a string, and anything else as a Uint8Array. Both are synchronous.
   */
  body?: {
    /** Returns the document in a body; undefined if the answer to a write holds no document. */
    unwrap(body: unknown): unknown;
    /** Returns the body for a document. `before` is a copy of the body of the version that the write names; undefined for a creation. */
    wrap(value: unknown, before: unknown): unknown;
  };
  /**
   * Called with a merged value that nobody has seen, before it is sent; other saves are not checked. Any returned message turns the clean merge into
   * a conflict. The messages are in `conflict.problem.detail`, and a change with the id "#invalid" asks about the document as a whole. Its choice
   * "suggested" saves the merge in spite of the objection, with the decisions for single changes. The newest decision counts: "mine", "theirs" and
   * "base" replace the decisions for single changes, and a later decision for a single change replaces them there. `take("mine")` without an id keeps
   * the edits of others.
   * Also accepts a Standard Schema (Zod, Valibot, ArkType); `conflict.problem.fields` has the paths of its issues.
   */
  validate?: ((merged: unknown) => readonly string[] | Promise<readonly string[]>) | StandardSchema;
  /** Returns who saved the document of a response, and when, if a header or a member of the body says so. Snapshots have the result as `author`. */
  author?: (response: Response, body: unknown) => Author | null;
  /**
   * For what several writers claim with the same words, such as a lock: where an answer is lost, the write is never repeated, and
   * theirs that equals mine is no success. The result is then `unknown`.
   */
  once?: boolean;
  /**
   * Where reads keep bringing a version that was refused, as behind a shared cache that heeds no request, one more read goes out with
   * a query of its own. Off by default, as servers may refuse an address that they do not know.
   */
  uniqueReads?: boolean;
}

/** Who saved a document. */
export interface Author {
  readonly name?: string;
  /** In milliseconds since 1970. */
  readonly savedAt?: number;
}

/** The part of Standard Schema (standardschema.dev, version 1) that mergefetch uses. */
export interface StandardSchema {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    /** Returns the issues of the value, or a promise of them. */
    readonly validate: (value: unknown) => StandardResult | Promise<StandardResult>;
  };
}

/** The result of a {@link StandardSchema}. Its output value is not used. */
export type StandardResult =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path?: readonly unknown[] | undefined }[] };

/** Reads, saves and merges documents; made by `createClient`. */
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
  /**
   * Saves `mine`, an edit of `base`. Later changes of `mine` do not count.
   *
   * `base` may be a copy of a snapshot: `{ ...snapshot }`, `structuredClone`, JSON, a proxy. The value in a copy does not count. While
   * this client's original lives, its document is the base. Otherwise the client reads the document first.
   *
   * A save repeats the options and fields of the read, except `Authorization` and `Cookie`. From a copy it repeats them only if both calls
   * have the same credentials.
   *
   * @throws {MergefetchError} `invalid-argument`: `base` is no snapshot, or `mine` holds a value that JSON cannot represent, such as a
   *   Promise, a Map or a function. `details.path` is its place.
   */
  save<T>(base: Snapshot<T>, mine: T, init?: RequestInit): Promise<SaveResult<T>>;
  /**
   * Creates `url`; refused when it exists. With `{ method: "POST" }` the URL is a collection, and the server chooses where the
   * new document lives.
   */
  create<T>(url: string | URL, value: T, init?: RequestInit): Promise<SaveResult<T>>;
  /** Removes what `base` is a snapshot of; where somebody has edited it meanwhile, that is a conflict. */
  remove<T>(base: Snapshot<T>, init?: RequestInit): Promise<SaveResult<T>>;
  /**
   * Reads, changes, saves. Whenever the server refuses the write, `change` is called again with the newest document, even if that document
   * equals the refused one: somebody else made the same change. If the fate of a write is unknown, the result is `unknown`, as a repeat could change twice.
   *
   * @param change Changes the draft in place, or returns a new value. It may be async, and may be called several times.
   */
  update<T>(url: string | URL, change: (draft: T) => T | void | Promise<T | void>, init?: RequestInit): Promise<SaveResult<T>>;
  /**
   * Forgets everything of a partition, by default of the current one: what was read, and what the client remembers of it. What is under
   * way for it is aborted; edits that are not saved yet stay in `drafts`. For when a user signs out.
   */
  clear(partition?: string): Promise<void>;
  /** How often the writes of this client were refused, by route and by what became of it; copies, in no order. Empty at first. */
  stats(): readonly RefusalCount[];
}

/** Whether the edit `later` contains all of `earlier`, an edit of `base`. @internal */
export type Holds = (format: Format, base: Body | undefined, earlier: Body | undefined, later: Body | undefined, isSameForm: boolean) => Promise<boolean>;

/** An edit that is kept while its save is under way. @internal */
export interface KeptDraft {
  /** Whether the user who typed the edit is still signed in. */
  isCurrent(): boolean;
  /** Settles when the edit is kept and no other tab of this origin writes the document; called once. */
  ready(): Promise<void>;
  /** The save has ended. The draft stays unless it was saved. Other drafts that the edit contains may be deleted. */
  ended(isSaved: boolean, holds: Holds | undefined): Promise<void>;
  /** The edit has been saved as a decision about its conflict. */
  decided(): Promise<void>;
}

/** What `keepDrafts` of `mergefetch/helpers` makes. */
export interface Drafts {
  /**
   * Edits that no server has acknowledged, and whose page is gone: oldest first. `save(draft.base, draft.mine)` goes on where it ended,
   * and forgets the draft when it is saved; a conflict is found again.
   *
   * @param urls The URLs with secrets that the page may have edited. A draft does not store such a URL. If the URL is neither in this list nor in a
   *   snapshot that the page holds, `***` replaces its secrets.
   */
  list(urls?: readonly (string | URL)[]): Promise<readonly Draft[]>;
  /**
   * Edits that people decided against in a conflict, or discarded: the oldest first, and as many as `keepDrafts(store, { journal })`
   * says. `discard()` forgets them for good.
   */
  journal(): Promise<readonly Draft[]>;
  /** For the client. @internal */
  through(warn: Warn, timeoutMs: number): void;
  /** For the client: identifies one user of the drafts in the data behind the base snapshots. @internal */
  tokenOf(user: string | null | undefined): object;
  /** For the client. @internal */
  keep(url: string, base: Base | undefined, mine: Body | null, format: Format, isBelow: boolean): KeptDraft;
}

/** An edit that no server has acknowledged. */
export interface Draft<T = unknown> {
  readonly url: string;
  /** What the edit started from; null for what was to be created. */
  readonly base: Snapshot<T> | null;
  /** Null for what was to be removed. */
  readonly mine: T | null;
  /** When it was to be saved, in milliseconds since 1970. */
  readonly savedAt: number;
  /** Forgets it; the journal still has it, where there is one. */
  discard(): Promise<void>;
}

/** A document with its version, as it was read. {@link Client.save} accepts a snapshot or a copy of it. */
export interface Snapshot<T = unknown> {
  /** The final URL, after redirects. */
  readonly url: string;
  /** The document: parsed JSON, a string, or a Uint8Array. Editing it in place is allowed. */
  readonly value: T;
  /** The version token as received, quotes and all; null when none was readable. */
  readonly version: string | null;
  /** What kind of version it is, and so how well it protects: "weak" and "date" tell fewer changes apart, "none" none. */
  readonly protection: "strong" | "weak" | "date" | "custom" | "none";
  /** Whether the body came with this answer, was confirmed by it, or was not asked about. */
  readonly source: "network" | "revalidated" | "cache";
  /** The result of the route's `author`; null if it names nobody. */
  readonly author: Author | null;
  /**
   * The digest of `value` as it was read. It proves that a copy of a snapshot, for example after a reload, is unedited. After a redirect to another
   * origin, it also contains the origin that the caller named.
   */
  readonly digest?: string;
}

/** What became of a save. Only `ok: false` needs somebody, and what was typed is always in it. */
export type SaveResult<T = unknown> =
  /**
   * If no read brought the new version, `snapshot` holds the document of the answer, or else the sent document, with `version` null. The next save
   * reads first.
   */
  | { readonly ok: true; readonly kind: "saved" | "unchanged"; readonly snapshot: Snapshot<T> }
  /**
   * `snapshot` is null if the server did not name the URL of the new document. `body` is then the answer: parsed JSON, a string, or a Uint8Array. It
   * is missing if the answer was empty.
   */
  | { readonly ok: true; readonly kind: "created"; readonly snapshot: Snapshot<T> | null; readonly body?: unknown }
  | { readonly ok: true; readonly kind: "removed"; readonly snapshot: null }
  /** Theirs is what was sent: somebody made the same edit, or the first answer was lost. */
  | { readonly ok: true; readonly kind: "already-saved"; readonly snapshot: Snapshot<T> }
  | { readonly ok: true; readonly kind: "merged"; readonly snapshot: Snapshot<T>; readonly changes: readonly Change[] }
  | { readonly ok: false; readonly kind: "conflict"; readonly conflict: Conflict<T> }
  | (Refusal & { readonly ok: false; readonly mine: T });

/** A write that was refused, or whose fate is unknown, and that no merge can help. `mine` always comes back with it. */
export interface Refusal {
  /** Why it was refused. */
  readonly kind:
    /** A unique value is taken (409 on a create, or a unique constraint). */
    | "duplicate"
    /** The resource's state forbids it. */
    | "invalid-state"
    /** Any other rule of the server; also 400 and 422. */
    | "constraint"
    /** 423, or a 409 that says so. */
    | "locked"
    /** The server asks for a later repeat: Retry-After, a request with the same Idempotency-Key in progress, 408, 425, 429, 503. */
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
  /** The server's words. */
  readonly problem: Problem;
}

/** The server's words, whatever their shape: RFC 9457, `{code, message, details}`, `{error: {…}}`, XML, or plain text. */
export interface Problem {
  /** Of the answer; null where there was none. */
  readonly status: number | null;
  /** A URI that names the kind of problem (RFC 9457). */
  readonly type?: string;
  /** A short name of the server's own. */
  readonly code?: string;
  /** What it is, in a few words, the same for all of its kind. */
  readonly title?: string;
  /** What it is here, for people to read. */
  readonly detail?: string;
  /** Members of the document that the server complains of. */
  readonly fields?: readonly { readonly path: JsonPointer; readonly value?: unknown; readonly detail?: string }[];
  /** The state that forbids it. */
  readonly currentState?: string;
  /** The states that would allow it. */
  readonly allowedStates?: readonly string[];
  /** When to come back, in milliseconds from the answer on. */
  readonly retryAfterMs?: number;
  /** By which the people of the server find it in their logs. */
  readonly requestId?: string;
  /** The body as parsed. */
  readonly body: unknown;
}

/** An edit that meets another one: what each side changed, the decisions so far, and the way to send the result. */
export interface Conflict<T = unknown> {
  /** Names this conflict among all of the page. */
  readonly id: string;
  /** The document. */
  readonly url: string;
  /** Mine first, then theirs: "edit-delete" is an edit of what somebody removed. */
  readonly kind: "edit-edit" | "edit-delete" | "delete-edit" | "create-create";
  /** What the documents are. */
  readonly format: "json" | "text" | "bytes";
  /** Of the refusal; 412 where a read right before the write found that the document had moved, and nothing was sent. */
  readonly status: number;
  /** The server's words. */
  readonly problem: Problem;
  /** Null where there is none: create-create, or the base was lost. */
  readonly base: Snapshot<T> | null;
  /** The edit, as it was given to the save; null for a removal. */
  readonly mine: T | null;
  /** What the server holds now; null where it is gone. */
  readonly theirs: Snapshot<T> | null;
  /** Every place where a side differs from base, in document order. */
  readonly changes: readonly Change[];
  /** How many changes still wait for a decision. */
  readonly unresolved: number;
  /** The result as decided so far; places without a decision hold mine. */
  readonly merged: T | null;
  /** Where a text typed over the whole stands against decisions made later: ranges of `merged`. Null while none is typed. */
  readonly typed?: readonly Range[] | null;
  /** The regions of a text document, or of a string inside a JSON document. */
  text(path?: JsonPointer): TextMerge | null;

  /** Decides one change, or all that still wait. "both": mine, then theirs; "both-reversed": theirs, then mine; where that makes sense. */
  take(choice: Choice, changeId?: string): this;
  /**
   * Decides one change with a value of the user's own. For the order of an array, and for a move within one array, this is the array in its
   * order: elements as base, mine or theirs has them. In a text, with "" as the id: the whole result, typed over. It stands, and
   * decisions made later are merged into it; where they touch what was typed ({@link Conflict.typed}), they count as `unresolved`
   * until it is set again.
   */
  set(changeId: string, value: unknown): this;
  /** Takes back one decision, or all; "" takes back what was typed over the whole of a text. */
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

/** Functions that the client calls on events. If an observer throws, no call ends, and the client reports it once, as the warning `callback`. */
export interface Observers {
  /** Edits overlap: somebody has to decide. */
  conflict?(conflict: Conflict): void;
  /** Somebody else had saved in between; nothing overlapped, and the server has both. */
  merged?(event: { url: string; changes: readonly Change[] }): void;
  /** A refusal that needed nobody: a lost answer, only server-managed fields moved, a weakened validator. */
  absorbed?(event: { url: string; kind: "already-saved" | "only-ignored" | "validator" | "version-required" }): void;
  /** Something the developer of the app or the server should mend, in one sentence. */
  warning?(event: { url: string; code: WarningCode; message: string }): void;
  /** Every exchange: how long it took, and how many bytes a 304 saved. */
  request?(event: { url: string; method: string; status: number | null; ms: number; bytesSaved: number }): void;
}

/** Where the version of a resource lives. Presets: etag(), lastModified(), header(name), field(pointer), couchdb(), kubernetes(), odata(), fhir(). */
export interface VersionAdapter {
  /** The version in an answer, `body` being what it holds, parsed; null where there is none. */
  read(response: Response, body: unknown): string | null;
  /** The request that names `version`, the one that a write stands on. */
  write(request: Request, version: string): Request | Promise<Request>;
  /** Removes the version from a body before it is compared. */
  strip?(body: unknown): unknown;
  /** What a refusal says by itself: the current value or version, or that it is no edit conflict at all. */
  refusal?(response: Response, body: unknown): { theirs?: unknown; version?: string; kind?: Refusal["kind"] } | null;
}

/** How often the writes of one route met a refusal of one class. */
export interface RefusalCount {
  /** `match` of the route as it is written, the name of a function, or "" for URLs without a route. */
  readonly route: string;
  /**
   * What became of the refusal. "merged": both edits were saved. "conflict": somebody was asked. A kind of `Observers.absorbed`: it
   * needed nobody. Anything else: the kind of {@link Refusal} that the caller got.
   */
  readonly kind: "merged" | "conflict" | Refusal["kind"] | Parameters<NonNullable<Observers["absorbed"]>>[0]["kind"];
  /** How many of them there were since the client was made. */
  readonly count: number;
}
