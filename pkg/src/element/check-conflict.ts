/** The check of a value that should be a conflict. */
import { MergefetchError } from "../entries/engine.js";

/** Says what was expected, and what was found instead. @internal */
export function refuse(expected: string, value: unknown, found = foundOf(value)): never {
  throw new MergefetchError("invalid-argument", `expected ${expected}, but found ${found}`);
}

function foundOf(value: unknown): string {
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (tag === "Object") return `an object with ${Object.keys(value as object).slice(0, 5).join(", ")}`;
  return value == null ? String(value) : `the ${typeof value === "object" ? tag : `${typeof value} ${String(value)}`}`;
}

/** Refuses what has not the calls of a conflict, and says what it is instead. @internal */
export function checkConflict(value: unknown, expected = "a Conflict or null"): void {
  const { take, subscribe, conflict } = Object(value) as Readonly<Record<string, unknown>>;
  if (typeof take !== "function" || typeof subscribe !== "function") refuse(expected, value, conflict === undefined ? undefined : "a result of a save, whose `conflict` is meant");
}
