/** Where people type a value of their own for one place, by the kind of value that stands there. */
import { button, el, fill, isMembers, uid } from "../entries/element-kit.js";
import type { Change } from "../types/types.js";
import { type FieldsOf, OwnOrder, listOf } from "./own-order.js";
import type { OwnValue, View } from "./view.js";
import type { Words } from "./words.js";

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

interface Kind {
  readonly control: Control;
  readonly hint?: string;
  toText(value: unknown): string;
  /** @throws What is no value of this kind. */
  fromText(text: string): unknown;
}

/** How long after a key the result follows. */
const QUIET_MS = 150;

/** A field for a value. @internal */
export class OwnField implements OwnValue {
  readonly element: HTMLElement;
  readonly #kind: Kind;
  readonly #onValue: (value: unknown, isWrong: boolean) => void;
  readonly #typing: Map<string, string>;
  readonly #id: string;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param onValue Called with what was typed, or with undefined where that is wrong. */
  constructor(view: View, change: Change, start: unknown, label: string, onValue: (value: unknown, isWrong: boolean) => void) {
    const { words, typing } = view;
    this.#onValue = onValue;
    this.#typing = typing;
    this.#id = change.id;
    this.#kind = kindOf(words, change, start);
    const { control, hint } = this.#kind;
    control.id = uid();
    control.setAttribute("part", "input");
    const about = hint === undefined ? null : el("small", { id: uid() }, ` ${hint}`);
    if (about !== null) control.setAttribute("aria-describedby", about.id);
    this.show(start);
    if (view.wrong.has(change.id)) control.setAttribute("aria-invalid", "true");
    control.addEventListener("input", () => {
      typing.set(change.id, control.value);
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.send(), QUIET_MS);
    });
    // Nothing typed is still on its way when something else is used.
    control.addEventListener("blur", () => this.#timer !== undefined && this.send());
    this.element = el("div", { p: "own" }, el("label", { for: control.id }, label, about), control);
  }

  show(value: unknown): void {
    this.#kind.control.value = this.#typing.get(this.#id) ?? this.#kind.toText(value);
  }

  /** Marks what is no value. */
  #isWrong(): boolean {
    const { control } = this.#kind;
    try {
      this.#kind.fromText(control.value);
      return false;
    } catch {
      control.setAttribute("aria-invalid", "true");
      return true;
    }
  }

  get isFocused(): boolean {
    return this.#kind.control.matches(":focus");
  }

  focus(): void {
    this.#kind.control.focus();
  }

  send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { control } = this.#kind;
    if (this.#isWrong()) return this.#onValue(undefined, true);
    control.removeAttribute("aria-invalid");
    this.#onValue(this.#kind.fromText(control.value), false);
  }
}

/** Identifies; nobody types it. */
const ID = /^[_@]?(id|uuid|guid|uid)$/i;

type OnValue = (value: unknown, isWrong: boolean) => void;

/** A field for each member of an object, and for each member of those. @internal */
class OwnFields implements OwnValue {
  readonly element: HTMLElement;
  readonly #fields = new Map<string, OwnValue>();
  readonly #values: Record<string, unknown>;
  readonly #wrong = new Set<string>();
  readonly #onValue: OnValue;

