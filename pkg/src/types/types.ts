/** The types of clients: options, results, snapshots and conflicts. `merge.ts` has the types of merges. */
import type { KeptEdit, Typed } from "./kept.js";
import type { Change, Choice, JsonMergeOptions, JsonPointer, Range, TextMerge, TextMergeOptions } from "./merge.js";
import type { Store, Warn } from "./store.js";
import type { WarningCode } from "./warnings.js";
import type { Base, Body, Format, RawCall } from "./wire.js";

export type * from "./merge.js";
export type * from "./store.js";
export type * from "./warnings.js";

/** How a client reads, saves and merges; all optional. */
export interface ClientOptions {
  /**
   * Used in place of the global `fetch`: for authentication, tests, or server-side rendering.
   *
   * @default globalThis.fetch
   * @example
   * createClient({ fetch: (input, init) => fetch(input, { ...init, credentials: "include" }) });
   */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /**
   * The base of relative URLs.
   *
   * @default the URL of the page
   * @example
   * createClient({ baseUrl: "https://api.example.org/v1/" });
   */
  readonly baseUrl?: string | URL | undefined;
  /**
   * Keeps responses for later reads.
   *
   * @default memory()
   * @example
   * createClient({ store: indexedDb({ name: "notes", partition: () => userId }) });
   */
  readonly store?: Store | undefined;
  /**
   * The result of `keepDrafts(store)` of `mergefetch/helpers`: keeps every edit until a server has acknowledged it.
   *
   * @default undefined: an edit lives as long as its page
   * @example
   * createClient({ drafts: keepDrafts(indexedDb({ name: "drafts", partition: () => userId })) });
   */
  readonly drafts?: Drafts | undefined;
  /**
   * Rules for URLs. The first rule that matches counts.
   *
   * @default []
   * @example
   * createClient({ routes: [{ match: "/notes/*", merge: { rules: { "/tags": "set" } } }] });
   */
  readonly routes?: readonly RouteRule[] | undefined;
  /**
   * The treatment of edits that do not overlap. "merge": the client merges and saves again, and reports `merged`. "ask-if-ambiguous": the same,
   * unless another result would be as good. "ask": the client returns a conflict.
   *
   * @default "ask-if-ambiguous"
   * @example
   * createClient({ whenClean: "ask" });
   */
  readonly whenClean?: "merge" | "ask-if-ambiguous" | "ask" | undefined;
  /**
   * The treatment of a write without a version, or to a server that is known to accept stale versions. "warn": it is sent, and reported as
   * unprotected. "refuse": it is not sent.
   *
   * @default "warn"
   * @example
   * createClient({ unprotected: "refuse" });
   */
  readonly unprotected?: "warn" | "refuse" | undefined;
  /**
   * The number of repeats, and the pauses between them. A pause doubles with each round.
   *
   * @default { rounds: 5, baseDelayMs: 200, maxDelayMs: 5000 }
   * @example
   * createClient({ retry: { rounds: 2 } });
   */
  readonly retry?: { readonly rounds?: number | undefined; readonly baseDelayMs?: number | undefined; readonly maxDelayMs?: number | undefined } | undefined;
  /**
   * The time at which the WebAssembly module is loaded. The first read of a document does not need it. "idle": in idle time, once the page has its
   * first document. "never": with the first write, or the second read of a document.
   *
   * @default "idle"
   * @example
   * createClient({ preload: "never" });
   */
  readonly preload?: "idle" | "never" | undefined;
  /**
   * Functions that the client calls on events.
   *
   * @default {}
   * @example
   * createClient({ on: { warning: ({ code, message }) => console.warn(code, message) } });
   */
  readonly on?: Observers | undefined;
  /**
   * The time limit of one exchange of `get`, `save`, `create`, `remove`, `update` or a conflict, in milliseconds. The same limit holds for the module
   * (error `not-started`; reads continue without it). It also holds for waits before or between exchanges: for the turn, another tab, `validate` or the
   * function of `update` (error `network`, with `details.timeoutMs`). After such an error nothing is sent, and the draft stays. A store has two seconds,
   * or half of this time if that is shorter; the client then continues without the store. `fetch` has no time limit; only its signal ends it.
   *
   * @default 60000
   * @example
   * createClient({ timeoutMs: 10_000 });
   */
  readonly timeoutMs?: number | undefined;
}

