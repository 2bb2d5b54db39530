/** A JSON document as it would be saved now: each of its members, or what was changed in them. */
import { ABSENT, badgeOf, el, fill, INSIDE, originOf, paged, textNodes, together } from "../entries/element-kit.js";
import type { Change } from "../types/types.js";
import { editInPlace } from "./own-value.js";
import type { View } from "./view.js";

/** A member, or a change in it; or a list, with all its changes. */
type Row = { readonly path: string; readonly changes: number[]; isList: boolean };

/** The result: each member of the document, or what was changed in it. @internal */
export class FormResult {
  readonly element = el("div", { p: "form" });
  readonly #view: View;
  #shown: (() => void)[] = [];

  constructor(view: View, changes: readonly Change[]) {
    this.#view = view;
    const rows = rowsOf(view.conflict.merged, changes);
    paged(view.words, rows.length, this.element, (from, to) => {
      this.#shown = [];
      const shown = el("dl", {}, ...rows.slice(from, to).map((row) => this.#row(row)));
      this.update();
      return [shown];
    });
  }

  update(): void {
    for (const update of this.#shown) update();
  }

  #row({ path, changes, isList }: Row): HTMLElement {
    const { words } = this.#view;
    const body = el("div", { dir: "auto" });
    const [index] = changes;
    const change = index === undefined || isList ? undefined : this.#view.change(index);
    const label = (change === undefined ? this.#view.names.parts(path) : this.#view.labelOf(change)).join(INSIDE);
    const badges = el("span", { class: "badges" });
    const place = el("dd", {}, body);
    let shown: string | undefined;
    this.#shown.push(() => {
      const now = changes.flatMap((one) => this.#view.change(one) ?? []);
      const value = change === undefined || now[0] === undefined ? valueAt(this.#view.conflict.merged, path) : decidedValue(this.#view, now[0]);
      fill(badges, ...[...new Set(now.map(originOf))].map((origin) => badgeOf(words, origin)));
      const text = value === ABSENT ? "" : JSON.stringify(value);
      if (text === shown) return;
      shown = text;
      fill(body, this.#view.values.edit(value, value, path));
    });
    if (change !== undefined && index !== undefined) {
      const start = (now: Change): unknown => {
        const value = decidedValue(this.#view, now);
        return value === ABSENT ? undefined : value;
      };
      place.append(editInPlace(this.#view, place, index, label, start));
    }
    return el("div", {}, el("dt", {}, ...textNodes(label), " ", badges), place);
  }
}

/** Members without a change as they are, the others by their changes, lists as a whole. */
function rowsOf(merged: unknown, changes: readonly Change[]): Row[] {
  const isForm = typeof merged === "object" && merged !== null && !Array.isArray(merged);
  const byMember = new Map<string, Map<string, Row>>();
  if (isForm) for (const name of Object.keys(merged)) byMember.set(`/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`, new Map());
  changes.forEach(({ path }, index) => {
    const list = listAround(merged, path);
    const member = path === "" ? "" : `/${path.split("/")[1] ?? ""}`;
    const rows = byMember.get(member) ?? new Map<string, Row>();
    byMember.set(member, rows);
    // A list that a side added or removed is one row with the moved elements in it.
    const key = list ?? (rows.has(path) && rows.get(path)?.isList !== true ? `${path}#${index}` : path);
    const row = rows.get(key) ?? { path: list ?? path, changes: [], isList: false };
    row.changes.push(index);
    row.isList ||= list !== null;
    rows.set(key, row);
  });
  return [...byMember].flatMap(([path, rows]) => (rows.size === 0 ? [{ path, changes: [], isList: false }] : [...rows.values()]));
}

/** The outermost list that a path leads into; null where it leads into none. */
function listAround(merged: unknown, path: string): string | null {
  const parts = path.split("/").slice(1);
  for (let count = 0; count < parts.length; count++) {
    const outer = parts.slice(0, count).map((part) => `/${part}`).join("");
    if (Array.isArray(valueAt(merged, outer))) return outer;
  }
  return null;
}

/** The value of a change in the result; `ABSENT` without one. @internal */
export function decidedValue(view: View, change: Change): unknown {
  if (change.op === "move") return valueAt(view.conflict.merged, change.path);
  const at = (side: "base" | "mine" | "theirs"): unknown => (change[side] === undefined ? ABSENT : change[side]);
  switch (change.decision) {
    case "base":
    case "mine":
    case "theirs":
      return at(change.decision);
    case "suggested":
      return change.suggestion;
    case "auto":
      return at(change.state === "mine" || change.state === "same" ? "mine" : "theirs");
    case "custom":
      return view.own.has(change.id) ? view.own.get(change.id) : valueAt(view.conflict.merged, change.path);
    case null:
      return at("mine");
    default:
      return change.op === "text" ? (change.decision === "both" ? together(view, change, change.mine, change.theirs) : together(view, change, change.theirs, change.mine)) : valueAt(view.conflict.merged, change.path);
  }
}

/** The value at a JSON Pointer; `ABSENT` where there is none. */
function valueAt(document: unknown, path: string): unknown {
  let value = document;
  for (const part of path.split("/").slice(1)) {
    const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return ABSENT;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}
