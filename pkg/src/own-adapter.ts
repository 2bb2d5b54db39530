/** Runs the page's own functions around `fetch`. They find the version, the document in a body, and its author. */
import type { RawVersioning, VersionAdapter } from "./adapters.js";
import { isThenable, OF_MODULE, redacted, wrong } from "./errors.js";
import { type Envelope, Envelopes, envelopeOf, isCreation, keyOf, kindOf, textAround, textIn, typeFor, valueIn, VERSION } from "./envelopes.js";
import type { Warn } from "./store.js";
import type { Author, RouteRule } from "./types.js";
import type { Format } from "./values.js";

/** The field in which an adapter says what a refusal is; see `REFUSAL` in the module. */
const REFUSAL = "mergefetch-refusal";
/** The field with the author of the document in an answer; see `AUTHOR_FIELD` in the module. */
const AUTHOR = "mergefetch-author";

/** What the module is told of a route whose version the page's own functions read and write. @internal */
export const OWN_VERSIONING: RawVersioning = { kind: "header", argument: `${VERSION}:${VERSION}` };

type Fetch = (input: Request, init?: RequestInit) => Promise<Response>;

/** The page's own functions for one request. @internal */
export interface Hooks {
  readonly adapter?: VersionAdapter | undefined;
  readonly body?: RouteRule["body"] | undefined;
  readonly author?: RouteRule["author"] | undefined;
  /** The format of the document, if the call knows it. */
  readonly format?: Format | undefined;
  /** The media type that the caller named. */
  readonly contentType?: string | undefined;
  /** Ends the call with an error of `wrap`, before anything was sent. A call of `fetch` gets the error from its request. */
  readonly fail?: ((error: unknown) => void) | undefined;
}

/**
 * Runs the page's own functions around `fetch`, so that the module sees an ordinary versioned server.
 *
 * If an adapter throws, the document has no version, nothing is stripped, and a refusal is not explained. A write for which it throws is not sent, as
 * nothing would protect it.
 *
 * @internal
 */
export function withAdapters(fetch: Fetch, hooksOf: (request: Request, init: RequestInit | undefined) => Hooks, warn: Warn): Fetch {
  // The document that a refusal contains answers the next read of the same call.
  const brought = new WeakMap<RequestInit, Response>();
  const envelopes = new Envelopes(fetch);
  return async (input, init) => {
    const hooks = careful(hooksOf(input, init), input.method === "GET", warn);
    const { adapter, body, author } = hooks;
    if (!adapter && !body && !author) return unforged(await fetch(input, init), input.url);
    const key = keyOf(input.url, input, init);
    const known = init && brought.get(init);
    if (init) brought.delete(init);
    if (known !== undefined && input.method === "GET") return known;
    // Only a POST of a caller of `fetch` has no init here. The client does not track the document that it creates.
    const isUntracked = input.method === "POST" && init === undefined;
    let request = new Request(input);
    const version = request.headers.get(VERSION);
    request.headers.delete(VERSION);
    if (body && !isUntracked && ["PUT", "POST"].includes(input.method)) request = await wrapped(request, version, init, hooks, envelopes);
    if (adapter && version !== null) request = await adapter.write(await copyable(request), decoded(version));
    const response = await fetch(request, init);
    if (response.type === "opaque" || isUntracked) return response;
    const bring = (theirs: Response): unknown => init && brought.set(init, theirs);
    const open = (envelope: Envelope) => {
      for (const at of [input.url, response.url]) envelopes.read(keyOf(at, input, init), envelope);
    };
    return told(hooks, response, input, { bring, open, close: () => envelopes.forget(key) });
  };
}

/** {@link Hooks} as they are called; `author` returns the encoded author for the module. */
interface CarefulHooks extends Omit<Hooks, "author"> {
  readonly author?: (response: Response, body: unknown) => string | undefined;
}

