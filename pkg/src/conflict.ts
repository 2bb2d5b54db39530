import { translated } from "./errors.js";
import { type PackedChanges, changesOf } from "./packed.js";
import { type OffsetMap, type RawTextMerge, textMergeOf } from "./text-merge.js";
import type { Change, Choice, Conflict, JsonPointer, Problem, SaveResult, Snapshot, TextMerge } from "./types.js";
import {
  type Base,
  type Body,
  type Format,
  type RawProblem,
  bodyOf,
  changeOf,
  problemOf,
  snapshotOf,
  valueOf,
} from "./values.js";

/** One conflict inside the module. @internal */
export interface ConflictCore {
  view(): unknown;
  take(choice: string, id?: string): void;
  set(id: string, value: string): void;
  reopen(id?: string): void;
  text(path: string): unknown;
  offsetMap(path: string, side: string): OffsetMap;
  submit(call: unknown): Promise<unknown>;
  overwrite(call: unknown): Promise<unknown>;
  refresh(call: unknown): Promise<unknown>;
}

type RawSnapshot = Base & { protection: Snapshot["protection"]; source: Snapshot["source"] };

interface RawView {
  readonly url: string;
  readonly kind: Conflict["kind"];
  readonly format: Format;
  readonly status: number;
  readonly unresolved: number;
  readonly base: RawSnapshot | null;
  readonly theirs: RawSnapshot | null;
  readonly mine: Body | null;
  readonly merged: Body | null;
  readonly problem: RawProblem;
  readonly changes: PackedChanges;
}

/** How a conflict goes back to its client. @internal */
export interface ConflictHost {
  send<T>(
    url: string,
    init: RequestInit | undefined,
    mine: T,
    run: (call: unknown) => Promise<unknown>,
    self: Conflict<T>,
  ): Promise<SaveResult<T>>;
  refresh(url: string, run: (call: unknown) => Promise<unknown>): Promise<{ readonly moved: boolean; readonly reopened: readonly string[] }>;
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
  // Parsed on first use, as large documents are often only shown by their changes.
  #parsed: { base?: Snapshot<T> | null; theirs?: Snapshot<T> | null; mine?: T | null; merged?: T | null; changes?: readonly Change[]; problem?: Problem } = {};

  constructor(core: ConflictCore, host: ConflictHost, init: RequestInit | undefined) {
    this.#core = core;
    this.#host = host;
    this.#init = init;
    this.#view = core.view() as RawView;
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
    return this.#view.unresolved;
  }

  get problem(): Problem {
    return (this.#parsed.problem ??= problemOf(this.#view.problem));
  }

  get base(): Snapshot<T> | null {
    return (this.#parsed.base ??= this.#view.base && snapshotOf<T>(this.#view.base, this.#init));
  }

  get theirs(): Snapshot<T> | null {
    return (this.#parsed.theirs ??= this.#view.theirs && snapshotOf<T>(this.#view.theirs, this.#init));
  }

  get mine(): T | null {
    return (this.#parsed.mine ??= this.#value(this.#view.mine));
  }

  get merged(): T | null {
    return (this.#parsed.merged ??= this.#value(this.#view.merged));
  }

  get changes(): readonly Change[] {
    return (this.#parsed.changes ??= changesOf(this.#view.changes).map((change) => changeOf(change, this.format)));
  }

  #value(body: Body | null): T | null {
    return body === null ? null : (valueOf(body, this.format) as T);
  }

  text(path: JsonPointer = ""): TextMerge | null {
    const merge = this.#guarded(() => this.#core.text(path)) as RawTextMerge | null;
    return merge && textMergeOf(merge, (side) => this.#core.offsetMap(path, side));
  }

  take(choice: Choice, changeId?: string): this {
    this.#guarded(() => this.#core.take(choice, changeId));
    return this.#moved();
  }

  set(changeId: string, value: unknown): this {
    const text = bodyOf(value, this.format);
    this.#guarded(() => this.#core.set(changeId, text as string));
    return this.#moved();
  }

  reopen(changeId?: string): this {
    this.#guarded(() => this.#core.reopen(changeId));
    return this.#moved();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async submit(init?: RequestInit): Promise<SaveResult<T>> {
    if (this.unresolved > 0) return { ok: false, kind: "conflict", conflict: this };
    return this.#send(init, (call) => this.#core.submit(call));
  }

  async overwrite(init?: RequestInit): Promise<SaveResult<T>> {
    return this.#send(init, (call) => this.#core.overwrite(call));
  }

  async refresh(): Promise<{ readonly moved: boolean; readonly reopened: readonly string[] }> {
    const result = await this.#host.refresh(this.url, (call) => this.#core.refresh(call));
    this.#moved();
    return result;
  }

  async #send(init: RequestInit | undefined, run: (call: unknown) => Promise<unknown>): Promise<SaveResult<T>> {
    const result = await this.#host.send<T>(this.url, init ?? this.#init, this.mine as T, run, this);
    if (result.kind === "conflict") this.#moved();
    return result;
  }

  #moved(): this {
    this.#view = this.#core.view() as RawView;
    // What cannot have moved need not be parsed again, and stays the same object for the page.
    const { base, mine } = this.#parsed;
    const isSameTheirs = this.#parsed.theirs?.version === this.#view.theirs?.version;
    this.#parsed = {
      ...(base !== undefined && { base }),
      ...(mine !== undefined && { mine }),
      ...(isSameTheirs && this.#parsed.theirs !== undefined && { theirs: this.#parsed.theirs }),
    };
    for (const listener of [...this.#listeners]) listener();
    return this;
  }

  #guarded<R>(call: () => R): R {
    try {
      return call();
    } catch (thrown) {
      throw translated(thrown);
    }
  }
}
