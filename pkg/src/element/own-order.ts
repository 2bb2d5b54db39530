/** Orders and moves: where each side put an item, and a list whose items people put in an order of their own. */
import { button, childOf, el, fill, INSIDE, isMembers, partsOf, say, textNodes, uid } from "../entries/element-kit.js";
import type { Change, Side } from "../types/types.js";
import type { Decision } from "./choices.js";
import type { OwnValue, View } from "./view.js";

/** Items shown at once; longer lists are decided by side. */
const MAX_ITEMS = 200;

/** An item with its row, which stays the same while it moves. */
interface Entry {
  value: unknown;
  isIn: boolean;
  readonly row: HTMLElement;
  readonly steps: readonly HTMLButtonElement[];
}

/** Makes fields for an item of a list; null where it has none. @internal */
export type FieldsOf = (item: unknown, onValue: (value: unknown, isWrong: boolean) => void) => OwnValue | null;

/** A list of which each item can be moved: dragged, by the arrow keys, or by its buttons. @internal */
export class OwnOrder implements OwnValue {
  readonly element: HTMLElement;
  readonly #view: View;
  readonly #path: string;
  readonly #onValue: (value: unknown, isWrong: boolean) => void;
  readonly #list = el("ol", { p: "order" });
  readonly #told = el("p", { class: "said", role: "status" });
  /** Of a move, the item that it is about; only this one moves. */
  readonly #single: string | undefined;
  /** Where items can be left out and edited; an order has all items, and leaves them as they are. */
  readonly #fieldsOf: FieldsOf | undefined;
  /** The items of both sides. */
  readonly #all: readonly unknown[];
  readonly #wrong = new Set<Entry>();
  #entries: Entry[] = [];
  #dragged: Entry | undefined;

