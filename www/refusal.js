/** A refusal in the page: `<merge-refusal>` with what a scenario has to add. */
import { button, el } from "./dom.js";

/**
 * @typedef {object} Offer What a scenario says of a refusal beside the words of the element.
 * @property {string} [title]
 * @property {string} [advice]
 * @property {readonly (readonly [string, () => unknown])[]} [actions]
 */

/**
 * @param {any} refusal
 * @param {Offer} offer
 * @param {(() => unknown) | null} again
 * @param {Readonly<Record<string, string>>} labels
 */
export function refusalElement(refusal, { title = "", advice = "", actions = [] }, again, labels) {
  const element = /** @type {import("./mergefetch.js").MergeRefusalElement} */ (el("merge-refusal"));
  Object.assign(element, { refusal, heading: title, advice, labels });
  if (again !== null) element.addEventListener("retry", () => again());
  element.append(...actions.map(([label, run]) => button(label, run)));
  return element;
}
