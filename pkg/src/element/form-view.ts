/** A JSON document in conflict, as a form: its places. */
import { type Paged, paged } from "./changes.js";
import { el } from "./dom.js";
import { placeView } from "./place.js";
import type { Place, View } from "./view.js";

/** @internal */
export class FormView {
  readonly element = el("div", { p: "places" });
  readonly #view: View;
  /** Of the conflicts that are shown, among the changes. */
  #indexes: readonly number[] = [];
  #pages: Paged | null = null;
  #places = new Map<number, Place>();

  constructor(view: View, indexes: readonly number[]) {
    this.#view = view;
    this.show(indexes);
  }

  /** Shows these places, and no others. */
  show(indexes: readonly number[]): void {
    this.#indexes = indexes;
    this.#pages = paged(this.#view.words, indexes.length, this.element, (from, to) => {
      this.#places = new Map(indexes.slice(from, to).map((index) => [index, placeView(this.#view, index)]));
      this.update();
      return [...this.#places.values()].map((place) => place.element);
    });
  }

  update(): void {
    for (const place of this.#places.values()) place.update();
  }

  /** Brings the place of a change into view; its element. */
  reveal(change: number): HTMLElement | undefined {
    const at = this.#indexes.indexOf(change);
    if (at >= 0) this.#pages?.reveal(at);
    return this.#places.get(change)?.element;
  }
}
