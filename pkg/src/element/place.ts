/** One place in conflict: what each choice results in, and the radio buttons that decide. */
import type { Change, Side } from "../types/types.js";
import { type Choices, type Decision, choicesOf, isLikeNone } from "./choices.js";
import { wordDiff } from "./differences.js";
import { type Child, button, el, say, textNodes, uid } from "./dom.js";
import { later, loadLater } from "../entries/element-loader.js";
import { ABSENT } from "./values.js";
import { INSIDE, type Place, type View, withoutLastLineEnd, type OwnValue } from "./view.js";
import type { Texts } from "./words.js";

/** Longer values are read where they stand, not with the choice. */
const MAX_DESCRIBED = 300;

/** Of what would be lost, more is cut off. */
const MAX_LOST = 160;

/** The lines of a side, where a text is shown with its rows beside each other. @internal */
export interface SideContent {
  readonly nodes: readonly HTMLElement[];
}

/**
 * @param index Of the change among those of the conflict.
 * @param contents Shown for each side; by the values of the change where left out.
 * @internal
 */
export function placeView(view: View, index: number, contents?: Readonly<Record<Side, SideContent>>): Place {
  const change = view.change(index);
  if (change === undefined) return { element: el("div"), update: () => {} };
  const { words } = view;
  const group = uid();
  const names = view.labelOf(change);
  const label = el("h3", { p: "label", id: uid() }, ...names.flatMap((name, at) => nameNodes(name, at, names.length)));
  const chip = el("span", { p: "chip" });
  const problem = el("p", { p: "problem", role: "status" });
  const radios = new Map<Decision, HTMLInputElement>();
  const offered = choicesOf(change);
  const ownPlace = el("div");
  let own: OwnValue | null = null;
  let wantsOwn = false;
  const makeOwn = (): OwnValue | null => {
    const script = later();
    if (script === null) {
      loadLater().then(() => wantsOwn && showOwn(true)?.send(), view.failed);
      return null;
    }
    const start: unknown = view.own.get(change.id) ?? change.mine ?? change.theirs ?? change.base;
    return script.ownValueOf(view, change, start, (value, isWrong) => {
      say(problem, isWrong ? words.say("ownWrong") : "");
      if (isWrong) {
        view.wrong.add(change.id);
        view.reopen(change);
      } else {
        view.wrong.delete(change.id);
        view.set(change, value);
      }
    });
  };
  const showOwn = (isShown: boolean): OwnValue | null => {
    wantsOwn = isShown;
    if (isShown && own === null) {
      own = makeOwn();
      if (own !== null) ownPlace.append(own.element);
    }
    ownPlace.toggleAttribute("hidden", !isShown);
    return own;
  };
  const choose = (choice: Decision): void => {
    say(problem, "");
    if (choice === "custom") return showOwn(true)?.send();
    showOwn(false);
    view.wrong.delete(change.id);
    if (choice === "remove-both") view.set(change, later()?.removedByBoth(change));
    else view.take(choice, change);
  };
  const card = (choice: Decision, isRow: boolean): HTMLElement => {
    const about = aboutOf(view, choice);
    const result = resultOf(view, change, choice);
    const described = el("span", { id: uid(), hidden: true });
    const input = el("input", { type: "radio", name: group, value: choice, id: uid(), "aria-describedby": described.id, onchange: () => choose(choice) });
    radios.set(choice, input);
    const isBest = choice === offered.recommended;
    const name = el("span", {}, el("strong", {}, words.say(wordFor(choice, change))), about && el("small", {}, words.comma, about), isBest && el("span", { p: "recommended" }, words.say("recommended")));
    const lost = lostOf(view, change, choice, result);
    const nodes = isRow ? contents?.[choice as Side].nodes : undefined;
    const value = choice === "custom" ? null : el("div", { p: "value", dir: nodes && "auto" }, ...(nodes ?? valueOf(view, change, choice, result)));
    const told = result === undefined ? "" : said(view, result, change.path);
    say(described, [told, hasBoth(choice) ? words.say("byBoth") : "", lost === null ? "" : (lost.textContent ?? "")].filter((part) => part !== "").join("; "));
    const side = choice === "mine" || choice === "theirs" ? choice : "other";
    const element = el("div", { class: `side side-${side}${isBest ? " best" : ""}`, part: `side ${choice}`, onclick: (event) => isFree(event) && input.click() }, el("label", { for: input.id }, input, name), value, lost, described);
    if (isRow && nodes !== undefined) element.style.gridRow = `span ${nodes.length + 2}`;
    return element;
  };
  const moreCards = el("div", { class: "furthers", hidden: true });
  const openMore = (): void => {
    if (moreCards.hidden) moreCards.append(...offered.more.map((choice) => card(choice, false)));
    moreCards.hidden = false;
    more.setAttribute("aria-expanded", "true");
  };
  const more: HTMLButtonElement = button(words.say("more"), () => {
    if (moreCards.childElementCount === 0) openMore();
    else more.setAttribute("aria-expanded", String(!moreCards.toggleAttribute("hidden")));
  }, { p: "more-choices button small", "aria-expanded": "false" });
  const { clash = "edit-edit" } = change;
  // That both changed it is what every conflict is about, and of two new documents all of it is new; only what is more is said.
  const isTold = clash !== "edit-edit" && !(clash === "no-base" && view.conflict.kind === "create-create");
  const why = [isTold && words.say(clash), ...complaintsOf(view, change), change.ambiguous === true && ` (${words.say("ambiguous")})`].filter((part) => part !== false);
  const hint = why.length > 0 && el("p", { p: "hint", id: uid() }, ...why);
  const [first, last] = aroundSides(offered);
  const both = el("div", { p: `columns${contents === undefined ? "" : " rows"}`, "data-columns": view.showBase && contents !== undefined && !isLikeNone(change) ? 3 : 2 });
  if (view.showBase && !isLikeNone(change)) both.append(later()?.baseOf(view, change, contents?.base.nodes, change.op === "move" ? valueOf(view, change, "base", ABSENT) : []) ?? "");
  both.append(card("mine", contents !== undefined), card("theirs", contents !== undefined));
  const order = later()?.orderView(view, change) ?? null;
  const choices = el("div", { role: "radiogroup", "aria-labelledby": label.id, "aria-describedby": hint && hint.id }, ...first.map((choice) => card(choice, false)), both, ...last.map((choice) => card(choice, false)), offered.more.length > 0 && more, moreCards);
  const element = el("section", { p: "place", "aria-labelledby": label.id, "data-path": change.path, "data-index": index }, el("header", {}, label, " ", chip), hint, order, choices, ownPlace, problem);
  return {
    element,
    update() {
      const now = view.change(index);
      if (now === undefined) return;
      const decision = shownDecision(now, offered, view);
      const isDecided = decision !== null;
      element.classList.toggle("is-decided", isDecided);
      say(chip, isDecided ? `✓ ${words.say("decided")}` : `? ${words.say("undecided")}`);
      const isTyping = !isDecided && view.wrong.has(change.id);
      if ((isTyping || isDecided) && moreCards.childElementCount === 0 && offered.more.includes(decision ?? "custom")) openMore();
      for (const [choice, input] of radios) {
        // A value of one's own that is not valid yet stays chosen, though nothing is decided.
        if (isDecided || choice !== "custom") input.checked = choice === decision;
        else if (isTyping) input.checked = true;
      }
      if (decision === "custom") {
        const input = showOwn(true);
        if (input !== null && !input.isFocused && view.own.has(change.id)) input.show(view.own.get(change.id));
      } else if (isDecided) showOwn(false);
      else if (isTyping) showOwn(true);
    },
  };
}

