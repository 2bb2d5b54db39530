/** Keeps what is typed in a form, while it is typed. */
import type { Typed } from "../types/kept.js";
import type { TypedDraft } from "../types/types.js";
import type { Base, Body, Format } from "../types/wire.js";

/** What a crash must not take. @internal */
export interface ToKeep {
  readonly url: string;
  readonly base: Base;
  readonly mine: Body;
  readonly format: Format;
  readonly typed: Typed;
  /** How often the person had typed. */
  readonly edits: number;
}

/** The longest time for which a letter is only in the page's memory. The store then needs some of the 300 ms that a draft may be old. */
const PATIENCE_MS = 200;

/** @internal */
export class Keeper {
  readonly #draft: TypedDraft;
  readonly #read: () => ToKeep | undefined;
  readonly #kept: (edits: number) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last: Promise<void> = Promise.resolve();
  /** Whether the store may hold a draft of the form. */
  #isKept = false;
  readonly #hidden = () => void this.now();

  constructor(draft: TypedDraft, read: () => ToKeep | undefined, kept: (edits: number) => void) {
    this.#draft = draft;
    this.#read = read;
    this.#kept = kept;
  }

  /** Something was typed, decided or saved. */
  changed(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(this.#hidden, PATIENCE_MS);
    // A page that goes writes at once. The listeners hold the form only as long as something waits.
    globalThis.addEventListener?.("pagehide", this.#hidden);
    globalThis.document?.addEventListener("visibilitychange", this.#hidden);
  }

  /** Writes at once. */
  now(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    globalThis.removeEventListener?.("pagehide", this.#hidden);
    globalThis.document?.removeEventListener("visibilitychange", this.#hidden);
    const found = this.#read();
    if (found === undefined) {
      if (this.#isKept) this.#last = this.#draft.forget();
      this.#isKept = false;
      return this.#last;
    }
    this.#isKept = true;
    const { url, base, mine, format, typed, edits } = found;
    this.#last = this.#draft.put(url, base, mine, format, typed).then((isStored) => {
      if (isStored) this.#kept(edits);
    });
    return this.#last;
  }
}
