// Written from src/wasm/wire.rs by `MERGEFETCH_WRITE=1 cargo test --test wire`.
/** All that crosses into the module and back, as types. */
import type { Handle } from "../core/mergefetch.js";

/** A document at the boundary: JSON and text as they are written, anything else as bytes. */
export type Body = string | Uint8Array;

/** The `fetch` of a client, and its store: the module asks for no more of them. */
export type Fetch = (input: Request, init?: RequestInit) => Promise<Response>;
export interface KeyStore {
  get(key: string): Promise<Uint8Array | null>;
  set(key: string, value: Uint8Array): Promise<void>;
  delete(key: string): Promise<void>;
}

/** The format of a document. */
export type Format = "json" | "text" | "bytes";

/** How well a version protects a write. */
export type Protection = "strong" | "weak" | "date" | "custom" | "none";

/** Where a snapshot came from. */
export type Source = "network" | "revalidated";

/** A request method of the module. */
export type Method = "GET" | "PUT" | "POST" | "PATCH" | "DELETE";

/** The meeting of two edits. */
export type ConflictKind = "edit-edit" | "edit-delete" | "delete-edit" | "create-create";

/** A write that the server has stored. */
export type SavedKind = "saved" | "created" | "removed" | "unchanged" | "already-saved" | "merged";

/** A write that was not accepted, or whose fate is unknown. */
export type RefusalKind = "duplicate" | "invalid-state" | "constraint" | "locked" | "busy" | "version-required" | "stale-read" | "forbidden" | "unprotected" | "unknown";

/** What happens to a document in a form, beside typing, reads and saves. */
export type DocumentEvent = "entered" | "conflicted" | "failed" | "dropped" | "resumed" | "announced";

/** The end of a sending from the outbox. */
export type OutboxAnswer = "stored" | "held" | "missing";

/** A refusal that was resolved without a person. */
export type AbsorbedKind = "already-saved" | "only-ignored" | "validator" | "version-required";

/** A problem that the developer of the app or the server should fix. */
export type WarningCode = "unprotected" | "recreated" | "weak-tag" | "only-dates" | "no-write-answered" | "fields-withheld";

/** A way to settle a change without typing. */
export type Choice = "base" | "mine" | "theirs" | "both" | "both-reversed" | "suggested";

/** The codes of the module's errors. */
export type ModuleErrorCode = "invalid-argument" | "invalid-text" | "invalid-json" | "too-large" | "too-deep" | "internal" | "network" | "http" | "not-started";

/** The outcome of a write. */
export type ResultKind = SavedKind | RefusalKind | "conflict";

/** A preset of versions. */
export type Preset = "etag" | "lastModified" | "header" | "field" | "couchdb" | "kubernetes" | "odata" | "fhir";

/** An array whose key was inferred: its path, the names of the key, and how sure the key is. */
export type RawInferred = readonly [path: string, key: readonly string[], sureness: number];

/** An operation: its name, its path, and the JSON text of its value, or the path of its origin. */
export type RawOperation =
  | readonly [op: "add" | "replace" | "test", path: string, value: string]
  | readonly [op: "move" | "copy", path: string, from: string]
  | readonly [op: "remove", path: string, none: null];

/** One call of a client: plain options, with functions and objects of the page beside them. */
export interface RawCall {
  readonly options: CallOptions;
  /** Called with a merged document; the promise resolves with the objection, or undefined: a message, then a path and a message for each member. */
  readonly validate?: ((body: Body) => Promise<readonly string[] | undefined>) | undefined;
  /** Called when the turn of the write has come; resolves once the draft is kept and no other tab writes the document. */
  ready?: () => Promise<void>;
  /** The caller's change of a document. */
  change?: (body: Body, format: Format) => Promise<Body>;
  /** The caller's own request of `fetch`. */
  request?: Request;
  readonly headers: Headers;
  /** A new object for each call. */
  readonly init: RequestInit;
  /** Aborts with the caller's signal, and, except for `fetch`, when the client is cleared. */
  readonly signal: AbortSignal;
  /** Called right before each request. An error that it throws ends the call. */
  sending: (method: string) => void;
}

/** The options of one call, which the facade has checked. */
export interface CallOptions {
  readonly url: string;
  readonly format?: Format | undefined;
  /** Whether a function of the page takes the document out of its body. The module does not read it. */
  readonly isEnveloped: boolean;
  readonly isSameOrigin: boolean;
  readonly isOnce?: boolean | undefined;
  readonly hasUniqueReads?: boolean | undefined;
  hasIdempotencyKey: boolean;
  readonly timeoutMs: number;
  readonly isNoStore: boolean;
  readonly contentType?: string | undefined;
  readonly whenClean: string;
  readonly refuseUnprotected: boolean;
  readonly rounds: number;
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  readonly merge: RawMergeOptions;
  readonly versioning: RawVersioning;
  readonly update: string;
  readonly readOnly?: readonly string[] | undefined;
}

