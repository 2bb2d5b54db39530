/** What a draft has beside its edit, for the document that goes on with it. */
import type { Typed } from "../types/kept.js";
import type { Draft } from "../types/types.js";

/** Of the drafts that `list()` handed out. @internal */
export const details = new WeakMap<Draft, Typed>();

/** Deletes a draft that goes on in another one: the journal needs no copy. @internal */
export const forget = new WeakMap<Draft, () => Promise<void>>();

/** @internal */
export async function forgotten(draft: Draft<never> | Draft): Promise<void> {
  await (forget.get(draft as Draft) ?? draft.discard)();
}
