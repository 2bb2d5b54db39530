/** The conflict that a page gets: its changes, the decisions, and the calls that send the result. */
import { checkFunction, checkTexts } from "../types/arguments.js";
import { attempted } from "../types/errors.js";
import { coreCalls } from "../engine/core-calls.js";
import { guarded, mergeText } from "../engine/merging.js";
import { changesOf } from "../engine/packed.js";
import { type Reader, snapshotOf } from "./snapshots.js";
import { textMergeOf } from "../engine/text-merge.js";
import type { Change, Choice, Conflict, JsonPointer, Problem, Range, SaveResult, Snapshot, TextMerge } from "../types/types.js";
import { bodyOf, valueOf } from "../types/values.js";
import type { KeptConflict, Packed } from "../types/kept.js";
import type { Body, Format, RawCall, RawRefreshed, RawReopened, RawResult, RawSnapshot, RawView } from "../types/wire.js";
import { type ConflictCore, DECISIONS } from "../engine/wire-engine.js";

/** How a conflict goes back to its client. @internal */
export interface ConflictHost {
  /** Identifies the user of the conflict in the data behind its snapshots. */
  readonly token: object;
  /** Reports that a function of the page has thrown. */
  failed(what: string, error: unknown): void;
  /** Saves text that was typed over the result of `self`. */
  saveTyped<T>(self: Conflict<T>, mine: T, init: RequestInit | undefined): Promise<SaveResult<T>>;
  send<T>(
    url: string,
    init: RequestInit | undefined,
    mine: T,
    run: (call: RawCall) => Promise<RawResult | RawReopened>,
    self: Conflict<T>,
  ): Promise<SaveResult<T>>;
  refresh(
    url: string,
    init: RequestInit | undefined,
    run: (call: RawCall) => Promise<RawRefreshed>,
  ): Promise<RawRefreshed>;
}

const packed = (body: Body): Packed => (typeof body === "string" ? body : [...body]);

/** The result as decided and typed so far, and the ranges in which typed text overlaps a later decision. */
interface Result<T> {
  readonly merged: T | null;
  readonly typed: readonly Range[] | null;
}

let count = 0;

/** @internal */
export class ConflictHandle<T> implements Conflict<T> {
  readonly id = `conflict-${++count}`;
  readonly #core: ConflictCore;
  readonly #host: ConflictHost;
  readonly #init: RequestInit | undefined;
  readonly #listeners = new Set<() => void>();
  #view: RawView;
  /** Copied from the module on demand, as copying all changes after each decision would take quadratic time. */
  #decisions: Uint8Array | undefined;
  // Made on first use, as large documents are often only shown by their changes.
  #parsed: { base?: Snapshot<T> | null | undefined; theirs?: Snapshot<T> | null | undefined; mine?: T | null | undefined; problem?: Problem } = {};
  #changes: readonly Change[] | undefined;
  /** The decisions that `#changes` show. */
  #shown: Uint8Array | undefined;
  #result: Result<T> | undefined;
  /** The text that a person typed over the result, and the text below it. */
  #typed: { readonly over: string; readonly text: string } | undefined;

  constructor(core: ConflictCore, host: ConflictHost, init: RequestInit | undefined, typed?: KeptConflict["typed"]) {
    this.#core = core;
    this.#typed = typed;
    this.#host = host;
    // The signal belongs to the save: people may decide after its time limit.
    this.#init = init && { ...init, signal: null };
    this.#view = core.view();
  }

  /** Vue makes proxies of plain objects alone: a proxy of a conflict would have no private fields. */
  get [Symbol.toStringTag](): string {
    return "Conflict";
  }

  get url(): string {
    return this.#view.url;
  }

  get kind(): Conflict["kind"] {
    return this.#view.kind;
  }

  get format(): Format {
    return this.#view.format;
  }

  get status(): number {
    return this.#view.status;
  }

  get unresolved(): number {
    const left = this.#decisions?.filter((decision) => decision === 0).length ?? this.#core.unresolved();
    return left + (this.typed?.length ?? 0);
  }

