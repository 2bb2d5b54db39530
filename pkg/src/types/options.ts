/** Checks of options, and merge options as the module takes them. */
import { checkObject, checkParts, checkTexts } from "./arguments.js";
import { wrong } from "./errors.js";
import type { ClientOptions, JsonMergeOptions, JsonRule, TextMergeOptions } from "./types.js";
import type { RawMergeOptions, RawRule } from "./wire.js";

/** @internal */
export const TEXT_KEYS = ["granularity", "adjacency", "style", "favor", "labels", "markerSize"];
/** @internal */
export const JSON_KEYS = ["rules", "favor", "text"];

/** Unknown keys are refused: a misspelt option that is ignored in silence loses somebody's edit one day. @internal */
export function checkKeys(options: object | undefined, known: readonly string[], what: string): void {
  if (options === undefined) return;
  checkObject(options, `${what} to be an object`);
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw wrong(`${what} to be among ${known.join(", ")}`, key);
  }
}

/** Refuses a value that is not among the words of an option; undefined is accepted. @internal */
export function oneOf(value: unknown, known: readonly string[], what: string): void {
  if (value !== undefined && !known.includes(value as string)) throw wrong(`${what} to be one of ${known.join(", ")}`, value);
}

/** The options of a route, which include the options of both merges. @internal */
export function routeOptions(options: JsonMergeOptions & TextMergeOptions = {}): RawMergeOptions {
  checkKeys(options, [...TEXT_KEYS, ...JSON_KEYS], "`merge` of a route");
  return { ...rawText({ ...options.text, ...options }), rules: rules(options.rules) };
}

/** @internal */
export function rawText(options: TextMergeOptions): RawMergeOptions {
  const { granularity, adjacency, style, favor, labels, markerSize } = options;
  oneOf(granularity, ["line", "sentence", "word"], "granularity");
  oneOf(adjacency, ["git", "touch"], "adjacency");
  oneOf(style, ["merge", "diff3", "zdiff3"], "style");
  oneOf(favor, ["mine", "theirs", "union"], "favor");
  checkKeys(labels, ["base", "mine", "theirs"], "labels");
  if (markerSize !== undefined && !(Number.isInteger(markerSize) && markerSize >= 1 && markerSize <= 1000)) {
    throw wrong("markerSize to be a whole number from 1 to 1000", markerSize);
  }
  for (const [side, label] of Object.entries(labels ?? {})) if (label !== undefined) checkTexts({ [`the label of ${side}`]: label });
  const { base: labelBase, mine: labelMine, theirs: labelTheirs } = labels ?? {};
  return { granularity, adjacency, style, favor, labelBase, labelMine, labelTheirs, markerSize, rules: [] };
}

/** @internal */
export function rules(given: JsonMergeOptions["rules"] = {}): RawMergeOptions["rules"] {
  checkObject(given, "rules to be an object");
  return Object.entries(given).map(([pointer, rule]) => {
    if (pointer !== "" && !pointer.startsWith("/")) throw wrong('the keys of `rules` to be JSON Pointers, such as "/items/*/tags"', pointer);
    return { pointer, ...rawRule(rule) };
  });
}

function rawRule(rule: JsonRule): Omit<RawRule, "pointer"> {
  if (typeof rule === "string") {
    oneOf(rule, ["auto", "atomic", "text", "set", "sequence", "by-place", "counter", "ignore"], "a rule");
    return { rule, members: [] };
  }
  if (rule === undefined) throw wrong("a rule", rule);
  checkKeys(rule, ["key", "group", "richText"], "a rule");
  // The module knows the names of the editors.
  const [name, members] = "key" in rule ? (["key", rule.key] as const) : "group" in rule ? (["group", rule.group] as const) : (["richText", rule.richText] as const);
  const list = typeof members === "string" ? [members] : members;
  if (!Array.isArray(list) || list.length === 0 || list.some((member) => typeof member !== "string")) {
    throw wrong(`\`${name}\` to be names of members`, members);
  }
  return { rule: name, members: list };
}

const OPTION_KEYS = ["fetch", "baseUrl", "store", "drafts", "routes", "whenClean", "unprotected", "retry", "preload", "on", "timeoutMs"];

/** Checks the options of a client, except its routes. @internal */
export function checkOptions(options: ClientOptions): void {
  checkKeys(options, OPTION_KEYS, "the options of a client");
  checkKeys(options.retry, ["rounds", "baseDelayMs", "maxDelayMs"], "`retry`");
  for (const [name, value = 0] of Object.entries({ ...options.retry, timeoutMs: options.timeoutMs })) {
    if (!(Number.isInteger(value) && value >= 0 && value < 2 ** 31)) throw wrong(`${name} to be a whole number, at least 0`, value);
  }
  checkParts(options);
  const { whenClean = "ask-if-ambiguous", unprotected = "warn", preload = "idle" } = options;
  oneOf(whenClean, ["merge", "ask-if-ambiguous", "ask"], "whenClean");
  oneOf(unprotected, ["warn", "refuse"], "unprotected");
  oneOf(preload, ["idle", "never"], "preload");
}
