/** The requests of a check: what a server answers, without any conclusion. */
import type { Content, Exchange, Observations, ScratchObservations } from "./report.js";

/** How the requests are sent. @internal */
export interface Sending {
  readonly fetch: typeof globalThis.fetch;
  readonly headers: Headers;
  /** The origin to name, where no browser does. */
  readonly origin: string | null;
  readonly signal: AbortSignal | null;
  readonly timeoutMs: number;
}

/** A tag that no server makes. The number keeps a server that stores tags of writes from knowing it. */
const impossibleTag = () => `"mergefetch-doctor-${Math.random().toString(36).slice(2)}"`;

/** Fields that the report shows. None has a credential. */
const SHOWN = ["etag", "last-modified", "content-type", "content-encoding", "cache-control", "vary", "age", "via", "x-cache", "cf-cache-status", "location", "access-control-allow-origin", "access-control-expose-headers", "access-control-allow-methods", "access-control-allow-headers"];
const SENT = ["if-match", "if-none-match", "origin", "accept-encoding", "access-control-request-method", "access-control-request-headers"];
/** As the client. */
const MAX_BYTES = 32 * 1024 * 1024;
/** The PUT of the same bytes is for documents, not for files. */
const MAX_PROBE_BYTES = 1024 * 1024;
/** Members that servers compare in place of If-Match. A PUT of the same bytes names the current one, so the server may rightly carry it out. */
const VERSION_MEMBERS = [["_rev"], ["lock_version"], ["metadata", "resourceVersion"]];

/** An exchange, with the body of its answer: null if it did not arrive. */
interface Answer {
  readonly exchange: Exchange;
  readonly body: Uint8Array<ArrayBuffer> | null;
}

function shown(headers: Headers, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (headers.has(name) ? [[name, headers.get(name)!]] : [])));
}

/** Sends one request. Only an abort of the caller rejects. */
async function send(by: Sending, method: string, url: string, fields: Record<string, string>, init: RequestInit = {}): Promise<Answer> {
  const headers = new Headers(by.headers);
  if (by.origin !== null) headers.set("origin", by.origin);
  for (const [name, value] of Object.entries(fields)) headers.set(name, value);
  const made = { method, url, sent: shown(headers, SENT) };
  const signals = [AbortSignal.timeout(by.timeoutMs), ...(by.signal === null ? [] : [by.signal])];
  try {
    // Browsers refuse a `fetch` that is called as a method of another object.
    const { fetch } = by;
    // `no-store`: neither the browser's cache nor one on the way is to answer.
    const response = await fetch(url, { cache: "no-store", ...init, method, headers, signal: AbortSignal.any(signals) });
    const exchange = { ...made, status: response.status, fields: shown(response.headers, SHOWN) };
    return { exchange, body: await response.arrayBuffer().then((body) => new Uint8Array(body), () => null) };
  } catch {
    by.signal?.throwIfAborted();
    return { exchange: { ...made, status: null, fields: {} }, body: null };
  }
}

const text = (body: Uint8Array) => new TextDecoder("utf-8", { fatal: true }).decode(body);

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(text(body));
  } catch {
    return undefined;
  }
}

function contentOf({ exchange, body }: Answer): Content | null {
  const type = exchange.fields["content-type"] ?? "";
  const isJson = /[/+]json\b/i.test(type);
  if (body === null) return null;
  if (body.length > MAX_BYTES) return "too-large";
  if (/^(text\/html|application\/xhtml\+xml)\b/i.test(type)) return "html";
  if (isJson && body.length === 0) return "empty";
  if (isJson) return parsed(body) === undefined ? "invalid-json" : "json";
  return /^text\//i.test(type) ? "text" : "bytes";
}

function versionMemberOf(value: unknown): string | null {
  const found = VERSION_MEMBERS.find((path) => path.reduce<unknown>((at, name) => (at as Record<string, unknown> | null | undefined)?.[name], value) !== undefined);
  return found?.join(".") ?? null;
}

function isSame(one: Uint8Array | null, other: Uint8Array | null): boolean {
  return one !== null && other !== null && one.length === other.length && one.every((byte, index) => byte === other[index]);
}

/** Whether two JSON values are the same, whatever the order of members. */
function isEqual(one: unknown, other: unknown): boolean {
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return Object.is(one, other);
  const [names, others] = [Object.keys(one), Object.keys(other)];
  return Array.isArray(one) === Array.isArray(other) && names.length === others.length && names.every((name) => isEqual((one as Record<string, unknown>)[name], (other as Record<string, unknown>)[name]));
}