/** The functions, with their errors caught and reported. Errors of `write`, of an envelope, and of `strip` for a write pass through. */
function careful({ adapter, author, ...given }: Hooks, isRead: boolean, warn: Warn): CarefulHooks {
  const { body, fail } = given;
  const hooks = { ...given, ...(body && { body: { unwrap: body.unwrap.bind(body), wrap: ending(body, fail) } }) };
  const told = (what: string, error: unknown): void =>
    warn(redacted(`${what} failed: ${error instanceof Error ? error.message : String(error)}`), error, "adapter");
  const tried = <R>(what: string, run: () => R, otherwise: R): R => {
    try {
      return run();
    } catch (error) {
      told(what, error);
      return otherwise;
    }
  };
  const safe = author && { author: (...of: Parameters<typeof author>) => tried("`author` of a route", () => crossing(author(...of)), undefined) };
  if (adapter === undefined) return { ...hooks, ...safe };
  const { strip, refusal } = adapter;
  const named = (name: keyof VersionAdapter): string => `\`${name}\` of a version adapter`;
  const own: VersionAdapter = {
    read: (response, body) => tried(named("read"), () => adapter.read(response, body), null),
    write: async (request, version) => {
      try {
        return await adapter.write(request, version);
      } catch (error) {
        told(named("write"), error);
        throw error;
      }
    },
    // The answer to a write may be a report, for which `strip` may throw: see `documentIn`.
    ...(strip && { strip: (body) => (isRead ? tried(named("strip"), () => strip.call(adapter, body), body) : strip.call(adapter, body)) }),
    ...(refusal && { refusal: (response, body) => tried(named("refusal"), () => refusal.call(adapter, response, body), null) }),
  };
  return { ...hooks, ...safe, adapter: own };
}

/** `wrap` of a route. Its error ends the call unchanged, as nothing was sent. */
function ending(body: NonNullable<Hooks["body"]>, fail: Hooks["fail"]): NonNullable<Hooks["body"]>["wrap"] {
  return (value, before) => {
    try {
      const made = body.wrap(value, before);
      if (made === undefined || isThenable(made)) throw wrong("a body from `wrap`", made);
      return made;
    } catch (error) {
      fail?.(error);
      throw error;
    }
  };
}

/** The response without the fields that only the page's functions may set: a server that sent them could steer the client. */
function unforged(response: Response, url: string): Response {
  // The page's own `fetch` may return anything.
  if (!response?.headers?.get?.(AUTHOR)) return response;
  const headers = new Headers(response.headers);
  headers.delete(AUTHOR);
  const { status, statusText } = response;
  return like(response, new Response(isBodiless(status) ? null : response.body, { status, statusText, headers }), url);
}

