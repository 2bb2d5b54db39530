/**
 * A list of which only what is visible is in the page, where it is long. Heights are guessed until they are seen, and what is above
 * the visible part may change its height without moving it.
 */
import { el, fill, ungroup } from "./dom.js";
import { lastUpTo } from "./lines.js";

/** So many are simply shown. */
const MAX_PLAIN = 60;

/** What is kept ready above and below the visible part, in CSS pixels. */
const MARGIN = 500;

/** @internal */
export interface Source {
  readonly count: number;
  /** A guess of its height in CSS pixels. */
  height(index: number): number;
  render(index: number): HTMLElement;
}

/** @internal */
export class List {
  readonly #sizer = el("div", { class: "sizer" });
  readonly element: HTMLElement;
  /** What is in the page now. */
  readonly shown = new Map<number, HTMLElement>();
  readonly #seen: ResizeObserver;
  #source: Source = { count: 0, height: () => 0, render: () => el("div") };
  #heights = new Float64Array();
  /** Where each begins, and where the last ends; 100,000 are added up in a fraction of a millisecond. */
  #tops = new Float64Array();
  #isLong = false;

  constructor(label: string) {
    this.element = el("div", { p: "list", role: "group", "aria-label": label, onscroll: () => this.#layout() }, this.#sizer);
    this.#seen = new ResizeObserver(() => this.#layout());
    this.#seen.observe(this.element);
  }

  /** Shows another list; its place is kept. */
  show(source: Source): void {
    for (const one of this.shown.values()) this.#seen.unobserve(one);
    this.shown.clear();
    this.#source = source;
    this.#isLong = source.count > MAX_PLAIN;
    this.element.classList.toggle("long", this.#isLong);
    this.element.toggleAttribute("tabindex", false);
    this.#sizer.style.blockSize = "";
    if (!this.#isLong) {
      const all = Array.from({ length: source.count }, (_, index) => this.#make(index));
      fill(this.#sizer, ...all);
      return;
    }
    // What scrolls must be reachable by keyboard.
    this.element.tabIndex = 0;
    fill(this.#sizer);
    this.#heights = Float64Array.from({ length: source.count }, (_, index) => source.height(index));
    this.#add();
    this.#layout();
  }

  /** Brings one into view; its element. */
  reveal(index: number): HTMLElement | undefined {
    if (this.#isLong) {
      // Once more when heights that were only guessed are known.
      for (let round = 0; round < 2; round++) {
        this.element.scrollTop = this.#top(index) - 48;
        this.#layout();
      }
    }
    const element = this.shown.get(index);
    element?.scrollIntoView({ block: "nearest" });
    return element;
  }

  #make(index: number): HTMLElement {
    const element = this.#source.render(index);
    this.shown.set(index, element);
    if (this.#isLong) this.#seen.observe(element);
    return element;
  }

  #top(index: number): number {
    return this.#tops[index] as number;
  }

  #add(): void {
    let sum = 0;
    this.#tops = new Float64Array(this.#source.count + 1);
    this.#heights.forEach((height, index) => {
      this.#tops[index + 1] = sum += height;
    });
  }

  /** Takes the heights of what is in the page, and keeps what is visible where it is. */
  #measure(): void {
    const { scrollTop } = this.element;
    const first = lastUpTo(this.#tops, scrollTop);
    let above = 0;
    for (const [index, element] of this.shown) {
      const change = element.offsetHeight - (this.#heights[index] as number);
      if (element.offsetHeight === 0 || Math.abs(change) < 0.5) continue;
      this.#heights[index] = element.offsetHeight;
      if (index < first) above += change;
    }
    this.#add();
    if (above !== 0) {
      this.#size();
      this.element.scrollTop = scrollTop + above;
    }
  }

  #size(): void {
    this.#sizer.style.blockSize = `${this.#top(this.#source.count)}px`;
  }

  #layout(): void {
    if (!this.#isLong) return;
    for (let [round, came] = [0, true]; came && round < 3; round++) {
      came = this.#fill();
      this.#measure();
    }
    this.#size();
    for (const [index, element] of this.shown) element.style.insetBlockStart = `${this.#top(index)}px`;
  }

  /** Puts into the page what is missing there, and takes away what nobody sees; whether something came. */
  #fill(): boolean {
    const top = this.element.scrollTop;
    const bottom = top + (this.element.clientHeight || 600) + MARGIN;
    const first = Math.min(lastUpTo(this.#tops, top - MARGIN), this.#source.count - 1);
    let last = first;
    while (last < this.#source.count && this.#top(last) < bottom) last++;
    for (const [index, element] of this.shown) {
      // The focus goes nowhere by scrolling.
      if ((index >= first && index < last) || element.matches(":focus-within")) continue;
      this.#seen.unobserve(element);
      this.shown.delete(index);
      ungroup(element);
      element.remove();
    }
    let came = false;
    for (let index = first; index < last; index++) {
      if (this.shown.has(index)) continue;
      came = true;
      const element = this.#make(index);
      let after: [number, HTMLElement] | null = null;
      for (const entry of this.shown) if (entry[0] > index && (after === null || entry[0] < after[0])) after = entry;
      this.#sizer.insertBefore(element, after?.[1] ?? null);
    }
    return came;
  }
}
