/** Lists of records: as a table where all have the same few members, and what was edited in items of one name. */
import { ABSENT, el, isMembers, textNodes } from "../entries/element-kit.js";
import type { Names } from "./names.js";
import type { Values } from "./values.js";
import type { Words } from "./words.js";

/** More columns, or more rows, are no table that people read at a glance. */
const MAX_COLUMNS = 5;
const MAX_ROWS = 100;

/** Items that are compared. */
const MAX_ITEMS = 200;

/** Unchanged rows that are shown beside changed ones. */
const MAX_UNCHANGED = 3;

const IDS = ["id", "_id", "uuid", "guid", "uid", "@id"];

type Members = Readonly<Record<string, unknown>>;

const isFlat = (item: unknown): item is Members => isMembers(item) && Object.values(item).every((member) => typeof member !== "object" || member === null);

/** Null for lists of anything else. @internal */
export function tableOf(words: Words, values: Values, names: Names, before: readonly unknown[], after: readonly unknown[], path: string): HTMLElement | null {
  const keyOf = (item: Members): string => JSON.stringify(IDS.map((id) => item[id]).find((id) => id !== undefined) ?? names.item(item, path) ?? item);
  if (before.length + after.length > MAX_ROWS || ![...before, ...after].every(isFlat)) return null;
  const [old, now] = [before as readonly Members[], after as readonly Members[]];
  const was = new Map(old.map((item) => [keyOf(item), item]));
  const is = new Set(now.map(keyOf));
  // Items that nobody can tell apart are no rows.
  if (was.size < old.length || is.size < now.length) return null;
  const rows = [...now.map((item) => [was.get(keyOf(item)), item] as const), ...old.filter((item) => !is.has(keyOf(item))).map((item) => [item, undefined] as const)];
  const columns = [...new Set(rows.flatMap(([one, other]) => Object.keys(other ?? one ?? {})))].filter((name) => !IDS.includes(name));
  if (rows.length < 2 || columns.length < 2 || columns.length > MAX_COLUMNS) return null;
  const isSame = ([one, other]: (typeof rows)[number]): boolean => JSON.stringify(one) === JSON.stringify(other);
  const kept = rows.filter(isSame).length;
  const isShort = kept > MAX_UNCHANGED && kept < rows.length;
  const at = (item: Members | undefined, name: string): unknown => (item !== undefined && Object.hasOwn(item, name) ? item[name] : ABSENT);
  const cell = ([one, other]: (typeof rows)[number], name: string): Node => {
    const [old, now] = [at(one, name), at(other, name)];
    if (other === undefined) return old === ABSENT ? el("span") : values.lost(old, `${path}/0/${name}`);
    return old === ABSENT && now === ABSENT ? el("span") : values.edit(old, now, `${path}/0/${name}`);
  };
  const head = el("tr", {}, ...columns.map((name) => el("th", { scope: "col" }, ...textNodes(names.last(`${path}/0/${name}`)))));
  const body = rows.filter((row) => !isShort || !isSame(row)).map((row) => el("tr", {}, ...columns.map((name) => el("td", {}, cell(row, name)))));
  const table = el("table", {}, isShort && el("caption", {}, words.say("others", { n: kept })), el("thead", {}, head), el("tbody", {}, ...body));
  return el("div", { p: "table", role: "group", tabindex: "0", "aria-label": names.last(path) }, table);
}

/** Items that both lists have by one name, and whose other members differ. @internal */
export function editedItems(values: Values, before: readonly unknown[], after: readonly unknown[], path: string): HTMLElement[] {
  const known = new Map(before.flatMap((item) => (isMembers(item) ? [[values.itemName(item, path), item]] : [])));
  return after.slice(0, MAX_ITEMS).flatMap((item, at) => {
    const name = values.itemName(item, path);
    const was = known.get(name);
    if (!isMembers(item) || was === undefined || JSON.stringify(was) === JSON.stringify(item)) return [];
    return [el("div", { class: "edited-item" }, el("p", { p: "label" }, ...textNodes(name)), values.members(was, item, `${path}/${at}`, true))];
  });
}
