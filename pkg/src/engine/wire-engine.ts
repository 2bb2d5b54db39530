// Written from src/wasm/wire.rs by `MERGEFETCH_WRITE=1 cargo test --test wire`.
/** The calls that need the engine, and the numbers in its answers. */
import type { Handle } from "../core/mergefetch.js";
import { coreCalls } from "./core-calls.js";
import type { Body, Choice, ConflictCalls, DocumentCalls, DocumentEvent, Format, OutboxAnswer, OutboxCalls, PackedChanges, RawCall, RawDocument, RawJsonMerge, RawMergeOptions, RawOperation, RawRefreshed, RawReopened, RawResult, RawSending, RawTextMerge, RawTurn, RawView, RawWaiting } from "../types/wire.js";

/** `mergeText` of the public API; the facade has checked the options. With `maps` for `mapOffset` if they are asked for. */
export function mergeText(base: string | null, mine: string, theirs: string, options: RawMergeOptions | undefined, maps: boolean): RawTextMerge {
  return coreCalls().call(2, [base, mine, theirs, options, maps]);
}

/** The packed changes of `diffText`. */
export function diffText(before: string, after: string, granularity: string): Uint32Array {
  return coreCalls().call(3, [before, after, granularity]);
}

/** The map of a `mergeText` with the same arguments. */
export function offsetMap(base: string | null, mine: string, theirs: string, options: RawMergeOptions | undefined, side: string): Uint32Array {
  return coreCalls().call(4, [base, mine, theirs, options, side]);
}

/** `mergeJsonText` of the public API, without its patch: values are JSON texts. */
export function mergeJsonText(base: string | null, mine: string, theirs: string, options: RawMergeOptions | undefined): RawJsonMerge {
  return coreCalls().call(5, [base, mine, theirs, options]);
}

/** `edit` at `to`, with the spelling that `base` has at `from` for numbers that are equal in JavaScript. */
export function respelled(edit: string, base: string, from: string, to: string, later: string | undefined): string {
  return coreCalls().call(6, [edit, base, from, to, later]);
}

/** The packed operations of `diffJson`, on JSON texts. */
export function diffJsonText(before: string, after: string, options: RawMergeOptions | undefined): readonly RawOperation[] {
  return coreCalls().call(7, [before, after, options]);
}

/** A document in a form. With `isWaiting`, edits of others enter the draft only when the page asks for it. */
export function openDocument(format: Format, body: Body, revision: number, options: RawMergeOptions | undefined, isWaiting: boolean): Handle<DocumentCalls> {
  return coreCalls().call(8, [format, body, revision, options, isWaiting]);
}

/** The order of edits without an answer. */
export function outbox(): Handle<OutboxCalls> {
  return coreCalls().call(9, []);
}

/** A conflict inside of the module. */
export class ConflictCore {
  readonly #handle: Handle<ConflictCalls>;

  constructor(handle: Handle<ConflictCalls>) {
    this.#handle = handle;
  }

  /** Everything that the facade shows and no decision moves. */
  view(): RawView {
    return this.#handle.call(40, []);
  }

  /** The decision on each change, by its number among `DECISIONS`. */
  decisions(): Uint8Array {
    return this.#handle.call(41, []);
  }

  /** The number of changes that wait for a decision. */
  unresolved(): number {
    return this.#handle.call(42, []);
  }

  /** The result as decided so far; null if the document is to be gone. */
  merged(): Body | null {
    return this.#handle.call(43, []);
  }

  /** Decides one change, or all that wait. */
  take(choice: Choice, id: string | undefined): void {
    return this.#handle.call(44, [choice, id]);
  }

  /** Decides one change with a text: of JSON in a JSON document. */
  set(id: string, value: Body): void {
    return this.#handle.call(45, [id, value]);
  }

  /** Takes one decision back, or all. */
  reopen(id: string | undefined): void {
    return this.#handle.call(46, [id]);
  }

  /** The regions of a text document, or of a string inside a JSON document; null without any. */
  text(path: string): RawTextMerge | null {
    return this.#handle.call(47, [path]);
  }

  /** The place of each offset of one document in the text of `text`. */
  offsetMap(path: string, side: string): Uint32Array {
    return this.#handle.call(48, [path, side]);
  }

  /** Sends the result with the version of theirs. */
  submit(call: RawCall): Promise<RawResult | RawReopened> {
    return this.#handle.call(49, [call]);
  }

  /** Sends mine with the version of theirs. */
  overwrite(call: RawCall): Promise<RawResult | RawReopened> {
    return this.#handle.call(50, [call]);
  }

  /** Reads theirs again. */
  refresh(call: RawCall): Promise<RawRefreshed> {
    return this.#handle.call(51, [call]);
  }

