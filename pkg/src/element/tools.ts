/** What people can set or do for all places at once, behind one control. */
import { button, el, fill, say } from "../entries/element-kit.js";
import type { Texts, Words } from "./words.js";

/** @internal */
export interface Tools {
  readonly words: Words;
  /** For the names of radio buttons. */
  readonly id: string;
  /** Of a text; null where there is none. */
  readonly layout: "columns" | "column" | null;
  /** Whether base is shown; null where there is none. */
  readonly showBase: boolean | null;
  /** Whether there is more than one place. */
  readonly isMany: boolean;
  setLayout(layout: "columns" | "column"): void;
  setShowBase(isShown: boolean): void;
  takeRest(side: "mine" | "theirs"): void;
  reopenAll(): void;
  step(by: number): void;
}

/** @internal */
export function fillTools(place: HTMLDetailsElement, tools: Tools): void {
  const { words, layout, showBase, isMany } = tools;
  const small = (label: string, run: () => void, attributes = {}): HTMLElement => button(label, run, { p: "button small", ...attributes });
  const option = (label: keyof Texts, isOn: boolean, run: (isOn: boolean) => void, name?: string): HTMLElement => {
    const input: HTMLInputElement = el("input", { type: name === undefined ? "checkbox" : "radio", name, onchange: () => run(input.checked) });
    input.checked = isOn;
    return el("label", { p: "switch" }, input, words.say(label));
  };
  const one = (name: "columns" | "column"): HTMLElement => option(name, layout === name, () => tools.setLayout(name), `${tools.id}-layout`);
  const step = (name: "previous" | "next", by: number): HTMLElement => small(words.say(name), () => tools.step(by), { "aria-label": words.say(`${name}About`), "aria-keyshortcuts": by > 0 ? "Alt+ArrowDown" : "Alt+ArrowUp" });
  const parts = [
    showBase !== null && option("showBase", showBase, (isOn) => tools.setShowBase(isOn)),
    layout !== null && el("span", { class: "segments", role: "radiogroup", "aria-label": words.say("view") }, one("columns"), one("column")),
    isMany && el("span", { class: "steps" }, step("previous", -1), step("next", 1)),
    isMany && el("span", { class: "steps" }, small(words.say("restMine"), () => tools.takeRest("mine")), small(words.say("restTheirs"), () => tools.takeRest("theirs")), small(words.say("reopenAll"), () => tools.reopenAll())),
  ];
  place.hidden = parts.every((part) => part === false);
  if (place.hidden) return fill(place);
  const [summary, panel] = place.children;
  if (summary === undefined || panel === undefined) {
    const close = (event: KeyboardEvent): void => {
      if (event.key !== "Escape" || !place.open) return;
      // A dialog around it stays open.
      event.preventDefault();
      event.stopPropagation();
      place.open = false;
      place.querySelector("summary")?.focus();
    };
    const onkeydown = (event: Event): void => close(event as KeyboardEvent);
    return fill(place, el("summary", { p: "button", onkeydown }, words.say("options")), el("div", { p: "toolbar", onkeydown }, ...parts));
  }
  say(summary, words.say("options"));
  fill(panel, ...parts);
}
