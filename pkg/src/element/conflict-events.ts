/** The events of `<merge-conflict>`. */
import type { Change, SaveResult } from "../types/types.js";

/** The detail of a `change` event. */
export interface DecisionChange {
  /** The change that was decided; null where several were. */
  readonly change: Change | null;
  readonly unresolved: number;
}

/** The events of {@link MergeConflictElement}, by name. */
export interface MergeConflictEvents<T = unknown> {
  /** What the save came to: it was saved, or refused, which the element shows by itself unless the default is prevented. */
  resolve: CustomEvent<SaveResult<T>>;
  /** The person goes back to editing; nothing is saved, and nothing is lost. */
  cancel: CustomEvent<null>;
  /** A decision was made, or taken back. */
  change: CustomEvent<DecisionChange>;
}

/** How a text is shown: beside each other where there is room, or below each other. */
export type ConflictLayout = "columns" | "column";
