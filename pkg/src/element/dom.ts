/** Elements made of names, attributes and text nodes: nothing in this folder parses HTML, so that no value can become markup. */

/** @internal */
export type Child = Node | string | null | undefined | false;

type Attribute = string | number | boolean | null | undefined | ((event: Event) => void);

let count = 0;

/** An id that no other element of this page has. @internal */
export function uid(): string {
  return `mf${++count}`;
}

/**
 * Makes an element. `p` is its classes, of which the first is its part; `true` sets an attribute without value; functions listen (`onclick`).
 *
 * @internal
 */
export function el<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Readonly<Record<string, Attribute>> = {}, ...children: readonly Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === null || value === undefined || value === false) continue;
    else if (name === "p") {
      element.className = String(value);
      element.setAttribute("part", element.classList[0] ?? "");
    } else element.setAttribute(name, value === true ? "" : String(value));
  }
  fill(element, ...children);
  return element;
}

/** Puts `children` in place of what `parent` holds. @internal */
export function fill(parent: ParentNode & Node, ...children: readonly Child[]): void {
  for (const child of parent.childNodes) if (child instanceof Element && !children.includes(child)) ungroup(child);
  parent.replaceChildren(...children.filter((child): child is Node | string => Boolean(child)));
}

/**
 * Removes the names of the radio buttons in a part that leaves the page for good. Chromium keeps a named radio button, and everything around it, as
 * long as its shadow root lives.
 *
 * @internal
 */
export function ungroup(gone: Element): void {
  for (const input of gone.querySelectorAll("input[type=radio]")) input.removeAttribute("name");
}

/** Sets a text only where it differs, as a live region speaks on every change of its content. @internal */
export function say(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** A button that never submits a form by accident. @internal */
export function button(label: string, run: () => void, attributes: Readonly<Record<string, Attribute>> = {}): HTMLButtonElement {
  return el("button", { type: "button", p: "button", ...attributes, onclick: run }, label);
}

/** What turns the direction of text, or cannot be seen at all, and could make one text look like another. */
const HIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]|\r(?!\n)/g;

/** Of a text that goes on without a change, more than this is cut out of its middle. */
const MAX_SHOWN = 1200;

/** A text of a document as nodes: characters that hide are shown by their number. @internal */
export function textNodes(text: string): (Node | string)[] {
  const nodes: (Node | string)[] = [];
  let last = 0;
  for (const { 0: found, index } of text.matchAll(HIDDEN)) {
    const number = found.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
    nodes.push(text.slice(last, index), el("span", { p: "control", dir: "ltr" }, `U+${number}`));
    last = index + found.length;
  }
  nodes.push(text.slice(last));
  return nodes.filter((node) => node !== "");
}

/** The same, with the middle of a long one folded away. @internal */
export function clipped(text: string, more: (hidden: number) => string): (Node | string)[] {
  if (text.length <= MAX_SHOWN * 2) return textNodes(text);
  // Not between the halves of a surrogate pair.
  const cut = (at: number): number => (/[\udc00-\udfff]/.test(text.charAt(at)) ? at + 1 : at);
  const [from, to] = [cut(MAX_SHOWN / 2), cut(text.length - MAX_SHOWN / 2)];
  const unfold: HTMLButtonElement = button(more(to - from), () => {
    const shown = el("span", { tabindex: "-1" }, ...textNodes(text.slice(from, to)));
    unfold.replaceWith(shown);
    shown.focus();
  }, { p: "more button small" });
  return [...textNodes(text.slice(0, from)), unfold, ...textNodes(text.slice(to))];
}

/** What the bar takes at the end of the window, with some space, in CSS pixels. */
const BAR_PX = 150;

/** Of a place that is higher than what is seen beside the bar, the beginning counts. @internal */
export function bringIntoView(place: HTMLElement | undefined, behavior: ScrollBehavior): void {
  place?.scrollIntoView({ block: place.offsetHeight > innerHeight - BAR_PX ? "start" : "nearest", behavior });
}
