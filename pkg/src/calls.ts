/** Parts of the calls of a client that need nothing of the client. */
import { MergefetchError, redacted } from "./errors.js";
import type { RouteRule } from "./types.js";
import { type Body, type Format, type RawProblem, problemOf, valueOf } from "./values.js";

/** `validate` of a route on documents as they stand in the module: a sentence, or undefined where all is well. @internal */
export function validator(validate: NonNullable<RouteRule["validate"]>, format: Format): (body: Body) => Promise<string | undefined> {
  return async (body) => {
    const messages = await validate(valueOf(body, format));
    return messages.length > 0 ? messages.join("\n") : undefined;
  };
}

/** The errors are those of `fetch`, but for a password that they quote. @internal */
export function requestOf(input: RequestInfo, init: RequestInit | undefined): Request {
  try {
    return new Request(input, init);
  } catch (error) {
    const { message } = error as Error;
    throw error instanceof TypeError && redacted(message) !== message ? new TypeError(redacted(message)) : error;
  }
}

/** A separate signal for each call, so that listeners do not accumulate on a shared one. Without `AbortSignal.any` only the caller's signal counts. @internal */
export function either(ending: AbortSignal, own: AbortSignal | null | undefined): AbortSignal {
  return AbortSignal.any?.(own ? [ending, own] : [ending]) ?? own ?? ending;
}

/** Whether `url` is of the page's own origin; a server has none. @internal */
export function isSameOrigin(url: string): boolean {
  const own = globalThis.location?.origin;
  return own === undefined || own === "null" ? own === undefined : new URL(url).origin === own;
}

/** The problem of a refused read, as people of the page know it. @internal */
export function withProblem(error: unknown): unknown {
  if (!(error instanceof MergefetchError) || error.details["problem"] === undefined) return error;
  const details = { ...error.details, problem: problemOf(error.details["problem"] as RawProblem) };
  return new MergefetchError(error.code, error.message, details, error.cause);
}
