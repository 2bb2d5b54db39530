/** The state of a document in a form that others do not change, and automatic saves. */
import { checkFunction, checkMethods } from "../types/arguments.js";
import { wrong } from "../types/errors.js";
import { checkKeys } from "../types/options.js";
import type { Client } from "../types/types.js";
import { type DocumentState, type OpenDocument, openDocument } from "./document.js";

/** A document in a form, as it is at one moment. */
export type EditingState<T> = DocumentState<T>;

/** One document that is being edited; made by {@link editing}. */
export type Editing<T> = OpenDocument<T>;

/**
 * `openDocument(http, url, { theirs: "wait" })` of `mergefetch/document`: a form into which edits of others come with its saves alone.
 *
 * Each save reaches the forms of the same document in other tabs. A form without edits shows it; any other form keeps its draft and sets
 * `isStale`.
 *
 * @throws {MergefetchError} `invalid-argument`: no client, or no URL.
 */
export function editing<T = unknown>(http: Client, url: string | URL): Editing<T> {
  return openDocument<T>(http, url, { theirs: "wait" });
}

/**
 * Saves a form automatically after a pause in typing; returns a function that ends this.
 *
 * It waits while a conflict is open or a save is under way. A save that was refused, or got no answer, is tried
 * again with the next edit. Only a call of `form.type()` counts as an edit; a change in place without this call is saved with the next edit.
 *
 * @param options.delayMs The pause in typing before a save, default 1,000.
 * @param options.failed Receives errors that `save()` throws; a refusal is in the state of `form`.
 */
export function autosave<T>(form: Editing<T>, options: { readonly delayMs?: number | undefined; readonly failed?: ((error: unknown) => void) | undefined } = {}): () => void {
  checkMethods(form, ["current", "subscribe", "save"], "what `editing` or `openDocument` makes");
  checkKeys(options, ["delayMs", "failed"], "the options of `autosave`");
  const { delayMs = 1_000, failed = () => {} } = options;
  if (!(typeof delayMs === "number" && delayMs >= 0)) throw wrong("delayMs to be a number of milliseconds", delayMs);
  checkFunction(failed, "failed");
  let known = form.current();
  let isTyped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const isPaused = ({ base, conflict, isSaving }: EditingState<T>) => base === null || conflict !== null || isSaving;
  const fire = () => {
    timer = undefined;
    // A pause may have begun since the timer was set; `heard` is called at its end.
    if (isPaused(form.current())) return;
    isTyped = false;
    form.save().catch(failed);
  };
  const heard = (state: EditingState<T>) => {
    const isEdit = state.edits !== known.edits;
    known = state;
    isTyped ||= isEdit;
    if (isEdit) {
      clearTimeout(timer);
      timer = undefined;
    }
    if (isTyped && timer === undefined && !isPaused(state)) timer = setTimeout(fire, delayMs);
  };
  const stop = form.subscribe(heard);
  return () => {
    clearTimeout(timer);
    stop();
  };
}
