/** Changes that need nobody: what came in by a merge, a page of them at a time. */
import type { Change } from "../types/types.js";
import { button, el, fill, textNodes } from "./dom.js";
import { ABSENT, type Values } from "./values.js";
import { INSIDE, badgeOf, originOf } from "./view.js";
import type { Words } from "./words.js";

/** Shown at once: enough for every form, and no more than a page can hold. */
const PAGE = 50;

/** @internal */
export interface ChangeView {
  readonly words: Words;
  readonly values: Values;
  labelOf(change: Change): readonly string[];
}

/** @internal */
export function changesView(view: ChangeView, changes: readonly Change[], hasOrigin: boolean): HTMLElement {
  const list = el("ul", { p: "changes" });
  return paged(view.words, changes.length, el("div"), (from, to) => {
    fill(list, ...changes.slice(from, to).map((change) => itemOf(view, change, hasOrigin)));
    return [list];
  }).element;
}

function itemOf(view: ChangeView, change: Change, hasOrigin: boolean): HTMLElement {
  const edited = change.state === "mine" ? change.mine : change.theirs;
  const [before, after] = [change.base, edited].map((value) => (value === undefined || (change.op === "text" && value === "") ? ABSENT : value));
  const side = change.state === "theirs" ? "side-theirs" : "side-mine";
  return el("li", { class: side }, el("p", { p: "label" }, ...textNodes(view.labelOf(change).join(INSIDE)), " ", hasOrigin && badgeOf(view.words, originOf(change)), change.op === "move" && el("small", { p: "moved" }, ` ↘ ${view.words.say("moved1")}`)), view.values.edit(before, after, change.path));
}

/** A list of which one page stands in the page at once. @internal */
export interface Paged {
  readonly element: HTMLElement;
  /** Shows the page with this one, where it is not shown already. */
  reveal(index: number): void;
}

/**
 * "1 to 50 of 100,000", with the ways on and back, below what `show` makes of each page.
 *
 * @internal
 */
export function paged(words: Words, count: number, element: HTMLElement, show: (from: number, to: number) => readonly HTMLElement[]): Paged {
  let from = -1;
  const turn = (to: number): void => {
    from = to;
    const step = (name: "previous" | "next", at: number): HTMLButtonElement =>
      button(
        words.say(name),
        () => {
          turn(at);
          element.tabIndex = -1;
          (element.querySelector<HTMLElement>("input") ?? element).focus();
        },
        { disabled: at < 0 || at >= count },
      );
    const range = { n: from + 1, m: Math.min(count, from + PAGE), all: count };
    fill(element, ...show(from, from + PAGE), count > PAGE && el("div", { p: "pager" }, step("previous", from - PAGE), el("span", {}, words.say("range", range)), step("next", from + PAGE)));
  };
  const reveal = (index: number): void => {
    const to = index - (index % PAGE);
    if (to !== from) turn(to);
  };
  reveal(0);
  return { element, reveal };
}