  constructor(view: View, change: Change, start: Readonly<Record<string, unknown>>, label: string, onValue: OnValue, depth: number) {
    this.#values = { ...start };
    this.#onValue = onValue;
    const names = Object.keys(start);
    for (const name of names.length > 1 ? names.filter((one) => !ID.test(one)) : names) {
      const at = (side: unknown): unknown => (isMembers(side) ? side[name] : undefined);
      const path = `${change.path}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
      const member: Change = { ...change, id: `${change.id} ${path}`, path, op: "replace", base: at(change.base), mine: at(change.mine), theirs: at(change.theirs) };
      const field = ownOf(view, member, start[name], view.names.last(path), (value, isWrong) => {
        this.#values[name] = value;
        if (isWrong) this.#wrong.add(name);
        else this.#wrong.delete(name);
        this.send();
      }, depth + 1);
      this.#fields.set(name, field);
    }
    const fields = [...this.#fields.values()];
    this.element = el("div", { class: depth > 0 ? "own-fields inner" : "own-fields", role: label === "" ? null : "group", "aria-label": label || null }, depth > 0 && label !== "" && el("strong", { "aria-hidden": "true" }, label), ...fields.map((field) => field.element));
  }

  get isFocused(): boolean {
    return this.element.matches(":focus-within");
  }

  show(value: unknown): void {
    if (!isMembers(value)) return;
    Object.assign(this.#values, value);
    for (const [name, field] of this.#fields) field.show(value[name]);
  }

  focus(): void {
    this.#fields.values().next().value?.focus();
  }

  send(): void {
    const isWrong = this.#wrong.size > 0;
    this.#onValue(isWrong ? undefined : { ...this.#values }, isWrong);
  }
}

/** Members in a form; an object with more is typed as JSON. */
const MAX_FIELDS = 12;

/** Objects within objects, and lists within those. */
const MAX_DEPTH = 4;

function ownOf(view: View, change: Change, start: unknown, label: string, onValue: OnValue, depth: number): OwnValue {
  if (depth < MAX_DEPTH && isMembers(start) && Object.keys(start).length > 0 && Object.keys(start).length <= MAX_FIELDS) return new OwnFields(view, change, start, label, onValue, depth);
  if (depth < MAX_DEPTH && Array.isArray(start) && start.some(isMembers)) {
    let count = 0;
    const fieldsOf: FieldsOf = (item, onItem) => (isMembers(item) ? ownOf(view, { ...change, id: `${change.id} ${uid()}`, path: `${change.path}/${count++}`, op: "replace", base: undefined, mine: item, theirs: undefined }, item, "", onItem, depth + 1) : null);
    return new OwnOrder(view, change, start, label, onValue, fieldsOf);
  }
  return new OwnField(view, change, start, label, onValue);
}

/** What fits the change: a field, a field for each member, or a list whose items can be moved and edited. @internal */
export function ownValueOf(view: View, change: Change, start: unknown, onValue: OnValue): OwnValue {
  const label = view.words.say("own");
  if (change.op !== "move") return ownOf(view, change, start, label, onValue, 0);
  const chosen = view.own.get(change.id);
  return new OwnOrder(view, change, Array.isArray(chosen) ? chosen : listOf(view, change), label, onValue);
}

/** The way to type over what stands in the result, in its place: opened by the button, closed by Escape. @internal */
export function editInPlace(view: View, place: HTMLElement, index: number, label: string, start: (change: Change) => unknown): HTMLButtonElement {
  const words = view.words.say("edit");
  const open = button(`✎ ${words}`, () => {
    const change = view.change(index);
    if (change === undefined || place.querySelector(".own") !== null) return;
    const now = start(change);
    view.typing.delete(change.id);
    const give = (value: unknown, isWrong: boolean): void => {
      if (!isWrong) view.set(change, value);
    };
    const own = change.op === "move" ? ownValueOf(view, change, now, give) : ownOf(view, { ...change, mine: now }, now, label, give, 0);
    own.element.classList.add("own");
    own.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      // A dialog around it stays open.
      event.preventDefault();
      event.stopPropagation();
      own.send();
      own.element.remove();
      open.focus();
    });
    place.append(own.element);
    own.focus();
  }, { p: "edit", "aria-label": `${words}: ${label}` });
  return open;
}

function kindOf(words: Words, change: Change, start: unknown): Kind {
  const samples = [change.mine, change.theirs, change.base].filter((one) => one !== undefined && one !== null);
  const sample = start ?? samples[0] ?? "";
  const all = (is: (value: unknown) => boolean): boolean => samples.length > 0 && samples.every(is);
  if (all((value) => typeof value === "boolean")) return yesOrNo(words);
  if (all((value) => typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value) && words.date(value) !== null)) return { control: el("input", { type: "date" }), toText: String, fromText: filled };
  if (all((value) => typeof value === "number")) return { control: el("input", { type: "text", inputmode: "decimal", autocomplete: "off" }), ...number(words) };
  if (typeof sample === "string") return text(sample);
  if (Array.isArray(sample) && sample.every((item) => typeof item === "string" && !/[\r\n]/.test(item))) {
    const lines = (typed: string): string[] => typed.split("\n").map((line) => line.trim()).filter((line) => line !== "");
    return { control: area(sample.length + 1), hint: `(${words.say("ownLines")})`, toText: (value) => (Array.isArray(value) ? value.join("\n") : ""), fromText: lines };
  }
  const json = JSON.stringify(sample, null, 2);
  return {
    control: area(json.split("\n").length + 1),
    hint: `(${words.say("ownJson")})`,
    toText: (value) => JSON.stringify(value, null, 2),
    fromText: (typed) => sameKind(JSON.parse(typed), sample),
  };
}

function text(sample: string): Kind {
  // A region's last line end is kept, not shown.
  const last = sample.endsWith("\n") ? "\n" : "";
  let own = sample;
  const isLong = sample.length > 60 || sample.includes("\n");
  return {
    control: isLong ? area(sample.split("\n").length) : el("input", { type: "text", dir: "auto", autocomplete: "off" }),
    toText: (value) => {
      own = String(value ?? "");
      return typeof value !== "string" ? "" : last === "" ? value : value.replace(/\r?\n$/, "");
    },
    fromText: (typed) => (own = typedOver(own, typed + last, sample)),
  };
}

/** As a field shows it. @internal */
export function plain(text: string): string {
  return text.replace(/\r\n?/g, "\n");
}

/**
 * `text` with what was typed in a field that shows it. Fields know one line end: in what nobody touched each line keeps its own,
 * elsewhere it is that of `sample`.
 *
 * @internal
 */
export function typedOver(text: string, typed: string, sample: string): string {
  const shown = plain(text);
  const shortest = Math.min(shown.length, typed.length);
  let [head, tail] = [0, 0];
  while (head < shortest && shown[head] === typed[head]) head++;
  while (tail < shortest - head && shown.at(-1 - tail) === typed.at(-1 - tail)) tail++;
  const at = (offset: number): number => {
    let found = 0;
    for (let left = offset; left > 0; left--) found += text.startsWith("\r\n", found) ? 2 : 1;
    return found;
  };
  const lineEnd = sample.includes("\r\n") ? "\r\n" : "\n";
  return text.slice(0, at(head)) + typed.slice(head, typed.length - tail).replaceAll("\n", lineEnd) + text.slice(at(shown.length - tail));
}

function yesOrNo(words: Words): Kind {
  const control = el("select");
  fill(control, el("option", { value: "true" }, words.say("yes")), el("option", { value: "false" }, words.say("no")));
  return { control, toText: String, fromText: (typed) => typed === "true" };
}

/** @internal */
export function area(lines: number, attributes = {}): HTMLTextAreaElement {
  return el("textarea", { p: "input", dir: "auto", rows: Math.min(10, Math.max(2, lines)), spellcheck: "false", ...attributes });
}

/** As the language writes it: phones have a comma, and no point, where that is the decimal. */
function number({ lang }: Words): Pick<Kind, "toText" | "fromText"> {
  const point = new Intl.NumberFormat(lang).format(1.5).charAt(1);
  const thousands = point === "," ? /\.(?=\d{3}(\D|$))/g : /,(?=\d{3}(\D|$))/g;
  return {
    toText: (value) => String(value ?? "").replace(".", point),
    fromText: (typed) => {
      const latin = filled(typed).replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) & 15));
      const value = Number(latin.replace(thousands, "").replace(point, "."));
      if (!Number.isFinite(value)) throw new TypeError("no number");
      return value;
    },
  };
}

function filled(typed: string): string {
  if (typed.trim() === "") throw new TypeError("nothing");
  return typed;
}

function sameKind(value: unknown, sample: unknown): unknown {
  if (typeof value !== typeof sample || Array.isArray(value) !== Array.isArray(sample) || (value === null) !== (sample === null)) throw new TypeError("another kind of value");
  return value;
}