  /** What people decided, as `restore` takes it. */
  kept(): readonly string[] {
    return this.#handle.call(52, []);
  }
}

/** A document in a form, inside of the module. */
export class DocumentCore {
  readonly #handle: Handle<DocumentCalls>;

  constructor(handle: Handle<DocumentCalls>) {
    this.#handle = handle;
  }

  /** The person has typed; this is the whole draft. */
  typed(draft: Body): void {
    return this.#handle.call(60, [draft]);
  }

  /** The newest version was read. */
  read(revision: number, body: Body): void {
    return this.#handle.call(61, [revision, body]);
  }

  /** A save ended; `others` are the paths that other people had changed. */
  saved(revision: number, body: Body, others: readonly string[]): void {
    return this.#handle.call(62, [revision, body, others]);
  }

  /** Another event. */
  happened(event: DocumentEvent): void {
    return this.#handle.call(63, [event]);
  }

  /** The store holds the draft as it was after so many edits. */
  kept(edits: number): void {
    return this.#handle.call(64, [edits]);
  }

  /** Begins a save. */
  save(): RawSending {
    return this.#handle.call(65, []);
  }

  /** Begins sending the decisions; false without a conflict. */
  submit(): boolean {
    return this.#handle.call(66, []);
  }

  /** What the page shows. */
  state(): RawDocument {
    return this.#handle.call(67, []);
  }

  /** The draft. */
  draft(): Body {
    return this.#handle.call(68, []);
  }

  /** What the draft is an edit of. */
  base(): Body {
    return this.#handle.call(69, []);
  }

  /** The last changes of others that entered the draft. */
  entered(): PackedChanges {
    return this.#handle.call(70, []);
  }

  /** The changes of others that the draft lacks, and the places that both changed; null without any. */
  incoming(): PackedChanges | null {
    return this.#handle.call(71, []);
  }
}

/** An outbox, inside of the module. */
export class OutboxCore {
  readonly #handle: Handle<OutboxCalls>;

  constructor(handle: Handle<OutboxCalls>) {
    this.#handle = handle;
  }

  /** All edits that the store holds now. */
  found(edits: readonly RawWaiting[]): void {
    return this.#handle.call(80, [edits]);
  }

  /** The network came or went. */
  online(isOnline: boolean): void {
    return this.#handle.call(81, [isOnline]);
  }

  /** The next edit to send, or the time until one may go out. */
  next(nowMs: number): RawTurn {
    return this.#handle.call(82, [nowMs]);
  }

  /** A sending has ended. `chance` lies between 0 and 1. */
  answered(id: string, answer: OutboxAnswer, nowMs: number, chance: number): void {
    return this.#handle.call(83, [id, answer, nowMs, chance]);
  }
}

// The words of numbers, each at the place of its number.
export const REGION_KINDS = ["unchanged", "mine", "theirs", "both", "conflict"] as const;
export const CHANGE_KINDS = ["equal", "insert", "delete", "replace"] as const;
export const STATES = ["mine", "theirs", "same", "conflict", "ignored"] as const;
export const OPS = ["add", "remove", "replace", "move", "text"] as const;
export const CLASHES = [undefined, "edit-edit", "edit-delete", "delete-edit", "add-add", "insert-insert", "type", "move-move", "order", "group", "no-base", "invalid"] as const;
export const DECISIONS = [null, "auto", "base", "mine", "theirs", "both", "both-reversed", "suggested", "custom"] as const;

/** The numbers of a region: its kind, and the ranges in base, mine and theirs. */
export const REGION_NUMBERS = 7;

/** The bit in the kind of an ambiguous region. */
export const REGION_AMBIGUOUS = 3;

/** The bit in the kind of a change of a text whose alignment another one may beat. */
export const TEXT_CHANGE_IMPRECISE = 2;

/** The first bit of the operation in the number of a change; the state has the bits before. */
export const CHANGE_OP = 3;

/** The first bit of the clash. */
export const CHANGE_CLASH = 6;

/** The bit of an ambiguous change. */
export const CHANGE_AMBIGUOUS = 10;

/** The bit of a change with the text `from`. */
export const CHANGE_FROM = 11;

/** The bit of a change with the text of base. The next bits mark mine, theirs and the suggestion. */
export const CHANGE_TEXTS = 12;

/** The bit of a change with a region. */
export const CHANGE_REGION = 16;

/** The bit of a change whose region has a suggestion. */
export const CHANGE_REGION_SUGGESTION = 17;

/** The first bit of the decision. */
export const CHANGE_DECISION = 18;

/** The bit of a change with the text `into` of mine; the next bit is for theirs. */
export const CHANGE_INTO = 22;
