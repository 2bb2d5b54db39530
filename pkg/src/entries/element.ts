/**
 * Elements that show people a conflict, a refusal, or the changes of a merge: `<merge-conflict>`, `<merge-refusal>`,
 * `<merge-changes>`. Importing this defines them; on a server it does nothing.
 *
 * @packageDocumentation
 */
import type { Conflict, SaveResult } from "../types/types.js";
import type { Settings } from "../element/attributes.js";
import { loadLater } from "./element-loader.js";
import { define } from "../element/base-element.js";
import type { DecisionChange, MergeConflictEvents } from "../element/conflict-events.js";
import { MergeConflictElement } from "../element/conflict.js";
import { MergeChangesElement } from "../element/merged.js";
import { MergeRefusalElement, type MergeRefusalEvents } from "../element/refusal.js";

define("merge-conflict", MergeConflictElement);
define("merge-refusal", MergeRefusalElement);
define("merge-changes", MergeChangesElement);

export type { CapitalListeners, Components, Listeners, ListenersOf, MergeChangesProperties, MergeConflictProperties, MergeRefusalProperties, NamespacedListeners, NamespacedOf, NamespacedProperties, Shared, Tags } from "../element/attributes.js";
export type { ConflictLayout } from "../element/conflict-events.js";
export type { NameOf } from "../element/names.js";
export type { RefusedSave } from "../element/refusal.js";
export type { RenderValue } from "../element/values.js";
export { type Plural, type Texts, addTexts, en as english } from "../element/words.js";
export { type DecisionChange, MergeChangesElement, MergeConflictElement, type MergeConflictEvents, MergeRefusalElement, type MergeRefusalEvents };

/** How {@link resolveConflict} shows a conflict: the properties of `<merge-conflict>`, and where it is shown. */
export interface ResolveOptions<T = unknown> extends Settings<T> {
  /** The element that the view is put into; a `<dialog>` that is closed is opened as a modal one, and closed at the end. */
  readonly in: Element;
}

/**
 * Shows a conflict and waits for its end. The view is then removed.
 *
 * @returns The result of the save; after a refusal the refusal, if the person then goes back; null if the person goes back or closes the dialog before.
 * @throws A `MergefetchError` with `invalid-argument` if the first argument is no conflict, or if the options have no element.
 */
export async function resolveConflict<T>(conflict: Conflict<T>, options: ResolveOptions<T>): Promise<SaveResult<T> | null> {
  return (await loadLater()).resolveIn(conflict, options);
}

/** @internal */
export * as kit from "../element/kit.js";

declare global {
  interface HTMLElementTagNameMap {
    "merge-conflict": MergeConflictElement;
    "merge-refusal": MergeRefusalElement;
    "merge-changes": MergeChangesElement;
  }
}
