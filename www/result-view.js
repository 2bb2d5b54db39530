/** The result of a conflict as decided so far, and where each part of it comes from. */
import { el } from "./dom.js";
import { valueAt } from "./forms.js";
import { ABSENT, editNode, valueNode } from "./values.js";
import { ORIGINS } from "./words.js";

/**
 * @typedef {import("./mergefetch.js").Conflict<any>} Conflict
 * @typedef {import("./mergefetch.js").Change} Change
 * @typedef {keyof typeof ORIGINS} Origin
 */

/**
 * @param {Conflict} conflict
 * @param {readonly { path: string, label: string }[]} fields
 * @returns {Element | null} Null where there is no document to show.
 */
export function resultView(conflict, fields) {
  const { merged } = conflict;
  if (conflict.kind === "edit-delete" || conflict.kind === "delete-edit" || merged === null) return null;
  return typeof merged === "string" ? textResult(conflict, merged) : formResult(conflict, fields);
}

/** @param {Change} change @returns {Origin | null} */
function originOf(change) {
  if (change.state !== "conflict") return change.state === "ignored" ? null : /** @type {Origin} */ (change.state);
  return change.decision === null ? "waiting" : "decided";
}

const badge = (/** @type {Origin | null} */ origin) => origin && el("span", { class: `origin origin-${origin}` }, ORIGINS[origin]);

/**
 * @param {Conflict} conflict
 * @param {readonly { path: string, label: string }[]} fields
 */
function formResult(conflict, fields) {
  const rows = fields.map(({ path, label }) => {
    const change = conflict.changes.find((one) => one.path === path || path.startsWith(`${one.path}/`) || one.path.startsWith(`${path}/`));
    const value = valueAt(conflict.merged, path);
    return el("div", {}, el("dt", {}, label, " ", badge(change ? originOf(change) : null)), el("dd", { dir: "auto" }, value === undefined ? editNode(ABSENT, ABSENT) : valueNode(value)));
  });
  return el("dl", { class: "form-result" }, ...rows);
}

/**
 * @param {Conflict} conflict
 * @param {string} merged
 */
function textResult(conflict, merged) {
  const parts = withOwnText(partsOf(conflict), merged);
  // The package decides what the result is. Should the parts not add up to it, it is shown without them.
  const isWhole = parts.map((part) => part.text).join("") === merged;
  const shown = isWhole ? parts : [{ text: merged, origin: null }];
  const nodes = shown.map(({ text, origin }) => (origin === null ? text : el("span", { class: `part part-${origin}` }, text, badge(origin))));
  return el("div", { class: "text-result", dir: "auto", tabindex: "0", role: "group", "aria-label": "Result" }, ...nodes);
}

/**
 * A text that somebody typed is what stands between its neighbours; with several of them the result is shown as a whole.
 *
 * @param {{ text: string, origin: Origin | null, isOwn: boolean }[]} parts
 * @param {string} merged
 */
function withOwnText(parts, merged) {
  const index = parts.findIndex((part) => part.isOwn);
  if (index < 0) return parts;
  const lengthOf = (/** @type {typeof parts} */ some) => some.reduce((sum, part) => sum + part.text.length, 0);
  const [start, end] = [lengthOf(parts.slice(0, index)), merged.length - lengthOf(parts.slice(index + 1))];
  return parts.with(index, { ...parts[index], text: merged.slice(start, end) });
}

/**
 * @param {Conflict} conflict
 * @returns {{ text: string, origin: Origin | null, isOwn: boolean }[]}
 */
function partsOf(conflict) {
  const regions = conflict.text()?.regions ?? [];
  const texts = { base: conflict.base?.value ?? "", mine: conflict.mine ?? "", theirs: conflict.theirs?.value ?? "" };
  const changes = conflict.changes[Symbol.iterator]();
  return regions.map((region) => {
    const slice = (/** @type {"base" | "mine" | "theirs"} */ side) => texts[side].slice(...region[side]);
    if (region.kind === "unchanged") return { text: slice("base"), origin: null, isOwn: false };
    /** @type {Change | undefined} */
    const change = changes.next().value;
    if (change === undefined) return { text: slice("mine"), origin: null, isOwn: false };
    return { text: decided(change, slice, region), origin: originOf(change), isOwn: change.decision === "custom" };
  });
}

/**
 * @param {Change} change
 * @param {(side: "base" | "mine" | "theirs") => string} slice
 * @param {import("./mergefetch.js").TextRegion} region
 */
function decided(change, slice, region) {
  switch (change.decision) {
    case "base":
    case "theirs":
      return slice(change.decision);
    case "both":
      return slice("mine") + slice("theirs");
    case "both-reversed":
      return slice("theirs") + slice("mine");
    case "suggested":
      return region.suggestion ?? "";
    case "auto":
      return slice(region.kind === "theirs" ? "theirs" : "mine");
    default:
      return slice("mine");
  }
}
