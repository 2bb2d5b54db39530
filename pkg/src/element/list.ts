/**
 * A list of which only what is visible is in the page, where it is long. Heights are guessed until they are seen, and what is above
 * the visible part may change its height without moving it.
 */
import { el } from "./dom.js";

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
  readonly element: HTMLElement = el("div", { p: "list" });
  readonly #sizer = el("div", { class: "sizer" });
  readonly #shown = new Map<number, HTMLElement>();
  readonly #seen: ResizeObserver;
  #source: Source = { count: 0, height: () => 0, render: () => el("div") };
  #heights = new Float64Array(0);
  /** Sums of heights, as a binary indexed tree. */
  #sums = new Float64Array(0);
  #isLong = false;

  constructor(label: string) {
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", label);
    this.element.append(this.#sizer);
    this.element.addEventListener("scroll", () => this.#layout(), { passive: true });
    this.#seen = new ResizeObserver((entries) => this.#measured(entries.some(({ target }) => target === this.element)));
    this.#seen.observe(this.element);
  }

  /** Shows another list; its place is kept. */
  show(source: Source): void {
    for (const one of this.#shown.values()) this.#seen.unobserve(one);
    this.#shown.clear();
    this.#source = source;
    this.#isLong = source.count > MAX_PLAIN;
    this.element.classList.toggle("long", this.#isLong);
    this.element.toggleAttribute("tabindex", false);
    this.#sizer.style.blockSize = "";
    if (!this.#isLong) {
      const all = Array.from({ length: source.count }, (_, index) => this.#make(index));
      this.#sizer.replaceChildren(...all);
      return;
    }
    // What scrolls must be reachable by keyboard.
    this.element.tabIndex = 0;
    this.#sizer.replaceChildren();
    this.#heights = Float64Array.from({ length: source.count }, (_, index) => source.height(index));
    this.#sums = new Float64Array(source.count + 1);
    for (let index = 1; index <= source.count; index++) {
      this.#sums[index] = (this.#sums[index] ?? 0) + (this.#heights[index - 1] ?? 0);
      const parent = index + (index & -index);
      if (parent <= source.count) this.#sums[parent] = (this.#sums[parent] ?? 0) + (this.#sums[index] ?? 0);
    }
    this.#layout();
  }

  /** What is in the page now. */
  get shown(): ReadonlyMap<number, HTMLElement> {
    return this.#shown;
  }

  /** Brings one into view; its element. */
  reveal(index: number): HTMLElement | undefined {
    if (this.#isLong) {
      this.element.scrollTop = Math.max(0, this.#top(index) - 48);
      this.#layout();
      // Heights that were only guessed are known now.
      this.element.scrollTop = Math.max(0, this.#top(index) - 48);
      this.#layout();
    }
    const element = this.#shown.get(index);
    element?.scrollIntoView({ block: "nearest" });
    return element;
  }

  #make(index: number): HTMLElement {
    const element = this.#source.render(index);
    this.#shown.set(index, element);
    if (this.#isLong) this.#seen.observe(element);
    return element;
  }

  /** The sum of all heights before `index`. */
  #top(index: number): number {
    let sum = 0;
    for (let at = index; at > 0; at -= at & -at) sum += this.#sums[at] ?? 0;
    return sum;
  }

  /** The last whose top is not below `offset`. */
  #find(offset: number): number {
    let [at, left] = [0, offset];
    for (let step = 2 ** Math.floor(Math.log2(Math.max(1, this.#source.count))); step > 0; step /= 2) {
      const next = at + step;
      const sum = this.#sums[next] ?? Number.POSITIVE_INFINITY;
      if (next <= this.#source.count && sum <= left) [at, left] = [next, left - sum];
    }
    return Math.min(at, this.#source.count - 1);
  }

  #resize(index: number, height: number): number {
    const change = height - (this.#heights[index] ?? 0);
    if (Math.abs(change) < 0.5) return 0;
    this.#heights[index] = height;
    for (let at = index + 1; at <= this.#source.count; at += at & -at) this.#sums[at] = (this.#sums[at] ?? 0) + change;
    return change;
  }

  #measured(isOwn: boolean): void {
    if (!this.#isLong) return;
    if (isOwn) return this.#layout();
    this.#measure();
    this.#place();
  }

  /** Takes the heights of what is in the page, and keeps what is visible where it is. */
  #measure(): void {
    const { scrollTop } = this.element;
    const first = this.#find(scrollTop);
    let above = 0;
    const heights = [...this.#shown].map(([index, element]) => [index, element.offsetHeight] as const);
    for (const [index, height] of heights) {
      const change = height > 0 ? this.#resize(index, height) : 0;
      if (index < first) above += change;
    }
    if (above !== 0) {
      this.#sizer.style.blockSize = `${this.#top(this.#source.count)}px`;
      this.element.scrollTop = scrollTop + above;
    }
  }

  #place(): void {
    this.#sizer.style.blockSize = `${this.#top(this.#source.count)}px`;
    for (const [index, element] of this.#shown) element.style.insetBlockStart = `${this.#top(index)}px`;
  }

  #layout(): void {
    if (!this.#isLong) return;
    for (let round = 0; round < 3; round++) {
      if (!this.#fill()) break;
      this.#measure();
    }
    this.#place();
  }

  /** Puts into the page what is missing there, and takes away what nobody sees; whether something came. */
  #fill(): boolean {
    const top = this.element.scrollTop;
    const bottom = top + (this.element.clientHeight || 600) + MARGIN;
    const first = this.#find(Math.max(0, top - MARGIN));
    let last = first;
    for (let at = this.#top(first); at < bottom && last < this.#source.count; last++) at += this.#heights[last] ?? 0;
    for (const [index, element] of this.#shown) {
      // The focus goes nowhere by scrolling.
      if ((index >= first && index < last) || element.matches(":focus-within")) continue;
      this.#seen.unobserve(element);
      this.#shown.delete(index);
      element.remove();
    }
    let came = false;
    for (let index = first; index < last; index++) {
      if (this.#shown.has(index)) continue;
      came = true;
      const element = this.#make(index);
      element.style.insetBlockStart = `${this.#top(index)}px`;
      let after: [number, HTMLElement] | null = null;
      for (const entry of this.#shown) if (entry[0] > index && (after === null || entry[0] < after[0])) after = entry;
      this.#sizer.insertBefore(element, after?.[1] ?? null);
    }
    return came;
  }
}
