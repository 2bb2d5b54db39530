/** A document that one side removed and the other edited: decided as a whole. */
import { el, uid } from "./dom.js";
import { editNode } from "./values.js";
import { WHOLE } from "./words.js";

/**
 * @param {import("./mergefetch.js").Conflict<any>} conflict
 * @param {import("./conflict-view.js").Options} options
 * @returns {{ element: Element, update(): void }}
 */
export function wholeChoice(conflict, options) {
  const words = WHOLE[/** @type {keyof typeof WHOLE} */ (conflict.kind)];
  const group = uid("decision");
  const id = conflict.changes[0]?.id ?? "";
  const entries = /** @type {const} */ (["mine", "theirs"]).map((side) => {
    const about = el("small", { id: uid("about") }, words[side].about);
    const attributes = { type: "radio", name: group, value: side, id: uid("choice"), "aria-describedby": about.id, onchange: () => conflict.take(side, id) };
    const input = /** @type {HTMLInputElement} */ (el("input", attributes));
    return { side, input, element: el("div", { class: "further" }, el("label", { for: input.id }, input, el("span", {}, el("strong", {}, words[side].label), " ", about))) };
  });
  const isMine = conflict.kind === "edit-delete";
  const edited = isMine ? conflict.mine : conflict.theirs?.value;
  const shown = editedNode(conflict.base?.value, edited, options);
  const edit = el("details", { class: "edited", open: true }, el("summary", {}, isMine ? "What you wrote" : "What they wrote"), el("div", { class: "value", dir: "auto" }, shown));
  const element = el("fieldset", { class: "clash clash-whole" }, el("legend", {}, "The whole document"), ...entries.map((entry) => entry.element), edit);
  return {
    element,
    update() {
      const decision = conflict.changes[0]?.decision ?? null;
      element.classList.toggle("is-decided", decision !== null);
      for (const { side, input } of entries) input.checked = side === decision;
    },
  };
}

/**
 * @param {unknown} before
 * @param {unknown} after
 * @param {import("./conflict-view.js").Options} options
 */
function editedNode(before, after, options) {
  return editNode(before === undefined || before === null ? after : before, after, (name) => options.nameOf(`/${name}`));
}