function nameNodes(name: string, at: number, count: number): Child[] {
  const isLast = at === count - 1;
  const shown = el("bdi", isLast ? {} : { class: "parent" }, ...textNodes(name));
  return isLast ? [shown] : [shown, el("span", { class: "parent" }, INSIDE)];
}

/** A click that lands on nothing else chooses the card. */
function isFree(event: Event): boolean {
  const target = event.target as Element;
  return target.closest("label, button, a, input, textarea, select, summary") === null && (getSelection()?.isCollapsed ?? true);
}

/** The recommendation stands before the two sides, the other way to have both after them. */
function aroundSides({ recommended, shown }: Choices): [Decision[], Decision[]] {
  const others = shown.filter((choice) => choice !== "mine" && choice !== "theirs");
  return recommended === null ? [[], others] : [[recommended], others.filter((choice) => choice !== recommended)];
}

/** What is chosen; a removal of both is a value of one's own to the conflict. */
function shownDecision(change: Change, { shown, more }: Choices, view: View): Decision | null {
  const { decision } = change;
  if (decision !== "custom") return decision === "auto" ? null : decision;
  const isRemoval = [...shown, ...more].includes("remove-both") && JSON.stringify(view.own.get(change.id)) === JSON.stringify(later()?.removedByBoth(change));
  return isRemoval ? "remove-both" : "custom";
}

function wordFor(choice: Decision, change: Change): keyof Texts {
  if (choice === "suggested" && change.clash === "invalid") return "suggestedWhole";
  if (choice === "custom" && change.op === "move") return "customOrder";
  if (choice === "custom" && Array.isArray(change.mine ?? change.theirs)) return "customList";
  if (choice === "remove-both") return "removeBoth";
  return choice === "base" ? "asBefore" : choice;
}

const hasBoth = (choice: Decision): boolean => /^(both|sugg)/.test(choice);

function aboutOf({ words }: View, choice: Decision): string {
  return choice === "mine" || choice === "theirs" ? words.say(`${choice}About`) : "";
}

