/** Parts of the calls of a client that need nothing of the client. */
import { MergefetchError, isThenable, redacted } from "./errors.js";
import type { RouteRule } from "./types.js";
import { type Body, type Format, type RawProblem, problemOf, valueOf } from "./values.js";

/** Calls a function of the page that nobody waits for; what it throws, now or later, goes to `failed`. @internal */
export function attempted(call: () => unknown, failed: (error: unknown) => void): void {
  try {
    const result = call();
    if (isThenable(result)) Promise.resolve(result).catch(failed);
  } catch (error) {
    failed(error);
  }
}

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

/** What ends a call. @internal */
export interface Ending {
  readonly signal: AbortSignal;
  /** The call is over: the signals that it followed may live on, and hold nothing of it. */
  readonly done: () => void;
}

/** A signal for one call, which follows others. Not `AbortSignal.any`, of which Node.js keeps a part for each call. @internal */
export function following(...signals: readonly (AbortSignal | null | undefined)[]): Ending {
  const controller = new AbortController();
  const abort = (event: Event) => controller.abort((event.target as AbortSignal).reason);
  for (const signal of signals) {
    if (signal?.aborted) controller.abort(signal.reason);
    else signal?.addEventListener("abort", abort);
  }
  const done = () => {
    for (const signal of signals) signal?.removeEventListener("abort", abort);
  };
  return { signal: controller.signal, done };
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
