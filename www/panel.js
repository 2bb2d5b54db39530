/**
 * One person's part of a story: a form, its buttons, what came of the last action, and a place for a decision.
 *
 * @typedef {import("./forms.js").Field} Field
 */
import { button, el, fill, say, uid } from "./dom.js";
import { refusalElement } from "./refusal.js";

/**
 * @typedef {object} Panel
 * @property {Element} element
 * @property {Element} decision Where a conflict is shown, wider than the panel.
 * @property {(action: () => Promise<void>) => Promise<void>} run Runs one action at a time; an error becomes words.
 * @property {(text: string, tone?: "good" | "quiet", ...more: Element[]) => void} tell Says what came of an action.
 * @property {(result: any, offer: import("./refusal.js").Offer, again: () => unknown) => void} refuse
 * @property {(text: string, tone?: "" | "behind" | "edited") => void} note The line below the name: what is being edited, and how it stands.
 * @property {(isFrozen: boolean, except?: Element) => void} freeze While a decision waits, the form is only to be read.
 * @property {() => void} focusMain
 */

/**
 * @param {import("./people.js").Person} person
 * @param {readonly Field[]} fields
 * @param {{ label: string, run: () => unknown }} main The button that Enter presses, too.
 * @param {readonly Element[]} more Further buttons.
 * @param {Element | null} [above] Shown between the name and the form.
 * @returns {Panel}
 */
export function makePanel(person, fields, main, more, above = null) {
  const heading = el("h3", { id: uid("person") }, el("span", { class: "avatar", "aria-hidden": "true" }, person.name[0]), person.name);
  const note = el("p", { class: "version" });
  const save = el("button", { type: "submit", class: "button button-main" }, main.label);
  const status = el("div", { class: "status", role: "status" });
  const controls = el("fieldset", { class: "controls" }, ...fields.map((one) => one.element));
  const buttons = el("div", { class: "buttons" }, save, ...more);
  const onsubmit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!controls.hasAttribute("disabled")) main.run();
  };
  const form = el("form", { novalidate: true, "aria-labelledby": heading.id, onsubmit }, controls, buttons);
  const section = { class: `person person-${person.id}`, "aria-labelledby": heading.id };
  const element = el("section", section, el("header", {}, heading, note), above, form, status);
  const decision = el("div", { class: `decision person-${person.id}` });
  let isBusy = false;
  let isFrozen = false;
  /** @type {HTMLElement | null} */
  let wanted = null;
  const focusAgain = (/** @type {HTMLElement | null} */ focused) => {
    (wanted ?? (document.activeElement === document.body ? focused : null))?.focus();
    wanted = null;
  };

  const panel = {
    element,
    decision,
    async run(/** @type {() => Promise<void>} */ action) {
      if (isBusy) return;
      isBusy = true;
      const focused = controls.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement) : null;
      // Fields only to be read: what is typed while a save is under way would be overwritten by its result.
      controls.toggleAttribute("disabled", true);
      element.setAttribute("aria-busy", "true");
      // Not disabled: that would take the focus away from whoever pressed it.
      save.setAttribute("aria-disabled", "true");
      try {
        await action();
      } catch (error) {
        showError(error, action);
      } finally {
        isBusy = false;
        controls.toggleAttribute("disabled", isFrozen);
        element.removeAttribute("aria-busy");
        save.removeAttribute("aria-disabled");
        if (!isFrozen) focusAgain(focused);
      }
    },
    tell(/** @type {string} */ text, /** @type {"good" | "quiet"} */ tone = "good", /** @type {Element[]} */ ...details) {
      fields.forEach((one) => one.mark(""));
      fill(status, el("div", { class: `told told-${tone}` }, el("p", {}, text), ...details));
    },
    refuse(/** @type {any} */ result, /** @type {import("./refusal.js").Offer} */ offer, /** @type {() => unknown} */ again) {
      wanted = markFields(fields, result.problem)?.control ?? null;
      fill(status, refusalElement(result, offer, again, Object.fromEntries(fields.map((one) => [one.path, one.label]))));
    },
    note(/** @type {string} */ text, tone = "") {
      // A tag is one word, hyphen or not.
      if (note.textContent !== text) fill(note, ...text.split(/("[^"]*")/).map((part) => (part.startsWith('"') ? el("span", { class: "tag" }, part) : part)));
      note.className = `version ${tone}`;
    },
    freeze(/** @type {boolean} */ freeze, /** @type {Element | null} */ except = null) {
      isFrozen = freeze;
      element.classList.toggle("is-frozen", isFrozen);
      controls.toggleAttribute("disabled", isFrozen);
      for (const one of buttons.querySelectorAll("button")) one.toggleAttribute("disabled", isFrozen && one !== except);
    },
    focusMain: () => /** @type {HTMLElement} */ (save).focus(),
  };
  const showError = (/** @type {any} */ error, /** @type {() => Promise<void>} */ action) => {
    const again = el("div", { class: "buttons" }, button("Try again", () => panel.run(action)));
    const words = error?.code === "network" ? "The server cannot be reached." : sentence(String(error?.message ?? error));
    fill(status, el("div", { class: "told told-bad" }, el("p", {}, el("strong", {}, words)), el("p", {}, "What you typed is still in the form."), again));
  };
  return panel;
}

/** Says beside each field what the server complains of; returns the first of them. */
function markFields(/** @type {readonly Field[]} */ fields, /** @type {import("./mergefetch.js").Problem} */ problem) {
  const found = fields.filter((one) => {
    const complaint = problem.fields?.find((told) => told.path === one.path);
    one.mark(complaint === undefined ? "" : sentence(complaint.detail ?? problem.detail ?? "the server does not accept this"));
    return complaint !== undefined;
  });
  return found[0];
}

const sentence = (/** @type {string} */ words) => `${words.charAt(0).toUpperCase()}${words.slice(1)}${/[.!?]$/.test(words) ? "" : "."}`;
