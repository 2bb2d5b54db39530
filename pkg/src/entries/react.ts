/**
 * Documents in components of React.
 *
 * @packageDocumentation
 */
import { useMemo, useSyncExternalStore } from "react";
import type { Client } from "../types/types.js";
import type { DocumentOptions, OpenDocument } from "./document.js";
import { type Shown, type ShownState, shown } from "./shown.js";

export type { DocumentOptions, OpenDocument } from "./document.js";
export type { ShownState } from "./shown.js";

/** How a component opens a document. Options count when the document is opened, not with later renders. */
export interface UseDocumentOptions<T> extends DocumentOptions<T> {
  /**
   * The component suspends until the document is there, and throws the error of a failed read to the error boundary.
   *
   * @default false
   */
  readonly suspense?: boolean;
}

/**
 * A document in a component: its state, and the document itself, which stays the same until `client` or `url` changes.
 *
 * The document is read when the component is mounted. Renders on a server read nothing: pass `initial` there, and to the hydration.
 * With `suspense` and without `initial`, a server renders the fallback.
 *
 * ```tsx
 * const [{ draft, isDirty }, note] = useDocument(http, "/notes/7");
 * if (draft === undefined) return <p>Loading …</p>;
 * return <input value={draft.title} onChange={(event) => note.type({ ...draft, title: event.target.value })} />;
 * ```
 *
 * @throws {MergefetchError} `invalid-argument`: no client, no URL, or an option that is none. With `suspense`, also the error of the first read.
 */
export function useDocument<T = unknown>(client: Client, url: string | URL, options: UseDocumentOptions<T> = {}): readonly [ShownState<T>, OpenDocument<T>] {
  const address = String(url);
  const { suspense, ...rest } = options;
  const used = useMemo(() => (suspense ? suspended<T>(client, address, rest) : shown<T>(client, address, rest)), [client, address]);
  const state = useSyncExternalStore(used.subscribe, used.current, used.current);
  if (suspense && state.base === null) {
    if (state.error !== null) {
      const failed = waiting.get(client)?.get(address);
      if (failed) failed.until = Math.min(failed.until, Date.now() + RETRY_MS);
      throw state.error;
    }
    // React shows the fallback then, and renders the component in the browser.
    if (typeof window === "undefined") throw new Error("mergefetch: a component with `suspense` needs `initial` on a server");
    throw used.load();
  }
  return [state, used.document];
}

/** A component that suspends loses all that it has made. Who does not come back for its document within this time has gone. */
const PATIENCE_MS = 30_000;

/** React renders a failed component again at once, which must not read again. A boundary that people reset comes later. */
const RETRY_MS = 1_000;

interface Suspended {
  readonly used: Shown<never>;
  until: number;
}

const waiting = new WeakMap<Client, Map<string, Suspended>>();

/** The document for which a component has suspended. Components that suspend for one URL at the same time share it. */
function suspended<T>(client: Client, address: string, options: DocumentOptions<T>): Shown<T> {
  const known = waiting.get(client) ?? new Map<string, Suspended>();
  waiting.set(client, known);
  for (const [url, { until }] of known) if (Date.now() > until) known.delete(url);
  const found = known.get(address);
  if (found !== undefined) return found.used as unknown as Shown<T>;
  const used = shown<T>(client, address, options);
  const subscribe: Shown<T>["subscribe"] = (listener) => {
    if (known.get(address)?.used === (own as unknown)) known.delete(address);
    return used.subscribe(listener);
  };
  const own = { ...used, subscribe };
  known.set(address, { used: own as unknown as Shown<never>, until: Date.now() + PATIENCE_MS });
  return own;
}