/** What the page's own check said of the merge. */
function complaintsOf({ conflict }: View, { clash }: Change): Child[] {
  const { detail } = conflict.problem;
  return clash === "invalid" && detail !== undefined ? [" ", el("strong", {}, ...textNodes(detail))] : [];
}

/** What a side has; `ABSENT` where it has nothing. @internal */
export function sideOf(change: Change, side: Side): unknown {
  const value = change[side];
  // A region of a text that is empty is one that a side took out.
  return value === undefined || (change.op === "text" && value === "") ? ABSENT : withoutLastLineEnd(change, value);
}

/** What would stand here; undefined where only the person knows it. */
function resultOf(view: View, change: Change, choice: Decision): unknown {
  switch (choice) {
    case "base":
    case "mine":
    case "theirs":
      return sideOf(change, choice);
    case "suggested":
      return withoutLastLineEnd(change, change.suggestion);
    case "remove-both":
      return withoutLastLineEnd(change, later()?.removedByBoth(change)) || ABSENT;
    case "both":
      return together(view, change, change.mine, change.theirs);
    case "both-reversed":
      return together(view, change, change.theirs, change.mine);
    default:
      return undefined;
  }
}

/** Both, one after the other. @internal */
export function together({ names }: View, change: Change, first: unknown, second: unknown): unknown {
  if (!Array.isArray(first) || !Array.isArray(second)) {
    // A last line may have no end, and a sentence has none.
    const text = `${names.values(change.path)[1] as string}`;
    const [start, end] = change.region?.mine ?? [];
    const space = /\s$|^$/.test(`${first}`) ? "" : text.slice(end) !== "" || /.$/.test(text.slice(0, start)) ? " " : "\n";
    return withoutLastLineEnd(change, `${first}${space}${second}`);
  }
  const known = new Set(first.map((item) => JSON.stringify(item)));
  return [...first, ...second.filter((item) => !known.has(JSON.stringify(item)))];
}

function valueOf(view: View, change: Change, choice: Decision, result: unknown): Node[] {
  if (change.op === "move" && change.clash !== "order") return later()?.moveView(view, change, choice) ?? [el("p", {}, view.names.parts(change.into?.[choice as "mine"] ?? change.from ?? "").slice(0, -1).join(INSIDE))];
  // With nothing to compare with, all of it would be marked.
  const before = isLikeNone(change) ? result : sideOf(change, "base");
  return [later()?.orderOf(view, change, choice) ?? view.values.edit(before, result, change.path)];
}

/** A value as one sentence. */
function said(view: View, value: unknown, path: string): string {
  const { words, values } = view;
  const text = value === ABSENT ? words.say("removed") : value === "" ? words.say("empty") : values.plain(value, path);
  return text.length > MAX_DESCRIBED ? `${text.slice(0, MAX_DESCRIBED)}…` : text;
}

/** What the other side wrote and this choice would not keep, struck out; null where there is none. */
function lostOf(view: View, change: Change, choice: Decision, result: unknown): HTMLElement | null {
  const { words } = view;
  if (change.op === "move" || change.clash === "order" || change.clash === "invalid" || choice === "custom") return null;
  const lost = (["mine", "theirs"] as const).flatMap((side) => (side === choice ? [] : lostOfSide(view, change, side, result)));
  if (lost.length === 0) return hasBoth(choice) ? el("p", { p: "lost kept" }, words.say("nothingLost")) : null;
  return el("p", { p: "lost" }, `${words.say("lost")} `, ...lost.flatMap((one, at) => [at > 0 && ", ", el("del", {}, ...textNodes(one))]));
}

function lostOfSide({ values }: View, change: Change, side: Side, result: unknown): string[] {
  const [before, written] = [isLikeNone(change) ? ABSENT : sideOf(change, "base"), sideOf(change, side)];
  if (written === ABSENT || written === null || JSON.stringify(written) === JSON.stringify(before)) return [];
  const short = (text: string): string[] => (text.trim() === "" ? [] : [text.length > MAX_LOST ? `${text.slice(0, MAX_LOST).trim()}…` : text.trim()]);
  if (typeof written === "string" && !values.isWhole(written)) {
    const [was, is] = [typeof before === "string" ? before : "", typeof result === "string" ? result : ""];
    const news = (from: string): string[] => wordDiff(from, written).flatMap(({ kind, text }) => (kind === "new" && text.trim() !== "" ? [text.trim()] : []));
    const missing = news(is);
    return short(news(was).filter((text) => missing.some((one) => one.includes(text) || text.includes(one))).join(" … "));
  }
  if (Array.isArray(written)) {
    const kept = new Set([before, result].flatMap((list) => (Array.isArray(list) ? list : [])).map((item) => JSON.stringify(item)));
    const news = written.filter((item) => !kept.has(JSON.stringify(item)));
    return news.length === 0 ? [] : short(values.plain(news, change.path));
  }
  return JSON.stringify(written) === JSON.stringify(result) ? [] : short(values.plain(written, change.path));
}
