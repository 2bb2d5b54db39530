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
  /** Always this word, also where a minifier has renamed the class. */
  override readonly name = "MergefetchError";
  /** What to branch on; the message is for people. */
  readonly code: ErrorCode;
  /** Numbers and words that belong to the error: `offset`, `line`, `limitBytes`, `status`, `problem`, `url` … */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, details: Readonly<Record<string, unknown>> = {}, cause?: unknown) {
    // An error of the browser may quote the URL, also in properties of its own.
    super(redacted(message), cause === undefined || isSecret(cause) ? undefined : { cause });
    this.code = code;
    const { url } = details;
    this.details = typeof url === "string" ? { ...details, url: redacted(url) } : details;
  }
}

/** What stands in a URL that nobody else may know: a user with a password, and parameters named like a token or a signature. */
const SECRET = /(\/\/)[^/?#\s@]+@|([?&](?:[^=&#\s]*(?:token|secret|passw|signature|credential|api[-_]?key|authorization)[^=&#\s]*|sig|jwt|auth|pwd|sid)=)[^&#\s"']+/gi;

/** The text with secrets of URLs left out. @internal */
export function redacted(text: string): string {
  return text.replace(SECRET, (_all, slashes?: string, name?: string) => (slashes === undefined ? `${name}***` : `${slashes}***@`));
}

function isSecret(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  return [cause.message, ...Object.values(cause)].some((value) => typeof value === "string" && redacted(value) !== value);
}

/** A call that can never work. @internal */
export function wrong(expected: string, found: unknown, details: Readonly<Record<string, unknown>> = {}): MergefetchError {
  const { path } = details;
  const where = path ? ` at ${JSON.stringify(path)}` : "";
  const hint = isThenable(found) ? ": is an `await` missing?" : "";
  return new MergefetchError("invalid-argument", `expected ${expected}, but found ${describe(found)}${where}${hint}`, details);
}

/** Whether `await` waits for the value: a promise of any realm or library. @internal */
export function isThenable(value: unknown): boolean {
  return ((typeof value === "object" && value !== null) || typeof value === "function") && typeof (value as { then?: unknown }).then === "function";
}

/** The platform's name of a value's type: "Object", "Array", "Map", "Response" … @internal */
export function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

function describe(value: unknown): string {
  if (value === undefined || value === null || typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value === "string") return JSON.stringify(value.slice(0, 80));
  const tag = typeof value === "object" ? tagOf(value) : typeof value;
  const name = isThenable(value) ? "Promise" : tag === "Object" || tag === "Array" ? tag.toLowerCase() : tag;
  return `${/^[aeio]/i.test(name) ? "an" : "a"} ${name}`;
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
