/** Changes that need nobody: what came in by a merge, a page of them at a time. */
import type { Change } from "../types.js";
import { button, el, fill, textNodes } from "./dom.js";
import { ABSENT, type Values } from "./values.js";
import { originOf } from "./view.js";
import type { Words } from "./words.js";

/** Shown at once. */
const PAGE = 50;

/** @internal */
export interface ChangeView {
  readonly words: Words;
  readonly values: Values;
  labelOf(change: Change): string;
}

/** @internal */
export function changesView(view: ChangeView, changes: readonly Change[], hasOrigin: boolean): HTMLElement {
  const list = el("ul", { p: "changes" });
  const pager = el("div", {});
  const show = (from: number): void => {
    fill(list, ...changes.slice(from, from + PAGE).map((change) => itemOf(view, change, hasOrigin)));
    fill(pager, pagerOf(view.words, from, changes.length, PAGE, (next) => {
      show(next);
      list.tabIndex = -1;
      list.focus();
    }));
  };
  show(0);
  return el("div", {}, list, pager);
}

function itemOf(view: ChangeView, change: Change, hasOrigin: boolean): HTMLElement {
  const origin = originOf(change);
  const edited = change.state === "mine" ? change.mine : change.theirs;
  const [before, after] = [change.base, edited].map((value) => (value === undefined || (change.op === "text" && value === "") ? ABSENT : value));
  const badge = hasOrigin ? el("span", { class: `origin ${origin}`, part: "origin" }, view.words.say(origin)) : null;
  const side = change.state === "theirs" ? "side-theirs" : "side-mine";
  return el("li", { class: side }, el("p", { p: "label" }, ...textNodes(view.labelOf(change)), " ", badge, change.op === "move" && el("small", { p: "moved" }, ` ↘ ${view.words.say("moved1")}`)), view.values.edit(before, after, change.path));
}

/** "1 to 50 of 100,000", with the ways on and back; null where all fits. @internal */
export function pagerOf(words: Words, from: number, all: number, page: number, show: (from: number) => void): HTMLElement | null {
  if (all <= page) return null;
  const step = (name: "previous" | "next", to: number): HTMLButtonElement => button(words.say(name), () => show(to), { disabled: to < 0 || to >= all });
  return el("div", { p: "pager" }, step("previous", from - page), el("span", {}, words.say("range", { n: from + 1, m: Math.min(all, from + page), all })), step("next", from + page));
}
