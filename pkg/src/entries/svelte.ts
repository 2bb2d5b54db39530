/**
 * Documents as stores of Svelte 4 and 5.
 *
 * @packageDocumentation
 */
import type { Client } from "../types/types.js";
import type { DocumentOptions, OpenDocument } from "./document.js";
import { type ShownState, shown } from "./shown.js";

export type { DocumentOptions, OpenDocument } from "./document.js";
export type { ShownState } from "./shown.js";

/** A document as a store; made by {@link documentStore}. */
export interface DocumentStore<T> extends Omit<OpenDocument<T>, "current" | "subscribe"> {
  /** The contract of stores: calls `run` at once, and with every change. */
  subscribe(run: (state: ShownState<T>) => void): () => void;
  /** The document, for `bindText`, `watch` and `guardLeave`. */
  readonly document: OpenDocument<T>;
}

/**
 * A document as a store: `$note.draft`, `note.type(…)`, `note.save()`. It is read when somebody first subscribes.
 *
 * Renders on a server read nothing: pass `initial` there, and to the hydration.
 *
 * ```html
 * <script>
 *   const note = documentStore(http, "/notes/7");
 * </script>
 * {#if $note.draft}<h1>{$note.draft.title}</h1>{/if}
 * ```
 *
 * @throws {MergefetchError} `invalid-argument`: no client, no URL, or an option that is none.
 */
export function documentStore<T = unknown>(client: Client, url: string | URL, options: DocumentOptions<T> = {}): DocumentStore<T> {
  const { document, current, subscribe } = shown<T>(client, url, options);
  const { load, type, enter, save, submit, recover, drop } = document;
  return {
    subscribe(run) {
      run(current());
      return typeof window === "undefined" ? () => {} : subscribe(() => run(current()));
    },
    document,
    load,
    type,
    enter,
    save,
    submit,
    recover,
    drop,
  };
}
