/** A document that one side deleted and the other edited, or that is decided as a whole for another reason. */
import type { Change, Conflict } from "../types/types.js";
import { el, uid } from "./dom.js";
import { later } from "../entries/element-loader.js";
import type { Place, View } from "./view.js";
import type { Texts } from "./words.js";

/** @internal */
export type Whole = "mine" | "theirs" | "copy";

/** The words of each decision: `…` and `…About` say what it does, `…Save` stands on the button. @internal */
export const WHOLE = {
  "edit-delete": { title: "gonePlace", about: "goneAbout", mine: "restore", theirs: "leave", copy: "copy" },
  "delete-edit": { title: "editedPlace", about: "editedAbout", mine: "remove", theirs: "keep", copy: null },
} as const satisfies Record<string, { readonly [key: string]: keyof Texts | null }>;

/**
 * @param choices What can be done; "copy" only where the page can save one.
 * @param onChoose Called with what was chosen.
 * @internal
 */
export function wholeView(view: View, choices: readonly Whole[], chosen: () => Whole | null, onChoose: (choice: Whole) => void): Place {
  const { conflict, words } = view;
  const kind = conflict.kind === "edit-delete" ? "edit-delete" : "delete-edit";
  const group = uid();
  const entries = choices.flatMap((choice) => {
    const name = WHOLE[kind][choice];
    if (name === null) return [];
    const about = el("small", { id: uid() }, words.say(`${name}About`));
    const input = el("input", { type: "radio", name: group, value: choice, id: uid(), "aria-describedby": about.id, onchange: () => onChoose(choice) });
    return [{ choice, input, element: el("div", { class: "side", part: "choice" }, el("label", { for: input.id }, input, el("span", {}, el("strong", {}, words.say(name)), about))) }];
  });
  const isMine = kind === "edit-delete";
  const edited = isMine ? conflict.mine : conflict.theirs?.value;
  const before = conflict.base?.value;
  const shown = view.values.edit(before === undefined || before === null ? edited : before, edited);
  const label = el("h3", { p: "label", id: uid() }, words.say("document"));
  const element = el(
    "section",
    { p: "place whole", "aria-labelledby": label.id },
    el("header", {}, label),
    el("div", { role: "radiogroup", "aria-labelledby": label.id, class: "furthers" }, ...entries.map((entry) => entry.element)),
    view.showBase && before !== undefined && before !== null && later()?.beforeOf(view, undefined, view.values.edit(before, before)),
    el("details", { p: "edited", open: true }, el("summary", {}, words.say(isMine ? "wroteMine" : "wroteTheirs")), el("div", { p: `value side-${isMine ? "mine" : "theirs"}`, dir: "auto" }, shown)),
  );
  return {
    element,
    update() {
      const now = chosen();
      element.classList.toggle("is-decided", now !== null);
      for (const { choice, input } of entries) input.checked = choice === now;
    },
  };
}

type WholeConflict<T> = Conflict<T> & { readonly kind: "edit-delete" | "delete-edit" };

/** @internal */
export function isWhole<T>(conflict: Conflict<T>): conflict is WholeConflict<T> {
  return conflict.kind === "edit-delete" || conflict.kind === "delete-edit";
}

/** The same while only decisions change. @internal */
export function shapeOf({ kind, theirs }: Conflict, changes: readonly Change[]): string {
  return JSON.stringify([kind, theirs?.version, changes.length, changes[0]?.id, changes.at(-1)?.id]);
}