/** The options of a merge. */
export interface RawMergeOptions {
  readonly granularity?: string | undefined;
  readonly adjacency?: string | undefined;
  readonly style?: string | undefined;
  readonly favor?: string | undefined;
  readonly labelBase?: string | undefined;
  readonly labelMine?: string | undefined;
  readonly labelTheirs?: string | undefined;
  readonly markerSize?: number | undefined;
  readonly rules: readonly RawRule[];
}

/** A rule for a part of a JSON document. */
export interface RawRule {
  readonly pointer: string;
  readonly rule: string;
  readonly members: readonly string[];
}

/** A preset of versions; the module contains its rules. */
export interface RawVersioning {
  readonly kind: Preset;
  /** Of `header` the field of answers and the field of writes, with a colon between. */
  readonly argument?: string;
}

/** The base of an edit. */
export interface Base {
  readonly url: string;
  readonly format: Format;
  readonly version?: string | null | undefined;
  /** The `Last-Modified` that came with a tag. */
  readonly modified?: string | undefined;
  readonly contentType?: string | undefined;
  /** The origin that the caller named, if a redirect or a `Location` led to another one. */
  readonly named?: string | undefined;
  /** The document as it was read; undefined if unknown. */
  readonly body?: Body | undefined;
  /**
   * Set for a copy of a snapshot whose original is gone. If the newest version equals `version`, the newest document is the base.
   * Otherwise `body` is the base: the value of the copy, with numbers as JavaScript holds them, or undefined if that value was edited.
   */
  readonly isCopy?: boolean | undefined;
  /** An edit of this base that another page may have sent. */
  doubted?: Body | undefined;
  /** The number of the save that the module remembers for this base. */
  remembered?: number | undefined;
}

/** A snapshot as the module returns it, beside the members of `Base`. */
export interface RawSnapshot extends Base {
  readonly body: Body;
  readonly protection: Protection;
  readonly source: Source;
  readonly author?: string;
}

/** The server's message. `value` in its `fields` is a JSON text. */
export interface RawProblem {
  readonly status: number | null;
  readonly fields: readonly RawField[];
  readonly allowedStates: readonly string[];
  readonly body: string | null;
  readonly isJson: boolean;
  readonly type?: string;
  readonly code?: string;
  readonly title?: string;
  readonly detail?: string;
  readonly currentState?: string;
  readonly requestId?: string;
  readonly retryAfterMs?: number;
}

/** A complaint about one member. */
export interface RawField {
  readonly path: string;
  readonly value?: string;
  readonly detail?: string;
}

/** The outcome of any write. */
export interface RawOutcome {
  readonly kind: ResultKind;
  /** The number of the save, which the module remembers while the page holds a snapshot of its base. */
  readonly remembered?: number;
}

/** The server has stored the edit. */
export interface RawSaved extends RawOutcome {
  readonly kind: Exclude<SavedKind, "removed" | "created" | "merged">;
  readonly snapshot: RawSnapshot;
}

/** The server has removed the document. */
export interface RawRemoved extends RawOutcome {
  readonly kind: "removed";
  readonly snapshot: null;
}

/** The server has created the document. Without its URL, `body` holds the answer. */
export interface RawCreated extends RawOutcome {
  readonly kind: "created";
  readonly snapshot?: RawSnapshot | null;
  readonly format?: Format;
  readonly body?: Body;
}

/** The server has stored the edit, merged with another person's edit. */
export interface RawMerged extends RawOutcome {
  readonly kind: "merged";
  readonly snapshot: RawSnapshot;
  readonly format: Format;
  readonly changes: PackedChanges;
}

/** People have to decide. */
export interface RawUndecided extends RawOutcome {
  readonly kind: "conflict";
  readonly conflict: Handle<ConflictCalls>;
}

/** The write was not accepted, or its fate is unknown. */
export interface RawRefused extends RawOutcome {
  readonly kind: RefusalKind;
  readonly problem: RawProblem;
}

/** A submit has met a newer theirs. The conflict is updated. */
export interface RawReopened {
  readonly kind: "conflict";
  /** The ids of the decisions that no longer hold. */
  readonly reopened: readonly string[];
}

