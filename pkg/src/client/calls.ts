/** The parts of a call of the client. */
import { refusalOf } from "../types/arguments.js";
import type * as WithEngine from "../engine/engine-script.js";
import type { EarlyReads } from "./early.js";
import { partitionOf } from "../stores/store.js";
import type { Reader } from "./snapshots.js";
import type { Fetch, RawCall } from "../types/wire.js";
import type { ClientCore } from "./wire-core.js";
import type { Store } from "../types/types.js";

/** Request fields that make an answer partial or empty. */
export const CONDITIONS = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range", "range"];

/** One call: the part that crosses, and the part that stays. */
export interface Call extends RawCall {
  /** Stops following other signals. */
  readonly done: () => void;
  readonly session: Session;
}

/** The parts of an init that the module does not hand on to `fetch`. */
export interface Own {
  readonly signal?: AbortSignal | null | undefined;
  readonly cache?: RequestCache | undefined;
}

/** The state of one user: stored responses, memory, and calls under way. */
export interface Session {
  /** Undefined if the store has no partitions. */
  readonly owner: string | null | undefined;
  /** Identifies the session in the data behind its snapshots. */
  readonly token: object;
  readonly store: Store;
  readonly early: EarlyReads;
  readonly ending: AbortController;
  /** Loads the engine. Later scripts get this function here, as they cannot import the script that imports them. */
  readonly engine: () => Promise<typeof WithEngine>;
  core: Promise<ClientCore> | undefined;
}

/** Whether a request forbids storing its answer (RFC 9111 §5.2.1.5, and the Fetch standard's cache mode). */
export function isNoStore(cache: RequestCache | undefined, fields: Headers): boolean {
  const directives = (fields.get("cache-control") ?? "").toLowerCase().split(",");
  return cache === "no-store" || directives.some((directive) => directive.trim() === "no-store");
}

const switched = () => new DOMException("the user was switched before the request was sent", "AbortError");

/**
 * Throws if the user of a call is no longer signed in: an edit must not go out with another user's cookies. A read that began without a user
 * continues, and its answer is not stored, so a starting page need not know its user first.
 */
export function checkUser(store: Store, owner: string | null | undefined, method?: string): void {
  const isOfNobody = (owner ?? null) === null && method === "GET";
  if (partitionOf(store) !== owner && !isOfNobody) throw switched();
}

/** The check of a call right before each request. It throws the error that ends the call. */
export function lookBefore(signal: AbortSignal, store: Store, owner: string | null | undefined, isTypedByUser = () => true): Call["sending"] {
  return (method) => {
    if (signal.aborted) throw signal.reason;
    checkUser(store, owner, method);
    if (!isTypedByUser()) throw switched();
  };
}

/** `fetch` for one user. It compares the user again, as an adapter may wait between the check of a call and its request. */
export function fetchOf(store: Store, owner: string | null | undefined, fetch: Fetch): Fetch {
  return async (input, init) => {
    checkUser(store, owner, input.method);
    return fetch(input, init);
  };
}

/** The options of a request, without its method, fields, body, signal and cache mode. */
export function initOf({ credentials, mode, redirect, referrer, referrerPolicy, integrity, keepalive }: Request): RequestInit {
  const init: RequestInit = { credentials, redirect, referrerPolicy, integrity, keepalive };
  // `new Request` refuses both values.
  if (mode !== "navigate") init.mode = mode;
  if (referrer !== "about:client") init.referrer = referrer;
  return init;
}

/** A copy for the module; undefined if the page's own `fetch` gave an answer that cannot be copied. */
export function copyOf(response: Response): Response | undefined {
  try {
    // The clone of a response that was made for a page's adapter has no URL.
    return Object.defineProperty(response.clone(), "url", { value: response.url });
  } catch {
    return undefined;
  }
}

/** Throws the errors of `fetch`, without the secrets that their messages quote. */
export function requestOf(input: RequestInfo, init: RequestInit | undefined): Request {
  try {
    return new Request(input, init);
  } catch (error) {
    const words = refusalOf(error);
    throw error instanceof TypeError && words !== error.message ? new TypeError(words) : error;
  }
}

/** A signal for one call, which follows others until `done`. `AbortSignal.any` is not used, as Node.js keeps a part of it for each call. */
export function following(...signals: readonly (AbortSignal | null | undefined)[]): Pick<Call, "signal" | "done"> & { fail: (error: unknown) => void } {
  const controller = new AbortController();
  const abort = (event: Event) => controller.abort((event.target as AbortSignal).reason);
  for (const signal of signals) {
    if (signal?.aborted) controller.abort(signal.reason);
    else signal?.addEventListener("abort", abort);
  }
  const done = () => {
    for (const signal of signals) signal?.removeEventListener("abort", abort);
  };
  return { signal: controller.signal, done, fail: (error) => controller.abort(error) };
}

export function isSameOrigin(url: string): boolean {
  const own = globalThis.location?.origin;
  return own === undefined || own === "null" ? own === undefined : new URL(url).origin === own;
}

/** Takes the headers of the call, as the headers of an init may be an iterator, which can be read only once. */
export function readerOf({ session, headers }: Call, init: RequestInit | undefined): Reader {
  return { of: session.token, init: { ...init, headers } };
}
