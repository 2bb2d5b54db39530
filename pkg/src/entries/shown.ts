/** A document as the components of a framework show it. */
import { type DocumentOptions, type DocumentState, type OpenDocument, openDocument } from "./document.js";
import type { Client } from "../types/types.js";

/** A document in a component, as it is at one moment. */
export interface ShownState<T> extends DocumentState<T> {
  /** Why the first read failed; null while it is under way, and once the document is there. `load()` tries again. */
  readonly error: unknown;
}

/** @internal */
export interface Shown<T> {
  readonly document: OpenDocument<T>;
  readonly current: () => ShownState<T>;
  /** Reads the document, if it is not there, and listens while anybody does. */
  readonly subscribe: (listener: () => void) => () => void;
  /** Reads the document, if it is not there. The promise never rejects: `error` has the reason. */
  readonly load: () => Promise<void>;
}

/**
 * Servers render without listeners: nothing is read there, and a document from HTML starts no engine.
 *
 * @internal
 */
export function shown<T>(client: Client, url: string | URL, { initial, ...options }: DocumentOptions<T> = {}): Shown<T> {
  const isServer = typeof window === "undefined";
  const document = openDocument<T>(client, url, isServer || initial === undefined ? options : { ...options, initial });
  const served = isServer && initial !== undefined ? { base: initial, draft: initial.value } : {};
  const listeners = new Set<() => void>();
  let [known, error, state]: [DocumentState<T> | undefined, unknown, ShownState<T> | undefined] = [undefined, null, undefined];
  let loading: Promise<void> | undefined;
  let stop = () => {};
  const current = () => {
    const now = document.current();
    if (state === undefined || known !== now) state = { ...now, ...served, error: now.base === null ? error : null };
    known = now;
    return state;
  };
  const tell = () => {
    for (const listener of [...listeners]) listener();
  };
  const load = () => {
    if (isServer || document.current().base !== null) return Promise.resolve();
    // It goes on if its listener goes: in StrictMode, and in Svelte's `get`, the next one comes at once.
    loading ??= document
      .load()
      .catch((reason: unknown) => {
        [error, state] = [reason, undefined];
        tell();
      })
      .finally(() => (loading = undefined));
    return loading;
  };
  const subscribe = (listener: () => void) => {
    if (listeners.size === 0) stop = document.subscribe(tell);
    // Two components may pass the same function.
    const own = () => listener();
    listeners.add(own);
    void load();
    return () => {
      if (!listeners.delete(own) || listeners.size > 0) return;
      stop();
    };
  };
  return { document, current, subscribe, load };
}
