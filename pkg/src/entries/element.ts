/**
 * Elements that show people a conflict, a refusal, or what a merge brought: `<merge-conflict>`, `<merge-refusal>`,
 * `<merge-changes>`. Importing this defines them; on a server it does nothing.
 *
 * @packageDocumentation
 */
import { define } from "../element/base-element.js";
import { type DecisionChange, MergeConflictElement, type MergeConflictEvents } from "../element/conflict.js";
import { MergeChangesElement } from "../element/merged.js";
import { MergeRefusalElement, type MergeRefusalEvents } from "../element/refusal.js";

define("merge-conflict", MergeConflictElement);
define("merge-refusal", MergeRefusalElement);
define("merge-changes", MergeChangesElement);

export type { ConflictLayout } from "../element/conflict.js";
export type { RefusedSave } from "../element/refusal.js";
export { type Plural, type Texts, addTexts, en as english } from "../element/words.js";
export { type DecisionChange, MergeChangesElement, MergeConflictElement, type MergeConflictEvents, MergeRefusalElement, type MergeRefusalEvents };

declare global {
  interface HTMLElementTagNameMap {
    "merge-conflict": MergeConflictElement;
    "merge-refusal": MergeRefusalElement;
    "merge-changes": MergeChangesElement;
  }
}
