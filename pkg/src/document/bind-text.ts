/** A text field that shows a text of a document: typing goes into the draft, and what others write comes into the field. */
import { isEngineLoaded } from "../client/load.js";
import { mapOffset } from "../engine/offsets.js";
import { mergeText } from "../engine/merge.js";
import { checkMethods, checkTexts } from "../types/arguments.js";
import { wrong } from "../types/errors.js";
import type { JsonPointer, TextMerge } from "../types/types.js";
import type { DocumentState, OpenDocument } from "./document.js";
import { type Selected, type TextField, selectedIn, showIn, textIn } from "./fields.js";
import { History, type Splice, moved, spliceOf, spliced } from "./history.js";

export type { TextField } from "./fields.js";

/**
 * Binds a text field to a text of a document: typing in the field goes into the draft, and what others write appears in the field. Caret, selection,
 * what is scrolled, and undo stay in place, also while an input method composes a word.
 *
 * While the draft and theirs overlap at `path`, the field has the attribute `data-overlap`. Undo and redo of the field take back what was typed in it,
 * never what others wrote. If rows of a list move, bind the fields of the rows anew.
 *
 * @param path Where the text is in the document; "" for a document that is a text.
 * @returns A function that ends this.
 * @throws {MergefetchError} `invalid-argument`: no field, no document, or another value than a text at `path`.
 */
export function bindText<T>(field: TextField, document: OpenDocument<T>, path: JsonPointer = ""): () => void {
  checkMethods(document, ["current", "subscribe", "type"], "what `openDocument` makes");
  checkTexts({ path });
  if (typeof field?.addEventListener !== "function") throw wrong("a text field", field);
  return new Binding(field, document, path).start();
}

class Binding<T> {
  readonly #field: TextField;
  readonly #document: OpenDocument<T>;
  readonly #path: JsonPointer;
  readonly #history = new History();
  /** The text of the document when the field was last compared with it. */
  #known = "";
  /** The text that the field showed then. While a word is composed, it may be older. */
  #shown = "";
  #isComposing = false;

  constructor(field: TextField, document: OpenDocument<T>, path: JsonPointer) {
    this.#field = field;
    this.#document = document;
    this.#path = path;
  }