  get problem(): Problem {
    return (this.#parsed.problem ??= coreCalls().problemOf(this.#view.problem));
  }

  get #reader(): Reader {
    return { of: this.#host.token, init: this.#init ?? {} };
  }

  get base(): Snapshot<T> | null {
    return (this.#parsed.base ??= this.#view.base && snapshotOf<T>(this.#view.base, this.#reader));
  }

  get theirs(): Snapshot<T> | null {
    return (this.#parsed.theirs ??= this.#view.theirs && snapshotOf<T>(this.#view.theirs, this.#reader));
  }

  get mine(): T | null {
    return (this.#parsed.mine ??= this.#value(this.#view.mine));
  }

  get merged(): T | null {
    return this.#composed().merged;
  }

  get typed(): readonly Range[] | null {
    return this.#typed ? this.#composed().typed : null;
  }

  get changes(): readonly Change[] {
    const decisions = (this.#decisions ??= this.#core.decisions());
    if (this.#changes === undefined || this.#shown !== decisions) {
      const changes = this.#changes ?? changesOf(this.#view.changes, this.format);
      this.#changes = changes.map(this.#asDecided);
      this.#shown = decisions;
    }
    return this.#changes;
  }

  /** Other changes stay the same objects: one decision among 100,000 changes makes one new object. */
  #asDecided = (change: Change, index: number): Change => {
    const decision = DECISIONS[this.#decisions?.[index] ?? 0] ?? null;
    return change.decision === decision ? change : { ...change, decision };
  };

  /** Typed text stays. Later decisions that do not touch it are merged into it. */
  #composed(): Result<T> {
    if (this.#result !== undefined) return this.#result;
    const now = guarded(() => this.#core.merged());
    if (this.#typed === undefined || typeof now !== "string") return (this.#result = { merged: this.#value(now), typed: null });
    const { over, text } = this.#typed;
    const typed: Range[] = [];
    let merged = "";
    for (const { kind, mine, theirs } of mergeText(over, text, now, { adjacency: "touch" }).regions) {
      const start = merged.length;
      merged += kind === "theirs" ? now.slice(...theirs) : text.slice(...mine);
      if (kind === "conflict") typed.push([start, merged.length]);
    }
    return (this.#result = { merged: this.#value(merged), typed });
  }

  #value(body: Body | null): T | null {
    return body === null ? null : valueOf<T>(body, this.format);
  }

  text(path: JsonPointer = ""): TextMerge | null {
    checkTexts({ path });
    const merge = guarded(() => this.#core.text(path));
    return merge && textMergeOf(merge, (side) => this.#core.offsetMap(path, side));
  }

  toJSON(): KeptConflict {
    const { url, format, status, mine } = this.#view;
    const snapshot = (one: RawSnapshot | null) => one && { ...one, body: packed(one.body) };
    return {
      mergefetch: 1,
      url,
      format,
      status,
      base: snapshot(this.#view.base),
      mine: mine && packed(mine),
      theirs: snapshot(this.#view.theirs),
      decisions: this.#core.kept(),
      ...(this.#typed && { typed: this.#typed }),
    };
  }

  take(choice: Choice, changeId?: string): this {
    checkTexts({ choice, ...(changeId !== undefined && { changeId }) });
    return this.#decided(() => this.#core.take(choice, changeId));
  }

  set(changeId: string, value: unknown): this {
    checkTexts({ changeId });
    const text = bodyOf(value, this.format);
    // Of a text that was not merged, all is one change with this id.
    const isWhole = changeId === "" && this.format === "text" && this.changes[0]?.id !== "";
    return this.#decided(() => (isWhole && typeof text === "string" ? this.#type(text) : this.#core.set(changeId, text)));
  }

  reopen(changeId?: string): this {
    if (changeId !== undefined) checkTexts({ changeId });
    return this.#decided(() => (changeId === "" && this.#typed ? (this.#typed = undefined) : this.#core.reopen(changeId)));
  }

  #type(text: string): void {
    // Throws if it is no text.
    mergeText(text, text, text);
    const over = this.#core.merged();
    if (typeof over === "string") this.#typed = { over, text };
  }

  subscribe(listener: () => void): () => void {
    checkFunction(listener, "listener");
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async submit(init?: RequestInit): Promise<SaveResult<T>> {
    if (this.unresolved > 0) return { ok: false, kind: "conflict", conflict: this };
    const { merged } = this;
    // The typed result is an edit of theirs. If theirs has moved again, it is merged like any other edit.
    if (this.#typed && merged !== null) return this.#host.saveTyped<T>(this, merged, init ?? this.#init);
    return this.#send(init, (call) => this.#core.submit(call));
  }

  async overwrite(init?: RequestInit): Promise<SaveResult<T>> {
    return this.#send(init, (call) => this.#core.overwrite(call));
  }

  /** @param init For `undo`. */
  async refresh(init?: RequestInit): Promise<{ readonly moved: boolean; readonly reopened: readonly string[] }> {
    this.#decisions ??= this.#core.decisions();
    const result = await this.#host.refresh(this.url, init ?? this.#init, (call) => this.#core.refresh(call));
    this.#moved();
    return result;
  }

  async #send(init: RequestInit | undefined, run: (call: RawCall) => Promise<RawResult | RawReopened>): Promise<SaveResult<T>> {
    // The page sees its decisions until the call ends, although the module may merge with a newer theirs during the call.
    this.#decisions ??= this.#core.decisions();
    const result = await this.#host.send<T>(this.url, init ?? this.#init, this.mine as T, run, this);
    if (result.kind === "conflict") this.#moved();
    return result;
  }

  #decided(call: () => unknown): this {
    guarded(call);
    return this.#tell();
  }

  #moved(): this {
    this.#view = this.#core.view();
    // Unchanged documents are not parsed again, and stay the same objects for the page.
    const { base, mine, theirs } = this.#parsed;
    this.#parsed = { base, mine, theirs: theirs?.version === this.#view.theirs?.version ? theirs : undefined };
    this.#changes = undefined;
    return this.#tell();
  }

  #tell(): this {
    this.#decisions = undefined;
    this.#result = undefined;
    for (const listener of [...this.#listeners]) attempted(listener, (error) => this.#host.failed("a listener of a conflict", error));
    return this;
  }
}
