/** A text as it would be saved now: its parts, each of which can be edited, or the whole, which can be typed over. */
import { badgeOf, button, el, fill, lineLabel, Lines, originOf, plainLine, say } from "../entries/element-kit.js";
import { mergeText } from "../entries/engine.js";
import type { Change, Range, TextRegion } from "../types/types.js";
import { decidedValue } from "./form-result.js";
import { area, editInPlace, plain, typedOver } from "./own-value.js";
import type { TextModel, TextView } from "./text-view.js";
import type { Place, View } from "./view.js";

/** The part of the result for a change. It can be edited in its place. @internal */
export function partOf(view: View, model: TextModel, index: number, region: TextRegion): Place {
  const { words } = view;
  const body = el("div", { class: "text" });
  const badge = el("span");
  // Its parts stand in the direction of its text.
  const element = el("div", { p: "part", dir: "auto" }, body, badge);
  element.append(editInPlace(view, element, index, model.label(region, words), (change) => decidedText(view, change)));
  return {
    element,
    update: () => {
      const change = view.change(index);
      if (change === undefined) return;
      const origin = originOf(change);
      element.className = `part ${origin}`;
      fill(badge, badgeOf(words, origin));
      const text = decidedText(view, change);
      fill(body, ...(text ? plainLine(view, text) : [view.values.quiet("removed")]));
    },
  };
}

/**
 * The result as a whole, which can be typed over: the text that will be saved, in the place of its parts, which show where it comes from.
 *
 * @internal
 */
export function typedView(view: View, list: TextView): Place {
  const { conflict, own, words } = view;
  const merged = (): string => String(conflict.merged);
  const toggle: HTMLInputElement = el("input", {
    type: "checkbox",
    onchange: () =>
      view.decide(() => {
        const before = merged();
        const [over, typed] = own.get("") as [string, string] ?? [before, before];
        if (!conflict.typed) conflict.set("", mergeText(over, typed, before, { adjacency: "touch", favor: "mine" }).text);
        else {
          conflict.reopen("");
          // It comes back with the switch.
          own.set("", [merged(), before]);
        }
      }),
  });
  let shown: string | undefined;
  const field: HTMLTextAreaElement = area(99, {
    p: "input lines",
    "aria-label": words.say("result"),
    oninput: () => {
      shown = typedOver(shown ?? "", field.value, String(conflict.mine));
      view.decide(() => conflict.set("", shown));
    },
    onkeydown: (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      // A dialog around it stays open.
      event.preventDefault();
      event.stopPropagation();
      toggle.focus();
    },
  });
  const told = el("p", { p: "problem", role: "status" });
  const where = el("div", { class: "buttons" });
  const keep = button(words.say("typedKeep"), () => {
    view.decide(() => conflict.set("", merged()));
    field.focus();
  });
  const select = (range: Range): HTMLElement =>
    button(lineLabel(words, new Lines(merged()), range), () => {
      field.focus();
      const [from, to] = range.map((offset) => plain(merged().slice(0, offset)).length);
      field.setSelectionRange(from as number, to as number);
    });
  return {
    element: el("div", {}, el("label", { p: "switch" }, toggle, words.say("customText")), list.element, field, told, where),
    update() {
      list.update();
      const typed = conflict.typed ?? null;
      toggle.checked = list.element.hidden = typed !== null;
      field.hidden = typed === null;
      const isClashing = typed !== null && typed.length > 0;
      say(told, isClashing ? words.say("typed") : "");
      fill(where, ...(typed ?? []).map(select), isClashing && keep);
      if (typed !== null && shown !== merged()) field.value = shown = merged();
    },
  };
}

/** The text of a change in the result; empty if it is unknown. */
function decidedText(view: View, change: Change): string {
  const value = change.decision === "custom" ? view.own.get(change.id) : decidedValue(view, change);
  return typeof value === "string" ? value : "";
}
