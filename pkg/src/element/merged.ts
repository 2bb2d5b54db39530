/** The element `<merge-changes>`. */
import type { Change } from "../types/types.js";
import { MergeElement } from "./base-element.js";
import { changesView } from "./changes.js";
import { fill } from "./dom.js";
import { Names } from "./names.js";
import { Values, plainOf } from "./values.js";

/** `<merge-changes>`: what came in by a merge that needed nobody, as a list. */
export class MergeChangesElement extends MergeElement {
  #changes: readonly Change[] = [];

  /** What a save that ended as "merged" returned, or some of it. */
  get changes(): readonly Change[] {
    return this.#changes;
  }

  /** Shows others. */
  set changes(changes: readonly Change[] | null | undefined) {
    this.#changes = changes ?? [];
    this.changed();
  }

  /** @internal */
  protected override render(): void {
    const words = this.words();
    const names = new Names(this.labels, this.nameOf, words.say("item"), (value) => plainOf(words, value));
    const values = new Values(words, names, this.renderValue);
    const labelOf = ({ path, theirs, mine, base }: Change): string[] => (path === "" ? [words.say("text")] : names.parts(path, theirs ?? mine ?? base));
    fill(this.root, this.#changes.length > 0 && changesView({ words, values, labelOf }, this.#changes, false));
  }
}
