/** The check of a value that should be a conflict. */
import { MergefetchError } from "../entries/engine.js";

/** Says what was expected, and what was found instead. @internal */
export function refuse(expected: string, value: unknown): never {
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  const found = tag === "Object" ? `an object with ${Object.keys(value as object).slice(0, 5).join(", ") || "no members"}` : typeof value === "object" ? tag : `the ${typeof value} ${String(value)}`;
  throw new MergefetchError("invalid-argument", `expected ${expected}, but found ${found}`);
}

/** Refuses what has not the calls of a conflict, and says what it is instead. @internal */
export function checkConflict(value: unknown, expected = "a Conflict or null"): void {
  const { take, subscribe, conflict } = Object(value) as Readonly<Record<string, unknown>>;
  if (typeof take === "function" && typeof subscribe === "function") return;
  refuse(conflict === undefined ? expected : `${expected}, as \`conflict\` of this result has it`, value);
}
