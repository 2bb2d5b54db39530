/** Runs the page's own functions around `fetch`. They find the version, the document in a body, and its author. */
import { type Adapted, AUTHOR, type Hooks, VERSION } from "./hooks.js";
import { isThenable, redacted, wrong } from "../types/errors.js";
import { initOf } from "../client/calls.js";
import { type Engine, type Envelope, Envelopes, envelopeOf, isCreation, keyOf, kindOf, type Parsed, textAround, textIn, typeFor, valueIn } from "./envelopes.js";
import type { Author, VersionAdapter, Warn } from "../types/types.js";
import { type Fetch, OF_MODULE } from "../types/wire.js";

/** The field with the kind of a refusal, as an adapter returned it; see `REFUSAL` in the module. */
const REFUSAL = "mergefetch-refusal";
/**
 * Runs the page's own functions around `fetch`, so that the module sees an ordinary versioned server.
 *
 * If an adapter throws, the document has no version, nothing is stripped, and a refusal is not explained. A write for which it throws is not sent, as
 * nothing would protect it.
 *
 * @internal
 */
export function adapted(fetch: Fetch, warn: Warn, engine: Engine): Adapted {
  // The document that a refusal contains answers the next read of the same call.
  const brought = new WeakMap<RequestInit, Response>();
  const envelopes = new Envelopes(fetch);
  return async (input, init, given, sent) => {
    const hooks = careful(given, input.method === "GET", warn, engine);
    const { adapter, body } = hooks;
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
    const response = await (sent ?? fetch(request, init));
    if (response.type === "opaque" || isUntracked) return response;
    const bring = (theirs: Response): unknown => init && brought.set(init, theirs);
    const keys = [key, keyOf(response.url, input, init)];
    const close = () => keys.forEach((one) => envelopes.forget(one));
    const open = (envelope: Envelope) => (hooks.isNoStore ? close() : keys.forEach((one) => envelopes.read(one, envelope)));
    return told(hooks, response, input, { bring, open, close });
  };
}

/** {@link Hooks} as they are called; `read` and `author` return the encoded version and author for the module. */
interface CarefulHooks extends Omit<Hooks, "author"> {
  readonly author?: (response: Response, body: unknown) => string | undefined;
  readonly engine: Engine;
}

/** The functions, with their errors caught and reported. Errors of `write`, of an envelope, and of `strip` for a write pass through. */
function careful({ adapter, author, ...given }: Hooks, isRead: boolean, warn: Warn, engine: Engine): CarefulHooks {
  const { body } = given;
  const unwrap = (sent: unknown) => atOnce("a document from `unwrap`", body?.unwrap(sent));
  const wrap = (value: unknown, before: unknown) => atOnce("a body from `wrap`", body?.wrap(value, before));
  const hooks = { ...given, engine, ...(body && { body: { unwrap, wrap } }) };
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
  const safe = author && {
    author: (...of: Parameters<typeof author>) => tried("`author` of a route", () => crossing(atOnce("an author or null", author(...of))), undefined),
  };
  if (adapter === undefined) return { ...hooks, ...safe };
  const { strip, refusal } = adapter;
  const named = (name: keyof VersionAdapter): string => `\`${name}\` of a version adapter`;
  const stripped = strip && ((body: unknown) => atOnce("a body from `strip`", strip.call(adapter, body)));
  const own: VersionAdapter = {
    read: (response, body) => tried(named("read"), () => versionOf(adapter.read(response, body)), null),
    write: async (request, version) => {
      try {
        const marked = await adapter.write(request, version);
        if (typeof marked?.url !== "string") throw wrong("a Request", marked);
        return marked;
      } catch (error) {
        told(named("write"), error);
        throw error;
      }
    },
    // The answer to a write may be a report, for which `strip` may throw: see `documentIn`.
    ...(stripped && { strip: (body) => (isRead ? tried(named("strip"), () => stripped(body), body) : stripped(body)) }),
    ...(refusal && { refusal: (response, body) => tried(named("refusal"), () => atOnce("a result or null from `refusal`", refusal.call(adapter, response, body)), null) }),
  };
  return { ...hooks, ...safe, adapter: own };
}

