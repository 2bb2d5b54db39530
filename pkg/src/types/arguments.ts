/** Checks of arguments, for pages without types. */
import { MergefetchError, isThenable, redacted, tagOf, wrong } from "./errors.js";
import type { ClientOptions } from "./types.js";

/** The methods of a store. @internal */
export const STORE = ["get", "set", "delete", "keys"];

/** Refuses arrays and promises, too. @internal */
export function checkObject(value: unknown, expected: string): void {
  if (typeof value !== "object" || value === null || Array.isArray(value) || isThenable(value)) throw wrong(expected, value);
}

/** @internal */
export function checkMethods(value: unknown, methods: readonly string[], expected: string): void {
  checkObject(value, expected);
  if (methods.some((name) => typeof (value as Record<string, unknown>)[name] !== "function")) throw wrong(expected, value);
}

/** @internal */
export function checkFunction(value: unknown, name: string): void {
  if (typeof value !== "function") throw wrong(`${name} to be a function`, value);
}

/** Refuses values that are no strings. @internal */
export function checkTexts(values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) if (typeof value !== "string") throw wrong(`${name} to be a string`, value);
}

/** The text of a string or of a URL object from any realm. @internal */
export function urlText(url: unknown): string {
  const text = typeof url === "object" && url !== null ? (url as { href?: unknown }).href : url;
  if (typeof text !== "string") throw wrong("a URL", url);
  return text;
}

/** The absolute URL without its fragment. Without `baseUrl` it is relative to the page. @internal */
export function resolvedUrl(url: unknown, baseUrl?: string | URL): string {
  const text = urlText(url);
  try {
    const resolved = new URL(text, baseUrl ?? globalThis.document?.baseURI ?? globalThis.location?.href);
    resolved.hash = "";
    return resolved.href;
  } catch (cause) {
    throw new MergefetchError("invalid-argument", "expected a URL, or one relative to `baseUrl`", { url: text }, cause);
  }
}

/** Checks the options of a client that are functions, or objects made by this package. @internal */
export function checkParts({ fetch, baseUrl, store, drafts, on }: ClientOptions): void {
  if (fetch !== undefined) checkFunction(fetch, "fetch");
  if (baseUrl !== undefined) urlText(baseUrl);
  if (store !== undefined) checkMethods(store, STORE, "a store as `memory()` makes it");
  if (drafts !== undefined) checkMethods(drafts, ["keep", "through", "tokenOf"], "drafts to be made by `keepDrafts`");
  if (on === undefined) return;
  checkObject(on, "on to be an object");
  for (const [name, told] of Object.entries(on)) if (told !== undefined) checkFunction(told, `on.${name}`);
}

/** Refuses an init that `fetch` would refuse. {@link headersOf} checks the headers, as some can be read only once. @internal */
export function checkInit(init: unknown): void {
  if (init === undefined) return;
  checkObject(init, "an init as `fetch` takes it");
  const { body: _body, method: _method, headers: _headers, cache: _cache, signal, ...rest } = init as RequestInit;
  // Not checked by the request below: in Node.js each request would stay a listener of the signal, which may live as long as the page.
  if (signal !== undefined && signal !== null && tagOf(signal) !== "AbortSignal") throw wrong("`signal` to be an AbortSignal", signal);
  try {
    new Request("data:,", rest);
  } catch (cause) {
    throw new MergefetchError("invalid-argument", `expected an init as \`fetch\` takes it: ${(cause as Error).message}`, {}, cause);
  }
}

const NO_FIELDS = "expected header fields as `fetch` takes them, but found an invalid name or value";

/** The platform's message about a request that it refuses. Some platforms quote the value of a field, which may be a secret. @internal */
export function refusalOf(error: unknown): string {
  const { message } = error as Error;
  return /\bheaders?(\.\w+:| )/i.test(message) ? NO_FIELDS : redacted(message);
}

/** @internal */
export function headersOf(headers: HeadersInit | undefined): Headers {
  try {
    return new Headers(headers);
  } catch {
    throw new MergefetchError("invalid-argument", NO_FIELDS);
  }
}
