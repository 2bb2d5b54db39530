/** The codes of errors, and the errors themselves. */
import type { JsonPointer } from "./merge.js";
import type { Problem } from "./types.js";

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

/** The details of each code. A detail is optional if not every error of the code has it. */
export interface ErrorDetails {
  /** `path` is the place of a wrong value in a document, `found` a part of the wrong argument. */
  readonly "invalid-argument": { readonly path?: JsonPointer; readonly url?: string; readonly found?: string };
  readonly "invalid-text": { readonly offset?: number; readonly url?: string };
  /** `offset` counts bytes, `line` and `column` count from 1. `member` is a name that an object has twice. */
  readonly "invalid-json": { readonly offset?: number; readonly line?: number; readonly column?: number; readonly member?: string; readonly url?: string };
  readonly "too-large": { readonly limitBytes?: number; readonly foundBytes?: number; readonly url?: string };
  readonly "too-deep": { readonly limitLevels?: number; readonly offset?: number; readonly url?: string };
  /** `timeoutMs` is the time limit that was reached. */
  readonly network: { readonly url?: string; readonly timeoutMs?: number };
  readonly http: { readonly url: string; readonly status: number; readonly problem: Problem };
  readonly "not-started": { readonly timeoutMs?: number; readonly url?: string };
  /** `isFull`: the storage of the browser has no room. */
  readonly store: { readonly isFull?: boolean; readonly timeoutMs?: number };
  readonly internal: { readonly url?: string };
}

/** An error with one code. */
export interface ErrorWith<Code extends ErrorCode> extends Error {
  /** Always this word, also if a minifier has renamed the class. */
  readonly name: "MergefetchError";
  /** The stable code of the error; the message is for people. */
  readonly code: Code;
  /** Numbers and words that belong to the error. */
  readonly details: ErrorDetails[Code] & Readonly<Record<string, unknown>>;
}

/**
 * Thrown for wrong calls, unreadable input, lost networks on reads, and defects; never for a conflict.
 *
 * The code decides the type of `details`. An abort is no `MergefetchError`: it rejects with the signal's own reason.
 *
 * @example
 * if (error instanceof MergefetchError && error.code === "http") show(error.details.status, error.details.problem);
 */
export type MergefetchError = { [Code in ErrorCode]: ErrorWith<Code> }[ErrorCode];

/** The constructor of {@link MergefetchError}, for `instanceof`. */
export interface MergefetchErrorConstructor {
  new (code: ErrorCode, message: string, details?: Readonly<Record<string, unknown>>, cause?: unknown): MergefetchError;
  readonly prototype: MergefetchError;
}

class CodedError extends Error {
  override readonly name = "MergefetchError";
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, details: Readonly<Record<string, unknown>> = {}, cause?: unknown) {
    // An error of the browser may quote the URL, also in properties of its own.
    super(redacted(message), cause === undefined || isSecret(cause) ? undefined : { cause });
    this.code = code;
    const { url } = details;
    this.details = typeof url === "string" ? { ...details, url: redacted(url) } : details;
  }
}

// The constructor gets the details of a code from many places, which the compiler cannot compare with the code.
/** The class of all errors of the package. */
export const MergefetchError = CodedError as unknown as MergefetchErrorConstructor;

// A URL inside another URL is percent-encoded, perhaps several times.
const ESCAPE = "%(?:25){0,3}";
/** User and password of a URL, up to the last @ of the authority. In an encoded URL they end before the next encoded slash. */
const USER = new RegExp(`([a-z]:[\\\\/]|[\\\\/]{2})[^\\\\/?#\\s]+@|((${ESCAPE}2f)\\3)(?:(?!\\3)[^/?#&\\s])+(?:@|${ESCAPE}40)`, "gi");
/** A parameter of a path, a query or a fragment. A name contains no character that begins a parameter, so that the search takes linear time. */
const PARAMETER = new RegExp(`(?:[?&#;]|${ESCAPE}(?:3f|26|23|3b))((?:[^=&#?;\\s%]|%(?!(?:25){0,3}(?:3f|26|23|3b|3d))){2,})(?:=|${ESCAPE}3d)`, "gi");
const VALUE = /[^&#\s"<>]+/y;
/** Words that mark a name as secret anywhere in the name. */
const SECRET = /token|secret|passw|passphrase|passcode|signature|credential|authorization|assertion|verifier|saml|sess(?:ion)?_?id|(?:api|access|private)[-_]?key/i;
// These count only as separate words: `monkey` does not match `key`, nor `author` `auth`.
const SURE = "auth|bearer|csrf|hmac|jwt|nonce|otp|pw|pwd|sid|sig|xsrf";
/** Separate words that also have other meanings, such as the key of a document. */
const DOUBTFUL = "code|key|pass|pin|session|ticket";
const [IS_SURE, IS_DOUBTFUL] = [wordOf(SURE), wordOf(DOUBTFUL)];
/** A fast first test, which most names fail. */
const CANDIDATE = new RegExp(`%|${SECRET.source}|${SURE}|${DOUBTFUL}`, "i");

function wordOf(words: string): RegExp {
  const capital = words.replace(/\b./g, (first) => first.toUpperCase());
  return new RegExp(`(?:^|[^a-zA-Z])(?:${words})(?![a-z])|(?:${capital})(?![a-z])|(?:^|[^A-Z])(?:${words.toUpperCase()})(?![A-Z])`);
}

/** Whether a name certainly marks a secret. @internal */
export function isSecretName(name: string): boolean {
  return SECRET.test(name) || IS_SURE.test(name);
}

/**
 * Removes the secrets of URLs from a text: users, and the values of parameters with a secret name. With `sure`, ambiguous names do not count.
 * @internal
 */
export function redacted(text: string, sure = false): string {
  const all = text.replace(USER, (_all, slashes?: string, encoded?: string) => `${slashes ?? encoded}***@`);
  let [out, done] = ["", 0];
  // Only the calls matter, not the result: `matchAll` would allocate an array for each match.
  all.replace(PARAMETER, (start, written: string, offset: number) => {
    if (offset < done || !CANDIDATE.test(written)) return "";
    // Unlike decodeURIComponent, `unescape` keeps invalid escapes, as servers do.
    const name = unescape(written.replace(/%(?:25)+/g, "%"));
    VALUE.lastIndex = offset + start.length;
    if ((isSecretName(name) || (!sure && IS_DOUBTFUL.test(name))) && VALUE.test(all)) {
      out += `${all.slice(done, offset + start.length)}***`;
      done = VALUE.lastIndex;
    }
    return "";
  });
  return out + all.slice(done);
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

/** Calls a function of the page without awaiting it. Its error, now or later, goes to `failed`. @internal */
export function attempted(call: () => unknown, failed: (error: unknown) => void): void {
  try {
    const result = call();
    if (isThenable(result)) Promise.resolve(result).catch(failed);
  } catch (error) {
    failed(error);
  }
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