/** The result of a function of the page, which must not be a promise: bodies are read and written in one step. */
function atOnce<R>(expected: string, result: R): R {
  if (!isThenable(result)) return result;
  // A later rejection of the promise would otherwise be unhandled.
  Promise.resolve(result).catch(() => {});
  throw wrong(expected, result);
}

/** The result of `read` for the module. */
function versionOf(found: unknown): string | null {
  if (found === null || found === undefined) return null;
  // A revision is often a number.
  if (Number.isFinite(found)) return String(found);
  if (typeof found !== "string") throw wrong("a version or null", atOnce("a version or null", found));
  return encoded(found);
}

/** The response without the fields that only the page's functions may set: a server that sent them could steer the client. @internal */
export function unforged(response: Response, url: string): Response {
  const headers = new Headers(response.headers);
  headers.delete(AUTHOR);
  const { status, statusText } = response;
  return like(response, new Response(isBodiless(status) ? null : response.body, { status, statusText, headers }), url);
}

/**
 * The request with its document in the envelope of the version that the request names. A document may be empty. A body that should be JSON
 * but is not contains no document.
 */
async function wrapped(request: Request, version: string | null, init: RequestInit | undefined, hooks: CarefulHooks, envelopes: Envelopes): Promise<Request> {
  const type = request.headers.get("content-type");
  const document = valueIn(await request.clone().arrayBuffer(), type, hooks.isText, hooks.format);
  if (document.value === undefined) return request;
  const before = isCreation(request) ? undefined : await envelopes.before(request, version, init, hooks.isNoStore === true);
  const around = before && valueIn(before.bytes, before.type, hooks.isText);
  const { made, body } = await bodyAround(document, around, hooks);
  const headers = new Headers(request.headers);
  headers.set("content-type", hooks.contentType ?? typeFor(kindOf(made), before?.type ?? type));
  const { method, cache, signal } = request;
  return new Request(request.url, { ...initOf(request), cache, signal, method, headers, body: body as BodyInit });
}

/** The result of `wrap`, and the body that is made of it. An error of either ends the call unchanged, as nothing was sent. */
async function bodyAround(document: Parsed, around: Parsed | undefined, { body: hook, fail, engine }: CarefulHooks): Promise<{ made: unknown; body: string | Uint8Array }> {
  try {
    const made = hook?.wrap(document.value, around?.value);
    if (made === undefined) throw wrong("a body from `wrap`", made);
    return { made, body: await textAround(made, document, around, engine) };
  } catch (error) {
    fail?.(error);
    throw error;
  }
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
  const { value } = valueIn(bytes, headers.get("content-type"), hooks.isText);
  const { adapter } = hooks;
  let body: BodyInit | null = bytes;
  if (response.ok) {
    // The answer to a write often has no body; functions that read bodies need not expect that.
    if (bytes.byteLength > 0 || status === 200) {
      const version = adapter?.read(response, value);
      if (version != null) headers.set(VERSION, version);
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
async function documentIn({ adapter, body, format, isText, engine }: CarefulHooks, envelope: Envelope, headers: Headers, isRead: boolean): Promise<BodyInit | null> {
  if (!body && !adapter?.strip) return envelope.bytes;
  const { value, text } = valueIn(envelope.bytes, envelope.type, isText);
  if (value === undefined) return envelope.bytes;
  let document: BodyInit | null = null;
  try {
    let inside = adapter?.strip ? adapter.strip(value) : value;
    if (body) inside = body.unwrap(inside);
    if (inside === undefined && isRead) throw new TypeError("it found no document in the body");
    if (inside !== undefined) {
      const kind = kindOf(inside, format);
      document = (await textIn(inside, { value, text }, kind, engine)) as BodyInit;
      headers.set("content-type", typeFor(kind, envelope.type));
    }
  } catch (error) {
    // The answer to a write may be a report with any body.
    if (isRead) throw unreadable(body ? "unwrap" : "strip", error);
  }
  headers.delete("content-length");
  return document;
}

/** The error of a read, as the module reports it. A login page in place of the document can also cause it. */
function unreadable(name: string, error: unknown): Error {
  const why = error instanceof Error ? error.message : String(error);
  return Object.assign(new Error(`the answer contains no document, as \`${name}\` failed: ${why}`), { name: OF_MODULE, code: "network", details: {} });
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

/** A version may have characters that a field cannot have. Then, and only then, it contains a "%". */
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
