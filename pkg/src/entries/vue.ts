/**
 * Documents in components of Vue.
 *
 * @packageDocumentation
 */
import { type MaybeRefOrGetter, type ShallowRef, onScopeDispose, shallowRef, toValue, watch } from "vue";
import type { Client } from "../types/types.js";
import type { DocumentOptions, OpenDocument } from "./document.js";
import { type Shown, type ShownState, shown } from "./shown.js";

export type { DocumentOptions, OpenDocument } from "./document.js";
export type { ShownState } from "./shown.js";

/** What {@link useDocument} gives. Each function acts on the document of the moment. */
export interface UsedDocument<T> extends Omit<OpenDocument<T>, "current" | "subscribe"> {
  /** The state, a new object with every change. */
  readonly state: Readonly<ShallowRef<ShownState<T>>>;
  /** The document, for `bindText`, `watch` and `guardLeave`; another one when the URL changes. */
  readonly document: Readonly<ShallowRef<OpenDocument<T>>>;
  /** Settles when the first document is there or cannot be read, for `async setup()`. It never rejects: the state has the `error`. */
  readonly ready: Promise<void>;
}

/**
 * A document in a component, or in any effect scope, until that is disposed. `url` may be a ref or a getter.
 *
 * Renders on a server read nothing: pass `initial` there, and to the hydration. It belongs to the first URL.
 *
 * ```js
 * const { state, type, save } = useDocument(http, () => `/notes/${props.id}`);
 * ```
 *
 * @throws {MergefetchError} `invalid-argument`: no client, no URL, or an option that is none.
 */
export function useDocument<T = unknown>(client: Client, url: MaybeRefOrGetter<string | URL>, options: DocumentOptions<T> = {}): UsedDocument<T> {
  const { initial, ...later } = options;
  let used: Shown<T> = shown(client, String(toValue(url)), options);
  // Shallow: the state is a new object with every change, so nothing inside of it has to be watched.
  const [state, document] = [shallowRef(used.current()), shallowRef(used.document)];
  const attend = () => used.subscribe(() => void (state.value = used.current()));
  let stop = typeof window === "undefined" ? () => {} : attend();
  const ready = used.load();
  watch(
    () => String(toValue(url)),
    (address) => {
      stop();
      used = shown(client, address, later);
      [document.value, state.value] = [used.document, used.current()];
      stop = attend();
    },
    { flush: "sync" },
  );
  onScopeDispose(() => stop());
  return {
    state,
    document,
    ready,
    load: (init) => used.document.load(init),
    type: (draft) => used.document.type(draft),
    enter: () => used.document.enter(),
    save: () => used.document.save(),
    submit: () => used.document.submit(),
    recover: (draft) => used.document.recover(draft),
    drop: () => used.document.drop(),
  };
}
