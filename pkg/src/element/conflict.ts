/** The element `<merge-conflict>`. */
import type { Change, Choice, Conflict, SaveResult, Side } from "../types/types.js";
import { MergeElement } from "./base-element.js";
import { changesView } from "./changes.js";
import { button, el, fill, say, uid } from "./dom.js";
import { FormResult, FormView } from "./form-view.js";
import { MergeRefusalElement } from "./refusal.js";
import { TextModel, TextView, typedView } from "./text-view.js";
import { Values } from "./values.js";
import type { Place, View } from "./view.js";
import { WHOLE, type Whole, wholeView } from "./whole.js";
import type { Texts, Words } from "./words.js";

/** What a `change` event tells. */
export interface DecisionChange {
  /** The change that was decided; null where several were. */
  readonly change: Change | null;
  readonly unresolved: number;
}

/** The events of {@link MergeConflictElement}, by name. */
export interface MergeConflictEvents {
  /** What the save came to: it was saved, or refused, which the element shows by itself unless the default is prevented. */
  resolve: CustomEvent<SaveResult>;
  /** The person goes back to editing; nothing is saved, and nothing is lost. */
  cancel: CustomEvent<null>;
  /** A decision was made, or taken back. */
  change: CustomEvent<DecisionChange>;
}

/** How a text is shown: beside each other where there is room, or below each other. */
export type ConflictLayout = "columns" | "column";

/** `<merge-conflict>`: shows a conflict, lets people decide, and saves. */
export class MergeConflictElement extends MergeElement {
  /** @internal */
  static readonly observedAttributes = ["who", "when", "layout"];

  #conflict: Conflict | null = null;
  #stop: (() => void) | null = null;
  #copy: ((conflict: Conflict) => Promise<SaveResult>) | null = null;
  #save: ((conflict: Conflict) => Promise<SaveResult>) | null = null;
  #shape = "";
  #words!: Words;
  #parts: Place[] = [];
  #places: FormView | TextView | Place | null = null;
  #changes: readonly Change[] = [];
  #model: TextModel | null = null;
  #showBase: boolean | null = null;
  #showPaths = false;
  #wantsCopy = false;
  #isSending = false;
  readonly #own = new Map<string, unknown>();
  #at = -1;
  #decided: Change | null = null;

  readonly #title = el("h2", { p: "heading", id: uid(), tabindex: "-1" });
  readonly #about = el("p", { p: "about" });
  readonly #tools = el("div", { p: "toolbar" });
  readonly #main = el("div", { class: "main" });
  readonly #merged = el("details", { p: "merged", ontoggle: () => this.#fillMerged() });
  readonly #result = el("details", { p: "result", open: true });
  readonly #status = el("div", { p: "status", role: "status" });
  readonly #waiting = el("p", { p: "waiting", role: "status" });
  readonly #submit = button("", () => void this.submit(), { p: "button main-button", part: "button save" });
  readonly #back = button("", () => this.tell("cancel", null), { part: "button cancel" });
  readonly #section = el("section", { p: "conflict", "aria-labelledby": this.#title.id, onkeydown: (event) => this.#key(event as KeyboardEvent) });

  constructor() {
    super();
    this.#section.append(this.#title, this.#about, this.#tools, this.#main, this.#merged, this.#result, this.#status, el("slot"), el("footer", { p: "footer" }, this.#waiting, el("div", { class: "buttons" }, this.#submit, this.#back)));
  }

  /** The conflict to decide; null shows nothing. */
  get conflict(): Conflict | null {
    return this.#conflict;
  }

