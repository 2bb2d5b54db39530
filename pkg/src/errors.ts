/** The stable codes of {@link MergefetchError}. */
export type ErrorCode =
  | "invalid-argument"
  | "invalid-text"
  | "invalid-json"
  | "too-large"
  | "too-deep"
  | "network"
  | "http"
  | "not-started"
  | "store"
  | "internal";

/**
 * Thrown for wrong calls, unreadable input, lost networks on reads, and defects; never for a conflict.
 *
 * An abort is no `MergefetchError`: it rejects with the signal's own reason.
 */
export class MergefetchError extends Error {
  override readonly name = "MergefetchError";
  /** What to branch on; the message is for people. */
  readonly code: ErrorCode;
  /** Numbers and words that belong to the error: `offset`, `line`, `limitBytes`, `status`, `problem`, `url` … */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, details: Readonly<Record<string, unknown>> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }
}

/** A call that can never work. @internal */
export function wrong(expected: string, found: unknown): MergefetchError {
  return new MergefetchError("invalid-argument", `expected ${expected}, but found ${describe(found)}`);
}

/** A part of the API that is declared but not built yet. @internal */
export function notYet(what: string): MergefetchError {
  return new MergefetchError("invalid-argument", `${what} is not there yet in this version of mergefetch`);
}

function describe(value: unknown): string {
  if (typeof value === "number") return String(value);
  return typeof value === "string" ? JSON.stringify(value.slice(0, 80)) : value === null ? "null" : typeof value;
}

/** Makes a `MergefetchError` of what the module throws; anything else, such as an abort reason, passes unchanged. @internal */
export function translated(thrown: unknown): unknown {
  if (thrown instanceof MergefetchError) return thrown;
  if (thrown instanceof WebAssembly.RuntimeError) {
    return new MergefetchError("internal", `defect in mergefetch: ${thrown.message}`, {}, thrown);
  }
  const { code, details } = (thrown ?? {}) as { code?: unknown; details?: unknown };
  if (thrown instanceof Error && typeof code === "string" && typeof details === "object" && details !== null) {
    return new MergefetchError(code as ErrorCode, thrown.message, details as Record<string, unknown>);
  }
  return thrown;
}
