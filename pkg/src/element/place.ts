/** One place in conflict: what each side has, and the radio buttons that decide. */
import type { Change, Choice, Side } from "../types/types.js";
import { type Child, el, say, textNodes, uid } from "./dom.js";
import { OwnValue } from "./own-value.js";
import { ABSENT } from "./values.js";
import { type Place, type View, withoutLastLineEnd } from "./view.js";

type Decision = Choice | "custom";

/** Descriptions that are read out in one go; longer ones are read where they stand. */
const MAX_DESCRIBED = 600;

/** What a side shows of a place. @internal */
export interface SideContent {
  readonly nodes: readonly HTMLElement[];
  readonly length: number;
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
  const label = el("h3", { p: "label", id: uid() }, ...textNodes(view.labelOf(change)));
  const chip = el("span", { p: "chip" });
  const problem = el("p", { p: "problem", role: "status" });
  const radios = new Map<Decision, HTMLInputElement>();
  let own: OwnValue | null = null;
  const ownPlace = el("div");
  const start = (): unknown => view.own.get(change.id) ?? change.mine ?? change.theirs ?? change.base;
  const showOwn = (isShown: boolean): OwnValue | null => {
    if (isShown && own === null) {
      own = new OwnValue(words, change, start(), words.say("own"), (value, isWrong) => {
        say(problem, isWrong ? words.say("ownWrong") : "");
        if (isWrong) view.reopen(change);
        else view.set(change, value);
      });
      ownPlace.append(own.element);
    }
    ownPlace.toggleAttribute("hidden", !isShown);
    return own;
  };
  const choose = (choice: Decision): void => {
    say(problem, "");
    const input = showOwn(choice === "custom");
    if (choice !== "custom") view.take(choice, change);
    else input?.send();
  };
  const radio = (choice: Decision, describedBy: string | null): HTMLInputElement => {
    const input = el("input", { type: "radio", name: group, value: choice, id: uid(), "aria-describedby": describedBy, onchange: () => choose(choice) });
    radios.set(choice, input);
    return input;
  };
  const side = (name: Side): HTMLElement => {
    const content = contents?.[name] ?? valueOf(view, change, name);
    const value = el("div", { p: "value", id: uid(), dir: "auto" }, ...content.nodes);
    const input = radio(name, content.length <= MAX_DESCRIBED ? value.id : null);
    const head = el("label", { for: input.id }, input, el("span", {}, el("strong", {}, words.say(name)), " ", el("small", {}, words.say(`${name}About`))));
    const element = el("div", { class: `side side-${name}`, part: `side ${name}` }, head, value);
    if (contents !== undefined) element.style.gridRow = `span ${content.nodes.length + 1}`;
    return element;
  };
  const sides: Side[] = view.showBase && !isLikeNone(change) ? ["base", "mine", "theirs"] : ["mine", "theirs"];
  const columns = el("div", { p: `columns${contents === undefined ? "" : " rows"}`, "data-columns": sides.length }, ...sides.map(side));
  const further = furtherChoices(change, sides).map((choice) => {
    const shown = choice === "suggested" ? el("div", { p: "value", dir: "auto", id: uid() }, view.values.edit(withoutLastLineEnd(change, change.base ?? ABSENT), withoutLastLineEnd(change, change.suggestion), change.path)) : null;
    const input = radio(choice, shown?.id ?? null);
    return el("div", { p: `choice further further-${choice}` }, el("label", { for: input.id }, input, el("span", {}, words.say(wordFor(choice, change)), ...(choice === "base" ? [" ", el("small", {}, words.say("baseAbout"))] : []))), shown);
  });
  const { clash = "edit-edit" } = change;
  // That both changed it is what every conflict is about, and of two new documents all of it is new; only what is more is said.
  const isTold = clash !== "edit-edit" && !(clash === "no-base" && view.conflict.kind === "create-create");
  const why = [isTold && words.say(clash), ...complaintsOf(view, change), change.ambiguous === true && ` (${words.say("ambiguous")})`].filter((part) => part !== false);
  const hint = why.length > 0 && el("p", { p: "hint", id: uid() }, ...why);
  const choices = el("div", { role: "radiogroup", "aria-labelledby": label.id, "aria-describedby": hint && hint.id }, columns, el("div", { class: "furthers" }, ...further));
  const path = el("code", { p: "path" }, change.path === "" ? change.id : change.path);
  const element = el("section", { p: "place", "aria-labelledby": label.id, "data-path": change.path, "data-index": index }, el("header", {}, label, " ", chip, path), hint, choices, ownPlace, problem);
  return {
    element,
    update() {
      const now = view.change(index);
      if (now === undefined) return;
      const { decision } = now;
      const isDecided = decision !== null;
      element.classList.toggle("is-decided", isDecided);
      say(chip, isDecided ? `✓ ${words.say("decided")}` : `? ${words.say("undecided")}`);
      for (const [choice, input] of radios) {
        // A value of one's own that is not valid yet stays chosen, though nothing is decided.
        if (isDecided || choice !== "custom") input.checked = choice === decision;
      }
      if (decision === "custom") {
        const input = showOwn(true);
        if (input !== null && !input.isFocused && view.own.has(change.id)) input.value = view.own.get(change.id);
      } else if (isDecided) showOwn(false);
    },
  };
}

