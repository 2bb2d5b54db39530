/** Orders and moves: where each side put an item, and a list whose items people put in an order of their own. */
import { button, el, fill, INSIDE, isMembers, partsOf, say, textNodes, uid } from "../entries/element-kit.js";
import type { Change, Side } from "../types/types.js";
import type { Decision } from "./choices.js";
import type { OwnValue, View } from "./view.js";

/** Items shown at once; longer lists are decided by side. */
const MAX_ITEMS = 200;

/** A list of which each item can be moved: dragged, by the arrow keys, or by its buttons. @internal */
export class OwnOrder implements OwnValue {
  readonly element: HTMLElement;
  readonly #view: View;
  readonly #path: string;
  readonly #onValue: (value: unknown, isWrong: boolean) => void;
  readonly #list = el("ol", { p: "order" });
  readonly #told = el("p", { class: "said", role: "status" });
  /** The items of both sides. */
  readonly #all: readonly unknown[];
  #items: unknown[] = [];
  #out = new Set<unknown>();
  #dragged: number | null = null;

  /** @param start The items that are in; items of either side that are not can be taken in. */
  constructor(view: View, change: Change, start: readonly unknown[], onValue: (value: unknown, isWrong: boolean) => void) {
    this.#view = view;
    this.#path = change.path;
    this.#all = [change.mine, change.theirs].flatMap((list) => (Array.isArray(list) ? (list as unknown[]) : []));
    this.show(start);
    this.#onValue = onValue;
    const about = el("p", { p: "hint", id: uid() }, view.words.say("ownOrder"));
    this.#list.setAttribute("aria-describedby", about.id);
    this.#list.addEventListener("pointermove", (event) => this.#drag(event));
    for (const type of ["pointerup", "pointercancel"]) this.#list.addEventListener(type, () => this.#drop());
    this.element = el("div", { p: "own" }, about, this.#list, this.#told);
  }

  get isFocused(): boolean {
    return this.#list.matches(":focus-within");
  }

  show(value: unknown): void {
    if (!Array.isArray(value)) return;
    const known = new Set((value as unknown[]).map((item) => JSON.stringify(item)));
    const others = this.#all.filter((item) => !known.has(JSON.stringify(item)) && known.add(JSON.stringify(item)));
    this.#items = [...(value as unknown[]), ...others];
    this.#out = new Set(others);
    this.#fill();
  }

  focus(): void {
    this.#list.querySelector("li")?.focus();
  }

  send(): void {
    this.#onValue(this.#items.filter((item) => !this.#out.has(item)), false);
  }

  #fill(): void {
    const { words } = this.#view;
    const rows = this.#items.map((item, at) => {
      const name = nameOf(this.#view, item, this.#path);
      const step = (word: "up" | "down", by: number): HTMLElement => button(by < 0 ? "↑" : "↓", () => this.#move(at, at + by), { p: "step button small", "aria-label": words.say(word, { name }), disabled: at + by < 0 || at + by >= this.#items.length });
      return el("li", { tabindex: at === 0 ? "0" : "-1", onkeydown: (event) => this.#key(event as KeyboardEvent, at) }, el("span", { class: "grip", "aria-hidden": "true", onpointerdown: (event) => this.#take(event as PointerEvent, at) }, "⠿"), this.#isIn(item, name), step("up", -1), step("down", 1));
    });
    fill(this.#list, ...rows);
  }

  #isIn(item: unknown, name: string): HTMLElement {
    const input: HTMLInputElement = el("input", {
      type: "checkbox",
      onchange: () => {
        if (input.checked) this.#out.delete(item);
        else this.#out.add(item);
        this.send();
      },
    });
    input.checked = !this.#out.has(item);
    return el("label", { p: "switch text", dir: "auto" }, input, el("span", {}, ...textNodes(name)));
  }

  #key(event: KeyboardEvent, at: number): void {
    if (event.target !== event.currentTarget || (event.key !== "ArrowUp" && event.key !== "ArrowDown") || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.#move(at, at + (event.key === "ArrowUp" ? -1 : 1));
  }

  #move(from: number, to: number): void {
    if (to < 0 || to >= this.#items.length) return;
    this.#items.splice(to, 0, ...this.#items.splice(from, 1));
    this.#fill();
    const row = this.#list.children[to] as HTMLElement | undefined;
    row?.setAttribute("tabindex", "0");
    row?.focus();
    say(this.#told, `${nameOf(this.#view, this.#items[to], this.#path)}: ${placeIn(this.#view, this.#items, to, this.#path)}`);
    this.send();
  }

  #take(event: PointerEvent, at: number): void {
    event.preventDefault();
    this.#dragged = at;
    this.#list.setPointerCapture(event.pointerId);
    this.#list.children[at]?.classList.add("dragged");
  }

  #drag(event: PointerEvent): void {
    if (this.#dragged === null) return;
    const to = [...this.#list.children].findIndex((row) => {
      const { top, bottom } = row.getBoundingClientRect();
      return event.clientY >= top && event.clientY < bottom;
    });
    if (to < 0 || to === this.#dragged) return;
    const row = this.#list.children[this.#dragged];
    const other = this.#list.children[to];
    if (row === undefined || other === undefined) return;
    this.#items.splice(to, 0, ...this.#items.splice(this.#dragged, 1));
    if (to > this.#dragged) other.after(row);
    else other.before(row);
    this.#dragged = to;
  }

  #drop(): void {
    if (this.#dragged === null) return;
    this.#dragged = null;
    this.#fill();
    this.send();
  }
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
  const key = (item: unknown): string => JSON.stringify(identity(item));
  const isMoved = choice === "base" ? () => false : movedItems(before.map(key), after.map(key));
  const rows = after.slice(0, MAX_ITEMS).map((item: unknown, at) => {
    const name = nameOf(view, item, change.path);
    if (!isMoved(key(item))) return el("li", {}, ...textNodes(name));
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
