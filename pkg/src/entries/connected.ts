/** A form of a library and an open document, connected: values move, and nothing is decided here. */
import { diffJson, mapOffset, mergeText } from "./api.js";
import type { JsonOperation } from "../types/types.js";
import type { OpenDocument } from "./document.js";

/** A form of some library. @internal */
export interface Form {
  values(): unknown;
  /** The document is there: the values of the form are those of the draft. */
  begin(draft: unknown): void;
  /** Sets one value. Rows of an array come as the whole array, if any of them was added, removed or moved. */
  set(path: readonly string[], value: unknown): void;
  /** The version that the draft is an edit of. */
  based(base: unknown): void;
  subscribe(listener: () => void): () => void;
}

/** @internal */
export function connected<T>(form: Form, document: OpenDocument<T>): () => void {
  let isEntering = false;
  let hasBegun = false;
  let [base, draft]: [unknown, unknown] = [undefined, undefined];
  const typed = () => {
    const now = document.current().draft;
    if (isEntering || !hasBegun) return;
    const next = laidOver(now, form.values()) as T;
    if (textOf(next) !== textOf(now)) document.type(next);
  };
  const changed = () => {
    const now = document.current();
    if (now.base === null || now.draft === undefined || (now.draft === draft && now.base === base)) return;
    const isBased = now.base !== base;
    [base, draft] = [now.base, now.draft];
    isEntering = true;
    try {
      if (hasBegun) keepingCaret(() => enter(form, now.draft));
      else form.begin(now.draft);
      if (isBased) form.based(now.base.value);
    } finally {
      [isEntering, hasBegun] = [false, true];
    }
  };
  const ends = [document.subscribe(changed), form.subscribe(typed)];
  changed();
  return () => ends.forEach((end) => end());
}

const textOf = (value: unknown) => JSON.stringify(value);

type Members = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Members => Object.prototype.toString.call(value) === "[object Object]";

/** The draft with the values of the form. Members that the form does not have stay. */
function laidOver(draft: unknown, values: unknown): unknown {
  if (!isObject(draft) || !isObject(values)) return values;
  const members = Object.entries(values).map(([name, value]) => [name, laidOver(draft[name], value)]);
  return { ...draft, ...Object.fromEntries(members) };
}

/** Makes the form's values those of the draft, as far as they differ. */
function enter(form: Form, draft: unknown): void {
  const values = form.values();
  const paths = pathsOf(values, draft, operations(values, draft));
  // An array that is set has all of its parts.
  const isInside = (path: readonly string[]) => paths.some((other) => other.length < path.length && other.every((token, at) => token === path[at]));
  for (const path of new Map(paths.map((path) => [textOf(path), path])).values()) if (!isInside(path)) form.set(path, at(draft, path));
}

/** What changes, by the core: it knows which row of an array is which. */
function operations(values: unknown, draft: unknown): readonly JsonOperation[] {
  try {
    return diffJson(laidOver(draft, values), draft);
  } catch {
    // Without the engine, or with values that JSON does not have: each member as a whole.
    const names = isObject(values) && isObject(draft) ? Object.keys(draft) : [];
    return names
      .filter((name) => textOf((values as Members)[name]) !== textOf((draft as Members)[name]))
      .map((name) => ({ op: "replace", path: `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`, value: (draft as Members)[name] }));
  }
}

function pathsOf(values: unknown, draft: unknown, found: readonly JsonOperation[]): readonly (readonly string[])[] {
  return found.flatMap((operation) => {
    const places = "from" in operation ? [operation.path, operation.from] : [operation.path];
    return places.map((place) => {
      const path = place.split("/").slice(1).map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
      const parent = path.slice(0, -1);
      const isRow = operation.op !== "replace" && (Array.isArray(at(values, parent)) || Array.isArray(at(draft, parent)));
      return isRow ? parent : path;
    });
  });
}

const at = (value: unknown, path: readonly string[]) => path.reduce<unknown>((inner, token) => (inner as Members | null | undefined)?.[token], value);

/** A field whose text others change while the caret is in it keeps the caret in its place. */
function keepingCaret(change: () => void): void {
  const field = globalThis.document?.activeElement as HTMLInputElement | null | undefined;
  const { value, selectionStart, selectionEnd } = field ?? {};
  change();
  if (!field || typeof value !== "string" || typeof selectionStart !== "number" || typeof selectionEnd !== "number") return;
  const restore = () => {
    if (field.value === value || globalThis.document.activeElement !== field) return;
    const merge = mergeText(value, value, field.value, { granularity: "word" });
    field.setSelectionRange(mapOffset(merge, "mine", selectionStart), mapOffset(merge, "mine", selectionEnd));
  };
  restore();
  // Frameworks show a new value later.
  if (field.value === value) setTimeout(restore);
}
