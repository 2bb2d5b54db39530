/** The element `<merge-conflict>`. */
import { later, loadLater } from "../entries/element-loader.js";
import type { Change, Choice, Conflict, SaveResult } from "../types/types.js";
import { MergeElement } from "./base-element.js";
import { changesView } from "./changes.js";
import { checkConflict } from "./check-conflict.js";
import { recommendedOf } from "./choices.js";
import type { ConflictLayout, DecisionChange, MergeConflictEvents } from "./conflict-events.js";
import { bringIntoView, button, el, fill, say, uid } from "./dom.js";
import { FormView } from "./form-view.js";
import { labelOf } from "./labels.js";
import { Names } from "./names.js";
import { peopleOf } from "./people.js";
import { MergeRefusalElement } from "./refusal.js";
import { type TextModel, TextView, modelOf } from "./text-view.js";
import { Values, plainOf } from "./values.js";
import type { Place, View } from "./view.js";
import { WHOLE, type Whole, isWhole, shapeOf, wholeView } from "./whole.js";
import type { Words } from "./words.js";

/** `<merge-conflict>`: shows a conflict, lets people decide, and saves. */
export class MergeConflictElement<T = unknown> extends MergeElement {
  /** @internal */
  static readonly observedAttributes = ["who", "when", "layout", "preselect"];

  #conflict: Conflict<T> | null = null;
  #stop: (() => void) | null = null;
  #copy: ((conflict: Conflict<T>) => Promise<SaveResult<T>>) | null = null;
  #save: ((conflict: Conflict<T>) => Promise<SaveResult<T>>) | null = null;
  #shape = "";
  /** The language in which everything is built. */
  #built = "";
  #words!: Words;
  #parts: Place[] = [];
  #places: FormView | TextView | Place | null = null;
  #changes: readonly Change[] = [];
  #model: TextModel | null = null;
  #showBase = false;
  #wantsCopy = false;
  #isSending = false;
  readonly #own = new Map<string, unknown>();
  readonly #typing = new Map<string, string>();
  readonly #wrong = new Set<string>();
  /** Recommendations that were taken once without being asked; people may have taken them back. */
  readonly #preselected = new Set<string>();
  /** How the last place was pointed at: after a touch, the next place comes into view. */
  #pointer = "";
  #at = -1;
  #decided: Change | null = null;

