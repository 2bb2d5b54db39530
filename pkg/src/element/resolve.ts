/** Shows a conflict, waits for its end, and puts everything back. */
import { checkConflict, refuse } from "../entries/element-kit.js";
import type { Conflict, SaveResult } from "../types/types.js";
import type { Settings } from "./attributes.js";
import type { MergeConflictElement } from "./conflict.js";

/** @internal */
export function resolveIn<T>(conflict: Conflict<T>, options: Settings<T> & { readonly in: Element }): Promise<SaveResult<T> | null> {
  checkConflict(conflict, "a Conflict");
  const { in: place, ...settings } = Object(options) as typeof options;
  if (!((place as unknown) instanceof Element)) refuse("options with `in`, an element", place === undefined ? options : place);
  const view = document.createElement("merge-conflict") as MergeConflictElement<T>;
  Object.assign(view, settings);
  view.conflict = conflict;
  const dialog = place instanceof HTMLDialogElement ? place : null;
  const opens = dialog !== null && !dialog.open;
  // A dialog is as wide as what it holds asks for, and a container for queries asks for nothing.
  view.style.containIntrinsicInlineSize = "min(60rem, 90vw)";
  return new Promise((resolve) => {
    let refused: SaveResult<T> | null = null;
    const end = (result: SaveResult<T> | null): void => {
      dialog?.removeEventListener("close", closed);
      view.remove();
      if (opens) dialog.close();
      resolve(result);
    };
    // The person closed the dialog around it.
    const closed = (): void => end(refused);
    view.addEventListener("resolve", ({ detail }) => {
      if (detail.ok) end(detail);
      else refused = detail;
    });
    view.addEventListener("cancel", () => end(refused));
    dialog?.addEventListener("close", closed);
    place.append(view);
    if (opens) dialog.showModal();
    view.focus();
  });
}
