/** A write that was not accepted and that no merge can help: the server's words, and what the person can do now. */
import { button, el } from "./dom.js";
import { ADVICE, REFUSALS, codeOf, wordsOf } from "./words.js";

/**
 * @param {{ kind: keyof typeof REFUSALS, problem: import("./mergefetch.js").Problem }} refusal
 * @param {{ title?: string, advice?: string, actions?: readonly (readonly [string, () => unknown])[] }} [options]
 */
export function refusalView({ kind, problem }, { title, advice = ADVICE[kind], actions = [] } = {}) {
  const words = wordsOf(problem);
  return el(
    "div",
    { class: "refusal", "data-kind": kind },
    el("p", { class: "refusal-title" }, el("strong", {}, title ?? REFUSALS[kind] ?? "Not saved")),
    words !== "" && el("blockquote", { class: "server-words" }, el("p", {}, words)),
    statesOf(problem),
    el("p", {}, `Your edit is still in the form. ${advice}`),
    actions.length > 0 && el("div", { class: "buttons" }, ...actions.map(([label, run]) => button(label, run))),
    el("p", { class: "code" }, codeOf(problem)),
  );
}

function statesOf(/** @type {import("./mergefetch.js").Problem} */ { currentState, allowedStates }) {
  if (currentState === undefined && allowedStates === undefined) return null;
  const states = allowedStates ?? [];
  const allowed = states.length === 0 ? el("span", {}, "none") : el("ul", { class: "chips" }, ...states.map((state) => el("li", {}, state)));
  return el(
    "dl",
    { class: "states" },
    el("div", {}, el("dt", {}, "State now"), el("dd", {}, currentState ?? "not told")),
    el("div", {}, el("dt", {}, "Possible from there"), el("dd", {}, allowed)),
  );
}
