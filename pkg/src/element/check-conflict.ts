/** The check of a value that should be a conflict. */
import { MergefetchError } from "../entries/engine.js";

/** Refuses what has not the calls of a conflict, and says what it is instead. @internal */
export function checkConflict(value: unknown): void {
  const found = typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  if (typeof found["take"] === "function" && typeof found["subscribe"] === "function") return;
  const hint = found["conflict"] !== undefined ? "a result of a save, whose `conflict` is meant" : typeof value === "object" ? `an object with ${Object.keys(found).slice(0, 5).join(", ")}` : `the ${typeof value} ${value}`;
  throw new MergefetchError("invalid-argument", `expected a Conflict or null, but found ${hint}`);
}
