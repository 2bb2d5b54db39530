import { MergefetchError, wrong } from "./errors.js";
import type { Change, Problem, Snapshot } from "./types.js";

/** @internal */
export type Format = "json" | "text" | "bytes";

/** A document as it crosses into the module: JSON and text as they are written, anything else as bytes. @internal */
export type Body = string | Uint8Array;

/** What a snapshot stands for: kept beside it, so that a value which the page edits in place is still told from its base. @internal */
export interface Base {
  readonly url: string;
  readonly format: Format;
  readonly version?: string | undefined;
  /** The time of modification that came with a tag. */
  readonly modified?: string | undefined;
  readonly contentType?: string | undefined;
  readonly body: Body;
}

const bases = new WeakMap<Snapshot, Base>();

/** How a snapshot was asked for, which decides what its version is a version of (RFC 9110 §8.8.3.3). */
const asked = new WeakMap<Snapshot, RequestInit>();

/**
 * What later writes of the same document say again: the caller's own fields, credentials and mode. Not an `Authorization`, which is
 * not ours to keep, nor a signal, which belongs to one call.
 *
 * @internal
 */
export function keptInit(init: RequestInit = {}): RequestInit {
  const { signal: _signal, method: _method, body: _body, keepalive: _keepalive, ...kept } = init;
  const headers = new Headers(init.headers);
  for (const name of ["authorization", "content-type", "idempotency-key", "prefer"]) headers.delete(name);
  return { ...kept, headers };
}

/** `init` as a write of `snapshot` says it: with what the read said, where it says nothing itself. @internal */
export function likeRead(snapshot: Snapshot, init: RequestInit = {}): RequestInit {
  const read = asked.get(snapshot);
  if (read === undefined) return init;
  const headers = new Headers(read.headers);
  for (const [name, value] of new Headers(init.headers)) headers.set(name, value);
  return { ...read, ...init, headers };
}

interface RawSnapshot extends Base {
  readonly protection: Snapshot["protection"];
  readonly source: Snapshot["source"];
}

/** @internal */
export function snapshotOf<T>(raw: RawSnapshot, init?: RequestInit): Snapshot<T> {
  const snapshot: Snapshot<T> = {
    url: raw.url,
    value: valueOf(raw.body, raw.format) as T,
    version: raw.version ?? null,
    protection: raw.protection,
    source: raw.source,
  };
  const { url, format, version, modified, contentType, body } = raw;
  bases.set(snapshot, { url, format, version, modified, contentType, body });
  if (init !== undefined) asked.set(snapshot, keptInit(init));
  return Object.freeze(snapshot);
}

/** The base behind a snapshot that this package made. @internal */
export function keepBase(snapshot: Snapshot): Base {
  return bases.get(snapshot) as Base;
}

/** The base behind a snapshot; for a copy, what the copy says. @internal */
export function baseOf(snapshot: Snapshot, format?: Format): Base {
  const known = bases.get(snapshot);
  if (known !== undefined) return known;
  if (typeof snapshot !== "object" || snapshot === null || typeof snapshot.url !== "string" || !("value" in snapshot)) {
    throw wrong("a snapshot as `get` returns it", snapshot);
  }
  const made = format ?? formatOf(snapshot.value);
  return { url: snapshot.url, format: made, version: snapshot.version ?? undefined, body: bodyOf(snapshot.value, made) };
}

/** The format of a value that comes without one. @internal */
export function formatOf(value: unknown): Format {
  return typeof value === "string" ? "text" : value instanceof Uint8Array ? "bytes" : "json";
}

/** @internal */
export function valueOf(body: Body, format: Format): unknown {
  return format === "json" && typeof body === "string" ? jsonValue(body) : body;
}

/** A JSON text that the module accepted, as a value. @internal */
export function jsonValue(text: string): unknown {
  // A BOM belongs to the layout of a document, not to its value (RFC 8259 §8.1), and `JSON.parse` refuses it.
  return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
}

/** @internal */
export function bodyOf(value: unknown, format: Format): Body {
  if (format === "json") return jsonText(value);
  if (format === "text" ? typeof value === "string" : value instanceof Uint8Array) return value as Body;
  throw wrong(format === "text" ? "a string, as the document is text" : "a Uint8Array, as the document is bytes", value);
}

/** The JSON text of a value; what JSON cannot say is an error, where `JSON.stringify` would say null. @internal */
export function jsonText(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
    // To look at every value takes longer than the rest; most documents have nothing that could have become a null.
    if (text?.includes("null")) JSON.stringify(value, refuseNonFinite);
  } catch (cause) {
    if (cause instanceof MergefetchError) throw cause;
    throw new MergefetchError("invalid-argument", "expected a value that JSON can say", {}, cause);
  }
  if (text === undefined) throw wrong("a value that JSON can say", value);
  return text;
}

function refuseNonFinite(key: string, member: unknown): unknown {
  if (typeof member === "number" && !Number.isFinite(member)) {
    throw new MergefetchError("invalid-argument", `expected a value that JSON can say, but found ${member} at ${JSON.stringify(key)}`);
  }
  return member;
}

/** Puts in a property that is made when it is first asked for. @internal */
export function lazily(object: object, name: string, make: () => unknown): void {
  let made: readonly [unknown] | undefined;
  Object.defineProperty(object, name, { enumerable: true, get: () => (made ??= [make()])[0] });
}

/** A change as it leaves the module: values are texts, long ones as UTF-8. @internal */
export interface RawChange extends Omit<Change, "base" | "mine" | "theirs" | "suggestion"> {
  readonly base?: Body;
  readonly mine?: Body;
  readonly theirs?: Body;
  readonly suggestion?: Body;
}

/** What is long is decoded and parsed when somebody looks at it: the order of a long array has the array three times. @internal */
export function changeOf(raw: RawChange, format: Format): Change {
  const change: { -readonly [K in keyof Change]: Change[K] } = { ...(raw as Change) };
  for (const side of ["base", "mine", "theirs", "suggestion"] as const) {
    const body = raw[side];
    if (typeof body === "string") change[side] = valueOf(body, format);
    else if (body !== undefined) lazily(change, side, () => valueOf(new TextDecoder("utf-8", { ignoreBOM: true }).decode(body), format));
  }
  return change;
}

/** @internal */
export interface RawProblem extends Omit<Problem, "fields" | "body"> {
  readonly status: number | null;
  readonly fields: readonly { readonly path: string; readonly value?: string; readonly detail?: string }[];
  readonly allowedStates: readonly string[];
  readonly body?: string;
  readonly isJson: boolean;
}

/** @internal */
export function problemOf(raw: RawProblem): Problem {
  const { fields, allowedStates, body, isJson, status, ...words } = raw;
  return {
    ...words,
    status: status ?? null,
    ...(fields.length > 0 && {
      fields: fields.map(({ value, ...rest }) => (value === undefined ? rest : { ...rest, value: jsonValue(value) })),
    }),
    ...(allowedStates.length > 0 && { allowedStates }),
    body: body === undefined ? null : isJson ? jsonValue(body) : body,
  };
}
