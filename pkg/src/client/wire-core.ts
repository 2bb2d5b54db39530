// Written from src/wasm/wire.rs by `MERGEFETCH_WRITE=1 cargo test --test wire`.
/** The calls that need the core alone. */
import { type Handle, call } from "../core/mergefetch.js";
import type { Base, Body, ClientCalls, ConflictCalls, Emit, Fetch, Format, KeyStore, RawAnswer, RawCall, RawResult, RawSnapshot, RefusedCalls, SavedKind } from "../types/wire.js";

/** A client of the core. */
export class ClientCore {
  readonly #handle: Handle<ClientCalls>;

  /** A client of the core. `fetch` is called with a `Request` and an init. The promise of `loadEngine` resolves when the engine is there. */
  constructor(fetch: Fetch, store: KeyStore, emit: Emit, loadEngine: () => Promise<unknown>) {
    this.#handle = call(0, [fetch, store, emit, loadEngine]);
  }

  /** Reads a document. */
  read(call: RawCall): Promise<RawSnapshot> {
    return this.#handle.call(10, [call]);
  }

  /** Saves `mine`, an edit of `base`. */
  save(call: RawCall, base: Base, mine: Body): Promise<RawResult> {
    return this.#handle.call(11, [call, base, mine]);
  }

  /** Creates `mine`: at the URL, or, with `below`, below the collection that the URL names. */
  create(call: RawCall, mine: Body, below: boolean): Promise<RawResult> {
    return this.#handle.call(12, [call, mine, below]);
  }

  /** Removes the document of which `base` is a version. */
  remove(call: RawCall, base: Base): Promise<RawResult> {
    return this.#handle.call(13, [call, base]);
  }

  /** Reads, calls the `change` of the call, and saves; repeats this if somebody else has written. */
  update(call: RawCall): Promise<RawResult> {
    return this.#handle.call(14, [call]);
  }

  /** Sends the request of a caller of `fetch`, with validators and preconditions. `body` holds the octets of a PUT. */
  fetch(call: RawCall, hasDefaultCache: boolean, body: Uint8Array | undefined): Promise<RawAnswer> {
    return this.#handle.call(15, [call, hasDefaultCache, body]);
  }

  /** Keeps the answer to a read that went out before the core was there. */
  keep(call: RawCall, response: Response): void {
    return this.#handle.call(16, [call, response]);
  }

  /** Whether a write of the document through `fetch` would name a version, so that its body may be needed twice. */
  tracks(call: RawCall): boolean {
    return this.#handle.call(17, [call]);
  }

  /** Deletes the stored responses that a success names as changed (RFC 9111 §4.4). */
  forget(url: string, response: Response): void {
    return this.#handle.call(18, [url, response]);
  }

  /** Whether the edit `later` contains all of `earlier`, an edit of `base`. An unknown or a removed document is undefined. */
  holds(call: RawCall, format: Format, base: Body | undefined, earlier: Body | undefined, later: Body | undefined, isSameForm: boolean): boolean {
    return this.#handle.call(19, [call, format, base, earlier, later, isSameForm]);
  }

  /** The page holds a snapshot of the base of the save with this number. */
  hold(id: number): void {
    return this.#handle.call(20, [id]);
  }

  /** The page has dropped a snapshot of this base. */
  release(id: number): void {
    return this.#handle.call(21, [id]);
  }

  /** A conflict that the page has kept, or found before it sent anything; three texts for each decision: an id, a choice, and the value of "custom". */
  restore(call: RawCall, base: Base | undefined, mine: Body | null, theirs: Base | null, decisions: readonly string[]): Handle<ConflictCalls> {
    return this.#handle.call(22, [call, base, mine, theirs, decisions]);
  }
}

/** The engine's module has been instantiated beside the core. */
export function engineIsLoaded(): void {
  return call(1, []);
}

/** The outcome behind the refusal. It sends at most reads, and can be asked for once. */
export function settle(refused: Handle<RefusedCalls>, call: RawCall): Promise<RawResult> {
  return refused.call(30, [call]);
}

/** The outcomes after which nobody has to keep the edit. */
export const SAVED: readonly SavedKind[] = ["saved", "created", "removed", "unchanged", "already-saved", "merged"];