  readonly #title = el("h2", { p: "heading", id: uid(), tabindex: "-1" });
  readonly #about = el("p", { p: "about" });
  readonly #tools = el("details", { p: "tools" });
  readonly #best = button("", () => this.#takeRecommended(), { p: "button best-button" });
  readonly #filters = el("div", { p: "filters" });
  readonly #main = el("div", { class: "main" });
  readonly #merged = el("details", { p: "merged", ontoggle: () => this.#fillMerged() });
  readonly #result = el("details", { p: "result", ontoggle: () => this.#fillResult() });
  readonly #bar = el("progress", { "aria-hidden": "true", max: 1, value: 0 });
  readonly #status = el("div", { p: "status", role: "status" });
  readonly #waiting = el("p", { p: "waiting", role: "status" });
  readonly #next = button("", () => this.step(1), { p: "button", part: "button next" });
  readonly #submit = button("", () => void this.submit(), { p: "button main-button", part: "button save" });
  readonly #back = button("", () => this.tell("cancel", null), { part: "button cancel" });
  readonly #section = el("section", {
    p: "conflict",
    "aria-labelledby": this.#title.id,
    onkeydown: (event) => this.#key(event as KeyboardEvent),
    onpointerdown: (event) => (this.#pointer = (event as PointerEvent).pointerType),
  });

  constructor() {
    super();
    const told = el("div", { class: "progress" }, this.#waiting, this.#bar);
    this.#section.append(this.#title, this.#about, this.#best, this.#filters, this.#main, this.#merged, this.#result, this.#status, el("slot"), el("footer", { p: "footer" }, told, this.#tools, el("div", { class: "buttons" }, this.#back, this.#next, this.#submit)));
  }

  /** The conflict to decide; null shows nothing. */
  get conflict(): Conflict<T> | null {
    return this.#conflict;
  }

  /**
   * Shows another; what was typed for the one before is forgotten.
   *
   * @throws A `MergefetchError` with `invalid-argument` for what is no conflict, naming what it is.
   */
  set conflict(conflict: Conflict<T> | null | undefined) {
    const next = conflict ?? null;
    if (next === this.#conflict) return;
    if (next !== null) checkConflict(next);
    this.#stop?.();
    this.#stop = null;
    this.#conflict = next;
    this.#own.clear();
    this.#typing.clear();
    this.#wrong.clear();
    this.#preselected.clear();
    this.#shape = "";
    this.#model = null;
    this.#showBase = false;
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
    for (const part of [this.#tools, this.#filters, this.#main, this.#merged, this.#result]) fill(part);
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
    this.#reflect("when", typeof when === "string" ? when : new Date(when || Number.NaN).toJSON());
  }

  /** "columns" (default): texts side by side where there is room. "column": one below the other. */
  get layout(): ConflictLayout {
    return this.getAttribute("layout") === "column" ? "column" : "columns";
  }

  /** Shows it so. */
  set layout(layout: ConflictLayout) {
    this.#reflect("layout", layout);
  }

  /** Whether recommended choices are made already when the conflict is shown. */
  get preselect(): boolean {
    return this.hasAttribute("preselect");
  }

  /** Makes them, or only marks them. */
  set preselect(preselect: boolean) {
    this.toggleAttribute("preselect", preselect);
  }

  /** How the result is saved; by default `conflict.submit()`. */
  get save(): ((conflict: Conflict<T>) => Promise<SaveResult<T>>) | null {
    return this.#save;
  }

  /** Saves in another way; null for the usual one. */
  set save(save: ((conflict: Conflict<T>) => Promise<SaveResult<T>>) | null) {
    this.#save = save;
  }

  /** Saves `conflict.mine` as a new document, where the old one was deleted; "Save a copy" is offered where this is set. */
  get saveCopy(): ((conflict: Conflict<T>) => Promise<SaveResult<T>>) | null {
    return this.#copy;
  }

  /** Offers it; null does not. */
  set saveCopy(saveCopy: ((conflict: Conflict<T>) => Promise<SaveResult<T>>) | null) {
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
  async submit(): Promise<SaveResult<T> | null> {
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
      } else if (this.tell<SaveResult<T>>("resolve", outcome, true) && !outcome.ok) this.#refused(outcome);
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

  #refused(outcome: SaveResult<T> & { ok: false }): void {
    if (outcome.kind === "conflict") return;
    const refusal = document.createElement("merge-refusal");
    if (!(refusal instanceof MergeRefusalElement)) return;
    refusal.texts = this.texts;
    refusal.labels = this.labels;
    refusal.nameOf = this.nameOf;
    refusal.refusal = outcome;
    refusal.setAttribute("exportparts", "refusal, refusal-title, server-words, advice, button, code");
    refusal.addEventListener("retry", (event) => {
      event.stopPropagation();
      void this.submit();
    });
    fill(this.#status, refusal);
  }

  /** Frameworks set undefined or null where the page does not know. */
  #reflect(name: string, value: unknown): void {
    if (typeof value === "string" && value !== "") this.setAttribute(name, value);
    else this.removeAttribute(name);
  }

  /** @internal */
  protected override connected(): void {
    // Moved within the page: all is still there, with what was half typed.
    const words = this.words();
    if (this.#conflict === null || this.#shape === "" || this.#built !== words.lang || this.root.firstChild !== this.#section) return this.render();
    this.#stop ??= this.#conflict.subscribe(() => this.#update());
    this.#update();
  }

  /** @internal */
  protected override render(): void {
    const conflict = this.#conflict;
    if (conflict === null) return fill(this.root);
    if (this.root.firstChild !== this.#section) fill(this.root, this.#section);
    this.#words = this.words();
    this.#built = this.#words.lang;
    this.#stop ??= conflict.subscribe(() => this.#update());
    this.#shape = "";
    this.#update();
    if (later() !== null) this.#hasLater(conflict);
    else {
      // What fails now is said when somebody needs it.
      loadLater().then(() => this.#hasLater(conflict), () => {});
    }
  }

  /** The rest of the script is there: shows what needs it. */
  #hasLater(conflict: Conflict<T>): void {
    const script = later();
    if (script === null || conflict !== this.#conflict || !this.isConnected) return;
    script.checkLabels(conflict, this.labels);
    this.adopt(script.LATER_STYLES);
    this.#fillTools(conflict);
    if (this.#changes.some((change) => change.state === "conflict" && (change.op === "move" || Array.isArray(change.mine) || script.removedByBoth(change) !== null))) this.#shape = "";
    this.#fillResult();
    this.#fillFilters();
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
      const focus = later()?.focusIn(this.root);
      this.#build(conflict);
      focus?.();
      if (this.preselect && this.#preselect(conflict)) return;
    }
    for (const part of this.#parts) part.update();
    // What was said of an earlier attempt does not speak of these decisions.
    if (!this.#isSending) fill(this.#status);
    const open = this.#wantsCopy ? 0 : conflict.unresolved;
    const all = this.#changes.filter(({ state }) => state === "conflict").length;
    const words = this.#words;
    say(this.#waiting, open === 0 ? words.say("allDecided") : words.say("waiting", { n: open }));
    this.#bar.hidden = all < 2;
    this.#bar.max = Math.max(1, all);
    this.#bar.value = Math.max(0, all - open);
    this.#submit.disabled = open > 0;
    this.#next.hidden = open === 0 || all < 2;
    say(this.#next, words.say("next"));
    this.#next.setAttribute("aria-label", words.say("nextAbout"));
    say(this.#submit, this.#saveLabel(conflict));
    const best = this.#recommended().length;
    this.#best.hidden = best < 2;
    say(this.#best, words.say("takeRecommended", { n: best }));
    const change = this.#decided;
    this.#decided = null;
    if (change !== null) this.tell<DecisionChange>("change", { change: this.#changes.find(({ id }) => id === change.id) ?? change, unresolved: conflict.unresolved });
  }

  /** Open places with a recommendation. */
  #recommended(): readonly Change[] {
    return this.#changes.filter((change) => change.decision === null && recommendedOf(change) !== null);
  }

  /** Takes each recommendation once; whether there were any. */
  #preselect(conflict: Conflict<T>): boolean {
    const fresh = this.#recommended().filter(({ id }) => !this.#preselected.has(id));
    for (const { id } of fresh) this.#preselected.add(id);
    this.#takeAll(conflict, fresh);
    return fresh.length > 0;
  }

  #takeAll(conflict: Conflict<T>, changes: readonly Change[]): void {
    for (const change of changes) conflict.take(recommendedOf(change) ?? "mine", change.id);
  }

  #takeRecommended(): void {
    const conflict = this.#conflict;
    if (conflict === null) return;
    this.#takeAll(conflict, this.#recommended());
    this.#title.focus({ preventScroll: true });
    this.tell<DecisionChange>("change", { change: null, unresolved: conflict.unresolved });
  }

  #saveLabel(conflict: Conflict<T>): string {
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

  #build(conflict: Conflict<T>): void {
    const words = this.#words;
    words.people = peopleOf(words, conflict, this.who, this.when);
    const clashes: number[] = [];
    this.#changes.forEach(({ state }, index) => state === "conflict" && clashes.push(index));
    say(this.#back, words.say("cancel"));
    this.#section.lang = words.lang;
    this.#parts = [];
    if (isWhole(conflict)) {
      const { title, about } = WHOLE[conflict.kind];
      say(this.#title, words.say(title));
      say(this.#about, words.say(about));
    } else {
      say(this.#title, clashes.length === 0 ? words.say("look") : words.say("places", { n: clashes.length }));
      say(this.#about, words.say(conflict.kind === "create-create" ? "created" : "happened"));
    }
    this.#buildParts(conflict, clashes);
    const others = this.#changes.length - clashes.length;
    this.#merged.hidden = others === 0 || isWhole(conflict);
    fill(this.#merged, el("summary", {}, el("h3", {}, words.say("merged", { n: others }))));
    if (this.#merged.open) this.#fillMerged();
  }

  #buildParts(conflict: Conflict<T>, clashes: readonly number[]): void {
    const view = this.#view(conflict);
    const isText = conflict.format === "text";
    this.#section.classList.toggle("one-column", this.layout === "column");
    this.#result.hidden = true;
    fill(this.#filters);
    this.#fillTools(conflict);
    if (isWhole(conflict)) {
      const choices = (["mine", "theirs", "copy"] as const).filter((choice) => choice !== "copy" || this.#copy !== null);
      return this.#show(wholeView(view, choices, () => this.#chosenWhole(), (choice) => this.#chooseWhole(choice)));
    }
    const model = isText ? (this.#model = modelOf(conflict, this.#model)) : null;
    if (model === null) this.#show(new FormView(view, clashes));
    else {
      // What the page's own check says of the merge is asked about the document as a whole.
      const whole = this.#changes.findIndex(({ clash }) => clash === "invalid");
      this.#show(new TextView(view, model), ...(whole < 0 ? [] : [new FormView(view, [whole])]));
    }
    this.#fillFilters();
    this.#fillResult();
  }

  #fillTools(conflict: Conflict<T>): void {
    const script = later();
    this.#tools.hidden = true;
    if (script === null) return;
    const view = this.#view(conflict);
    const clashes = this.#changes.filter(({ state }) => state === "conflict").length;
    const isThree = conflict.base !== null && !isWhole(conflict) && clashes > 0;
    script.fillTools(this.#tools, {
      words: view.words,
      id: this.#title.id,
      layout: conflict.format === "text" && !isWhole(conflict) ? this.layout : null,
      showBase: isThree || (isWhole(conflict) && conflict.base !== null) ? this.#showBase : null,
      isMany: clashes > 1,
      setLayout: (layout) => (this.layout = layout),
      setShowBase: (isShown) => {
        this.#showBase = isShown;
        this.#shape = "";
        this.#update();
        this.#tools.querySelector<HTMLInputElement>("input[type=checkbox]")?.focus();
      },
      takeRest: (side) => view.decide(() => conflict.take(side)),
      reopenAll: () => view.decide(() => (this.#typing.clear(), this.#wrong.clear(), conflict.reopen())),
      step: (by) => this.step(by),
    });
  }

  /** Filters for very many places. */
  #fillFilters(): void {
    const places = this.#places;
    if (this.#conflict === null || !(places instanceof FormView) || this.#filters.childElementCount > 0) return;
    const view = this.#view(this.#conflict);
    const all = this.#changes.flatMap(({ state }, index) => (state === "conflict" ? [index] : []));
    const filters = later()?.filterView(view, all, (indexes) => places.show(indexes));
    if (filters) fill(this.#filters, filters);
  }

  /** The result as it would be saved: where it is opened, and the script for it is there. */
  #fillResult(): void {
    const conflict = this.#conflict;
    const script = later();
    if (conflict === null || isWhole(conflict) || conflict.merged === null || conflict.format === "bytes") return;
    if (this.#result.hidden) {
      this.#result.hidden = false;
      fill(this.#result, el("summary", {}, el("h3", {}, this.#words.say("result"))));
    }
    if (!this.#result.open || this.#result.childElementCount > 1) return;
    if (script === null) return void loadLater().then(() => this.#fillResult(), (error: unknown) => this.#failed(error));
    const view = this.#view(conflict);
    const shown = this.#model === null ? new script.FormResult(view, this.#changes) : script.typedView(view, new TextView(view, this.#model, script.partOf));
    this.#result.append(shown.element);
    this.#parts.push(shown);
    shown.update();
  }

  #show(places: FormView | TextView | Place, ...before: readonly FormView[]): void {
    this.#places = places;
    this.#parts.push(...before, places);
    fill(this.#main, ...before.map(({ element }) => element), places.element);
  }

  #view(conflict: Conflict<T>): View {
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
    const names = new Names(this.labels, this.nameOf, words.say("item"), (value) => plainOf(words, value), () => [conflict.merged, conflict.mine, conflict.theirs?.value, conflict.base?.value]);
    return {
      conflict,
      words,
      names,
      own: this.#own,
      typing: this.#typing,
      wrong: this.#wrong,
      showBase: this.#showBase,
      values: new Values(words, names, this.renderValue),
      labelOf: (change) => labelOf(words, names, this.#model, this.#changes, change),
      change: (index) => this.#changes[index],
      take: (choice: Choice, change) => {
        guarded(change, () => conflict.take(choice, change.id));
        this.#advance();
      },
      set: (change, value) => {
        this.#own.set(change.id, value);
        guarded(change, () => conflict.set(change.id, value));
      },
      reopen: (change) => guarded(change, () => conflict.reopen(change.id)),
      decide: (run) => {
        guarded(null, run);
        this.tell<DecisionChange>("change", { change: null, unresolved: conflict.unresolved });
      },
      failed: (error) => this.#failed(error),
    };
  }

  /** After a touch, the next open place comes into view; the focus stays where it is. */
  #advance(): void {
    const places = this.#places;
    if (this.#pointer !== "touch" || places === null || !("reveal" in places)) return;
    const here = this.#here();
    const next = this.#changes.findIndex(({ state, decision }, index) => index > here && state === "conflict" && decision === null);
    if (next < 0) return;
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    bringIntoView(places.reveal(next), isStill ? "instant" : "smooth");
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
    bringIntoView(element, "instant");
    (element?.querySelector<HTMLElement>("input:checked") ?? element?.querySelector<HTMLElement>("input"))?.focus({ preventScroll: true });
  }

  /** The change whose place has the focus, or had it last. */
  #here(): number {
    const place = this.root.activeElement?.closest<HTMLElement>(".place");
    const index = Number(place?.dataset["index"] ?? Number.NaN);
    return Number.isNaN(index) ? this.#at : index;
  }

  #key(event: KeyboardEvent): void {
    this.#pointer = "";
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
export interface MergeConflictElement<T = unknown> {
  /** Listens to an event of this element. */
  addEventListener<K extends keyof MergeConflictEvents<T>>(type: K, listener: (this: MergeConflictElement<T>, event: MergeConflictEvents<T>[K]) => void, options?: boolean | AddEventListenerOptions): void;
  /** Listens to any other event. */
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
}