  start(): () => void {
    const field = this.#field;
    this.#known = this.#text(this.#document.current());
    this.#show(this.#known, selectedIn(field));
    const listeners: Readonly<Record<string, (event: Event) => void>> = {
      input: () => this.#typed(),
      compositionstart: () => (this.#isComposing = true),
      // Some browsers change the text after this event.
      compositionend: () => setTimeout(() => this.#composed()),
      beforeinput: (event) => this.#turn(event, (event as InputEvent).inputType),
      keydown: (event) => this.#turn(event, turnOf(event as KeyboardEvent)),
    };
    for (const [name, listener] of Object.entries(listeners)) field.addEventListener(name, listener);
    const stop = this.#document.subscribe((state) => this.#changed(state));
    this.#mark(this.#document.current());
    return () => {
      stop();
      for (const [name, listener] of Object.entries(listeners)) field.removeEventListener(name, listener);
      field.removeAttribute("data-overlap");
    };
  }

  /** The text at the path. */
  #text({ draft }: DocumentState<T>): string {
    let value: unknown = draft;
    for (const token of tokensOf(this.#path)) value = isParent(value) ? (value as Record<string, unknown>)[token] : undefined;
    if (value === undefined || value === null) return "";
    if (typeof value !== "string") throw wrong(`a text at ${JSON.stringify(this.#path)}`, value);
    return value;
  }

  #show(text: string, selected: Selected | undefined): void {
    this.#shown = text.replaceAll("\r\n", "\n");
    if (textIn(this.#field) !== this.#shown) showIn(this.#field, this.#shown, selected);
    // An input has no line ends, for example.
    this.#shown = textIn(this.#field);
  }

  #mark({ overlaps }: DocumentState<T>): void {
    this.#field.toggleAttribute("data-overlap", overlaps.some((path) => path === this.#path || this.#path.startsWith(`${path}/`)));
  }

  /** The person has typed: the same edit is made in the draft, which may hold more than the field shows. */
  #typed(): void {
    const now = textIn(this.#field);
    const splice = spliceOf(this.#shown, now, selectedIn(this.#field)?.end);
    if (splice === undefined) return;
    this.#history.edited(splice, Date.now());
    const [before, known] = [this.#shown, this.#known.replaceAll("\r\n", "\n")];
    this.#shown = now;
    const here = before === known ? splice : placedIn(known, before, splice);
    this.#type(spliced(known, here));
  }

  /** Puts a text into the draft. */
  #type(text: string): void {
    // A text area has no \r\n.
    const isLong = this.#known.includes("\r\n") && !/(^|[^\r])\n/.test(this.#known);
    this.#known = isLong ? text.replaceAll("\n", "\r\n") : text;
    const { draft } = this.#document.current();
    this.#document.type(replaced(draft, tokensOf(this.#path), this.#known) as T);
  }

  #composed(): void {
    this.#isComposing = false;
    this.#typed();
    this.#changed(this.#document.current());
  }

  #changed(state: DocumentState<T>): void {
    this.#mark(state);
    this.#known = this.#text(state);
    const text = this.#known.replaceAll("\r\n", "\n");
    // Another text would end the composition.
    if (this.#isComposing || text === this.#shown) return;
    // What was typed, and not yet heard of, goes first.
    if (textIn(this.#field) !== this.#shown) return this.#typed();
    const selected = selectedIn(this.#field);
    const map = mapOf(this.#shown, text);
    this.#history.others(map.splices);
    this.#show(text, selected && { ...selected, start: map.offset(selected.start), end: map.offset(selected.end) });
  }

  /** Takes edits back, or makes them again. The browser's own way ends with the first text that a script shows. */
  #turn(event: Event, type: string | undefined): void {
    const isUndo = type === "historyUndo";
    if ((!isUndo && type !== "historyRedo") || this.#isComposing) return;
    event.preventDefault();
    const splice = isUndo ? this.#history.undo(this.#shown) : this.#history.redo(this.#shown);
    if (splice === undefined) return;
    const text = spliced(this.#shown, splice);
    const at = splice.at + splice.added.length;
    showIn(this.#field, text, { start: at, end: at, isBackward: false });
    this.#shown = textIn(this.#field);
    this.#type(this.#shown);
  }
}

/** What a key does to the history; undefined for other keys. */
function turnOf({ key, ctrlKey, metaKey, shiftKey, altKey }: KeyboardEvent): string | undefined {
  if (ctrlKey === metaKey || altKey) return undefined;
  const letter = key.toLowerCase();
  if (letter === "z") return shiftKey ? "historyRedo" : "historyUndo";
  return letter === "y" && ctrlKey ? "historyRedo" : undefined;
}

interface TextMap {
  offset(offset: number): number;
  readonly splices: readonly Splice[];
}

/** How the places of one text lie in another one. */
function mapOf(before: string, after: string): TextMap {
  const merge = mergeOf(before, after);
  if (merge === undefined) {
    const splice = spliceOf(before, after);
    const splices = splice === undefined ? [] : [splice];
    return { offset: (offset) => (splice === undefined ? offset : moved(offset, splice)), splices };
  }
  const changed = merge.regions.filter(({ kind }) => kind !== "unchanged");
  const splices = changed.map(({ mine, theirs }) => ({ at: mine[0], removed: before.slice(...mine), added: after.slice(...theirs) }));
  return { offset: (offset) => placeOf(merge, splices, offset), splices };
}

/** A word that others have changed keeps the letters on both sides of their change. */
function placeOf(merge: TextMerge, splices: readonly Splice[], offset: number): number {
  const at = splices.findIndex((splice) => offset > splice.at && offset < splice.at + splice.removed.length);
  const splice = splices[at];
  if (splice === undefined) return mapOffset(merge, "mine", offset);
  const start = splices.slice(0, at).reduce((sum, { added, removed }) => sum + added.length - removed.length, splice.at);
  const inside = spliceOf(splice.removed, splice.added);
  return start + (inside === undefined ? offset - splice.at : moved(offset - splice.at, inside));
}

function mergeOf(before: string, after: string): TextMerge | undefined {
  try {
    return isEngineLoaded() ? mergeText(before, before, after, { granularity: "word" }) : undefined;
  } catch {
    // A lone surrogate, for example: half of a letter that is being composed.
    return undefined;
  }
}

/** The splice that makes in `text` the edit that `splice` makes in `shown`. What others wrote inside the replaced text stays. */
function placedIn(text: string, shown: string, { at, removed, added }: Splice): Splice {
  const map = mapOf(shown, text);
  const [start, end] = [map.offset(at), map.offset(at + removed.length)];
  return { at: start, removed: text.slice(start, end) === removed ? removed : "", added };
}

const isParent = (value: unknown): value is object => typeof value === "object" && value !== null;

function tokensOf(path: JsonPointer): readonly string[] {
  return path.split("/").slice(1).map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** A copy of the draft with another text; what surrounds the text is copied, everything else is shared. */
function replaced(value: unknown, [token, ...rest]: readonly string[], text: string): unknown {
  if (token === undefined) return text;
  if (Array.isArray(value)) return value.map((item, at) => (String(at) === token ? replaced(item, rest, text) : item));
  const inside = isParent(value) ? (value as Record<string, unknown>)[token] : undefined;
  return { ...(value as object), [token]: replaced(inside, rest, text) };
}
