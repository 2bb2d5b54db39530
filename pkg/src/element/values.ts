/** Values of documents as people read them, by their type: text nodes, chips and small lists. */
import { later } from "../entries/element-loader.js";
import { type Piece, sequenceDiff, wordDiff } from "./differences.js";
import { type Child, button, clipped, el, textNodes } from "./dom.js";
import { type Names, ask, isMembers } from "./names.js";
import type { Words } from "./words.js";

/** A page's own way to show a value; null for the usual way. */
export type RenderValue = (path: string, value: unknown) => Node | readonly Node[] | null | undefined;

/** Stands for a member that is not there, which `null` and `""` are not. @internal */
export const ABSENT = Symbol("absent");

/** Items of a list that are shown at once. */
const MAX_ITEMS = 200;

const COLOUR = /^#([0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})$/i;

/** Addresses that may be followed, never `javascript:`. In plain letters, no other address looks the same. */
const LINK = /^(https?:\/\/|mailto:)[!-~]{1,2000}$/i;

const PICTURE = /^https?:\/\/[^\s"'<>]+\.(avif|gif|jpe?g|png|svg|webp)([?#]\S*)?$/i;

/** Identifies; nobody reads it. */
const ID = /^[_@]?(id|uuid|guid|uid)$/i;

/** Numbers that count nothing. */
const CODE = /(number|code|zip|year|phone)$/i;

/** Members of an amount of money, as `{ amount: 450, currency: "EUR" }`. */
const AMOUNTS = ["amount", "value"];

type Members = Readonly<Record<string, unknown>>;

/** @internal */
export class Values {
  readonly #words: Words;
  readonly #names: Names;
  readonly #render: RenderValue | null;


  constructor(words: Words, names: Names, render: RenderValue | null = null) {
    this.#words = words;
    this.#names = names;
    this.#render = render;
  }


  /** A value in one line. */
  plain(value: unknown, path = ""): string {
    switch (typeof value) {
      case "string":
        return this.#words.date(value) ?? value;
      case "boolean":
        return `${value ? "✓" : "✗"} ${this.#words.say(value ? "yes" : "no")}`;
      case "number":
        return this.#inCurrency(value, path) ?? (/(percent|pct|percentage)$/i.test(path) ? this.#words.percent(value) : CODE.test(path) ? String(value) : this.#words.number(value));
      default:
        if (value instanceof Uint8Array) return this.#words.say("bytes", { n: value.length });
        if (Array.isArray(value)) return value.map((item) => this.itemName(item, path)).join(", ");
        if (isMembers(value)) return this.#money(value) ?? this.#members(value).join(" · ");
        return this.#words.say(value === null ? "empty" : "nothing");
    }
  }

  #members(value: Members): string[] {
    const keys = Object.keys(value);
    const read = keys.filter((key) => !ID.test(key));
    return (read.length > 0 ? read : keys).map((key) => this.plain(value[key], key));
  }

  /** What was made of `before`: struck out what is gone, underlined what is new. `ABSENT` where there was, or is, nothing. */
  edit(before: unknown, after: unknown, path = ""): HTMLElement {
    const own = this.#own(before, after, path);
    if (own !== null) return own;
    if (after === ABSENT) return before === ABSENT ? this.quiet("nothing") : el("div", {}, this.quiet("removed"), el("p", {}, this.#piece({ kind: "gone", text: this.#short(before, path) })));
    if (Array.isArray(after)) return this.#list(Array.isArray(before) ? before : before === ABSENT ? [] : after, after, path);
    if (isMembers(after) && this.#money(after) === null) return this.members(isMembers(before) ? before : before === ABSENT ? {} : after, after, path);
    if (typeof after === "string" && (typeof before === "string" || before === ABSENT || before === undefined) && !this.isWhole(after)) {
      return this.#text(typeof before === "string" ? before : before === ABSENT ? "" : after, after);
    }
    const text = this.plain(after, path);
    const link = this.#link(after);
    const isKept = same(before, after) || before === undefined;
    const was = isKept || before === ABSENT ? null : this.#piece({ kind: "gone", text: this.#short(before, path) });
    return el("p", { class: "plain" }, was, was && " ", this.#swatch(after), isKept ? (link ?? el("bdi", {}, ...this.#shown(text))) : this.#piece({ kind: "new", text }, link ? [link] : undefined), link && PICTURE.test(text) && this.#picture(text));
  }

  /** A value that would be lost, in a few words and struck out. */
  lost(value: unknown, path = ""): HTMLElement {
    return this.#piece({ kind: "gone", text: this.#short(value, path) });
  }

  /** Texts of which only the whole changes: dates, colours, addresses. */
  isWhole(after: string): boolean {
    return LINK.test(after) || this.#words.date(after) !== null || COLOUR.test(after);
  }

  /** As the page shows it. */
  #own(before: unknown, after: unknown, path: string): HTMLElement | null {
    if (this.#render === null || after === ABSENT) return null;
    const nodes = (value: unknown): readonly Node[] | null => {
      const made = [ask(this.#render, path, value)].flat();
      return made.every((one) => one instanceof Node) ? made : null;
    };
    const now = nodes(after);
    if (now === null) return null;
    const was = same(before, after) || before === ABSENT || before === undefined ? null : nodes(before);
    return el("div", { p: "own-value" }, was && el("del", { p: "gone" }, this.#told("removed"), ...was), was && " ", was ? el("ins", { p: "new" }, this.#told("added"), ...now) : el("span", {}, ...now));
  }

  #short(value: unknown, path: string): string {
    const text = this.plain(value, path);
    return text.length > 300 ? `${text.slice(0, 300)}…` : text;
  }

  /** An amount of money in its currency; null for anything else. */
  #money(value: Members): string | null {
    const [first, second, third] = Object.keys(value);
    const [amount, currency] = second === "currency" ? [first, second] : [second, first];
    if (third !== undefined || amount === undefined || currency !== "currency" || !AMOUNTS.includes(amount)) return null;
    return this.#words.money(value[amount], value["currency"]);
  }

  /** An amount beside a currency that is the same in all documents. */
  #inCurrency(value: number, path: string): string | null {
    const [, parent, name] = /^(.*)\/([^/]*)$/.exec(path) ?? [];
    if (name === undefined || !AMOUNTS.includes(name)) return null;
    const currencies = new Set(this.#names.values(`${parent}/currency`).filter((one) => one !== undefined));
    return currencies.size === 1 ? this.#words.money(value, [...currencies][0]) : null;
  }

  #swatch(value: unknown): HTMLElement | null {
    if (typeof value !== "string" || !COLOUR.test(value)) return null;
    const swatch = el("span", { class: "swatch" });
    swatch.style.backgroundColor = value;
    return swatch;
  }

  /** What an item of a list is called. */
  itemName(item: unknown, path: string): string {
    return isMembers(item) ? (this.#names.item(item, path) ?? this.plain(item)) : this.plain(item);
  }

  /** Pieces as nodes: what is gone and what is new says so to those who do not see it, too. */
  pieces(pieces: readonly Piece[]): readonly Child[] {
    return pieces.flatMap((piece) => {
      if (piece.kind === "same") return this.#shown(piece.text);
      // The space around new words is not underlined.
      const text = (piece.kind === "new" && piece.text.trim()) || piece.text;
      const [before, after] = piece.text.split(text);
      return [before, this.#piece({ ...piece, text }), after, this.#moved(piece)];
    });
  }

  /** An address as a link. */
  #link(value: unknown): HTMLElement | null {
    return typeof value === "string" && LINK.test(value) ? el("a", { href: value, target: "_blank", rel: "noopener noreferrer", dir: "ltr" }, value) : null;
  }

  #piece({ kind, text }: Piece, shown = this.#shown(text)): HTMLElement {
    const isGone = kind === "gone" || kind === "from";
    // Screen readers do not say what is struck out or underlined.
    return el(isGone ? "del" : "ins", { p: kind }, this.#told(isGone ? "removed" : "added"), ...shown, el("bdi", { class: "said" }, ", "));
  }

  #told(word: "removed" | "added"): HTMLElement {
    return el("bdi", { class: "said" }, `${this.#words.say(word)}: `);
  }

  #moved({ kind }: Piece): HTMLElement | null {
    return kind === "to" || kind === "from" ? el("small", { p: "moved" }, `${kind === "from" ? "↗" : "↘"} ${this.#words.say("moved1")}`) : null;
  }

  #shown(text: string): (Node | string)[] {
    return clipped(text, (hidden) => `… ${this.#words.say("characters", { n: hidden })} …`);
  }

  /** Says that there is nothing. */
  quiet(name: "nothing" | "removed" | "empty"): HTMLElement {
    return el("p", { class: "nothing" }, this.#words.say(name));
  }

  #text(before: string, after: string): HTMLElement {
    if (before === "" && after === "") return this.quiet("empty");
    return el("p", { class: "text" }, ...this.pieces(wordDiff(before, after)));
  }

  /** Asked first: to load it tells its server who looks. */
  #picture(address: string): HTMLElement {
    const load: HTMLButtonElement = button(this.#words.say("picture"), () => {
      const picture = el("img", { p: "picture", alt: address, referrerpolicy: "no-referrer", tabindex: "-1" });
      picture.src = address;
      load.replaceWith(picture);
      picture.focus();
    });
    return load;
  }

  #list(before: readonly unknown[], after: readonly unknown[], path: string): HTMLElement {
    if (before.length === 0 && after.length === 0) return this.quiet("empty");
    const table = later()?.tableOf(this.#words, this, this.#names, before, after, path);
    if (table) return table;
    const name = (value: unknown): string => this.itemName(value, path);
    const pieces = sequenceDiff(before.map(name), after.map(name));
    const isSame = pieces.every(({ kind }) => kind === "same");
    // Of a list in the order that it had, only what came and went is news.
    const isSet = !isSame && pieces.every(({ kind }) => kind !== "from" && kind !== "to");
    const kept = isSet ? pieces.filter(({ kind }) => kind === "same").length : 0;
    const isLong = kept > 1;
    const news = isLong ? pieces.filter(({ kind }) => kind !== "same") : pieces;
    const items = news.slice(0, MAX_ITEMS).map((piece) => el("li", {}, ...this.pieces([piece])));
    const rest = news.length - items.length;
    const list = el("ul", { p: "chips" }, ...items, isLong && el("li", { class: "quiet" }, this.#words.say("others", { n: kept })), rest > 0 && el("li", {}, `… ${this.#words.number(rest)}`));
    const edited = same(before, after) ? [] : (later()?.editedItems(this, before, after, path) ?? []);
    return edited.length === 0 ? list : el("div", {}, list, ...edited);
  }

  /** The members of an object; where `isShort`, only those that differ. */
  members(before: Members, after: Members, path: string, isShort = false): HTMLElement {
    const at = (value: Members, name: string): unknown => (Object.hasOwn(value, name) ? value[name] : ABSENT);
    const all = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    const names = all.filter((name) => (!isShort && !ID.test(name)) || !same(at(before, name), at(after, name))).slice(0, MAX_ITEMS);
    const rows = names.map((name) => {
      const inner = `${path}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
      return el("div", {}, el("dt", {}, ...textNodes(this.#names.last(inner))), el("dd", {}, this.edit(at(before, name), at(after, name), inner)));
    });
    return el("dl", { class: "members" }, ...rows);
  }
}

/** A text, number or flag as people write it. @internal */
export function plainOf(words: Words, value: unknown): string {
  if (typeof value === "number") return words.number(value);
  return typeof value === "string" ? (words.date(value) ?? value) : words.say(value === true ? "yes" : value === false ? "no" : "empty");
}

/** Equal as JSON. */
function same(one: unknown, other: unknown): boolean {
  return one === other || (typeof one === "object" && typeof other === "object" && JSON.stringify(one) === JSON.stringify(other));
}
