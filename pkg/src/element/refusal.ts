/** The element `<merge-refusal>`. */
import { type Later, later, loadLater } from "../entries/element-loader.js";
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
    const { mine, problem } = refusal;
    const { retryAfterMs } = problem;
    const wait = retryAfterMs === undefined ? "" : ` ${words.say("wait", { when: words.duration(retryAfterMs) })}`;
    const retry = MAY_PASS.includes(refusal.kind) ? button(words.say("retry"), () => this.tell("retry", refusal)) : null;
    // What can be read without the later script, which puts more in its place without touching the rest.
    const told = el("p", { p: "server-words" }, ...textNodes((problem.status && (problem.detail ?? problem.title)) || ""));
    const edit = el("p", { class: "text" }, ...textNodes(typeof mine === "string" ? mine : JSON.stringify(mine, null, 2) ?? ""));
    const edited = el("details", { p: "edited", hidden: mine === undefined || mine === null || mine instanceof Uint8Array }, el("summary", {}, words.say("yourEdit")), edit);
    fill(
      this.root,
      el(
        "div",
        { p: "refusal", role: "group", "aria-labelledby": title.id, "data-kind": refusal.kind },
        title,
        told,
        el("p", { p: "advice" }, ...textNodes(`${words.say("safe")} ${advice}${wait}`)),
        edited,
        el("div", { class: "buttons" }, retry, el("slot")),
      ),
    );
    const complete = (script: Later): void => {
      this.adopt(script.LATER_STYLES);
      script.refusalParts(words, refusal, names, told, edit);
    };
    const script = later();
    // Where it does not come, all is said already, and nothing is lost.
    if (script === null) loadLater().then(complete, () => {});
    else complete(script);
  }
}

// The events by name, for `addEventListener`.
export interface MergeRefusalElement {
  /** Listens to an event of this element. */
  addEventListener<K extends keyof MergeRefusalEvents>(type: K, listener: (this: MergeRefusalElement, event: MergeRefusalEvents[K]) => void, options?: boolean | AddEventListenerOptions): void;
  /** Listens to any other event. */
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
}