/** @internal */
export async function observe(by: Sending, url: string, options: { readonly write: boolean; readonly scratch: string | null }): Promise<Observations> {
  const page = globalThis.location?.origin;
  const isFiltered = page !== undefined && page !== "null" && new URL(url).origin !== page;
  const origin = isFiltered ? page : by.origin;
  const first = await send(by, "GET", url, {});
  const { exchange: read, body } = first;
  const content = read.status === 200 ? contentOf(first) : null;
  const nothing = { url, origin, isFiltered, read, content, versionMember: null, plain: null, conditional: null, preflight: null, put: null, putSkipped: null, scratch: null };
  if (body === null || (content !== "json" && content !== "text" && content !== "bytes")) return nothing;
  const versionMember = content === "json" ? versionMemberOf(parsed(body)) : null;
  const tag = read.fields.etag;
  // With `no-cache` Node.js adds `max-age=0` to a condition. With `no-store` it would add `no-cache`, which Express never answers with 304.
  const conditional = tag === undefined ? null : (await send(by, "GET", url, { "if-none-match": tag }, { cache: "no-cache" })).exchange;
  const asked = { "access-control-request-method": "PUT", "access-control-request-headers": "content-type,if-match" };
  const preflight = by.origin === null || page !== undefined ? null : (await send(by, "OPTIONS", url, asked)).exchange;
  const scratch = options.scratch === null || versionMember !== null ? null : await scratched(by, options.scratch, body, read.fields["content-type"] ?? "application/octet-stream", content);
  // The last request before the PUT, so that the PUT has the newest bytes.
  const last = await send(by, "GET", url, page === undefined ? { "accept-encoding": "identity" } : {});
  const plain = page === undefined ? last.exchange : null;
  const putSkipped = whyNoPut();
  const put = putSkipped === null ? (await send(by, "PUT", url, { "if-match": impossibleTag(), "content-type": read.fields["content-type"] ?? "application/octet-stream" }, { body })).exchange : null;
  return { ...nothing, versionMember, plain, conditional, preflight, put, putSkipped, scratch };

  function whyNoPut(): string | null {
    if (!options.write) return "`write` is not true";
    if (scratch?.put != null) return "the throw-away document answers the question";
    if (versionMember !== null) return "the document names its own version, so the server may rightly store it again";
    if (tag === undefined) return "the answer has no tag that a write could name";
    if (content === "bytes" && !/[/+]xml\b/i.test(read.fields["content-type"] ?? "")) return "the document is neither text nor JSON";
    if (body!.length > MAX_PROBE_BYTES) return "the document is larger than 1 MiB";
    if (last.exchange.status !== 200 || !isSame(body, last.body)) return "two reads returned different documents, so the PUT could have overwritten an edit";
    return null;
  }
}

/** The bytes with more white space at the end: other bytes of the same length, and in JSON the same value. */
function spaced(body: Uint8Array, space: string): Uint8Array<ArrayBuffer> {
  const longer = new Uint8Array(body.length + 1);
  longer.set(body);
  longer[body.length] = space.charCodeAt(0);
  return longer;
}

async function scratched(by: Sending, url: string, body: Uint8Array<ArrayBuffer>, type: string, content: Content): Promise<ScratchObservations> {
  const read = () => send(by, "GET", url, {});
  const put = async (fields: Record<string, string>, sent: Uint8Array<ArrayBuffer>) => (await send(by, "PUT", url, { ...fields, "content-type": type }, { body: sent })).exchange;
  const remove = async (fields: Record<string, string>) => (await send(by, "DELETE", url, fields)).exchange;
  const isDone = ({ status }: Exchange) => status !== null && status >= 200 && status < 300;
  const condition = (answer: Answer) => (answer.exchange.fields.etag === undefined ? {} : { "if-match": answer.exchange.fields.etag });

  const { exchange: before } = await read();
  const nothing = { url, before, created: null, createdAgain: null, read: null, updated: null, updatedRead: null, hasMoved: false, isRewritten: false, put: null, removed: null, isLeft: false };
  // Whatever is there belongs to somebody.
  if (before.status !== 404 && before.status !== 410) return nothing;
  const can = content === "json" || /^text\/plain\b/i.test(type);
  const bodies = can ? [" ", "\n", "\t"].map((space) => spaced(body, space)) : [body, body];
  const created = await put({ "if-none-match": "*" }, bodies[0]!);
  if (!isDone(created)) return { ...nothing, created };
  const createdAgain = await put({ "if-none-match": "*" }, bodies[0]!);
  let [older, newer] = [await read(), null as Answer | null];
  let updated: Exchange | null = null;
  let shown: Answer = older;
  // Two writes may fall into one second or not; of three, some two most likely do.
  for (const next of bodies.slice(1)) {
    updated = await put(condition(shown), next);
    if (!isDone(updated)) break;
    newer = await read();
    [older, shown] = [shown, newer];
    if (older.exchange.fields.etag === newer.exchange.fields.etag) break;
  }
  const isRewritten = content === "json" && shown.body !== null && !isEqual(parsed(shown.body), parsed(body));
  const refused = await put({ "if-match": impossibleTag() }, bodies[0]!);
  const removed = await remove({ "if-match": impossibleTag() });
  let isLeft = !isDone(removed);
  if (isLeft) {
    const { etag = '"none"', "last-modified": modified = "" } = (await read()).exchange.fields;
    // It is the document of this check, so that a removal without a version takes nothing from anybody.
    const conditions: Record<string, string>[] = [{ "if-match": etag }, { "if-match": "*" }, { "if-match": etag.replace(/^W\//, "") }, ...(modified === "" ? [] : [{ "if-unmodified-since": modified }]), {}];
    for (const fields of conditions) {
      if (!isLeft) break;
      const answer = await remove(fields);
      isLeft = !isDone(answer) && answer.status !== 404 && answer.status !== 410;
    }
  }
  return { url, before, created, createdAgain, read: older.exchange, updated, updatedRead: newer?.exchange ?? null, hasMoved: newer !== null && !isSame(older.body, newer.body), isRewritten, put: refused, removed, isLeft };
}
