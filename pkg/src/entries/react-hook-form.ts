/**
 * Forms of react-hook-form, connected with documents.
 *
 * @packageDocumentation
 */
import type { OpenDocument } from "./document.js";
import { connected } from "./connected.js";

/** What is needed of a form of react-hook-form, from 7.55 on: what `useForm` or `createFormControl` returns. */
export interface HookForm<T> {
  /** All values. */
  getValues(): T;
  /** Sets a value, or a field array as a whole. */
  setValue(name: never, value: never): void;
  /** Sets all values. */
  reset(values: T): void;
  /** Sets the values from which dirty fields differ. */
  resetDefaultValues?(values: T): void;
  /** Listens to changes of values. */
  subscribe(payload: { readonly formState: { readonly values: true }; readonly callback: () => void }): () => void;
}

/**
 * Connects a form with an open document: typing in the form is an edit of the document, and edits of others appear in the form.
 *
 * Only values that others changed are set; a field in which a person types keeps its caret. If others add, remove or move rows, a field array is set
 * as a whole. Defaults are the version that the draft is an edit of, so `dirtyFields` are the person's own edits. Once the document is there, its values
 * replace those of the form.
 *
 * ```tsx
 * const [, note] = useDocument(http, "/notes/7");
 * const form = useForm();
 * useEffect(() => connectForm(form, note), [form.control, note]);
 * ```
 *
 * @returns A function that ends this.
 */
export function connectForm<T extends object>(form: HookForm<NoInfer<T>>, document: OpenDocument<T>): () => void {
  return connected(
    {
      values: () => form.getValues(),
      begin: (draft) => form.reset(draft as T),
      set: (path, value) => form.setValue(path.join(".") as never, value as never),
      based: (base) => form.resetDefaultValues?.(base as T),
      subscribe: (callback) => form.subscribe({ formState: { values: true }, callback }),
    },
    document,
  );
}