/** The rule for the URLs that `match`. */
export interface RouteRule {
  /**
   * A URL or path, in which `*` matches any characters; a RegExp on the URL; or a function of the outgoing request, without its body.
   *
   * @example
   * { match: "/notes/*" }
   * @example
   * { match: (request) => request.headers.get("accept") === "application/json" }
   */
  readonly match: string | RegExp | ((request: Request) => boolean);
  /**
   * The place of the version.
   *
   * @default etag()
   * @example
   * { match: "/notes/*", version: field("/version") }
   */
  readonly version?: VersionAdapter | undefined;
  /**
   * The rules for merging documents.
   *
   * @default {}
   * @example
   * { match: "/notes/*", merge: { rules: { "/items": { key: "id" } } } }
   */
  readonly merge?: JsonMergeOptions & TextMergeOptions | undefined;
  /**
   * The format of the documents.
   *
   * @default the format of their media type
   * @example
   * { match: "*.md", format: "text" }
   */
  readonly format?: "json" | "text" | "bytes" | undefined;
  /**
   * The request of an update: the whole document, or a PATCH with the changes (RFC 7396, which cannot set null; RFC 6902).
   *
   * @default "put"
   * @example
   * { match: "/notes/*", update: "json-patch" }
   */
  readonly update?: "put" | "merge-patch" | "json-patch" | undefined;
  /**
   * Members that only the server sets (OpenAPI's `readOnly`), as JSON Pointers in which `*` matches any name or index. They are not sent, and
   * never count as an edit.
   *
   * @default []
   * @example
   * { match: "/notes/*", readOnly: ["/createdAt", "/owner"] }
   */
  readonly readOnly?: readonly JsonPointer[] | undefined;
  /**
   * For documents in an envelope (`{data: …}`, base64). `unwrap` takes the document out of every received body, and `wrap` puts it into every sent
   * body, also for `fetch`. Both receive JSON parsed, a text as a string, and anything else as a Uint8Array. Both are synchronous.
   *
   * @default undefined: the body is the document
   * @example
   * { match: "/notes/*", body: { unwrap: (body) => body.data, wrap: (value) => ({ data: value }) } }
   */
  readonly body?:
    | {
        /** Returns the document in a body; undefined if the answer to a write holds no document. */
        unwrap(body: unknown): unknown;
        /** Returns the body for a document. `before` is a copy of the body of the version that the write names; undefined for a creation. */
        wrap(value: unknown, before: unknown): unknown;
      }
    | undefined;
  /**
   * Called with a merged value that nobody has seen, before it is sent; other saves are not checked. Any returned message turns the clean merge into
   * a conflict. The messages are in `conflict.problem.detail`, and a change with the id "#invalid" asks about the document as a whole. Its choice
   * "suggested" saves the merge in spite of the objection, with the decisions for single changes. The newest decision counts: "mine", "theirs" and
   * "base" replace the decisions for single changes, and a later decision for a single change replaces them there. `take("mine")` without an id keeps
   * the edits of others.
   * Also accepts a Standard Schema (Zod, Valibot, ArkType); `conflict.problem.fields` has the paths of its issues.
   *
   * @default undefined: every merge is valid
   * @example
   * { match: "/notes/*", validate: (note) => (note.title === "" ? ["The title is empty."] : []) }
   */
  readonly validate?: ((merged: unknown) => readonly string[] | Promise<readonly string[]>) | StandardSchema | undefined;
  /**
   * Returns who saved the document of a response, and when, if a header or a member of the body says so. Snapshots have the result as `author`.
   *
   * @default undefined: `author` of each snapshot is null
   * @example
   * { match: "/notes/*", author: (response) => ({ name: response.headers.get("x-author") ?? undefined }) }
   */
  readonly author?: ((response: Response, body: unknown) => Author | null) | undefined;
  /**
   * For documents that several writers claim with equal content, such as a lock. If an answer is lost, the write is never repeated, and
   * theirs that equals mine is no success. The result is then `unknown`.
   *
   * @default false
   * @example
   * { match: "/locks/*", once: true }
   */
  readonly once?: boolean | undefined;
  /**
   * Some shared caches ignore the directives of requests, so that reads return a refused version again and again. With this option one more read has
   * a unique query. Servers may refuse a URL that they do not know.
   *
   * @default false
   * @example
   * { match: "/notes/*", uniqueReads: true }
   */
  readonly uniqueReads?: boolean | undefined;
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
  /**
   * Same signature and behaviour as `fetch`; adds validators to reads and preconditions to writes (RFC 9110 §13). A 304 never reaches the caller.
   *
   * @throws The errors of `fetch`; `MergefetchError` with `too-large` for a tracked PUT over 32 MiB.
   * @example
   * const response = await client.fetch("/notes/7", { method: "PUT", body: JSON.stringify(note) });
   */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  /**
   * Returns the conflict behind a 409 or 412 of `fetch`, or null if it is no conflict.
   *
   * @throws {MergefetchError} As {@link Client.get}.
   * @example
   * const conflict = response.status === 412 ? await client.conflictOf(response) : null;
   */
  conflictOf(response: Response): Promise<Conflict | null>;

