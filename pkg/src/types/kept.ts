/** What is kept beyond a page: conflicts, and what was typed in a form. */
import type { Base, Body, Format } from "./wire.js";

/** A body as JSON holds it. @internal */
export type Packed = string | readonly number[];

/** @internal */
export type KeptBase = Omit<Base, "body"> & { readonly body?: Packed };

/** A conflict as plain data, for `client.restore`. @internal */
export interface KeptConflict {
  /** The version of this form of data. */
  readonly mergefetch: 1;
  readonly url: string;
  readonly format: Format;
  readonly status: number;
  readonly base: KeptBase | null;
  readonly mine: Packed | null;
  readonly theirs: KeptBase | null;
  readonly decisions: readonly string[];
  readonly typed?: { readonly over: string; readonly text: string };
}

/** What was kept while somebody typed; undefined for an edit that was kept by its save. @internal */
export interface Typed<B = Body> {
  /** An edit of the same base whose save had no answer yet. */
  readonly sent?: B | undefined;
  /** The conflict that was open, with its decisions. */
  readonly conflict?: KeptConflict | undefined;
  /** The draft that led to the conflict. */
  readonly asked?: B | undefined;
}

/** A draft as the store holds it. @internal */
export interface KeptEdit {
  /** The URL without its secrets. */
  readonly url: string;
  /** The hash of the URL, if the URL has secrets. */
  readonly secret?: string | undefined;
  readonly format: Format;
  readonly base: (Omit<Base, "body"> & { readonly body?: string | number[] | undefined }) | null;
  /** Null removes. */
  readonly mine: string | number[] | null;
  readonly savedAt: number;
  /** Set if it was kept while it was typed. */
  readonly typed?: Typed<string | number[]> | undefined;
  /** Identifies the edit, also if another page sends it; without it, the key does. */
  readonly id?: string | undefined;
  /** Whether the URL is a collection. */
  readonly isBelow?: boolean | undefined;
  /** The `Idempotency-Key` of a creation below a collection. */
  readonly creation?: string | null | undefined;
  /** Whether nobody knows if the server has it. */
  readonly isUnanswered?: boolean | undefined;
}
