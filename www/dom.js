/**
 * Elements made of names, attributes and text nodes. Nothing here, or anywhere on this page, parses HTML, so that no value of a
 * server or a person can become markup.
 *
 * @typedef {Node | string | null | undefined | false} Child
 */

let count = 0;

/** An id that no other element of this page has. */
export function uid(/** @type {string} */ prefix) {
  return `${prefix}-${++count}`;
}

/**
 * Makes an element. `true` sets an attribute without value; `false`, `null` and `undefined` leave it out; functions listen.
 *
 * @param {string} tag
 * @param {Record<string, unknown>} [attributes] `onclick: f` listens to "click".
 * @param {...Child} children
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...kept(children));
  return element;
}

/** Puts `children` in place of what `parent` holds. */
export function fill(/** @type {Element} */ parent, /** @type {Child[]} */ ...children) {
  parent.replaceChildren(...kept(children));
}

/** @param {Child[]} children */
function kept(children) {
  return /** @type {(Node | string)[]} */ (children.filter((child) => child !== null && child !== undefined && child !== false));
}

/** Sets a text only where it differs, as a live region speaks on every change of its content. */
export function say(/** @type {Element} */ element, /** @type {string} */ text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A button that never submits a form by accident. */
export function button(/** @type {string} */ label, /** @type {() => unknown} */ run, attributes = {}) {
  return el("button", { type: "button", class: "button", ...attributes, onclick: () => run() }, label);
}
