/** A text document in conflict: its places with a few lines around each, the rest folded. */
import type { Conflict, Range, Side, TextChange, TextMerge, TextRegion } from "../types/types.js";
import { type Piece, wordDiff } from "./differences.js";
import { type Child, button, el } from "./dom.js";
import { type Block, type Cell, Lines, type Texts3, blocksOf, rowsOf } from "./lines.js";
import { List } from "./list.js";
import { type SideContent, placeView } from "./place.js";
import { ABSENT } from "./values.js";
import { type Place, type View, badgeOf, originOf } from "./view.js";
import type { Words } from "./words.js";

/** What a line of text takes, in CSS pixels, before it is seen. */
const LINE_PX = 26;

/** What stands around the lines of a place. */
const PLACE_PX = 220;

/** Documents of so few lines are shown whole in the result. */
const SHORT_LINES = 60;

/** Rows of one place that stand in the page at once; the rest is unfolded on demand. */
const MAX_ROWS = 120;

/** One text as its merge has it; made once for each version of theirs. @internal */
export class TextModel {
  readonly merge: TextMerge;
  readonly lines: Texts3;
  readonly open = new Set<number>();
  readonly openInResult = new Set<number>();

  constructor(merge: TextMerge, texts: Readonly<Record<Side, string>>) {
    this.merge = merge;
    this.lines = { base: new Lines(texts.base), mine: new Lines(texts.mine), theirs: new Lines(texts.theirs) };
    const { base } = this.lines;
    if (base.count([0, base.text.length]) <= SHORT_LINES) merge.regions.forEach((_, index) => this.openInResult.add(index));
  }

  /** Of base, or of mine where there is no base. */
  label(region: TextRegion, words: Words): string {
    const side = this.lines.base.text === "" ? "mine" : "base";
    return lineLabel(words, this.lines[side], region[side]);
  }

  slice(side: Side, region: TextRegion): string {
    return this.lines[side].text.slice(...region[side]);
  }
}

/** The text of a conflict; the one that was made before, where its versions are the same. Null where it is not merged as a text. @internal */
export function modelOf(conflict: Conflict, before: TextModel | null): TextModel | null {
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  const texts: Record<Side, string> = { base: text(conflict.base?.value), mine: text(conflict.mine), theirs: text(conflict.theirs?.value) };
  if (before !== null && (["base", "mine", "theirs"] as const).every((side) => before.lines[side].text === texts[side])) return before;
  const merge = conflict.text();
  return merge && new TextModel(merge, texts);
}

/** Shows the part of the result for a change. @internal */
export type Part = (view: View, model: TextModel, change: number, region: TextRegion) => Place;

/** @internal */
export class TextView {
  readonly list: List;
  readonly element: HTMLElement;
  readonly #view: View;
  readonly #model: TextModel;
  /** What the result shows of a change; null where the places are shown. */
  readonly #part: Part | null;
  #blocks: readonly Block[] = [];
  readonly #places = new Map<number, Place>();
  /** Rows shown of a place, where it has very many. */
  readonly #limits = new Map<number, number>();

  constructor(view: View, model: TextModel, part: Part | null = null) {
    this.#view = view;
    this.#model = model;
    this.#part = part;
    this.list = new List(view.words.say(part === null ? "text" : "result"));
    this.element = this.list.element;
    this.element.classList.add("lines");
    this.#show();
  }