  /** Shows another; what was typed for the one before is forgotten. */
  set conflict(conflict: Conflict | null | undefined) {
    const next = conflict ?? null;
    if (next === this.#conflict) return;
    this.#stop?.();
    this.#stop = null;
    this.#conflict = next;
    this.#own.clear();
    this.#shape = "";
    this.#model = null;
    this.#showBase = null;
    this.#wantsCopy = false;
    this.#at = -1;
    this.#forget();
    this.changed();
  }

  /** Releases the previous conflict, so that an element holds no part of it, even when it is no longer shown. */
  #forget(): void {
    this.#changes = [];
    this.#parts = [];
    this.#places = null;
    this.#decided = null;
    for (const part of [this.#tools, this.#main, this.#merged, this.#result]) fill(part);
    if (this.#conflict === null) fill(this.#status);
  }

  /** Who made the other edit, where the page knows. */
  get who(): string {
    return this.getAttribute("who") ?? "";
  }

  /** Says so; empty where it is not known. */
  set who(who: string) {
    this.#reflect("who", who);
  }

  /** When the other edit was made, where the page knows: a date as `new Date` reads it. */
  get when(): string {
    return this.getAttribute("when") ?? "";
  }

  /** Says so; also as a `Date`, or as milliseconds since 1970. */
  set when(when: string | number | Date) {
    this.#reflect("when", when instanceof Date || typeof when === "number" ? new Date(when).toISOString() : when);
  }

  /** "columns" (default): texts side by side where there is room. "column": one below the other. */
  get layout(): ConflictLayout {
    return this.getAttribute("layout") === "column" ? "column" : "columns";
  }

  /** Shows it so. */
  set layout(layout: ConflictLayout) {
    this.#reflect("layout", layout);
  }

  /** How the result is saved; by default `conflict.submit()`. */
  get save(): ((conflict: Conflict) => Promise<SaveResult>) | null {
    return this.#save;
  }

  /** Saves in another way; null for the usual one. */
  set save(save: ((conflict: Conflict) => Promise<SaveResult>) | null) {
    this.#save = save;
  }

  /** Saves `conflict.mine` as a new document, where the old one was deleted; "Save a copy" is offered where this is set. */
  get saveCopy(): ((conflict: Conflict) => Promise<SaveResult>) | null {
    return this.#copy;
  }

  /** Offers it; null does not. */
  set saveCopy(saveCopy: ((conflict: Conflict) => Promise<SaveResult>) | null) {
    this.#copy = saveCopy;
    this.#shape = "";
    this.changed();
  }

  /** To its heading, from where everything else is reached in order. */
  override focus(options?: FocusOptions): void {
    // It may have been given its conflict in this very moment.
    if (this.isConnected && this.root.childElementCount === 0) this.render();
    this.#title.focus(options);
  }

  /** @internal */
  attributeChangedCallback(): void {
    this.#shape = "";
    this.changed();
  }

  /** @internal */
  disconnectedCallback(): void {
    this.#stop?.();
    this.#stop = null;
  }

  /** Saves the result, as its button does. What it came to, or null where decisions are missing or a save is under way. */
  async submit(): Promise<SaveResult | null> {
    const conflict = this.#conflict;
    if (conflict === null || this.#isSending) return null;
    // What was typed last may still be on its way.
    const typing = this.root.activeElement;
    if (typing instanceof HTMLElement && typing.closest(".own") !== null) {
      typing.blur();
      typing.focus();
    }
    if (conflict.unresolved > 0 && !this.#wantsCopy) return null;
    this.#isSending = true;
    this.#section.setAttribute("aria-busy", "true");
    say(this.#waiting, this.#words.say("saving"));
    const before = this.#shape;
    try {
      const outcome = await (this.#wantsCopy && this.#copy !== null ? this.#copy(conflict) : this.#save !== null ? this.#save(conflict) : conflict.submit());
      this.#isSending = false;
      this.#update();
      if (outcome.kind === "conflict") {
        if (outcome.conflict !== conflict) {
          this.conflict = outcome.conflict;
          // Shown before something is said about it.
          await null;
        }
        if (this.#shape !== before || outcome.conflict !== conflict) fill(this.#status, el("p", { p: "told" }, this.#words.say("moved")));
        this.focus();
      } else if (this.tell<SaveResult>("resolve", outcome, true) && !outcome.ok) this.#refused(outcome);
      return outcome;
    } catch (error) {
      this.#isSending = false;
      this.#update();
      this.#failed(error);
      return null;
    } finally {
      this.#section.removeAttribute("aria-busy");
    }
  }

  #failed(error: unknown): void {
    fill(this.#status, el("p", { p: "told bad" }, this.#words.say("failed", { words: error instanceof Error ? error.message : String(error) })));
  }

  #refused(outcome: SaveResult & { ok: false }): void {
    if (outcome.kind === "conflict") return;
    const refusal = document.createElement("merge-refusal");
    if (!(refusal instanceof MergeRefusalElement)) return;
    refusal.texts = this.texts;
    refusal.labels = this.labels;
    refusal.refusal = outcome;
    refusal.setAttribute("exportparts", "refusal, refusal-title, server-words, advice, button, code");
    refusal.addEventListener("retry", (event) => {
      event.stopPropagation();
      void this.submit();
    });
    fill(this.#status, refusal);
  }

  #reflect(name: string, value: string): void {
    if (value === "") this.removeAttribute(name);
    else this.setAttribute(name, value);
  }

  /** @internal */
  protected override render(): void {
    const conflict = this.#conflict;
    if (conflict === null) return fill(this.root);
    if (this.root.firstChild !== this.#section) fill(this.root, this.#section);
    this.#words = this.words();
    this.#stop ??= conflict.subscribe(() => this.#update());
    this.#shape = "";
    this.#update();
  }

  /** Everything that depends on decisions; and, where theirs has moved, everything. */
  #update(): void {
    const conflict = this.#conflict;
    if (conflict === null || !this.isConnected) return;
    this.#changes = conflict.changes;
    const shape = shapeOf(conflict, this.#changes);
    if (shape !== this.#shape) {
      this.#shape = shape;
      this.#build(conflict);
    }
    for (const part of this.#parts) part.update();
    // What was said of an earlier attempt does not speak of these decisions.
    if (!this.#isSending) fill(this.#status);
    const open = this.#wantsCopy ? 0 : conflict.unresolved;
    const words = this.#words;
    say(this.#waiting, open === 0 ? words.say("allDecided") : words.say("waiting", { n: open }));
    this.#submit.disabled = open > 0;
    say(this.#submit, this.#saveLabel(conflict));
    const change = this.#decided;
    this.#decided = null;
    if (change !== null) this.tell<DecisionChange>("change", { change: this.#changes.find(({ id }) => id === change.id) ?? change, unresolved: conflict.unresolved });
  }

  #saveLabel(conflict: Conflict): string {
    const words = this.#words;
    if (!isWhole(conflict)) return words.say("save");
    const chosen = this.#chosenWhole();
    const name = chosen && WHOLE[conflict.kind][chosen];
    return name === null ? words.say("decideFirst") : words.say(`${name}Save`);
  }

  #chosenWhole(): Whole | null {
    if (this.#wantsCopy) return "copy";
    const decision = this.#changes[0]?.decision;
    return decision === "mine" || decision === "theirs" ? decision : null;
  }

  #build(conflict: Conflict): void {
    const words = this.#words;
    const clashes: number[] = [];
    this.#changes.forEach(({ state }, index) => state === "conflict" && clashes.push(index));
    const told = { who: this.who === "" ? words.say("somebody") : this.who, when: this.#when() };
    say(this.#back, words.say("cancel"));
    this.#section.lang = words.lang;
    this.#parts = [];
    if (isWhole(conflict)) {
      const { title, about } = WHOLE[conflict.kind];
      say(this.#title, words.say(title, told));
      say(this.#about, words.say(about));
    } else {
      say(this.#title, clashes.length === 0 ? words.say("look") : words.say("places", { n: clashes.length }));
      say(this.#about, words.say(conflict.kind === "create-create" ? "created" : "happened", told));
    }
    this.#buildParts(conflict, clashes);
    const others = this.#changes.length - clashes.length;
    this.#merged.hidden = others === 0 || isWhole(conflict);
    this.#merged.open = false;
    fill(this.#merged, el("summary", {}, words.say("merged", { n: others })));
  }

  #buildParts(conflict: Conflict, clashes: readonly number[]): void {
    const words = this.#words;
    const isText = conflict.format === "text" && !isWhole(conflict);
    this.#showBase ??= !isText;
    this.#section.classList.toggle("paths", this.#showPaths);
    this.#section.classList.toggle("one-column", this.layout === "column");
    const view = this.#view(conflict);
    this.#result.hidden = true;
    if (isWhole(conflict)) {
      this.#show(wholeView(view, this.#copy === null ? ["mine", "theirs"] : ["mine", "theirs", "copy"], () => this.#chosenWhole(), (choice) => this.#chooseWhole(choice)));
      return fill(this.#tools);
    }
    const model = isText ? this.#textModel(conflict) : null;
    if (model === null) this.#show(new FormView(view, clashes));
    else {
      // What the page's own check says of the merge is asked about the document as a whole.
      const whole = this.#changes.findIndex(({ clash }) => clash === "invalid");
      this.#show(new TextView(view, model, false), ...(whole < 0 ? [] : [new FormView(view, [whole])]));
    }
    if (conflict.merged !== null && conflict.format !== "bytes") {
      const shown = model === null ? new FormResult(view, this.#changes) : typedView(view, new TextView(view, model, true));
      this.#result.hidden = false;
      fill(this.#result, el("summary", {}, words.say("result")), shown.element);
      this.#parts.push(shown);
    }
    this.#fillTools(view, clashes, isText);
  }

  #show(places: FormView | TextView | Place, ...before: readonly FormView[]): void {
    this.#places = places;
    this.#parts.push(...before, places);
    fill(this.#main, ...before.map(({ element }) => element), places.element);
  }

  #textModel(conflict: Conflict): TextModel | null {
    const text = (value: unknown): string => (typeof value === "string" ? value : "");
    const texts: Record<Side, string> = { base: text(conflict.base?.value), mine: text(conflict.mine), theirs: text(conflict.theirs?.value) };
    if (this.#model !== null && (["base", "mine", "theirs"] as const).every((side) => this.#model?.lines[side].text === texts[side])) return this.#model;
    const merge = conflict.text();
    return (this.#model = merge && new TextModel(merge, texts));
  }

  #view(conflict: Conflict): View {
    const words = this.#words;
    const guarded = (change: Change | null, run: () => void): void => {
      this.#decided = change;
      try {
        run();
      } catch (error) {
        this.#decided = null;
        this.#failed(error);
      }
    };
    return {
      conflict,
      words,
      own: this.#own,
      showBase: this.#showBase === true,
      values: new Values(words, (path) => this.nameOf(path)),
      nameOf: (path) => this.nameOf(path),
      labelOf: (change) => this.#labelOf(change),
      change: (index) => this.#changes[index],
      take: (choice: Choice, change) => guarded(change, () => conflict.take(choice, change.id)),
      set: (change, value) => {
        this.#own.set(change.id, value);
        guarded(change, () => conflict.set(change.id, value));
      },
      reopen: (change) => guarded(change, () => conflict.reopen(change.id)),
      decide: (run) => {
        guarded(null, run);
        this.tell<DecisionChange>("change", { change: null, unresolved: conflict.unresolved });
      },
    };
  }

  #labelOf(change: Change): string {
    if (change.clash === "invalid" || (change.path === "" && change.op !== "text")) return this.#words.say("document");
    if (change.path !== "") return this.nameOf(change.path);
    return change.region !== undefined && this.#model !== null ? this.#model.label(change.region, this.#words) : this.#words.say("text");
  }

  #chooseWhole(choice: Whole): void {
    this.#wantsCopy = choice === "copy";
    const change = this.#changes[0];
    if (this.#wantsCopy) this.#update();
    else if (change !== undefined && this.#conflict !== null) {
      this.#decided = change;
      this.#conflict.take(choice === "mine" ? "mine" : "theirs", change.id);
    }
  }

  #when(): string | undefined {
    const date = new Date(this.when);
    return this.when === "" || Number.isNaN(date.getTime()) ? undefined : this.#words.ago(date);
  }

  #fillTools(view: View, clashes: readonly number[], isText: boolean): void {
    const { conflict, words } = view;
    const small = (label: string, run: () => void, attributes = {}): HTMLElement => button(label, run, { class: "button small", ...attributes });
    const all = (run: () => void, label: string): HTMLElement => small(label, () => view.decide(run));
    const option = (label: keyof Texts, isOn: boolean, run: (isOn: boolean) => void, name?: string): HTMLElement => {
      const input: HTMLInputElement = el("input", { type: name === undefined ? "checkbox" : "radio", name, onchange: () => run(input.checked) });
      input.checked = isOn;
      return el("label", { p: "switch" }, input, words.say(label));
    };
    const layout = (name: ConflictLayout): HTMLElement => option(name, this.layout === name, () => (this.layout = name), `${this.#title.id}-layout`);
    const step = (name: "previous" | "next", by: number): HTMLElement => small(words.say(name), () => this.step(by), { "aria-label": words.say(`${name}About`), "aria-keyshortcuts": by > 0 ? "Alt+ArrowDown" : "Alt+ArrowUp" });
    const many = clashes.length > 1;
    fill(
      this.#tools,
      isText && el("span", { class: "segments", role: "radiogroup", "aria-label": words.say("view") }, layout("columns"), layout("column")),
      clashes.length > 0 && conflict.base !== null && option("showBase", this.#showBase === true, (isOn) => {
        this.#showBase = isOn;
        this.#shape = "";
        this.#update();
        this.#tools.querySelector<HTMLInputElement>("input[type=checkbox]")?.focus();
      }),
      !isText && clashes.length > 0 && option("showPaths", this.#showPaths, (isOn) => {
        this.#showPaths = isOn;
        this.#section.classList.toggle("paths", isOn);
      }),
      many && el("span", { class: "steps" }, step("previous", -1), step("next", 1)),
      many && el("span", { class: "steps" }, all(() => conflict.take("mine"), words.say("restMine")), all(() => conflict.take("theirs"), words.say("restTheirs")), all(() => conflict.reopen(), words.say("reopenAll"))),
    );
  }

  /** Goes to the next place that waits for a decision (or, where none waits, the next), or back; round at the end. */
  step(by: number): void {
    const places = this.#places;
    if (places === null || !("reveal" in places)) return;
    const all = this.#changes.flatMap((change, index) => (change.state === "conflict" ? [index] : []));
    const waiting = all.filter((index) => this.#changes[index]?.decision === null);
    if (waiting.length === 0 && this.#submit.disabled) {
      // What waits was typed over the whole.
      this.#result.querySelector<HTMLElement>(".buttons button")?.focus();
      return;
    }
    const targets = waiting.length > 0 ? waiting : all;
    const here = this.#here();
    const next = by > 0 ? (targets.find((index) => index > here) ?? targets[0]) : (targets.findLast((index) => index < (here < 0 ? Number.POSITIVE_INFINITY : here)) ?? targets.at(-1));
    if (next === undefined) return;
    this.#at = next;
    const element = places.reveal(next);
    element?.scrollIntoView({ block: "nearest" });
    (element?.querySelector<HTMLElement>("input:checked") ?? element?.querySelector<HTMLElement>("input"))?.focus();
  }

  /** The change whose place has the focus, or had it last. */
  #here(): number {
    const place = this.root.activeElement?.closest<HTMLElement>(".place");
    const index = Number(place?.dataset["index"] ?? Number.NaN);
    return Number.isNaN(index) ? this.#at : index;
  }

  #key(event: KeyboardEvent): void {
    const isTyping = event.target instanceof HTMLTextAreaElement || event.target instanceof HTMLSelectElement;
    if (event.altKey && !isTyping && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      this.step(event.key === "ArrowDown" ? 1 : -1);
    } else if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
      event.preventDefault();
      void this.submit();
    }
  }

  #fillMerged(): void {
    if (this.#conflict === null || this.#merged.childElementCount > 1) return;
    const changes = this.#changes.filter(({ state }) => state !== "conflict");
    this.#merged.append(changesView(this.#view(this.#conflict), changes, true));
  }
}

// The events by name, for `addEventListener`.
export interface MergeConflictElement {
  /** Listens to an event of this element. */
  addEventListener<K extends keyof MergeConflictEvents>(type: K, listener: (this: MergeConflictElement, event: MergeConflictEvents[K]) => void, options?: boolean | AddEventListenerOptions): void;
  /** Listens to any other event. */
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
}

type WholeConflict = Conflict & { readonly kind: "edit-delete" | "delete-edit" };

function isWhole(conflict: Conflict): conflict is WholeConflict {
  return conflict.kind === "edit-delete" || conflict.kind === "delete-edit";
}

/** The same while only decisions change. */
function shapeOf({ kind, theirs }: Conflict, changes: readonly Change[]): string {
  return JSON.stringify([kind, theirs?.version, changes.length, changes[0]?.id, changes.at(-1)?.id]);
}
