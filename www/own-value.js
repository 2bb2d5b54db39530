/** Where people type a value of their own for one place, by the kind of value that stands there. */
import { el, uid } from "./dom.js";

/**
 * @param {import("./mergefetch.js").Change} change
 * @param {(value: unknown, error: string) => void} onValue Called with every value typed, or with what is wrong with it.
 */
export function ownInput(change, onValue) {
  const sample = change.mine ?? change.theirs ?? change.base ?? "";
  const { toText, fromText } = converterOf(sample);
  const text = toText(sample);
  const isLong = text.includes("\n") || text.length > 60;
  const id = uid("own");
  const control = /** @type {HTMLInputElement | HTMLTextAreaElement} */ (
    isLong ? el("textarea", { id, rows: Math.min(8, text.split("\n").length + 1) }) : el("input", { id, type: "text", autocomplete: "off" })
  );
  control.value = text;
  const send = () => {
    try {
      onValue(fromText(control.value), "");
    } catch {
      onValue(undefined, "This is not a value of the same kind.");
    }
  };
  control.addEventListener("input", send);
  const element = el("div", { class: "own", hidden: true }, el("label", { for: id }, "Your own value"), control);
  return { element, send, show: (/** @type {boolean} */ isShown) => element.toggleAttribute("hidden", !isShown) };
}

/** @returns {{ toText: (value: any) => string, fromText: (text: string) => unknown }} */
function converterOf(/** @type {unknown} */ sample) {
  if (typeof sample === "string") return textConverter(sample);
  const isFlatList = Array.isArray(sample) && sample.every((item) => typeof item === "string" && !item.includes(","));
  if (isFlatList) {
    const words = (/** @type {string} */ text) => text.split(",").map((word) => word.trim()).filter((word) => word !== "");
    return { toText: (value) => value.join(", "), fromText: words };
  }
  return { toText: (value) => JSON.stringify(value, null, typeof value === "object" ? 2 : 0), fromText: (text) => sameKind(JSON.parse(text), sample) };
}

/** Keeps the line ends and the last line end of a region, which a textarea does not show or knows only as LF. */
function textConverter(/** @type {string} */ sample) {
  const lineEnd = sample.includes("\r\n") ? "\r\n" : "\n";
  const last = sample.endsWith("\n") ? lineEnd : "";
  return {
    toText: (/** @type {string} */ value) => (last === "" ? value : value.replace(/\r?\n$/, "")),
    fromText: (/** @type {string} */ text) => text.replace(/\r?\n/g, lineEnd) + last,
  };
}

function sameKind(/** @type {unknown} */ value, /** @type {unknown} */ sample) {
  if (typeof value !== typeof sample || Array.isArray(value) !== Array.isArray(sample)) throw new TypeError("another kind of value");
  return value;
}
