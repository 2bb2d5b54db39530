/** One place in conflict: three values side by side, and the radio buttons that decide. */
import { el, say, uid } from "./dom.js";
import { ownInput } from "./own-value.js";
import { ABSENT, baseNode, editNode } from "./values.js";
import { CHOICES, CLASHES, SIDES } from "./words.js";

/**
 * @param {import("./mergefetch.js").Conflict<any>} conflict
 * @param {import("./mergefetch.js").Change} change
 * @param {import("./conflict-view.js").Options} options
 * @returns {{ element: Element, update(): void }}
 */
export function changeChoice(conflict, change, options) {
  const group = uid("decision");
  const problem = el("p", { class: "field-message", role: "status" });
  const own = ownInput(change, (value, error) => {
    say(problem, error);
    if (error === "") conflict.set(change.id, value);
    else conflict.reopen(change.id);
  });
  /** @type {Map<string, HTMLInputElement>} */
  const radios = new Map();
  const choose = (/** @type {string} */ choice) => {
    say(problem, "");
    own.show(choice === "custom");
    if (choice === "custom") own.send();
    else conflict.take(/** @type {any} */ (choice), change.id);
  };
  const radio = (/** @type {string} */ choice, /** @type {string} */ describedBy = "") => {
    const attributes = { type: "radio", name: group, value: choice, id: uid("choice"), "aria-describedby": describedBy || null, onchange: () => choose(choice) };
    const input = /** @type {HTMLInputElement} */ (el("input", attributes));
    radios.set(choice, input);
    return input;
  };
  const nameOf = (/** @type {string} */ name) => options.nameOf(`${change.path}/${name}`);
  const side = (/** @type {"base" | "mine" | "theirs"} */ name) => {
    const value = el("div", { class: "value", id: uid("value"), dir: "auto" }, sideNode(change, name, nameOf));
    const input = radio(name, value.id);
    const words = el("span", {}, el("strong", {}, SIDES[name].name), " ", el("small", {}, SIDES[name].about));
    return el("div", { class: `side side-${name}` }, el("label", { for: input.id }, input, words), value);
  };
  const more = furtherChoices(change).map((choice) => {
    const input = radio(choice);
    const shown = choice === "suggested" ? el("div", { class: "value", dir: "auto" }, editNode(withoutLastLineEnd(change, change.base ?? ABSENT), withoutLastLineEnd(change, change.suggestion), nameOf)) : null;
    return el("div", { class: `further further-${choice}` }, el("label", { for: input.id }, input, el("span", {}, CHOICES[choice])), shown);
  });
  const columns = el("div", { class: "columns" }, side("base"), side("mine"), side("theirs"));
  const hint = CLASHES[/** @type {keyof typeof CLASHES} */ (change.clash ?? "edit-edit")];
  const legend = el("legend", {}, options.labelOf(change));
  const element = el("fieldset", { class: "clash", "data-path": change.path }, legend, el("p", { class: "hint" }, hint), columns, el("div", { class: "furthers" }, ...more), own.element, problem);
  return {
    element,
    update() {
      const decision = conflict.changes.find((one) => one.id === change.id)?.decision ?? null;
      element.classList.toggle("is-decided", decision !== null);
      for (const [choice, input] of radios) {
        // A value of one's own that is not valid yet stays chosen, though nothing is decided.
        if (decision !== null || choice !== "custom") input.checked = choice === decision;
      }
    },
  };
}

/** Which decisions make sense beside the three sides. */
function furtherChoices(/** @type {import("./mergefetch.js").Change} */ change) {
  const { mine, theirs } = change;
  const isList = Array.isArray(mine) && Array.isArray(theirs);
  const isText = change.op === "text" && mine !== "" && theirs !== "";
  const both = /** @type {const} */ (["both", "both-reversed"]);
  return [...(change.suggestion !== undefined ? /** @type {const} */ (["suggested"]) : []), ...(isList || isText ? both : []), /** @type {const} */ ("custom")];
}

/**
 * @param {import("./mergefetch.js").Change} change
 * @param {"base" | "mine" | "theirs"} name
 * @param {(member: string) => string} nameOf
 */
function sideNode(change, name, nameOf) {
  // A region of a text that is empty is one that a side took out.
  const at = (/** @type {"base" | "mine" | "theirs"} */ one) => {
    const value = change[one];
    return value === undefined || (change.op === "text" && value === "") ? ABSENT : withoutLastLineEnd(change, value);
  };
  return name === "base" ? baseNode(at("base"), [at("mine"), at("theirs")], nameOf) : editNode(at("base"), at(name), nameOf);
}

/** The line end that closes a region is there on all sides, and would only show as an empty line. */
function withoutLastLineEnd(/** @type {import("./mergefetch.js").Change} */ change, /** @type {unknown} */ value) {
  return change.op === "text" && typeof value === "string" ? value.replace(/\r?\n$/, "") : value;
}