/** The answer to a caller of `fetch`. */
export interface RawAnswer {
  readonly response: Response;
  /** A response that the module made has no URL of its own. */
  readonly url?: string;
  readonly refused?: Handle<RefusedCalls>;
}

/** The outcome of reading theirs again. */
export interface RawRefreshed {
  readonly moved: boolean;
  readonly reopened: readonly string[];
}

/** The parts of a conflict that only a newer theirs moves. */
export interface RawView {
  readonly url: string;
  readonly kind: ConflictKind;
  readonly format: Format;
  readonly status: number;
  readonly base: RawSnapshot | null;
  readonly theirs: RawSnapshot | null;
  readonly mine: Body | null;
  readonly problem: RawProblem;
  readonly changes: PackedChanges;
}

/** What a save of a document in a form sends: an edit of the version `base`, or a conflict with the version `theirs`. */
export interface RawSending {
  readonly mine: Body;
  readonly base?: number;
  readonly theirs?: number;
  /** What the edit of a conflict started from. */
  readonly from?: Body;
}

/** The state of a document in a form. */
export interface RawDocument {
  readonly base: number;
  readonly theirs: number | null;
  readonly isDirty: boolean;
  readonly isStale: boolean;
  readonly isSaving: boolean;
  readonly isDeciding: boolean;
  readonly isSafeToLeave: boolean;
  readonly needsRead: boolean;
  readonly edits: number;
}

/** An edit in the store of an outbox. */
export interface RawWaiting {
  readonly id: string;
  readonly document: string;
  readonly savedAt: number;
  /** Whether another page that lives will send it. */
  readonly isForeign: boolean;
}

/** What an outbox does next; neither, if it waits for an event. */
export interface RawTurn {
  readonly send?: string;
  readonly waitMs?: number;
}

/** Changes as numbers and texts; long texts are UTF-8. */
export interface PackedChanges {
  readonly numbers: Uint32Array;
  readonly texts: readonly Body[];
}

/** A merge of texts. Each region has `REGION_NUMBERS` numbers. */
export interface RawTextMerge {
  readonly clean: boolean;
  readonly conflicts: number;
  readonly ambiguous: boolean;
  readonly precise: boolean;
  readonly text: string;
  readonly suggestions: readonly (readonly [region: number, text: string])[];
  readonly regions: Uint32Array;
  /** From a worker, which the page cannot ask for them later. */
  readonly maps?: OffsetMaps;
}

/** For each side three numbers for each stretch of the document: its start, its place in the merged text, and 1 if all of it is there. */
export interface OffsetMaps {
  readonly base: Uint32Array;
  readonly mine: Uint32Array;
  readonly theirs: Uint32Array;
}

/** A merge of JSON texts. */
export interface RawJsonMerge {
  readonly clean: boolean;
  readonly conflicts: number;
  readonly ambiguous: boolean;
  readonly text: string;
  readonly inferred: readonly RawInferred[];
  readonly changes: PackedChanges;
}

/** A problem that the developer of the app or the server should fix. */
export interface WarningEvent {
  readonly url: string;
  readonly code: WarningCode;
  readonly message: string;
}

/** A refusal that was resolved without a person. */
export interface AbsorbedEvent {
  readonly url: string;
  readonly kind: AbsorbedKind;
}

/** One exchange. */
export interface RequestEvent {
  readonly url: string;
  readonly method: Method;
  readonly status: number | null;
  ms: number;
  readonly bytesSaved: number;
}

/** The own properties of an error of the module, whose name is `OF_MODULE`. */
export interface RawError extends Error {
  readonly code: Exclude<ModuleErrorCode, "http">;
  readonly details: Readonly<Record<string, unknown>>;
}

/** The error of a read that the server refused. */
export interface RawHttpError extends Error {
  readonly code: "http";
  readonly details: { readonly url: string; readonly status: number; readonly problem: RawProblem };
}

/** The outcome of a write. */
export type RawResult = RawSaved | RawRemoved | RawCreated | RawMerged | RawUndecided | RawRefused;

/** The events of the module, by name. */
export interface Events {
  readonly warning: WarningEvent;
  readonly absorbed: AbsorbedEvent;
  readonly request: RequestEvent;
  readonly engine: undefined;
}

/** An event with its name. */
export type Heard = { readonly [Name in keyof Events]: readonly [name: Name, event: Events[Name]] }[keyof Events];

/** The function that the module calls with each event. */
export type Emit = (...heard: Heard) => void;

