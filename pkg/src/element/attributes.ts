/** What templates of frameworks may write on the elements: properties and listeners, with the types of the events. */
import type { Conflict, SaveResult } from "../types/types.js";
import type { MergeConflictEvents } from "./conflict-events.js";
import type { MergeConflictElement } from "./conflict.js";
import type { MergeChangesElement } from "./merged.js";
import type { MergeRefusalElement, MergeRefusalEvents } from "./refusal.js";

/** The names of the properties that all elements have. */
export type Shared = "labels" | "nameOf" | "renderValue" | "texts";

/** The properties of `<merge-conflict>`. */
export interface MergeConflictProperties<T = unknown> extends Partial<Pick<MergeConflictElement<T>, Shared | "who" | "layout" | "preselect">> {
  /** The conflict to decide; null shows nothing. */
  readonly conflict?: Conflict<T> | null | undefined;
  /** When the other edit was made. */
  readonly when?: string | number | Date;
  /** How the result is saved; by default `conflict.submit()`. */
  readonly save?: ((conflict: Conflict<T>) => Promise<SaveResult<T>>) | null;
  /** Saves a deleted document as a new one. */
  readonly saveCopy?: ((conflict: Conflict<T>) => Promise<SaveResult<T>>) | null;
}

/** The properties of `<merge-conflict>` beside its conflict. */
export type Settings<T> = Omit<MergeConflictProperties<T>, "conflict">;

/** The properties of `<merge-refusal>`. */
export type MergeRefusalProperties = Partial<Pick<MergeRefusalElement, Shared | "refusal" | "heading" | "advice">>;

/** The properties of `<merge-changes>`. */
export type MergeChangesProperties = Partial<Pick<MergeChangesElement, Shared | "changes">>;

/** Listeners as `onresolve`, `oncancel`, `onchange`: React 19, Preact and Svelte. */
export type Listeners<E> = { readonly [K in keyof E & string as `on${K}`]?: (event: E[K]) => void };

/** Listeners as `on:resolve`, `on:cancel`, `on:change`: Solid. */
export type NamespacedListeners<E> = { readonly [K in keyof E & string as `on:${K}`]?: (event: E[K]) => void };

/** Listeners as Vue's compiler names them: `onResolve`, `onCancel`, `onChange`. */
export type CapitalListeners<E> = { readonly [K in keyof E & string as `on${Capitalize<K>}`]?: (event: E[K]) => void };

/** Properties as `prop:conflict`, which Solid sets and never writes as attributes. */
export type NamespacedProperties<P> = { readonly [K in keyof P & string as `prop:${K}`]?: P[K] };

/** The tags with what may be written on each, for a framework whose elements have `Common`. */
export interface Tags<Common, Style extends "on" | "on:" | "On"> {
  "merge-conflict": Omit<Common, keyof ListenersOf<MergeConflictEvents, Style>> & MergeConflictProperties & NamespacedOf<MergeConflictProperties, Style> & ListenersOf<MergeConflictEvents, Style>;
  "merge-refusal": Omit<Common, keyof ListenersOf<MergeRefusalEvents, Style>> & MergeRefusalProperties & NamespacedOf<MergeRefusalProperties, Style> & ListenersOf<MergeRefusalEvents, Style>;
  "merge-changes": Common & MergeChangesProperties & NamespacedOf<MergeChangesProperties, Style>;
}

/** The tags as Vue's templates look for them: among the components. */
export type Components<Common> = { readonly [K in keyof Tags<Common, "On">]: new () => { readonly $props: Tags<Common, "On">[K] } };

/** Listeners in the style of a framework. */
export type ListenersOf<E, Style> = Style extends "on" ? Listeners<E> : Style extends "on:" ? NamespacedListeners<E> : CapitalListeners<E>;
/** Properties with a prefix, where a framework has one. */
export type NamespacedOf<P, Style> = Style extends "on:" ? NamespacedProperties<P> : unknown;
