/** What the parts of the view of one conflict share. */
import type { Change, Choice, Conflict } from "../types/types.js";
import { el } from "./dom.js";
import type { Names } from "./names.js";
import type { Values } from "./values.js";
import type { Words } from "./words.js";

/** @internal */
export interface View {
  readonly conflict: Conflict;
  readonly words: Words;
  readonly values: Values;
  readonly names: Names;
  /** Values that people typed, by the id of the change. */
  readonly own: Map<string, unknown>;
  /** The content of the field of a change, even if it is no value yet. */
  readonly typing: Map<string, string>;
  /** The changes whose field holds no value yet. */
  readonly wrong: Set<string>;
  readonly showBase: boolean;
  /** The names of the place of a change, outermost first. */
  labelOf(change: Change): readonly string[];
  /** The change as it is now. */
  change(index: number): Change | undefined;
  /** Decides; what does not fit there is said, and nothing is decided. */
  take(choice: Choice, change: Change): void;
  set(change: Change, value: unknown): void;
  reopen(change: Change): void;
  /** Runs what decides several places, or what has none. */
  decide(run: () => void): void;
  /** Reports that something could not be done, such as loading a script. */
  failed(error: unknown): void;
}

/** One place of the view, kept in step with its decision. @internal */
export interface Place {
  readonly element: HTMLElement;
  update(): void;
}

/** @internal */
export type Origin = "fromMine" | "fromTheirs" | "fromSame" | "fromIgnored" | "fromDecided" | "fromWaiting";

/** The origin of the part of the result for a change. @internal */
export function originOf({ state, decision }: Change): Origin {
  if (state === "conflict") return decision === null ? "fromWaiting" : "fromDecided";
  if (decision !== "auto" && decision !== null) return "fromDecided";
  return ({ mine: "fromMine", theirs: "fromTheirs", same: "fromSame", ignored: "fromIgnored" } as const)[state];
}

/** Says where it comes from. @internal */
export function badgeOf(words: Words, origin: Origin): HTMLElement {
  return el("span", { p: `origin ${origin}` }, words.say(origin));
}

/** Separates the name of a place from those of its parents. @internal */
export const INSIDE = " › ";

/** The line end that closes a region is there on all sides, and would only show as an empty line. @internal */
export function withoutLastLineEnd(change: Change, value: unknown): unknown {
  return change.op === "text" && typeof value === "string" ? value.replace(/\r?\n$/, "") : value;
}

/** Where people make a value of their own. @internal */
export interface OwnValue {
  readonly element: HTMLElement;
  readonly isFocused: boolean;
  /** Shows a value that was decided elsewhere, or what was typed last. */
  show(value: unknown): void;
  focus(): void;
  /** Sends its content. */
  send(): void;
}