  #show(): void {
    const open = this.#part !== null ? this.#model.openInResult : this.#model.open;
    const isKept = (region: TextRegion): boolean => region.kind === "conflict" || (this.#part !== null && region.kind !== "unchanged");
    this.#blocks = blocksOf(this.#model.merge, this.#model.lines, open, isKept);
    this.#places.clear();
    this.list.show({ count: this.#blocks.length, height: (index) => this.#height(index), render: (index) => this.#render(index) });
  }

  update(): void {
    for (const [index, place] of this.#places) {
      if (this.list.shown.has(index)) place.update();
      else this.#places.delete(index);
    }
  }

  /** Brings the place of a change into view; its element. */
  reveal(change: number): HTMLElement | undefined {
    const index = this.#blocks.findIndex((block) => block.kind === "clash" && block.change === change);
    return index < 0 ? undefined : this.list.reveal(index);
  }

  #height(index: number): number {
    const block = this.#blocks[index];
    if (block === undefined || block.kind === "fold") return 44;
    if (block.kind === "same") return block.count * LINE_PX;
    const region = this.#model.merge.regions[block.region];
    const lines = region === undefined ? 1 : Math.min(MAX_ROWS, Math.max(this.#model.lines.mine.count(region.mine), this.#model.lines.theirs.count(region.theirs), 1));
    return lines * LINE_PX + (block.kind === "clash" && this.#part === null ? PLACE_PX : 0);
  }

  #render(index: number): HTMLElement {
    const block = this.#blocks[index];
    if (block === undefined) return el("div");
    if (block.kind === "fold") return this.#fold(block, index);
    if (block.kind === "same") return this.#same(block);
    const region = this.#model.merge.regions[block.region];
    if (region === undefined) return el("div");
    const place = this.#part !== null ? this.#part(this.#view, this.#model, block.change, region) : block.kind === "clash" ? this.#clash(block.change, region) : this.#change(block.change, region);
    this.#places.set(index, place);
    place.update();
    return place.element;
  }

  #fold({ run, count, changes }: Block & { kind: "fold" }, index: number): HTMLElement {
    const { words } = this.#view;
    const told = [count > 0 && words.say("unchanged", { n: count }), changes > 0 && words.say("withChanges", { n: changes })].filter((part) => part !== false).join(", ");
    const unfold = (): void => {
      const open = this.#part !== null ? this.#model.openInResult : this.#model.open;
      open.add(run);
      this.#show();
      const first = this.list.reveal(index);
      first?.setAttribute("tabindex", "-1");
      first?.focus();
    };
    return el("div", { p: "fold" }, button(`⋯ ${told} · ${words.say("show")}`, unfold, { p: "unfold button small" }));
  }

  #same({ mine, theirs, count }: Block & { kind: "same" }): HTMLElement {
    const { lines } = this.#model;
    const rows = Array.from({ length: count }, (_, offset) => {
      const [start, end] = [lines.mine.start(mine + offset), lines.mine.start(mine + offset + 1)];
      const numbers = this.#part !== null ? [] : mine === theirs ? [mine + offset] : [mine + offset, theirs + offset];
      return line(numbers, plainLine(this.#view, lines.mine.text.slice(start, end)));
    });
    return el("div", { p: "same", dir: "auto" }, ...rows);
  }

  /** A change that merged by itself, among the lines around it. */
  #change(index: number, region: TextRegion): Place {
    const change = this.#view.change(index);
    const side = region.kind === "theirs" ? "theirs" : "mine";
    const [before, after] = [this.#model.slice("base", region), this.#model.slice(side, region)];
    const badge = change && badgeOf(this.#view.words, originOf(change));
    const content = this.#view.values.edit(before === "" ? ABSENT : before.replace(/\r?\n$/, ""), after === "" ? ABSENT : after.replace(/\r?\n$/, ""));
    const element = el("div", { p: `part side-${side}`, dir: "auto" }, line([this.#model.lines[side].at(region[side][0])], [content]), badge);
    return { element, update: () => {} };
  }

  #clash(index: number, region: TextRegion): Place {
    const { rows, changes } = rowsOf(region, this.#model.lines, this.#view.showBase ? ["base", "mine", "theirs"] : ["mine", "theirs"]);
    const content = (side: Side): SideContent => {
      const slice = this.#model.slice(side, region);
      const marks = side === "base" ? [] : insertions(changes[side], region[side][0], this.#model.lines.base.text.slice(...region.base), slice);
      const limit = this.#limits.get(index) ?? MAX_ROWS;
      const shown = rows.slice(0, limit).map((row) => this.#cell(row[side], marks, side));
      const hidden = rows.length - shown.length;
      const all = slice === "" ? [this.#view.values.quiet(region.base[0] === region.base[1] ? "nothing" : "removed"), ...shown.slice(1)] : shown;
      if (hidden > 0) all.push(button(`… ${this.#view.words.say("moreLines", { n: hidden })}`, () => this.#more(index, limit), { p: "more button small" }));
      return { nodes: all };
    };
    return placeView(this.#view, index, { base: content("base"), mine: content("mine"), theirs: content("theirs") });
  }

  #more(index: number, limit: number): void {
    this.#limits.set(index, limit * 4);
    this.#show();
    const place = this.reveal(index)?.querySelector<HTMLElement>("input");
    place?.focus();
  }

  #cell(cell: Cell, marks: readonly Mark[], side: Side): HTMLElement {
    if (cell === null) return el("div", { class: "line filler", "aria-hidden": "true" });
    const { text } = this.#model.lines[side];
    const pieces: Piece[] = [];
    const push = (kind: Piece["kind"], piece: string): void => {
      if (piece !== "") pieces.push({ kind, text: piece });
    };
    let at = cell.start;
    for (const { start, end, gone } of marks) {
      if (end < cell.start || start > cell.end) continue;
      const [from, to] = [Math.max(start, at), Math.min(end, cell.end)];
      if (from > at) push("same", text.slice(at, from));
      const was = start >= cell.start ? gone.replace(/[\r\n]+$/, "") : "";
      if (!/[\r\n]/.test(was)) push("gone", was);
      if (to > from) push("new", text.slice(from, to));
      at = Math.max(at, to);
    }
    push("same", text.slice(at, cell.end));
    return line([cell.line], this.#view.values.pieces(pieces));
  }
}

/** A text without its last line end. @internal */
export function plainLine(view: View, text: string): readonly Child[] {
  return view.values.pieces([{ kind: "same", text: text.replace(/\r?\n$/, "") }]);
}

/** "Line 3", "Lines 3 to 5", "After line 2". @internal */
export function lineLabel(words: Words, lines: Lines, [start, end]: Range): string {
  const n = lines.at(start) + 1;
  if (start === end) return n === 1 ? words.say("line", { n }) : words.say("afterLine", { n: n - 1 });
  const m = lines.at(end - 1) + 1;
  return words.say(m > n ? "lines" : "line", { n, m });
}

/** Where a side differs from base: what it wrote (UTF-16 offsets in its document), and what was there before. */
interface Mark {
  readonly start: number;
  readonly end: number;
  readonly gone: string;
}

function insertions(changes: readonly TextChange[], offset: number, before: string, after: string): Mark[] {
  const marks: Mark[] = [];
  for (const { kind, before: was, after: is } of changes) {
    if (kind === "equal") continue;
    const [old, now] = [before.slice(...was), after.slice(...is)];
    if (old === "" || now === "") {
      marks.push({ start: offset + is[0], end: offset + is[1], gone: old });
      continue;
    }
    let [at, gone] = [offset + is[0], ""];
    for (const piece of wordDiff(old, now)) {
      if (piece.kind === "gone") {
        gone = piece.text;
        continue;
      }
      const isNew = piece.kind === "new";
      if (isNew || gone !== "") marks.push({ start: at, end: isNew ? at + piece.text.length : at, gone });
      gone = "";
      at += piece.text.length;
    }
    if (gone !== "") marks.push({ start: at, end: at, gone });
  }
  return marks;
}

/** One line, with its number on each side; numbers are not copied with it. */
function line(numbers: readonly number[], nodes: readonly Child[]): HTMLElement {
  const shown = numbers.map((number) => el("span", { class: "number", "aria-hidden": "true", "data-n": number + 1 }));
  return el("div", { class: "line" }, ...shown, el("span", { class: "text" }, ...nodes));
}
