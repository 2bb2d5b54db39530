/** What `drafts` and `editing` know of the snapshots of the page. */
import { keepBase, originals } from "../client/snapshots.js";
import type { Resend, Snapshot } from "../types/types.js";
import type { Base } from "../types/wire.js";

/** How a form saves again, by the base of its save. A second save from such a base is a later edit of the same form. */
const forms = new WeakMap<Base, Resend>();

/** Marks the base of a form. @internal */
export function markForm(snapshot: Snapshot, resend: Resend): void {
  const base = keepBase(snapshot);
  if (base !== undefined) forms.set(base, resend);
}

/** How the form of this base saves again; undefined for a base of no form. @internal */
export function formOf(base: Base | undefined): Resend | undefined {
  return base && forms.get(base);
}

/** The page's own snapshot of this base, which knows the options of its read; undefined if the page has dropped it. @internal */
export function snapshotHeld(base: Base | undefined): Snapshot | undefined {
  const refs = base && originals.get(`${base.url} ${base.version ?? ""}`);
  return [...(refs ?? [])].map((ref) => ref.deref()).find((held) => held !== undefined && keepBase(held) === base);
}

/** The URLs of the snapshots that the page still holds. @internal */
export function heldUrls(): string[] {
  const held = [...originals].filter(([, refs]) => [...refs].some((ref) => ref.deref() !== undefined));
  return held.map(([key]) => key.slice(0, key.indexOf(" ")));
}