  /**
   * Reads a document. A stored response is revalidated.
   *
   * @throws {MergefetchError} `network`: no answer. `http`: another status than 200, with `details.status` and
   *   `details.problem`. `invalid-json`, `invalid-text`, `too-large`, `too-deep`: a body that cannot be read.
   * @example
   * const note = await client.get<Note>("/notes/7");
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
   * @example
   * const result = await client.save(note, { ...note.value, title: "New" });
   */
  save<T>(base: Snapshot<T>, mine: T, init?: RequestInit): Promise<SaveResult<T>>;
  /**
   * Creates a document at `url`. The server refuses it if a document exists there. With `{ method: "POST" }` the URL is a collection, and the server
   * chooses the URL of the new document.
   *
   * @throws {MergefetchError} As {@link Client.save}.
   * @example
   * const result = await client.create("/notes", { title: "New" }, { method: "POST" });
   */
  create<T>(url: string | URL, value: T, init?: RequestInit): Promise<SaveResult<T>>;
  /**
   * Removes the document of `base`. If somebody has edited it meanwhile, the result is a conflict.
   *
   * @throws {MergefetchError} As {@link Client.save}.
   * @example
   * const result = await client.remove(note);
   */
  remove<T>(base: Snapshot<T>, init?: RequestInit): Promise<SaveResult<T>>;
  /**
   * Reads, changes, saves. Whenever the server refuses the write, `change` is called again with the newest document, even if that document
   * equals the refused one: somebody else made the same change. If the fate of a write is unknown, the result is `unknown`, as a repeat could change twice.
   *
   * @param change Changes the draft in place, or returns a new value. It may be async, and may be called several times.
   * @throws {MergefetchError} As {@link Client.get}. An error of `change` passes unchanged.
   * @example
   * await client.update<Note>("/notes/7", (draft) => void draft.votes++);
   */
  update<T>(url: string | URL, change: (draft: T) => T | void | Promise<T | void>, init?: RequestInit): Promise<SaveResult<T>>;
  /**
   * Forgets stored responses and all memory of a partition, by default of the current one. Calls under way are aborted. Edits that are not saved yet
   * stay in `drafts`. Call it when a user signs out.
   *
   * @throws {MergefetchError} `store`: the store failed, or did not answer in time.
   * @example
   * await client.clear(userId);
   */
  clear(partition?: string): Promise<void>;
  /**
   * A conflict that was kept with `JSON.stringify(conflict)`, with its decisions. Nothing is sent: the next `refresh` or `submit` reads theirs again.
   *
   * @param kept The parsed text.
   * @returns The conflict, as it was when it was kept.
   * @throws {MergefetchError} `invalid-argument`: no conflict that this version of the package has kept.
   * @example
   * const conflict = await client.restore(JSON.parse(sessionStorage.getItem("conflict") ?? "null"));
   */
  restore<T>(kept: unknown): Promise<Conflict<T>>;
  /**
   * The number of refused writes of this client, by route and result: copies, in no order. Empty at first.
   *
   * @example
   * console.table(client.stats());
   */
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
  /**
   * The save has ended. The draft stays unless it was saved. Other drafts that the edit contains may be deleted.
   *
   * @param holds Undefined if nothing was sent.
   * @param isUnanswered Whether nobody knows if the server has the edit.
   */
  ended(isSaved: boolean, holds: Holds | undefined, isUnanswered?: boolean): Promise<void>;
  /** The edit has been saved as a decision about its conflict. */
  decided(): Promise<void>;
}

