/** Values of documents as people read them: text nodes, chips and small lists. */
import { el } from "./dom.js";
import { sequenceDiff, wordDiff } from "./differences.js";
import { NOTHING, yesNo } from "./words.js";

/** Stands for a member that is not there, which `null` and `""` are not. */
export const ABSENT = Symbol("absent");

/** @returns {value is object} */
const isObject = (/** @type {unknown} */ value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** @param {unknown} value */
const plain = (value) => (typeof value === "string" ? value : typeof value === "boolean" ? yesNo(value) : JSON.stringify(value));

/**
 * A value as it is.
 *
 * @param {unknown} value
 * @param {(member: string) => string} [nameOf] People's words for the members of an object.
 */
export function valueNode(value, nameOf) {
  return editNode(value, value, nameOf);
}

/**
 * What was made of `before`: struck out what is gone, underlined what is new.
 *
 * @param {unknown} before `ABSENT` where there was nothing.
 * @param {unknown} after `ABSENT` where nothing is left.
 * @param {(member: string) => string} [nameOf]
 * @returns {Element}
 */
export function editNode(before, after, nameOf = (member) => member) {
  if (after === ABSENT && before === ABSENT) return el("p", { class: "nothing" }, NOTHING);
  if (after === ABSENT) return el("div", {}, el("p", { class: "nothing" }, "removed"), struck(before));
  if (Array.isArray(after)) return listNode(Array.isArray(before) ? before : before === ABSENT ? [] : after, after);
  if (isObject(after)) return membersNode(isObject(before) ? before : {}, after, nameOf);
  if (typeof after === "string") return textNode(typeof before === "string" ? before : before === ABSENT ? "" : after, after);
  if (before === after) return el("p", { class: "text" }, plain(after));
  const was = before === ABSENT ? null : el("del", {}, plain(before));
  return el("p", { class: "text" }, was, was && " ", el("ins", {}, plain(after)));
}

/**
 * A value of base, with the words marked that one of `edits` changed or took out.
 *
 * @param {unknown} base
 * @param {readonly unknown[]} edits
 * @param {(member: string) => string} [nameOf]
 */
export function baseNode(base, edits, nameOf) {
  if (typeof base !== "string" || base === "") return valueNode(base, nameOf);
  const isGone = new Uint8Array(base.length);
  for (const edit of edits) {
    if (typeof edit !== "string") continue;
    let offset = 0;
    for (const { kind, text } of wordDiff(base, edit)) {
      if (kind === "gone") isGone.fill(1, offset, offset + text.length);
      if (kind !== "new") offset += text.length;
    }
  }
  /** @type {(Node | string)[]} */
  const nodes = [];
  for (let start = 0, end = 0; start < base.length; start = end) {
    while (end < base.length && isGone[end] === isGone[start]) end++;
    const text = base.slice(start, end);
    nodes.push(isGone[start] ? el("mark", {}, text) : text);
  }
  return el("p", { class: "text" }, ...nodes);
}

/** @param {unknown} before */
function struck(before) {
  return el("p", { class: "text" }, el("del", {}, Array.isArray(before) ? before.map(plain).join(", ") : plain(before)));
}

/**
 * @param {string} before
 * @param {string} after
 */
function textNode(before, after) {
  const pieces = wordDiff(before, after);
  if (pieces.length === 0) return el("p", { class: "nothing" }, "empty");
  return el("p", { class: "text" }, ...pieces.map(({ kind, text }) => (kind === "same" ? text : el(kind === "new" ? "ins" : "del", {}, text))));
}

/**
 * @param {unknown[]} before
 * @param {unknown[]} after
 */
function listNode(before, after) {
  const pieces = sequenceDiff(before.map(plain), after.map(plain));
  if (pieces.length === 0) return el("p", { class: "nothing" }, "empty list");
  const item = (/** @type {import("./differences.js").Piece} */ { kind, text }) =>
    el("li", {}, kind === "same" ? text : el(kind === "new" ? "ins" : "del", {}, text));
  return el("ul", { class: "chips" }, ...pieces.map(item));
}

/**
 * @param {object} before
 * @param {object} after
 * @param {(member: string) => string} nameOf
 */
function membersNode(before, after, nameOf) {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const at = (/** @type {object} */ value, /** @type {string} */ name) => (name in value ? /** @type {any} */ (value)[name] : ABSENT);
  const rows = names.map((name) => el("div", {}, el("dt", {}, nameOf(name)), el("dd", {}, editNode(at(before, name), at(after, name)))));
  return el("dl", { class: "members" }, ...rows);
}