  /** @param start The items that are in; items of either side that are not can be taken in. */
  constructor(view: View, change: Change, start: readonly unknown[], label: string, onValue: (value: unknown, isWrong: boolean) => void, fieldsOf?: FieldsOf) {
    this.#view = view;
    this.#path = change.path;
    this.#fieldsOf = fieldsOf;
    this.#single = change.op === "move" && change.clash !== "order" ? keyOf(change.mine ?? change.theirs) : undefined;
    this.#all = fieldsOf === undefined ? start : [change.mine, change.theirs].flatMap((list) => (Array.isArray(list) ? (list as unknown[]) : []));
    this.show(start);
    this.#onValue = onValue;
    const about = el("p", { p: "hint", id: uid() }, view.words.say("ownOrder"));
    this.#list.setAttribute("aria-label", label);
    this.#list.setAttribute("aria-describedby", about.id);
    this.#list.addEventListener("pointermove", (event) => this.#drag(event));
    for (const type of ["pointerup", "pointercancel"]) this.#list.addEventListener(type, () => this.#drop());
    this.element = el("div", { p: "own" }, el("strong", { "aria-hidden": "true" }, label), about, this.#list, this.#told);
  }

  get isFocused(): boolean {
    return this.#list.matches(":focus-within");
  }

  show(value: unknown): void {
    if (!Array.isArray(value)) return;
    const known = new Set((value as unknown[]).map((item) => JSON.stringify(item)));
    const others = this.#all.filter((item) => !known.has(JSON.stringify(item)) && known.add(JSON.stringify(item)));
    this.#entries = [...(value as unknown[]).map((item) => this.#entry(item, true)), ...others.map((item) => this.#entry(item, this.#fieldsOf === undefined))];
    fill(this.#list, ...this.#entries.map(({ row }) => row));
    this.#bound();
  }

  focus(): void {
    this.#list.querySelector<HTMLElement>("li[tabindex]")?.focus();
  }

  send(): void {
    const isWrong = this.#wrong.size > 0;
    this.#onValue(isWrong ? undefined : this.#entries.flatMap(({ isIn, value }) => (isIn ? [value] : [])), isWrong);
  }

  #entry(value: unknown, isIn: boolean): Entry {
    const { words } = this.#view;
    const name = nameOf(this.#view, value, this.#path);
    const shown = el("span", {}, ...textNodes(name));
    const canMove = this.#single === undefined || this.#single === keyOf(value);
    const step = (word: "up" | "down", by: number): HTMLButtonElement => button(by < 0 ? "↑" : "↓", () => this.#move(entry, this.#entries.indexOf(entry) + by), { p: "step button small", "aria-label": words.say(word, { name }) });
    const steps = canMove ? [step("up", -1), step("down", 1)] : [];
    const grip = canMove && el("span", { class: "grip", "aria-hidden": "true", onpointerdown: (event) => this.#take(event as PointerEvent, entry) }, "⠿");
    const row = el("li", { tabindex: canMove ? 0 : null, onkeydown: (event) => this.#key(event as KeyboardEvent, entry) }, grip);
    const entry: Entry = { value, isIn, row, steps };
    const fields = this.#fieldsOf?.(value, (now, isWrong) => {
      if (isWrong) this.#wrong.add(entry);
      else {
        this.#wrong.delete(entry);
        fill(shown, ...textNodes(nameOf(this.#view, (entry.value = now), this.#path)));
      }
      this.send();
    });
    row.append(this.#fieldsOf === undefined ? el("bdi", { class: "text" }, shown) : this.#isIn(entry, shown), ...steps);
    if (fields) row.append(el("details", { class: "own-item" }, el("summary", { "aria-label": `${words.say("edit")}: ${name}` }, words.say("edit")), fields.element));
    return entry;
  }

  #isIn(entry: Entry, name: HTMLElement): HTMLElement {
    const input: HTMLInputElement = el("input", {
      type: "checkbox",
      onchange: () => {
        entry.isIn = input.checked;
        this.send();
      },
    });
    input.checked = entry.isIn;
    return el("label", { p: "switch text", dir: "auto" }, input, name);
  }

  #key(event: KeyboardEvent, entry: Entry): void {
    if (event.target !== event.currentTarget || (event.key !== "ArrowUp" && event.key !== "ArrowDown") || event.altKey || entry.steps.length === 0) return;
    event.preventDefault();
    event.stopPropagation();
    this.#move(entry, this.#entries.indexOf(entry) + (event.key === "ArrowUp" ? -1 : 1));
  }

  /** The first item cannot go up, nor the last one down. */
  #bound(): void {
    this.#entries.forEach(({ steps: [up, down] }, at) => {
      if (up !== undefined) up.disabled = at === 0;
      if (down !== undefined) down.disabled = at === this.#entries.length - 1;
    });
  }

  /** Puts an item elsewhere; where it is then is said. */
  #put(entry: Entry, to: number): boolean {
    const other = this.#entries[to];
    const at = this.#entries.indexOf(entry);
    if (other === undefined || to === at) return false;
    this.#entries.splice(to, 0, ...this.#entries.splice(at, 1));
    if (to > at) other.row.after(entry.row);
    else other.row.before(entry.row);
    return true;
  }

  #move(entry: Entry, to: number): void {
    const { activeElement } = this.element.getRootNode() as ShadowRoot;
    if (!this.#put(entry, to)) return;
    this.#bound();
    // The control that was used keeps the focus, before the decision asks whether somebody is in here.
    (entry.steps.find((one) => one === activeElement && !one.disabled) ?? entry.row).focus();
    this.#end(entry);
  }

  #end(entry: Entry): void {
    this.#bound();
    const values = this.#entries.map(({ value }) => value);
    say(this.#told, `${nameOf(this.#view, entry.value, this.#path)}: ${placeIn(this.#view, values, values.indexOf(entry.value), this.#path)}`);
    this.send();
  }

  #take(event: PointerEvent, entry: Entry): void {
    event.preventDefault();
    this.#dragged = entry;
    this.#list.setPointerCapture(event.pointerId);
    entry.row.classList.add("dragged");
  }

  #drag({ clientY }: PointerEvent): void {
    const entry = this.#dragged;
    if (entry === undefined) return;
    const to = this.#entries.findIndex(({ row }) => {
      const { top, bottom } = row.getBoundingClientRect();
      return clientY >= top && clientY < bottom;
    });
    if (this.#put(entry, to)) entry.row.scrollIntoView({ block: "nearest" });
  }

  #drop(): void {
    const entry = this.#dragged;
    if (entry === undefined) return;
    this.#dragged = undefined;
    entry.row.classList.remove("dragged");
    entry.row.focus({ preventScroll: true });
    this.#end(entry);
  }
}

function keyOf(item: unknown): string {
  return JSON.stringify(identity(item));
}

/** The list that an order or a move is about, in the order that it has now: its items as a side has them. @internal */
export function listOf({ conflict }: View, change: Change): unknown[] {
  const isWhole = change.clash === "order";
  const at = (document: unknown, path: string | undefined): unknown[] => {
    let value: unknown = path === undefined ? undefined : document;
    for (const part of partsOf(isWhole ? (path ?? "") : (path ?? "").replace(/\/[^/]*$/, ""))) value = childOf(value, part);
    return Array.isArray(value) ? (value as unknown[]) : [];
  };
  const { mine, theirs } = change.into ?? {};
  const sides = isWhole ? [change.mine, change.theirs, change.base].flat() : [...at(conflict.mine, mine), ...at(conflict.theirs?.value, theirs), ...at(conflict.base?.value, change.from)];
  const versions = new Map(sides.toReversed().flatMap((item) => [[keyOf(item), item], [JSON.stringify(item), item]] as const));
  return at(conflict.merged, change.path).map((item) => versions.get(JSON.stringify(item)) ?? versions.get(keyOf(item)) ?? item);
}

