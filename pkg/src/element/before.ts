/** What was there before both edits, on demand. */
import { el, sideOf, wordDiff } from "../entries/element-kit.js";
import type { Change } from "../types/types.js";
import type { Child } from "./dom.js";
import type { View } from "./view.js";

/** What was before, as all views show it. @internal */
export function beforeOf({ words }: View, dir: string | undefined, ...values: readonly Node[]): HTMLElement {
  const head = el("p", { class: "head" }, el("strong", {}, words.say("base")), el("small", {}, words.comma, words.say("baseAbout")));
  return el("div", { class: "side side-base", part: "side base" }, head, el("div", { p: "value", dir }, ...values));
}

/** Beside the sides of a place: the rows of a text, the place of a move, or the value. @internal */
export function baseOf(view: View, change: Change, rows: readonly HTMLElement[] | undefined, moved: readonly Node[]): HTMLElement {
  const values = rows ?? (moved.length > 0 ? moved : [marked(view, change)]);
  const element = beforeOf(view, rows && "auto", ...values);
  if (rows !== undefined) element.style.gridRow = `span ${rows.length + 2}`;
  return element;
}

/** A value of base, with the words marked that an edit changed or took out. */
function marked({ values, words }: View, change: Change): HTMLElement {
  const base = sideOf(change, "base");
  if (typeof base !== "string" || base === "" || words.date(base)) return values.edit(base, base, change.path);
  const isGone = new Uint8Array(base.length);
  for (const edit of [sideOf(change, "mine"), sideOf(change, "theirs")]) {
    if (typeof edit !== "string") continue;
    let offset = 0;
    for (const { kind, text } of wordDiff(base, edit)) {
      if (kind === "gone") isGone.fill(1, offset, offset + text.length);
      if (kind !== "new") offset += text.length;
    }
  }
  const nodes: Child[] = [];
  for (let start = 0, end = 0; start < base.length; start = end) {
    while (end < base.length && isGone[end] === isGone[start]) end++;
    const shown = values.pieces([{ kind: "same", text: base.slice(start, end) }]);
    nodes.push(...(isGone[start] === 1 ? [el("mark", {}, ...shown)] : shown));
  }
  return el("p", { class: "text" }, ...nodes);
}
