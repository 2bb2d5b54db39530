/** Filters for hundreds of places: which are shown, by their decision and by their name. */
import { el, INSIDE, say } from "../entries/element-kit.js";
import type { View } from "./view.js";

/** Fewer places need no filters. */
const MIN_PLACES = 50;

/** How long after a key the list follows. */
const QUIET_MS = 200;

/** Null where there are few places. @internal */
export function filterView(view: View, indexes: readonly number[], show: (indexes: readonly number[]) => void): HTMLElement | null {
  if (indexes.length <= MIN_PLACES) return null;
  const { words } = view;
  const found = el("span", { role: "status" });
  const which = el("select", { p: "input", "aria-label": words.say("filter"), onchange: () => filter() }, ...(["all", "open", "decided"] as const).map((name) => el("option", { value: name }, words.say(name))));
  let timer: ReturnType<typeof setTimeout> | undefined;
  const find = el("input", {
    p: "input",
    type: "search",
    placeholder: words.say("find"),
    "aria-label": words.say("find"),
    oninput: () => {
      clearTimeout(timer);
      timer = setTimeout(filter, QUIET_MS);
    },
  });
  const filter = (): void => {
    const wanted = find.value.trim().toLocaleLowerCase(words.lang);
    const shown = indexes.filter((index) => {
      const change = view.change(index);
      if (change === undefined || (which.value !== "all" && (change.decision === null) !== (which.value === "open"))) return false;
      return wanted === "" || view.labelOf(change).join(INSIDE).toLocaleLowerCase(words.lang).includes(wanted);
    });
    say(found, words.say("found", { n: shown.length }));
    show(shown);
  };
  return el("div", { class: "filter" }, which, find, found);
}