/** The calls of the module itself, by number. */
export interface ModuleCalls {
  readonly 0: (fetch: Fetch, store: KeyStore, emit: Emit, loadEngine: () => Promise<unknown>) => Handle<ClientCalls>;
  readonly 1: () => void;
  readonly 2: (base: string | null, mine: string, theirs: string, options: RawMergeOptions | undefined, maps: boolean) => RawTextMerge;
  readonly 3: (before: string, after: string, granularity: string) => Uint32Array;
  readonly 4: (base: string | null, mine: string, theirs: string, options: RawMergeOptions | undefined, side: string) => Uint32Array;
  readonly 5: (base: string | null, mine: string, theirs: string, options: RawMergeOptions | undefined) => RawJsonMerge;
  readonly 6: (edit: string, base: string, from: string, to: string, later: string | undefined) => string;
  readonly 7: (before: string, after: string, options: RawMergeOptions | undefined) => readonly RawOperation[];
  readonly 8: (format: Format, body: Body, revision: number, options: RawMergeOptions | undefined, isWaiting: boolean) => Handle<DocumentCalls>;
  readonly 9: () => Handle<OutboxCalls>;
}

/** The calls of a client, by number. */
export interface ClientCalls {
  readonly 10: (call: RawCall) => Promise<RawSnapshot>;
  readonly 11: (call: RawCall, base: Base, mine: Body) => Promise<RawResult>;
  readonly 12: (call: RawCall, mine: Body, below: boolean) => Promise<RawResult>;
  readonly 13: (call: RawCall, base: Base) => Promise<RawResult>;
  readonly 14: (call: RawCall) => Promise<RawResult>;
  readonly 15: (call: RawCall, hasDefaultCache: boolean, body: Uint8Array | undefined) => Promise<RawAnswer>;
  readonly 16: (call: RawCall, response: Response) => void;
  readonly 17: (call: RawCall) => boolean;
  readonly 18: (url: string, response: Response) => void;
  readonly 19: (call: RawCall, format: Format, base: Body | undefined, earlier: Body | undefined, later: Body | undefined, isSameForm: boolean) => boolean;
  readonly 20: (id: number) => void;
  readonly 21: (id: number) => void;
  readonly 22: (call: RawCall, base: Base | undefined, mine: Body | null, theirs: Base | null, decisions: readonly string[]) => Handle<ConflictCalls>;
}

/** The calls of a refusal that a caller of `fetch` got, by number. */
export interface RefusedCalls {
  readonly 30: (call: RawCall) => Promise<RawResult>;
}

/** The calls of a conflict, by number. */
export interface ConflictCalls {
  readonly 40: () => RawView;
  readonly 41: () => Uint8Array;
  readonly 42: () => number;
  readonly 43: () => Body | null;
  readonly 44: (choice: Choice, id: string | undefined) => void;
  readonly 45: (id: string, value: Body) => void;
  readonly 46: (id: string | undefined) => void;
  readonly 47: (path: string) => RawTextMerge | null;
  readonly 48: (path: string, side: string) => Uint32Array;
  readonly 49: (call: RawCall) => Promise<RawResult | RawReopened>;
  readonly 50: (call: RawCall) => Promise<RawResult | RawReopened>;
  readonly 51: (call: RawCall) => Promise<RawRefreshed>;
  readonly 52: () => readonly string[];
}

/** The calls of a document in a form, by number. */
export interface DocumentCalls {
  readonly 60: (draft: Body) => void;
  readonly 61: (revision: number, body: Body) => void;
  readonly 62: (revision: number, body: Body, others: readonly string[]) => void;
  readonly 63: (event: DocumentEvent) => void;
  readonly 64: (edits: number) => void;
  readonly 65: () => RawSending;
  readonly 66: () => boolean;
  readonly 67: () => RawDocument;
  readonly 68: () => Body;
  readonly 69: () => Body;
  readonly 70: () => PackedChanges;
  readonly 71: () => PackedChanges | null;
}

/** The calls of an outbox, by number. */
export interface OutboxCalls {
  readonly 80: (edits: readonly RawWaiting[]) => void;
  readonly 81: (isOnline: boolean) => void;
  readonly 82: (nowMs: number) => RawTurn;
  readonly 83: (id: string, answer: OutboxAnswer, nowMs: number, chance: number) => void;
}

/** The name of the errors that the module throws, and of errors that explain why an answer is useless. */
export const OF_MODULE = "mergefetch";

/** The module merges no larger bodies. */
export const MAX_BYTES = 33554432;

/** The module reads no JSON with more levels. */
export const MAX_LEVELS = 512;
