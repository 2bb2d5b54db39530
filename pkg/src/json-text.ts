/** JSON texts of values, from which nothing is missing. */
import { MergefetchError, isThenable, tagOf, wrong } from "./errors.js";

/** No document is so deep: the module takes 512 levels. A value that goes on for ever is found here, before the stack ends. */
const MAX_LEVELS = 1_000;

type Key = string | number;

/** A value that was found inside of another one. */
interface Place {
  /** The keys that lead to it; the first one leads to the document itself. */
  readonly keys: Key[];
  /** What it is inside of, from the document on. */
  readonly parents: unknown[];
}

/**
 * The JSON text of a value.
 *
 * `JSON.stringify` writes `{}` for a Promise or a Map, and null for NaN. Here each of these is an error, as the document would lose
 * its content. Members that are undefined are left out, and `toJSON` is called, as everywhere.
 *
 * @throws {MergefetchError} `invalid-argument`, with the JSON Pointer in `details.path`: a value that JSON cannot say. `too-deep`.
 * @internal
 */
export function jsonText(value: unknown): string {
  let text: string | undefined;
  try {
    check(value, "", 0, { keys: [], parents: [] });
    text = JSON.stringify(value);
  } catch (cause) {
    if (cause instanceof MergefetchError) throw cause;
    throw new MergefetchError("invalid-argument", "expected a value that JSON can say, but it cannot be read", {}, cause);
  }
  if (text === undefined) throw wrong("a value that JSON can say", value, { path: "" });
  return text;
}

/** Throws for what `JSON.stringify` would lose without a word. */
function check(value: unknown, key: Key, depth: number, place: Place, isMade = false): void {
  if (isScalar(value)) return;
  place.keys[depth] = key;
  if (depth > MAX_LEVELS) throw endless(place);
  const { toJSON } = value as { toJSON?: unknown };
  // That of a Buffer makes a list of numbers of its bytes.
  if (typeof toJSON === "function" && !isMade && !ArrayBuffer.isView(value)) return check(toJSON.call(value, String(key)), key, depth, place, true);
  if (typeof value !== "object" || !isKept(value as object)) throw wrong("a value that JSON can say", value, { path: pointer(place.keys, depth) });
  place.parents[depth] = value;
  // Most values are scalars: to call this function for each takes longer than the rest.
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) if (!isScalar(value[at])) check(value[at], at, depth + 1, place);
  } else {
    // Not `Object.keys`, which makes a list for each object.
    for (const name in value) {
      const member = (value as Record<string, unknown>)[name];
      if (!isScalar(member) && Object.hasOwn(value as object, name)) check(member, name, depth + 1, place);
    }
  }
}

function isScalar(value: unknown): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  return typeof value === "string" || typeof value === "boolean" || value === null || value === undefined;
}

/** Whether the members of an object are all that it holds. */
function isKept(value: object): boolean {
  if (isThenable(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === Array.prototype || prototype === null) return true;
  const tag = tagOf(value);
  if (/^(Array|Number|String|Boolean)$/.test(tag)) return true;
  // A plain object of another realm; else an instance, of which private members are not seen. A Map and its like have none but these.
  if (tag === "Object") return Object.getPrototypeOf(prototype) === null || Object.keys(value).length > 0;
  return !(tag in globalThis) && Object.keys(value).length > 0;
}

function endless({ keys, parents }: Place): MergefetchError {
  const again = parents.findIndex((parent, depth) => parents.indexOf(parent) < depth);
  if (again < 0) {
    return new MergefetchError("too-deep", "expected at most 512 levels of nesting, but found more", { limitLevels: 512 });
  }
  const path = pointer(keys, again);
  return new MergefetchError("invalid-argument", `expected a value that JSON can say, but found one inside of itself at ${JSON.stringify(path)}`, { path });
}

function pointer(keys: readonly Key[], depth: number): string {
  return keys.slice(1, depth + 1).map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
