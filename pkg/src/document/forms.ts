/** What `drafts` and `editing` know of the snapshots of the page. */
import { keepBase, originals } from "../client/snapshots.js";
import type { Snapshot } from "../types/types.js";
import type { Base } from "../types/wire.js";

/** Bases of the forms of `editing`: a second save from such a base is a later edit of the same form. */
const forms = new WeakSet<Base>();

/** Marks the base of a form. @internal */
export function markForm(snapshot: Snapshot): void {
  const base = keepBase(snapshot);
  if (base !== undefined) forms.add(base);
}

/** Whether the base was marked. @internal */
export function isOfForm(base: Base): boolean {
  return forms.has(base);
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
