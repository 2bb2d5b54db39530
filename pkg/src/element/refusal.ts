/** The element `<merge-refusal>`. */
import type { Problem, Refusal } from "../types/types.js";
import { MergeElement } from "./base-element.js";
import { type Child, button, el, fill, textNodes, uid } from "./dom.js";
import type { Words } from "./words.js";

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
    const title = el("p", { p: "refusal-title", id: uid() }, el("strong", {}, ...(this.#heading === "" ? [words.say(refusal.kind)] : textNodes(this.#heading))));
    const advice = this.#advice === "" ? words.say(`${refusal.kind}Do`) : this.#advice;
    const { retryAfterMs } = refusal.problem;
    const wait = retryAfterMs === undefined ? "" : ` ${words.say("wait", { when: words.duration(retryAfterMs) })}`;
    const retry = MAY_PASS.includes(refusal.kind) ? button(words.say("retry"), () => this.tell("retry", refusal)) : null;
    fill(
      this.root,
      el(
        "div",
        { p: "refusal", role: "group", "aria-labelledby": title.id, "data-kind": refusal.kind },
        title,
        serverWords(words, refusal.problem),
        complaints(refusal.problem, (path) => this.nameOf(path)),
        statesOf(words, refusal.problem),
        el("p", { p: "advice" }, ...textNodes(`${words.say("safe")} ${advice}${wait}`)),
        this.#edit(words, refusal),
        el("div", { class: "buttons" }, retry, el("slot")),
        el("p", { p: "code" }, ...textNodes(codeOf(words, refusal.problem))),
      ),
    );
  }

  #edit(words: Words, { mine }: RefusedSave): HTMLElement | null {
    if (mine === undefined || mine === null || mine instanceof Uint8Array) return null;
    const text = typeof mine === "string" ? mine : JSON.stringify(mine, null, 2);
    const field = el("textarea", { readonly: true, p: "input", rows: Math.min(10, text.split("\n").length), "aria-label": words.say("yourEdit"), spellcheck: "false" });
    field.value = text;
    const copied = el("span", { role: "status" });
    const copy = button(words.say("copyEdit"), () => {
      field.select();
      const done = (): void => fill(copied, words.say("copied"));
      // Where a page may not write to the clipboard, what is selected can still be copied.
      const selected = (): void => {
        if (document.execCommand("copy")) done();
      };
      const clipboard = navigator.clipboard as Clipboard | undefined;
      if (clipboard === undefined) selected();
      else clipboard.writeText(text).then(done, selected);
    });
    return el("details", { p: "edited" }, el("summary", {}, words.say("yourEdit")), field, el("div", { class: "buttons" }, copy, copied));
  }
}

// The events by name, for `addEventListener`.
export interface MergeRefusalElement {
  /** Listens to an event of this element. */
  addEventListener<K extends keyof MergeRefusalEvents>(type: K, listener: (this: MergeRefusalElement, event: MergeRefusalEvents[K]) => void, options?: boolean | AddEventListenerOptions): void;
  /** Listens to any other event. */
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
}

function serverWords(words: Words, { status, detail, title }: Problem): HTMLElement | null {
  const told = detail ?? title ?? "";
  // Where there was no answer, the words are the browser's.
  if (status === null && told !== "") return el("p", { p: "server-words" }, ...textNodes(told));
  return told === "" ? null : el("blockquote", { p: "server-words" }, el("p", {}, el("span", {}, words.say("words")), " ", ...textNodes(told)));
}

function complaints({ fields }: Problem, nameOf: (path: string) => string): HTMLElement | null {
  const told = (fields ?? []).filter((field) => field.detail !== undefined);
  return told.length === 0 ? null : el("ul", { p: "complaints" }, ...told.map((field) => el("li", {}, el("strong", {}, ...textNodes(nameOf(field.path))), ": ", ...textNodes(field.detail ?? ""))));
}

function statesOf(words: Words, { currentState, allowedStates }: Problem): HTMLElement | null {
  if (currentState === undefined && allowedStates === undefined) return null;
  const states = (allowedStates ?? []).map((state) => el("li", {}, ...textNodes(state)));
  const row = (name: "stateNow" | "statesNext", ...value: Child[]): HTMLElement => el("div", {}, el("dt", {}, words.say(name)), el("dd", {}, ...value));
  return el("dl", { p: "states" }, row("stateNow", ...textNodes(currentState ?? words.say("unknownState"))), row("statesNext", states.length === 0 ? words.say("none") : el("ul", { class: "chips" }, ...states)));
}

/** Status and code, for those who want to know. */
function codeOf(words: Words, { status, code, type, requestId }: Problem): string {
  return [status === null ? words.say("noAnswer") : words.say("status", { n: String(status) }), code ?? type, requestId].filter((part) => part !== undefined).join(" · ");
}
