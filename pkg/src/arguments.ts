/** Arguments as pages without types give them: each is held against what was expected before anything is done with it. */
import { MergefetchError, isThenable, wrong } from "./errors.js";
import type { ClientOptions } from "./types.js";

/** The methods of a store. @internal */
export const STORE = ["get", "set", "delete", "keys"];

/** Options, say: no list, and no promise of them. @internal */
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

/** Each of these is a string. @internal */
export function checkTexts(values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) if (typeof value !== "string") throw wrong(`${name} to be a string`, value);
}

/** A string, or a URL of any realm, as text. @internal */
export function urlText(url: unknown): string {
  const text = typeof url === "object" && url !== null ? (url as { href?: unknown }).href : url;
  if (typeof text !== "string") throw wrong("a URL", url);
  return text;
}

/** The options of a client that the page has to make: functions, and what other functions of this package return. @internal */
export function checkParts({ fetch, baseUrl, store, drafts, on }: ClientOptions): void {
  if (fetch !== undefined) checkFunction(fetch, "fetch");
  if (baseUrl !== undefined) urlText(baseUrl);
  if (store !== undefined) checkMethods(store, STORE, "store to be one, as `memory()` makes it");
  if (drafts !== undefined) checkMethods(drafts, ["keep", "through"], "drafts to be made by `keepDrafts`");
  if (on === undefined) return;
  checkObject(on, "on to be an object");
  for (const [name, told] of Object.entries(on)) if (told !== undefined) checkFunction(told, `on.${name}`);
}

/** Refuses what `fetch` would refuse as its second argument. Not its headers: {@link headersOf} does, and some can be read only once. @internal */
export function checkInit(init: unknown): void {
  if (init === undefined) return;
  checkObject(init, "an init as `fetch` takes it");
  const { body: _body, method: _method, headers: _headers, cache: _cache, ...rest } = init as RequestInit;
  try {
    new Request("data:,", rest);
  } catch (cause) {
    throw new MergefetchError("invalid-argument", `expected an init as \`fetch\` takes it: ${(cause as Error).message}`, {}, cause);
  }
}

/** @internal */
export function headersOf(headers: HeadersInit | undefined): Headers {
  try {
    return new Headers(headers);
  } catch {
    // The error of the platform quotes the value, which may be a secret.
    throw new MergefetchError("invalid-argument", "expected header fields as `fetch` takes them, but found a name or a value that is none");
  }
}