function nameOf({ names, words, values }: View, item: unknown, path: string): string {
  return names.item(item, path) ?? (isMembers(item) ? words.say("item") : values.plain(item));
}

/** "at the top", "after Bread". */
function placeIn(view: View, list: readonly unknown[], at: number, path: string): string {
  return at <= 0 ? view.words.say("atTop") : view.words.say("after", { name: nameOf(view, list[at - 1], path) });
}

/** The order that a choice results in, with the items marked that it moves; null where a change is about something else. @internal */
export function orderOf(view: View, change: Change, choice: Decision): HTMLElement | null {
  if (change.clash !== "order" || (choice !== "mine" && choice !== "theirs" && choice !== "base")) return null;
  const [before, after] = [change.base, change[choice]];
  if (!Array.isArray(before) || !Array.isArray(after)) return null;
  const isMoved = choice === "base" ? () => false : movedItems(before.map(keyOf), after.map(keyOf));
  const rows = after.slice(0, MAX_ITEMS).map((item: unknown, at) => {
    const name = nameOf(view, item, change.path);
    if (!isMoved(keyOf(item))) return el("li", {}, ...textNodes(name));
    return el("li", { p: "moved-item" }, el("ins", {}, ...textNodes(name)), " ", el("small", {}, `↕ ${view.words.say("moved1")}: `, ...textNodes(placeIn(view, after, at, change.path))));
  });
  return el("ol", { p: "order" }, ...rows);
}

/** The identity of an item, which stays while its other members change. */
function identity(item: unknown): unknown {
  if (!isMembers(item)) return item;
  const id = ["id", "_id", "uuid", "guid", "uid", "@id", "key", "name", "slug", "code", "title"].find((name) => Object.hasOwn(item, name));
  return id === undefined ? item : [id, item[id]];
}

/** The items that are not in the longest run that kept its order. */
function movedItems(before: readonly string[], after: readonly string[]): (key: string) => boolean {
  const at = new Map(before.map((key, index) => [key, index]));
  const known = after.filter((key) => at.has(key));
  const places = known.map((key) => at.get(key) as number);
  // The longest ascending run, by the last item of the best run of each length.
  const last: number[] = [];
  const from: number[] = [];
  places.forEach((place, index) => {
    let length = last.findIndex((one) => (places[one] as number) >= place);
    if (length < 0) length = last.length;
    from[index] = length > 0 ? (last[length - 1] as number) : -1;
    last[length] = index;
  });
  const kept = new Set<string>();
  for (let index = last.at(-1) ?? -1; index >= 0; index = from[index] as number) kept.add(known[index] as string);
  return (key) => at.has(key) && !kept.has(key);
}

/** What moved, above the choices; null where nothing did. @internal */
export function orderView(view: View, change: Change): HTMLElement | null {
  if (change.op !== "move" || change.clash === "order") return null;
  const item: unknown = change.mine ?? change.theirs ?? change.base;
  return el("div", { p: "value moving", dir: "auto" }, view.values.edit(item, item, change.path));
}

/** Where a choice puts a moved item: "Doing › after Bread". @internal */
export function moveView(view: View, change: Change, choice: Decision): Node[] {
  if (choice !== "mine" && choice !== "theirs" && choice !== "base") return [];
  const path = choice === "base" ? change.from : change.into?.[choice];
  if (typeof path !== "string") return [];
  return [el("p", { p: "where" }, ...textNodes(placeName(view, path, documentOf(view, choice))))];
}

function documentOf({ conflict }: View, side: Side): unknown {
  return side === "mine" ? conflict.mine : conflict[side]?.value;
}

function placeName(view: View, path: string, document: unknown): string {
  const parts = partsOf(path);
  let list: unknown = document;
  for (const part of parts.slice(0, -1)) list = typeof list === "object" && list !== null ? (list as Readonly<Record<string, unknown>>)[part.replaceAll("~1", "/").replaceAll("~0", "~")] : undefined;
  const outer = view.names.parts(path).slice(0, -1).join(INSIDE);
  if (!Array.isArray(list)) return outer;
  const place = placeIn(view, list, Number(parts.at(-1)), path);
  return outer === "" ? place : `${view.words.say("inPlace", { name: outer })}, ${place}`;
}
