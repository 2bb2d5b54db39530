/** The element `<merge-changes>`. */
import type { Change } from "../types/types.js";
import { MergeElement } from "./base-element.js";
import { changesView } from "./changes.js";
import { fill } from "./dom.js";
import { Values } from "./values.js";

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
    const values = new Values(words, (path) => this.nameOf(path));
    const labelOf = ({ path }: Change): string => (path === "" ? words.say("text") : this.nameOf(path));
    fill(this.root, this.#changes.length > 0 && changesView({ words, values, labelOf }, this.#changes, false));
  }
}
