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