/** What this page knows of a draft in the store. @internal */
export interface DraftEntry {
  readonly key: string;
  /** The document: its URL, or the hash of a URL with a secret. */
  readonly name: string;
  /** The store of the user who typed the edit, whoever is signed in when the save ends. */
  readonly store: Store;
  readonly user: string | null | undefined;
  /** The base of the form in which the edit was typed. */
  readonly base: WeakRef<Base> | undefined;
  /** Whether the save of the draft waits or is under way. */
  isOpen: boolean;
  /** Whether a save of this page has ended without an answer. */
  isUnanswered?: boolean;
  /** How the form saves the edit that was typed in it. */
  resend?: Resend | undefined;
}

/** Saves a form again. @internal */
export type Resend = () => Promise<SaveResult>;

/** A draft that the store holds. @internal */
export interface FoundDraft {
  readonly entry: DraftEntry;
  readonly kept: KeptEdit;
  readonly id: string;
  /** Whether this page keeps it, another page that lives, or none. */
  readonly whose: "own" | "foreign" | "left";
  readonly url: string;
}

/** What is typed in one form, kept while it is typed. @internal */
export interface TypedDraft {
  /** Replaces the draft; whether the store holds it now. */
  put(url: string, base: Base, mine: Body, format: Format, typed: Typed): Promise<boolean>;
  forget(): Promise<void>;
}

/** The result of `keepDrafts` of `mergefetch/helpers`. */
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
  /** For a document in a form: the draft of what is typed in it. @internal */
  typing(): TypedDraft;
  /** For the client. @internal */
  keep(call: RawCall, base: Base | undefined, mine: Body | null, format: Format, isBelow: boolean): KeptDraft;
  /** For an outbox, which sends drafts again from now on. `changed` is called when there may be others; `isTaken` finds those that it sends. @internal */
  attach(changed: () => void, isTaken: (kept: KeptEdit) => boolean): void;
  /** For an outbox: all drafts of the user. @internal */
  all(urls: readonly (string | URL)[]): Promise<readonly FoundDraft[]>;
  /** For an outbox. @internal */
  draft(found: FoundDraft): Draft;
  /** For an outbox: `send` calls the client at once, which keeps the edit as the same draft. It gets the page's own snapshot of the base. @internal */
  sending<R>(found: FoundDraft, send: (from: Snapshot | undefined) => R): R;
}

/** An edit that no server has acknowledged. */
export interface Draft<T = unknown> {
  readonly url: string;
  /** The document that the edit started from; null for a creation. */
  readonly base: Snapshot<T> | null;
  /** Null for a removal. */
  readonly mine: T | null;
  /** When it was to be saved, or when the last letter of it was typed in a form of `openDocument`, in milliseconds since 1970. */
  readonly savedAt: number;
  /** Forgets the draft. The journal, if there is one, keeps it. */
  discard(): Promise<void>;
}

