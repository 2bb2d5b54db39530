/** Labels that name nothing are most often misspelt. */
import { childOf, memberOf, partsOf } from "../entries/element-kit.js";
import type { Conflict } from "../types/types.js";

/** Items of a list in which a member is looked for. */
const MAX_ITEMS = 200;

/** Names in one warning. */
const MAX_NAMED = 12;

const warned = new WeakSet<object>();

/** Warns once of labels whose pointers lead nowhere in all three documents. @internal */
export function checkLabels(conflict: Conflict, labels: Readonly<Record<string, string>>): void {
  if (conflict.format !== "json") return;
  const documents = [conflict.mine, conflict.theirs?.value, conflict.base?.value].filter((document) => document !== undefined && document !== null);
  if (warned.has(labels)) return;
  warned.add(labels);
  const unknown = Object.keys(labels).filter((pointer) => !pointer.startsWith("/") || !documents.some((document) => leads(document, partsOf(pointer))));
  if (unknown.length === 0) return;
  const members = [...new Set(documents.flatMap((document) => Object.keys(Object(document) as object)))];
  const some = (names: readonly string[]): string => names.slice(0, MAX_NAMED).join(", ") + (names.length > MAX_NAMED ? ", …" : "");
  console.warn(`merge-conflict: no version of the document has the labels ${some(unknown.map((pointer) => JSON.stringify(pointer)))}; it has ${some(members.map((name) => `/${name}`))}`);
}

function leads(value: unknown, parts: readonly string[]): boolean {
  const [part, ...rest] = parts;
  if (part === undefined) return true;
  if (typeof value !== "object" || value === null) return false;
  if (part === "*") return Object.values(value).slice(0, MAX_ITEMS).some((one) => leads(one, rest));
  return Object.hasOwn(value, memberOf(part)) && leads(childOf(value, part), rest);
}
