/** What people call the places of a document: members by their labels, items of a list by what people read in them. */

/** The page's own name for an item of a list; null or an empty text for the usual name. */
export type NameOf = (item: unknown, path: string) => string | null | undefined;

type Members = Readonly<Record<string, unknown>>;

/** @internal */
export const isMembers = (value: unknown): value is Members => typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

/** Members that name an item, best first. */
const NAMING = ["title", "name", "label", "subject", "summary", "heading", "displayname", "fullname", "text", "question", "description", "content", "body", "comment", "note"];

/** Members that nobody reads. */
const UNREAD = /(^|[_-])(id|uuid|guid|key|etag|rev|revision|version|hash|token|slug|ref|href|url|uri|color|colour|icon|type|kind|status|state)$|(Id|Key|Url|At)$|^[$@_]/i;

/** A name that a machine gave. */
const MACHINE = /^(?=.*\d)[0-9a-f-]{8,}$|^(?=.*\d)(?=.*[a-z])\S{20,}$|^[a-z]+[_-]?\d{3,}$/i;

/** Longer names are cut after a word. */
const MAX_NAME = 40;

/** Items of a list that are compared to tell two of one name apart. */
const MAX_SIBLINGS = 300;

/** What a function of the page answers; undefined where it fails, which is reported and takes nobody's view away. @internal */
export function ask<A extends readonly unknown[]>(run: ((...given: A) => unknown) | null, ...given: A): unknown {
  try {
    return run?.(...given);
  } catch (error) {
    reportError(error);
    return undefined;
  }
}

/** The words of a name, on one line, cut after a word. @internal */
export function firstWords(text: string): string {
  const line = text.trim().replace(/\s+/g, " ");
  if (line.length <= MAX_NAME) return line;
  return `${line.slice(0, MAX_NAME).replace(/\s+\S*$|[\ud800-\udbff]$/, "")}…`;
}

/** `dueDate` and `due_date` as "Due date"; anything that is no identifier stays as it is. */
function humanized(key: string): string {
  if (!/^[\p{L}\p{N}_-]+$/u.test(key)) return key.trim() === "" ? JSON.stringify(key) : key;
  const words = key.replace(/_+/g, " ").replace(/(\p{Ll}|\p{N})(\p{Lu})(?=\p{Ll}|$)/gu, (_, end: string, start: string) => `${end} ${start.toLowerCase()}`).trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** @internal */
export function partsOf(path: string): string[] {
  return path.split("/").slice(1);
}

/** A part of a JSON Pointer as the member's name. @internal */
export function memberOf(part: string): string {
  return part.replaceAll("~1", "/").replaceAll("~0", "~");
}

/** The member or item that a part leads to; undefined where there is none. @internal */
export function childOf(value: unknown, part: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  const name = memberOf(part);
  return Object.hasOwn(value, name) ? (value as Members)[name] : undefined;
}

/** @internal */
export class Names {
  readonly #labels: Readonly<Record<string, string>>;
  readonly #nameOf: NameOf | null;
  /** The documents in which the path of an item is looked up, best first. */
  readonly #documents: () => readonly unknown[];
  /** The word for an item without a name. */
  readonly #item: string;
  readonly #plain: (value: unknown) => string;

  constructor(labels: Readonly<Record<string, string>>, nameOf: NameOf | null, item: string, plain: (value: unknown) => string, documents: () => readonly unknown[] = () => []) {
    this.#labels = labels;
    this.#nameOf = nameOf;
    this.#item = item;
    this.#plain = plain;
    this.#documents = documents;
  }

  /** The names of a place and of its parents, outermost first. `own` is the value at the place, where its document may have another. */
  parts(path: string, own?: unknown): string[] {
    const parts = partsOf(path);
    const [document] = this.#documents().filter((one) => parts.slice(0, -1).every((_, at) => this.#at(one, parts.slice(0, at + 1)) !== undefined));
    let parent = document;
    return parts.map((part, at) => {
      const value = at === parts.length - 1 && own !== undefined ? own : childOf(parent, part);
      const name = this.#part(parts.slice(0, at + 1), parent, value);
      parent = value;
      return name;
    });
  }

  /** What the documents have at a path. */
  values(path: string): unknown[] {
    return this.#documents().map((document) => this.#at(document, partsOf(path)));
  }

  /** The name of a place without its parents. */
  last(path: string): string {
    return this.parts(path).at(-1) ?? path;
  }

  /** What people call an item of a list by; null where there is nothing to read in it. */
  item(value: unknown, path: string): string | null {
    const own = ask(this.#nameOf, value, path);
    return own && typeof own !== "object" ? `${own as string}` : this.#read(value, 0);
  }

  #at(document: unknown, parts: readonly string[]): unknown {
    let value = document;
    for (const part of parts) value = childOf(value, part);
    return value;
  }

  #part(parts: readonly string[], parent: unknown, value: unknown): string {
    const path = `/${parts.join("/")}`;
    const part = parts.at(-1) ?? "";
    const label = this.#label(path, parts);
    const isItem = Array.isArray(parent) || (parent === undefined && /^\d+$/.test(part) && parts.length > 1);
    if (!isItem) return label ?? humanized(memberOf(part));
    const read = this.item(value, path);
    const name = read === null ? (label ?? this.#item) : label === undefined ? read : `${label}: ${read}`;
    const same = Array.isArray(parent) ? parent.slice(0, Math.min(Number(part), MAX_SIBLINGS)).filter((one, at) => this.item(one, `${path.slice(0, -part.length)}${at}`) === read).length : 0;
    return same > 0 ? `${name} (${same + 1})` : name;
  }

  #label(path: string, parts: readonly string[]): string | undefined {
    const pattern = Object.hasOwn(this.#labels, path) ? path : Object.keys(this.#labels).find((one) => matches(one, parts));
    const label: unknown = this.#labels[pattern ?? ""];
    return typeof label === "string" && label.trim() !== "" ? label : undefined;
  }

  #read(value: unknown, depth: number): string | null {
    if (typeof value === "string") return value.trim() === "" || MACHINE.test(value.trim()) ? null : firstWords(this.#plain(value));
    if (typeof value === "number") return depth === 0 ? this.#plain(value) : null;
    if (depth > 3) return null;
    if (Array.isArray(value)) return this.#first(value, depth);
    if (!isMembers(value)) return null;
    const keys = Object.keys(value);
    const naming = NAMING.flatMap((name) => keys.filter((key) => key.toLowerCase().replace(/[_-]/g, "") === name));
    const others = keys.filter((key) => !naming.includes(key) && !UNREAD.test(key));
    return this.#first([...naming, ...others].map((key) => value[key]), depth) ?? numberIn(others, value, this.#plain);
  }

  #first(values: readonly unknown[], depth: number): string | null {
    for (const value of values.slice(0, 30)) {
      const name = this.#read(value, depth + 1);
      if (name !== null) return name;
    }
    return null;
  }
}

/** "Amount 450", where an item holds nothing but numbers. */
function numberIn(keys: readonly string[], value: Members, plain: (value: unknown) => string): string | null {
  const key = keys.find((one) => typeof value[one] === "number");
  return key === undefined ? null : `${humanized(key)} ${plain(value[key])}`;
}

/** Whether a pattern with `*` matches a path. @internal */
export function matches(pattern: string, parts: readonly string[]): boolean {
  const wanted = partsOf(pattern);
  return wanted.length === parts.length && wanted.every((part, index) => part === "*" || part === parts[index]);
}