/** The request with its document in the envelope of the version that the request names. */
async function wrapped(request: Request, version: string | null, init: RequestInit | undefined, hooks: CarefulHooks, envelopes: Envelopes): Promise<Request> {
  const bytes = await request.clone().arrayBuffer();
  if (bytes.byteLength === 0) return request;
  const before = isCreation(request) ? undefined : await envelopes.before(request, version, init);
  const type = request.headers.get("content-type");
  const document = valueIn(bytes, type, hooks.format);
  const around = before && valueIn(before.bytes, before.type);
  const made = hooks.body?.wrap(document.value, around?.value);
  const body = (await textAround(made, document, around)) as BodyInit;
  const headers = new Headers(request.headers);
  headers.set("content-type", hooks.contentType ?? typeFor(kindOf(made), before?.type ?? type));
  const { method, cache, credentials, mode, redirect, referrer, referrerPolicy, integrity, signal, keepalive } = request;
  const rest = { cache, credentials, redirect, referrerPolicy, integrity, signal, keepalive, ...(mode !== "navigate" && { mode }), ...(referrer !== "about:client" && { referrer }) };
  return new Request(request.url, { method, headers, body, ...rest });
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

/** The effects of an exchange on later exchanges of the same user. */
interface Kept {
  readonly bring: (theirs: Response) => unknown;
  readonly open: (envelope: Envelope) => void;
  /** Forgets the envelope, so that the next write reads it first. */
  readonly close: () => void;
}

/** The response, with the results of the page's functions in fields of their own. */
async function told(hooks: CarefulHooks, response: Response, { url, method }: Request, { bring, open, close }: Kept): Promise<Response> {
  const headers = new Headers(response.headers);
  // Only the page's functions may set these fields: a server that sent them could steer the client.
  for (const name of [VERSION, REFUSAL, AUTHOR]) headers.delete(name);
  const { status } = response;
  if (status === 304) return like(response, new Response(null, { status, headers }), url);
  const bytes = await response.arrayBuffer();
  const { value } = valueIn(bytes, headers.get("content-type"));
  const { adapter } = hooks;
  let body: BodyInit | null = bytes;
  if (response.ok) {
    // The answer to a write often has no body; functions that read bodies need not expect that.
    if (bytes.byteLength > 0 || status === 200) {
      const version = adapter?.read(response, value);
      if (version != null) headers.set(VERSION, encoded(version));
      const author = bytes.byteLength > 0 ? hooks.author?.(response, value) : undefined;
      if (author !== undefined) headers.set(AUTHOR, author);
    }
    const envelope = envelopeOf(bytes, headers);
    if (bytes.byteLength > 0) body = await documentIn(hooks, envelope, headers, method === "GET");
    // The answer to a write may be empty or a report, and a 206 is only a part.
    if (hooks.body && method === "GET" && status === 200 && bytes.byteLength > 0) open(envelope);
  } else {
    const refusal = adapter?.refusal?.(response, value);
    if (refusal?.kind !== undefined) headers.set(REFUSAL, refusal.kind);
    // A refusal with a kind is final, and a POST goes to the URL of a collection: no read of theirs follows.
    if (refusal?.theirs !== undefined && refusal.kind === undefined && method !== "POST") {
      const theirs = await theirsOf(hooks, refusal.theirs, refusal.version, url);
      bring(theirs.response);
      if (theirs.envelope) open(theirs.envelope);
      else close();
    }
  }
  return like(response, new Response(isBodiless(status) ? null : body, { status, statusText: response.statusText, headers }), url);
}

/** The document in a body; null if the answer to a write holds no document. */
async function documentIn({ adapter, body, format }: CarefulHooks, envelope: Envelope, headers: Headers, isRead: boolean): Promise<BodyInit | null> {
  if (!body && !adapter?.strip) return envelope.bytes;
  const { value, text } = valueIn(envelope.bytes, envelope.type);
  if (value === undefined) return envelope.bytes;
  let inside: unknown;
  try {
    inside = adapter?.strip ? adapter.strip(value) : value;
    if (body) inside = body.unwrap(inside);
    if (inside === undefined && isRead) throw new TypeError("it found no document in the body");
  } catch (error) {
    // The answer to a write may be a report.
    if (isRead) throw ofUnwrap(error);
  }
  headers.delete("content-length");
  if (inside === undefined) return null;
  const kind = kindOf(inside, format);
  headers.set("content-type", typeFor(kind, envelope.type));
  return (await textIn(inside, { value, text }, kind)) as BodyInit;
}

/** The error of a read, as the module reports it. A login page in place of the document can also cause it. */
function ofUnwrap(error: unknown): Error {
  const why = error instanceof Error ? error.message : String(error);
  return Object.assign(new Error(`the answer contains no document, as \`unwrap\` failed: ${why}`), { name: OF_MODULE, code: "network", details: {} });
}

/** The newest document from a refusal, and its envelope, if any. */
async function theirsOf(hooks: CarefulHooks, theirs: unknown, version: string | undefined, url: string): Promise<{ response: Response; envelope?: Envelope }> {
  const headers = new Headers({ "content-type": "application/json" });
  if (version !== undefined) headers.set(VERSION, encoded(version));
  const text = JSON.stringify(theirs);
  const bytes = new TextEncoder().encode(text).buffer as ArrayBuffer;
  // A refusal may contain the document itself, or the document in its envelope.
  const envelope = envelopeOf(bytes, headers);
  const body = await documentIn(hooks, envelope, headers, false);
  return { response: at(new Response(body ?? text, { headers }), url), ...(hooks.body && body !== null && { envelope }) };
}

/** An author, encoded for a field. */
function crossing(author: Author | null | undefined): string | undefined {
  return author ? encodeURIComponent(JSON.stringify({ name: author.name, savedAt: author.savedAt })) : undefined;
}

/** The author from the module, decoded. @internal */
export function authorOf(told: string | undefined): Author | null {
  if (told === undefined) return null;
  try {
    const { name, savedAt } = JSON.parse(decodeURIComponent(told)) as { name?: unknown; savedAt?: unknown };
    return { ...(typeof name === "string" && { name }), ...(typeof savedAt === "number" && { savedAt }) };
  } catch {
    return null;
  }
}

/** A version may hold what a field cannot; then, and only then, it holds a "%". */
function encoded(version: string): string {
  return /^[!-$&-~]+$/.test(version) ? version : encodeURIComponent(version);
}

function decoded(version: string): string {
  return version.includes("%") ? decodeURIComponent(version) : version;
}

function isBodiless(status: number): boolean {
  return [101, 204, 205, 304].includes(status);
}

/** `made` with the URL and the redirects of `response`, which a constructed response lacks. */
function like(response: Response, made: Response, url: string): Response {
  return Object.defineProperty(at(made, response.url || url), "redirected", { value: response.redirected });
}

function at(response: Response, url: string): Response {
  return Object.defineProperty(response, "url", { value: url });
}