/** A document with its version, as it was read. {@link Client.save} accepts a snapshot or a copy of it. */
export interface Snapshot<T = unknown> {
  /** The final URL, after redirects. */
  readonly url: string;
  /** The document: parsed JSON, a string, or a Uint8Array. Editing it in place is allowed. */
  readonly value: T;
  /** The version token as received, with its quotes; null if no version was readable. */
  readonly version: string | null;
  /** The protection of the version. "weak" and "date" miss some changes, "none" misses all. */
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

/** The result of a save. Only `ok: false` needs a person, and it always contains the edit. */
export type SaveResult<T = unknown> =
  /**
   * If no read returned the new version, `snapshot` holds the document of the answer, or else the sent document, with `version` null. The next save
   * reads first.
   */
  | { readonly ok: true; readonly kind: "saved" | "unchanged"; readonly snapshot: Snapshot<T> }
  /**
   * `snapshot` is null if the server did not name the URL of the new document. `body` is then the answer: parsed JSON, a string, or a Uint8Array. It
   * is missing if the answer was empty.
   */
  | { readonly ok: true; readonly kind: "created"; readonly snapshot: Snapshot<T> | null; readonly body?: unknown }
  | { readonly ok: true; readonly kind: "removed"; readonly snapshot: null }
  /** The server already held the sent document: somebody made the same edit, or the first answer was lost. */
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
    /** 428, and no version was readable. */
    | "version-required"
    /** Refused, and yet the server, a cache or a replica keeps answering with the version that was refused. */
    | "stale-read"
    /** 401, 403. */
    | "forbidden"
    /** Not sent: no version, and `unprotected: "refuse"`. */
    | "unprotected"
    /** No answer, or an inconclusive one: the edit may or may not have been saved. */
    | "unknown";
  /** The server's words. */
  readonly problem: Problem;
}

/** The server's message, in any of these forms: RFC 9457, `{code, message, details}`, `{error: {…}}`, XML, or plain text. */
export interface Problem {
  /** The status of the answer; null if no answer came. */
  readonly status: number | null;
  /** A URI that names the kind of problem (RFC 9457). */
  readonly type?: string;
  /** A short name of the server's own. */
  readonly code?: string;
  /** A summary of the kind of problem, for people. */
  readonly title?: string;
  /** An explanation of this occurrence, for people. */
  readonly detail?: string;
  /** Members of the document that the server complains of. */
  readonly fields?: readonly { readonly path: JsonPointer; readonly value?: unknown; readonly detail?: string }[];
  /** The state that forbids it. */
  readonly currentState?: string;
  /** The states that would allow it. */
  readonly allowedStates?: readonly string[];
  /** The time until a retry, in milliseconds after the answer. */
  readonly retryAfterMs?: number;
  /** The id under which the server logged the request. */
  readonly requestId?: string;
  /** The body as parsed. */
  readonly body: unknown;
}

/** An edit that meets another edit: the changes of each side, the decisions so far, and functions that send the result. */
export interface Conflict<T = unknown> {
  /** Identifies this conflict among all conflicts of the page. */
  readonly id: string;
  /** The document. */
  readonly url: string;
  /** Mine first, then theirs: "edit-delete" is an edit of a document that somebody removed. */
  readonly kind: "edit-edit" | "edit-delete" | "delete-edit" | "create-create";
  /** The format of the documents. */
  readonly format: "json" | "text" | "bytes";
  /** The status of the refusal. It is 412 if a pre-write check found another version, and nothing was sent. */
  readonly status: number;
  /** The server's words. */
  readonly problem: Problem;
  /** The document that the edit started from; null for create-create, or if the base was lost. */
  readonly base: Snapshot<T> | null;
  /** The edit, as the caller passed it; null for a removal. */
  readonly mine: T | null;
  /** The document that the server holds now; null if it is gone. */
  readonly theirs: Snapshot<T> | null;
  /** Every place where a side differs from base, in document order. */
  readonly changes: readonly Change[];
  /** How many changes still wait for a decision. */
  readonly unresolved: number;
  /** The result as decided so far; places without a decision hold mine. */
  readonly merged: T | null;
  /** Ranges of `merged` in which typed text overlaps later decisions. Null if no text was typed over the whole result. */
  readonly typed?: readonly Range[] | null;
  /** The regions of a text document, or of a string inside a JSON document. */
  text(path?: JsonPointer): TextMerge | null;

