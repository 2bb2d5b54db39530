/** The element `<merge-refusal>`. */
import { later, loadLater } from "../entries/element-loader.js";
import type { Refusal } from "../types/types.js";
import { MergeElement } from "./base-element.js";
import { button, el, fill, textNodes, uid } from "./dom.js";
import { Names } from "./names.js";
import { plainOf } from "./values.js";

/** A refusal as a save returns it: with the edit that was refused. */
export interface RefusedSave extends Refusal {
  readonly mine?: unknown;
}

/** The events of {@link MergeRefusalElement}, by name. */
export interface MergeRefusalEvents {
  /** The person wants to try again. */
  retry: CustomEvent<RefusedSave>;
}

/** Kinds that may pass by themselves. */
const MAY_PASS: readonly Refusal["kind"][] = ["busy", "unknown", "stale-read", "locked"];

/**
 * `<merge-refusal>`: a write that was not accepted and that no merge can help. Shows the server's words, what the person can do
 * now, and their edit, to be copied. What stands in its slot is shown among the buttons.
 */
export class MergeRefusalElement extends MergeElement {
  #refusal: RefusedSave | null = null;
  #heading = "";
  #advice = "";

  /** What `save`, `create`, `remove` or `submit` returned; null shows nothing. */
  get refusal(): RefusedSave | null {
    return this.#refusal;
  }

  /** Shows another. */
  set refusal(refusal: RefusedSave | null | undefined) {
    this.#refusal = refusal ?? null;
    this.changed();
  }

  /** The page's own words for what happened; empty for those of the kind. */
  get heading(): string {
    return this.#heading;
  }

  /** Shows another. */
  set heading(heading: string) {
    this.#heading = heading;
    this.changed();
  }

  /** The page's own words for what the person can do now; empty for those of the kind. */
  get advice(): string {
    return this.#advice;
  }

  /** Shows another. */
  set advice(advice: string) {
    this.#advice = advice;
    this.changed();
  }

  /** @internal */
  protected override render(): void {
    const refusal = this.#refusal;
    if (refusal === null) return fill(this.root);
    const words = this.words();
    const names = new Names(this.labels, this.nameOf, words.say("item"), (value) => plainOf(words, value), () => [refusal.mine]);
    const title = el("p", { p: "refusal-title", id: uid() }, el("strong", {}, ...(this.#heading === "" ? [words.say(refusal.kind)] : textNodes(this.#heading))));
    const advice = this.#advice === "" ? words.say(`${refusal.kind}Do`) : this.#advice;
    const { retryAfterMs } = refusal.problem;
    const wait = retryAfterMs === undefined ? "" : ` ${words.say("wait", { when: words.duration(retryAfterMs) })}`;
    const retry = MAY_PASS.includes(refusal.kind) ? button(words.say("retry"), () => this.tell("retry", refusal)) : null;
    const script = later();
    const parts = script?.refusalParts(words, refusal, names) ?? { words: [], edit: null, code: null };
    // The server's words follow where its network is slow; what happened and what to do is said at once.
    if (script === null) loadLater().then(() => this.changed(), () => {});
    else this.adopt(script.LATER_STYLES);
    fill(
      this.root,
      el(
        "div",
        { p: "refusal", role: "group", "aria-labelledby": title.id, "data-kind": refusal.kind },
        title,
        ...parts.words,
        el("p", { p: "advice" }, ...textNodes(`${words.say("safe")} ${advice}${wait}`)),
        parts.edit,
        el("div", { class: "buttons" }, retry, el("slot")),
        parts.code,
      ),
    );
  }
}

// The events by name, for `addEventListener`.
export interface MergeRefusalElement {
  /** Listens to an event of this element. */
  addEventListener<K extends keyof MergeRefusalEvents>(type: K, listener: (this: MergeRefusalElement, event: MergeRefusalEvents[K]) => void, options?: boolean | AddEventListenerOptions): void;
  /** Listens to any other event. */
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
}
