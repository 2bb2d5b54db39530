/**
 * Forms of TanStack Form, connected with documents.
 *
 * @packageDocumentation
 */
import type { OpenDocument } from "./document.js";
import { connected } from "./connected.js";

/** What newer stores return for a listener. */
export interface Subscription {
  /** Ends the calls of the listener. */
  readonly unsubscribe: () => void;
}

/** What is needed of a form of TanStack Form: what `useForm`, `createForm` or `new FormApi` makes. */
export interface TanStackForm<T> {
  /** The state of the moment. */
  readonly state: { readonly values: T };
  /** Tells of changes. */
  readonly store: {
    /** Calls the listener after each change; the result ends this. */
    readonly subscribe: (listener: () => void) => (() => void) | Subscription;
  };
  /** Sets all values. */
  reset(values: never, options?: { readonly keepDefaultValues?: boolean }): void;
  /** Sets a value, or an array as a whole. */
  setFieldValue(field: never, value: never, options?: { readonly dontUpdateMeta?: boolean }): void;
}

/**
 * Connects a form with an open document: typing in the form is an edit of the document, and edits of others appear in the form.
 *
 * Only values that others changed are set, without touching the state of their fields; a field in which a person types keeps its caret. If others add,
 * remove or move rows, an array is set as a whole. Once the document is there, its values replace those of the form.
 *
 * ```tsx
 * const [, note] = useDocument(http, "/notes/7");
 * const form = useForm({ defaultValues: { title: "" } });
 * useEffect(() => connectForm(form, note), [form, note]);
 * ```
 *
 * @returns A function that ends this.
 */
export function connectForm<T extends object>(form: TanStackForm<NoInfer<T>>, document: OpenDocument<T>): () => void {
  return connected(
    {
      values: () => form.state.values,
      // Another default would be undone by the next render, which passes the page's own.
      begin: (draft) => form.reset(draft as never, { keepDefaultValues: true }),
      set: (path, value) => form.setFieldValue(nameOf(path) as never, value as never, { dontUpdateMeta: true }),
      based: () => {},
      subscribe: (listener) => {
        const subscription = form.store.subscribe(listener);
        return typeof subscription === "function" ? subscription : () => subscription.unsubscribe();
      },
    },
    document,
  );
}

/** `items[0].title` */
const nameOf = (path: readonly string[]) => path.map((token, at) => (/^\d+$/.test(token) ? `[${token}]` : at === 0 ? token : `.${token}`)).join("");