  /** The documents and decisions as plain data, for {@link Client.restore} after a reload. It holds the URL and both documents. */
  toJSON(): unknown;

  /** Decides one change, or all that still wait. "both" is mine, then theirs; "both-reversed" is theirs, then mine. */
  take(choice: Choice, changeId?: string): this;
  /**
   * Decides one change with a value of the user's own. For the order of an array, and for a move within one array, this is the array in its
   * order: elements as base, mine or theirs has them. In a text, with "" as the id: the whole result, typed over. It stands, and
   * decisions made later are merged into it; where they touch what was typed ({@link Conflict.typed}), they count as `unresolved`
   * until it is set again.
   */
  set(changeId: string, value: unknown): this;
  /** Reopens one decision, or all. The id "" removes text that was typed over the whole result. */
  reopen(changeId?: string): this;
  /** Calls `listener` after every change of this object. Returns a function that ends this. */
  subscribe(listener: () => void): () => void;

  /**
   * Sends the result with the version of theirs. If theirs has moved again, decisions whose inputs did not change are kept. If changes
   * still wait for a decision, nothing is sent, and the result is this conflict.
   */
  submit(init?: RequestInit): Promise<SaveResult<T>>;
  /** Sends mine with the version of theirs. */
  overwrite(init?: RequestInit): Promise<SaveResult<T>>;
  /** Reads theirs again and keeps the decisions that still hold. */
  refresh(): Promise<{ readonly moved: boolean; readonly reopened: readonly string[] }>;
}

/** Functions that the client calls on events. If an observer throws, no call ends, and the client reports it once, as the warning `callback`. */
export interface Observers {
  /** Edits overlap, and a person has to decide. */
  readonly conflict?: ((conflict: Conflict) => void) | undefined;
  /** Somebody else had saved in between, and nothing overlapped. The server has both edits. */
  readonly merged?: ((event: { readonly url: string; readonly changes: readonly Change[] }) => void) | undefined;
  /** A refusal that was resolved without a person: a lost answer, changes of server-managed members only, a weakened validator. */
  readonly absorbed?: ((event: { readonly url: string; readonly kind: "already-saved" | "only-ignored" | "validator" | "version-required" }) => void) | undefined;
  /** A problem that the developer of the app or of the server should fix, in one sentence. */
  readonly warning?: ((event: { readonly url: string; readonly code: WarningCode; readonly message: string }) => void) | undefined;
  /** Every exchange, with its duration and the bytes that a 304 saved. */
  readonly request?: ((event: { readonly url: string; readonly method: string; readonly status: number | null; readonly ms: number; readonly bytesSaved: number }) => void) | undefined;
}

/** The place of the version of a resource. Presets: etag(), lastModified(), header(name), field(pointer), couchdb(), kubernetes(), odata(), fhir(). */
export interface VersionAdapter {
  /** Returns the version in an answer, or null. `body` is the parsed body. */
  read(response: Response, body: unknown): string | null;
  /** Returns the request with `version`, the version that the write started from. */
  write(request: Request, version: string): Request | Promise<Request>;
  /** Removes the version from a body before it is compared. */
  strip?(body: unknown): unknown;
  /** Returns the contents of a refusal: the current value or version, or a kind that is no edit conflict. */
  refusal?(response: Response, body: unknown): { theirs?: unknown; version?: string; kind?: Refusal["kind"] } | null;
}

/** How often the writes of one route met a refusal of one class. */
export interface RefusalCount {
  /** `match` of the route as it is written, the name of a function, or "" for URLs without a route. */
  readonly route: string;
  /**
   * The result of the refusal. "merged": both edits were saved. "conflict": a person was asked. A kind of `Observers.absorbed`: it was resolved
   * without a person. Any other value is the kind of {@link Refusal} that the caller got.
   */
  readonly kind: "merged" | "conflict" | Refusal["kind"] | Parameters<NonNullable<Observers["absorbed"]>>[0]["kind"];
  /** Their number since the client was made. */
  readonly count: number;
}
