/** JSON texts of values, without any loss. */
import { MergefetchError, isThenable, tagOf, wrong } from "./errors.js";

/** The module accepts 512 levels. The limit also finds cycles before the stack overflows. */
const MAX_LEVELS = 1_000;

type Key = string | number;

/** The position of a nested value. */
interface Place {
  /** The keys that lead to the value; the first key belongs to the document. */
  readonly keys: Key[];
  /** The values around it, the document first. */
  readonly parents: unknown[];
}

/**
 * The JSON text of a value.
 *
 * `JSON.stringify` writes `{}` for a Promise or a Map, and null for NaN. Here these values are errors, as the document would lose
 * their content. As in `JSON.stringify`, undefined members are left out, and `toJSON` is called.
 *
 * @throws {MergefetchError} `invalid-argument`, with a JSON Pointer in `details.path`: a value that JSON cannot represent. `too-deep`.
 * @internal
 */
export function jsonText(value: unknown): string {
  let text: string | undefined;
  try {
    check(value, "", 0, { keys: [], parents: [] });
    text = JSON.stringify(value);
  } catch (cause) {
    if (cause instanceof MergefetchError) throw cause;
    throw new MergefetchError("invalid-argument", "expected a JSON value, but it cannot be read", {}, cause);
  }
  if (text === undefined) throw wrong("a JSON value", value, { path: "" });
  return text;
}

/** Throws for values that `JSON.stringify` would silently lose. */
function check(value: unknown, key: Key, depth: number, place: Place, isMade = false): void {
  if (isScalar(value)) return;
  place.keys[depth] = key;
  if (depth > MAX_LEVELS) throw endless(place);
  const { toJSON } = value as { toJSON?: unknown };
  // Not for bytes: the `toJSON` of a Buffer returns an array of numbers.
  if (typeof toJSON === "function" && !isMade && !ArrayBuffer.isView(value)) return check(toJSON.call(value, String(key)), key, depth, place, true);
  if (typeof value !== "object" || !isKept(value as object)) throw wrong("a JSON value", value, { path: pointer(place.keys, depth) });
  place.parents[depth] = value;
  // Most values are scalars: a call for each of them would dominate the time.
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) if (!isScalar(value[at])) check(value[at], at, depth + 1, place);
  } else {
    // Not `Object.keys`, which allocates an array for each object.
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

/** Whether the members of an object are its whole content. */
function isKept(value: object): boolean {
  if (isThenable(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === Array.prototype || prototype === null) return true;
  const tag = tagOf(value);
  if (/^(Array|Number|String|Boolean)$/.test(tag)) return true;
  // A plain object of another realm, or an instance with public members. A Map and similar types keep their content elsewhere.
  if (tag === "Object") return Object.getPrototypeOf(prototype) === null || Object.keys(value).length > 0;
  return !(tag in globalThis) && Object.keys(value).length > 0;
}

function endless({ keys, parents }: Place): MergefetchError {
  const again = parents.findIndex((parent, depth) => parents.indexOf(parent) < depth);
  if (again < 0) {
    return new MergefetchError("too-deep", "expected at most 512 levels of nesting, but found more", { limitLevels: 512 });
  }
  const path = pointer(keys, again);
  return new MergefetchError("invalid-argument", `expected a JSON value, but found a cycle at ${JSON.stringify(path)}`, { path });
}

function pointer(keys: readonly Key[], depth: number): string {
  return keys.slice(1, depth + 1).map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
