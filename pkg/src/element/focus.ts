/** The focus, while places are built anew. */

/** Remembers where the focus is; the result brings it back to the same control of what was built anew. @internal */
export function focusIn(root: ShadowRoot): () => void {
  const active = root.activeElement;
  const index = active?.closest<HTMLElement>(".place")?.dataset["index"];
  if (active === null || index === undefined) return () => {};
  const control = active as HTMLInputElement;
  const isField = active.closest(".own") !== null;
  const range = isField && control.selectionStart !== undefined ? [control.selectionStart, control.selectionEnd] : null;
  return () => {
    const place = root.querySelector(`.place[data-index="${index}"]`);
    const now = place?.querySelector<HTMLInputElement>(isField ? ".own :is(input,textarea,select,li)" : `input[value="${control.value}"]`);
    now?.focus({ preventScroll: true });
    if (range !== null && now?.setSelectionRange !== undefined && now.type !== "date") now.setSelectionRange(range[0] ?? null, range[1] ?? null);
  };
}