/** Base says nothing where there is none. */
function isLikeNone({ clash }: Change): boolean {
  return clash === "no-base" || clash === "add-add";
}

/** Which decisions make sense beside those in the columns. */
function furtherChoices(change: Change, sides: readonly Side[]): Decision[] {
  const { mine, theirs } = change;
  // The module refuses other decisions about a move: the place of a record is the place on one side.
  if (change.op === "move") return sides.includes("base") ? [] : ["base"];
  const isList = Array.isArray(mine) && Array.isArray(theirs);
  const isText = change.op === "text" && mine !== "" && theirs !== "" && change.clash !== "invalid";
  const hasBase = !sides.includes("base") && !isLikeNone(change);
  return [
    ...(change.suggestion !== undefined ? (["suggested"] as const) : []),
    ...(isList || isText ? (["both", "both-reversed"] as const) : []),
    ...(hasBase ? (["base"] as const) : []),
    ...(mine instanceof Uint8Array || theirs instanceof Uint8Array ? [] : (["custom"] as const)),
  ];
}

function wordFor(choice: Decision, change: Change): "suggestedWhole" | "customText" | Decision {
  if (choice === "suggested" && change.clash === "invalid") return "suggestedWhole";
  return choice === "custom" && change.op === "text" ? "customText" : choice;
}

/** What the page's own check said of the merge. */
function complaintsOf({ conflict }: View, { clash }: Change): Child[] {
  const { detail } = conflict.problem;
  return clash === "invalid" && detail !== undefined ? [" ", el("strong", {}, ...textNodes(detail))] : [];
}

function valueOf(view: View, change: Change, name: Side): SideContent {
  // A region of a text that is empty is one that a side took out.
  const at = (one: Side): unknown => {
    const value = change[one];
    return value === undefined || (change.op === "text" && value === "") ? ABSENT : withoutLastLineEnd(change, value);
  };
  // With nothing to compare with, all of it would be marked.
  const before = isLikeNone(change) ? name : "base";
  const node = name === "base" ? view.values.base(at("base"), [at("mine"), at("theirs")], change.path) : view.values.edit(at(before), at(name), change.path);
  const place = change.op === "move" && (name === "base" ? change.from : change.into?.[name]);
  const nodes = typeof place === "string" ? [el("small", { p: "where" }, ...textNodes(placeName(view, place))), node] : [node];
  return { nodes, length: nodes.reduce((sum, one) => sum + (one.textContent?.length ?? 0), 0) };
}

/** The lists around an element, outermost first, each with a position: `columns 2 › cards 1`. */
function placeName(view: View, path: string): string {
  const parts = path.split("/");
  const lists = parts.flatMap((part, at) => (/^\d+$/.test(part) ? [view.nameOf(parts.slice(0, at + 1).join("/"))] : []));
  return lists.join(" › ");
}
