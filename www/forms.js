/**
 * Form fields with a label, a hint and a place for what the server says about them.
 *
 * @typedef {object} Field
 * @property {string} path JSON Pointer of the member that the field edits; "" for a whole document.
 * @property {string} label
 * @property {Element} element
 * @property {(value: unknown) => void} write Shows a value.
 * @property {(before: unknown) => unknown} read The value now; `before` itself where the person changed nothing.
 * @property {(message: string) => void} mark Says what is wrong; "" takes it back.
 * @property {HTMLElement} control
 */
import { el, say, uid } from "./dom.js";

/**
 * @param {string} path
 * @param {string} label
 * @param {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} control
 * @param {{ hint?: string, isWide?: boolean, toText?: (value: any) => string, fromText?: (text: string) => unknown }} [options]
 * @returns {Field}
 */
export function field(path, label, control, { hint, isWide = false, toText = String, fromText = (text) => text } = {}) {
  const message = el("p", { class: "field-message", id: uid("message") });
  const about = hint && el("p", { class: "field-hint", id: uid("hint") }, hint);
  control.id = uid("field");
  control.setAttribute("name", path);
  control.setAttribute("aria-describedby", [about && about.id, message.id].filter(Boolean).join(" "));
  const mark = (/** @type {string} */ text) => {
    say(message, text);
    if (text === "") control.removeAttribute("aria-invalid");
    else control.setAttribute("aria-invalid", "true");
  };
  control.addEventListener("input", () => mark(""));
  let shown = "";
  return {
    path,
    label,
    element: el("div", { class: isWide ? "field field-wide" : "field" }, el("label", { for: control.id }, label), about, control, message),
    write(value) {
      control.value = value === undefined || value === null ? "" : toText(value);
      // As the control shows it: a textarea has no CR, a number field no "1.0".
      shown = control.value;
      mark("");
    },
    read: (before) => (control.value === shown ? before : fromText(control.value)),
    mark,
    control,
  };
}

/** A line of text. */
export function line(/** @type {string} */ path, /** @type {string} */ label, attributes = {}, options = {}) {
  return field(path, label, input("text", { autocomplete: "off", ...attributes }), options);
}

/** Several lines of text. The line ends of the document are kept, which a textarea knows only as LF. */
export function area(/** @type {string} */ path, /** @type {string} */ label, /** @type {number} */ rows) {
  let lineEnd = "\n";
  const control = /** @type {HTMLTextAreaElement} */ (el("textarea", { rows, spellcheck: "false" }));
  const toText = (/** @type {string} */ value) => {
    lineEnd = value.includes("\r\n") ? "\r\n" : "\n";
    return value;
  };
  return field(path, label, control, { toText, fromText: (text) => text.replace(/\n/g, lineEnd) });
}

export function number(/** @type {string} */ path, /** @type {string} */ label) {
  return field(path, label, input("number", { step: "any" }), { fromText: (text) => (text === "" ? null : Number(text)) });
}

export function date(/** @type {string} */ path, /** @type {string} */ label) {
  return field(path, label, input("date"));
}

/** Words between commas. */
export function list(/** @type {string} */ path, /** @type {string} */ label) {
  const fromText = (/** @type {string} */ text) => text.split(",").map((word) => word.trim()).filter((word) => word !== "");
  return field(path, label, input("text"), { hint: "separated by commas", toText: (value) => value.join(", "), fromText });
}

export function select(/** @type {string} */ path, /** @type {string} */ label, /** @type {readonly string[]} */ values) {
  const control = el("select", {}, ...values.map((value) => el("option", { value }, value)));
  return field(path, label, /** @type {HTMLSelectElement} */ (control));
}

/** @returns {Field} */
export function checkbox(/** @type {string} */ path, /** @type {string} */ label) {
  const control = input("checkbox", { id: uid("field"), name: path });
  return {
    path,
    label,
    element: el("div", { class: "field field-check" }, control, el("label", { for: control.id }, label)),
    write: (value) => (control.checked = value === true),
    read: () => control.checked,
    mark: () => {},
    control,
  };
}

function input(/** @type {string} */ type, attributes = {}) {
  return /** @type {HTMLInputElement} */ (el("input", { type, ...attributes }));
}

/** The value at a JSON Pointer; undefined where there is none. */
export function valueAt(/** @type {unknown} */ document, /** @type {string} */ path) {
  return membersOf(path).reduce((value, name) => /** @type {any} */ (value)?.[name], document);
}

/** A copy of `document` with `value` at `path`; members that no field shows stay as they are. */
export function withValue(/** @type {unknown} */ document, /** @type {string} */ path, /** @type {unknown} */ value) {
  const names = membersOf(path);
  const last = names.pop();
  if (last === undefined) return value;
  const copy = structuredClone(document ?? {});
  const parent = names.reduce((place, name) => (/** @type {any} */ (place)[name] ??= {}), copy);
  /** @type {any} */ (parent)[last] = value;
  return copy;
}

function membersOf(/** @type {string} */ path) {
  return path
    .split("/")
    .slice(1)
    .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
}
