import type { RawVersioning, VersionAdapter } from "./adapters.js";
import { redacted } from "./errors.js";
import type { Warn } from "./store.js";

/** The field under which an adapter's version crosses between the page's functions and the module; it never goes out. */
const VERSION = "mergefetch-version";
/** The field in which an adapter says what a refusal is; see `REFUSAL` in the module. */
const REFUSAL = "mergefetch-refusal";

/** What the module is told of a route whose version the page's own functions read and write. @internal */
export const OWN_VERSIONING: RawVersioning = { kind: "header", argument: `${VERSION}:${VERSION}` };

type Fetch = (input: Request, init?: RequestInit) => Promise<Response>;

/**
 * Runs a page's own adapters around `fetch`, so that the module sees an ordinary versioned server.
 *
 * An adapter that throws finds no version, strips nothing, and explains no refusal. A write for which it throws does not go out, as nothing
 * would protect it.
 *
 * @internal
 */
export function withAdapters(fetch: Fetch, adapterOf: (url: string) => VersionAdapter | undefined, warn: Warn): Fetch {
  // What a refusal brought along is what the next read would bring: that read is saved.
  const brought = new Map<string, Response>();
  return async (input, init) => {
    const own = adapterOf(input.url);
    if (own === undefined) return fetch(input, init);
    const adapter = careful(own, warn);
    const known = brought.get(input.url);
    brought.delete(input.url);
    if (known !== undefined && input.method === "GET") return known;
    const request = new Request(input);
    const version = request.headers.get(VERSION);
    request.headers.delete(VERSION);
    const response = await fetch(version === null ? request : await adapter.write(await copyable(request), decoded(version)), init);
    return told(adapter, response, input.url, brought);
  };
}

/** The adapter, of which no error ends an exchange, but for one of `write`. */
function careful(adapter: VersionAdapter, warn: Warn): VersionAdapter {
  const told = (name: keyof VersionAdapter, error: unknown): void =>
    warn(redacted(`\`${name}\` of a version adapter failed: ${error instanceof Error ? error.message : String(error)}`), error, "adapter");
  const tried = <R>(name: keyof VersionAdapter, run: () => R, otherwise: R): R => {
    try {
      return run();
    } catch (error) {
      told(name, error);
      return otherwise;
    }
  };
  const { strip, refusal } = adapter;
  return {
    read: (response, body) => tried("read", () => adapter.read(response, body), null),
    write: async (request, version) => {
      try {
        return await adapter.write(request, version);
      } catch (error) {
        told("write", error);
        throw error;
      }
    },
    ...(strip && { strip: (body) => tried("strip", () => strip.call(adapter, body), body) }),
    ...(refusal && { refusal: (response, body) => tried("refusal", () => refusal.call(adapter, response, body), null) }),
  };
}

/**
 * The request, of which `new Request(url, request)` is a copy in every browser.
 *
 * By itself its body would be a stream there, which Chromium does not send over HTTP/1.1, WebKit refuses, and Firefox leaves out.
 */
async function copyable(request: Request): Promise<Request> {
  const value = await request.clone().arrayBuffer();
  return value.byteLength === 0 ? request : Object.defineProperty(request, "body", { value });
}

/** The response with what the adapter reads from it in fields of its own. */
async function told(adapter: VersionAdapter, response: Response, url: string, brought: Map<string, Response>): Promise<Response> {
  if (response.type === "opaque") return response;
  const headers = new Headers(response.headers);
  // Only the adapter may set these fields: a server that sent them could steer the client.
  headers.delete(VERSION);
  headers.delete(REFUSAL);
  if (response.status === 304) return at(new Response(null, { status: 304, headers }), response.url || url);
  const bytes = await response.arrayBuffer();
  const value = jsonOf(bytes);
  let body: BodyInit = bytes;
  if (response.ok) {
    // The answer to a write often has no body; an adapter that reads bodies need not expect that.
    const version = bytes.byteLength === 0 && response.status !== 200 ? null : adapter.read(response, value);
    if (version !== null) headers.set(VERSION, encoded(version));
    if (value !== undefined && adapter.strip !== undefined) body = JSON.stringify(adapter.strip(value));
  } else {
    const refusal = adapter.refusal?.(response, value);
    if (refusal?.kind !== undefined) headers.set(REFUSAL, refusal.kind);
    if (refusal?.theirs !== undefined) brought.set(url, theirsOf(adapter.strip?.(refusal.theirs) ?? refusal.theirs, refusal.version, url));
  }
  const isBodiless = [101, 204, 205].includes(response.status);
  return at(new Response(isBodiless ? null : body, { status: response.status, headers }), response.url || url);
}

function theirsOf(theirs: unknown, version: string | undefined, url: string): Response {
  const headers = new Headers({ "content-type": "application/json" });
  if (version !== undefined) headers.set(VERSION, encoded(version));
  return at(new Response(JSON.stringify(theirs), { headers }), url);
}

/** A version may hold what a field cannot; then, and only then, it holds a "%". */
function encoded(version: string): string {
  return /^[!-$&-~]+$/.test(version) ? version : encodeURIComponent(version);
}

function decoded(version: string): string {
  return version.includes("%") ? decodeURIComponent(version) : version;
}

/** A made response has no URL of its own. */
function at(response: Response, url: string): Response {
  return Object.defineProperty(response, "url", { value: url });
}

function jsonOf(bytes: ArrayBuffer): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
