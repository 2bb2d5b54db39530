/** Values of documents as people read them, by their type: text nodes, chips and small lists. */
import { type Piece, sequenceDiff, wordDiff } from "./differences.js";
import { type Child, button, clipped, el, textNodes } from "./dom.js";
import type { Words } from "./words.js";

/** Stands for a member that is not there, which `null` and `""` are not. @internal */
export const ABSENT = Symbol("absent");

/** Items of a list that are shown at once. */
const MAX_ITEMS = 200;

const PICTURE = /^https?:\/\/[^\s"'<>]+\.(avif|gif|jpe?g|png|svg|webp)([?#]\S*)?$/i;

type Members = Readonly<Record<string, unknown>>;

const isMembers = (value: unknown): value is Members => typeof value === "object" && value !== null && !Array.isArray(value);

/** @internal */
export class Values {
  readonly #words: Words;
  readonly #nameOf: (path: string) => string;

  /** @param nameOf People's words for the member at a path. */
  constructor(words: Words, nameOf: (path: string) => string) {
    this.#words = words;
    this.#nameOf = nameOf;
  }

  /** A value in one line. */
  plain(value: unknown): string {
    switch (typeof value) {
      case "string":
        return this.#words.date(value) ?? value;
      case "boolean":
        return `${value ? "✓" : "✗"} ${this.#words.say(value ? "yes" : "no")}`;
      case "number":
        return this.#words.number(value);
      default:
        if (value instanceof Uint8Array) return this.#words.say("bytes", { n: value.length });
        if (Array.isArray(value)) return value.map((item) => this.plain(item)).join(", ");
        if (isMembers(value)) return Object.values(value).map((member) => this.plain(member)).join(" · ");
        return value === ABSENT || value === undefined ? this.#words.say("nothing") : "null";
    }
  }

  /** What was made of `before`: struck out what is gone, underlined what is new. `ABSENT` where there was, or is, nothing. */
  edit(before: unknown, after: unknown, path = ""): HTMLElement {
    if (after === ABSENT) return before === ABSENT ? this.quiet("nothing") : el("div", {}, this.quiet("removed"), el("p", {}, this.#piece({ kind: "gone", text: this.plain(before) })));
    if (Array.isArray(after)) return this.#list(Array.isArray(before) ? before : before === ABSENT ? [] : after, after);
    if (isMembers(after) && !(after instanceof Uint8Array)) return this.#members(isMembers(before) ? before : before === ABSENT ? {} : after, after, path);
    if (typeof after === "string" && (typeof before === "string" || before === ABSENT || before === undefined) && !(this.#words.date(after) && before !== ABSENT)) {
      return this.#text(typeof before === "string" ? before : before === ABSENT ? "" : after, after);
    }
    if (before === after || before === undefined) return el("p", { class: "text", title: this.#raw(after) }, this.plain(after));
    const was = before === ABSENT ? null : this.#piece({ kind: "gone", text: this.plain(before) });
    return el("p", { class: "text", title: this.#raw(after) }, was, was && " ", this.#piece({ kind: "new", text: this.plain(after) }));
  }

  /** A value of base, with the words marked that one of `edits` changed or took out. */
  base(base: unknown, edits: readonly unknown[], path = ""): HTMLElement {
    if (typeof base !== "string" || base === "" || this.#words.date(base)) return this.edit(base, base, path);
    const isGone = new Uint8Array(base.length);
    for (const edit of edits) {
      if (typeof edit !== "string") continue;
      let offset = 0;
      for (const { kind, text } of wordDiff(base, edit)) {
        if (kind === "gone") isGone.fill(1, offset, offset + text.length);
        if (kind !== "new") offset += text.length;
      }
    }
    const nodes: Child[] = [];
    for (let start = 0, end = 0; start < base.length; start = end) {
      while (end < base.length && isGone[end] === isGone[start]) end++;
      const shown = this.#shown(base.slice(start, end));
      nodes.push(...(isGone[start] === 1 ? [el("mark", {}, ...shown)] : shown));
    }
    return el("p", { class: "text" }, ...nodes);
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

  #piece({ kind, text }: Piece): HTMLElement {
    return el(kind === "gone" || kind === "from" ? "del" : "ins", { p: kind }, ...this.#shown(text));
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

  /** What stands in the document, where it is shown in other words. */
  #raw(value: unknown): string | null {
    return typeof value === "string" && this.#words.date(value) ? value : null;
  }

  #text(before: string, after: string): HTMLElement {
    if (before === "" && after === "") return this.quiet("empty");
    const text = el("p", { class: "text" }, ...this.pieces(wordDiff(before, after)));
    return PICTURE.test(after) ? el("div", {}, text, this.#picture(after)) : text;
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

  #list(before: readonly unknown[], after: readonly unknown[]): HTMLElement {
    const plain = (value: unknown): string => this.plain(value);
    const pieces = sequenceDiff(before.map(plain), after.map(plain));
    if (pieces.length === 0) return this.quiet("empty");
    const items = pieces.slice(0, MAX_ITEMS).map((piece) => el("li", {}, ...this.pieces([piece])));
    const rest = pieces.length - items.length;
    return el("ul", { p: "chips" }, ...items, rest > 0 && el("li", {}, `… ${this.#words.number(rest)}`));
  }

  #members(before: Members, after: Members, path: string): HTMLElement {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].slice(0, MAX_ITEMS);
    const at = (value: Members, name: string): unknown => (Object.hasOwn(value, name) ? value[name] : ABSENT);
    const rows = names.map((name) => {
      const inner = `${path}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
      return el("div", {}, el("dt", {}, ...textNodes(this.#nameOf(inner))), el("dd", {}, this.edit(at(before, name), at(after, name), inner)));
    });
    return el("dl", { class: "members" }, ...rows);
  }
}
