// A page for the libraries that look for one when they are imported.
import { JSDOM } from "jsdom";

export const dom = new JSDOM("<!doctype html><body></body>", { pretendToBeVisual: true });
Object.assign(globalThis, { window: dom.window, document: dom.window.document, HTMLElement: dom.window.HTMLElement, IS_REACT_ACT_ENVIRONMENT: false });
globalThis.navigator ??= dom.window.navigator;
export const React = await import("react");
export const { createRoot, hydrateRoot } = await import("react-dom/client");

/** An element of its own in the page. */
export const place = () => document.body.appendChild(document.createElement("div"));

/** Types into a field as a person does: React listens to the event, and looks at the value behind it. */
export function typeInto(field, value) {
  const { set } = Object.getOwnPropertyDescriptor(dom.window.HTMLInputElement.prototype, "value");
  set.call(field, value);
  field.dispatchEvent(new dom.window.Event("input", { bubbles: true }));
}
