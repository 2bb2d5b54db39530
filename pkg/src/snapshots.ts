/** What stands behind a snapshot: the document as it was read, and the way in which it was asked for. */
import { checkInit, headersOf } from "./arguments.js";
import { wrong } from "./errors.js";
import type { Snapshot } from "./types.js";
import { type Body, type Format, bodyOf, formatOf, lazily, valueOf } from "./values.js";

/** What an edit started from. @internal */
export interface Base {
  readonly url: string;
  readonly format: Format;
  readonly version?: string | undefined;
  /** The time of modification that came with a tag. */
  readonly modified?: string | undefined;
  readonly contentType?: string | undefined;
  /** The document as it was read; undefined where that is not known. */
  readonly body?: Body | undefined;
  /**
   * Of a copy of a snapshot whose original is gone: the newest version is the base, where it is the same as `version`. Where it is not,
   * the base is `body`: the value of the copy, with its numbers as JavaScript holds them. It is undefined where that value was edited.
   */
  readonly isCopy?: boolean | undefined;
}

/** As the module hands it out. @internal */
export interface RawSnapshot extends Base {
  readonly body: Body;
  readonly protection: Snapshot["protection"];
  readonly source: Snapshot["source"];
}

interface Kept {
  readonly base: Base;
  /** How it was asked for, which decides what its version is a version of (RFC 9110 §8.8.3.3). */
  readonly init: RequestInit | undefined;
}

/** By snapshot, and by value: `{ ...snapshot }` has the same one. Beside them, so that a value which is edited in place is still told from its base. */
const kept = new WeakMap<object, Kept>();

/** The snapshots of a version that the page still holds, by URL and version: what is in another copy of one is found again with them. */
const originals = new Map<string, Set<WeakRef<Snapshot>>>();

const ended = new FinalizationRegistry<readonly [key: string, ref: WeakRef<Snapshot>]>(([key, ref]) => {
  const refs = originals.get(key);
  refs?.delete(ref);
  if (refs?.size === 0) originals.delete(key);
});

const keyOf = ({ url, version }: Base): string => `${url} ${version}`;

/**
 * What later writes of the same document say again: the caller's own fields, credentials and mode. Not an `Authorization`, which is
 * not ours to keep, nor a signal, which belongs to one call.
 */
export function keptInit(init: RequestInit): RequestInit {
  const { signal: _signal, method: _method, body: _body, keepalive: _keepalive, ...rest } = init;
  const headers = new Headers(init.headers);
  for (const name of ["authorization", "content-type", "idempotency-key", "prefer"]) headers.delete(name);
  return { ...rest, headers };
}

/** `init` as a write of `snapshot` says it: with what the read said, where it says nothing itself. @internal */
export function likeRead(snapshot: Snapshot, init: RequestInit = {}): RequestInit {
  checkInit(init);
  const read = found(snapshot)?.init;
  if (read === undefined) return init;
  const headers = new Headers(read.headers);
  for (const [name, value] of headersOf(init.headers)) headers.set(name, value);
  return { ...read, ...init, headers };
}

/** A snapshot of what the module has read. @internal */
export function snapshotOf<T>(raw: RawSnapshot, init?: RequestInit): Snapshot<T> {
  const snapshot = unlisted<T>(raw, valueOf(raw.body, raw.format) as T, raw, init);
  if (snapshot.version !== null) {
    const [key, ref] = [keyOf(raw), new WeakRef<Snapshot>(snapshot)];
    originals.set(key, (originals.get(key) ?? new Set()).add(ref));
    ended.register(snapshot, [key, ref]);
  }
  return snapshot;
}

/** A snapshot with which no copy is found again: its base is not what the server has under this version, or is not known. @internal */
export function unlisted<T>(of: Base, value: T, { protection, source }: Pick<Snapshot, "protection" | "source">, init?: RequestInit): Snapshot<T> {
  const { url, format, version, modified, contentType, body, isCopy } = of;
  const snapshot: Snapshot<T> = { url, value, version: version ?? null, protection, source };
  // The page may edit the bytes that it gets.
  const base: Base = { url, format, version: version ?? undefined, modified, contentType, body: body instanceof Uint8Array ? body.slice() : body, isCopy };
  const entry: Kept = { base, init: init && keptInit(init) };
  kept.set(snapshot, entry);
  if (typeof value === "object" && value !== null) kept.set(value, entry);
  // Made when somebody copies the snapshot; and not of `value`, which may have been edited by then.
  lazily(snapshot, "digest", () => (base.body === undefined ? "" : digestOf(valueOf(base.body, format))));
  return Object.freeze(snapshot);
}

/** What this package read as `snapshot`, or as what it is a copy of; undefined where that is not certain. */
function found(snapshot: Snapshot): Kept | undefined {
  const { url, value, digest } = snapshot;
  const version = snapshot.version ?? undefined;
  const own = kept.get(snapshot) ?? kept.get(value as object);
  if (own?.base.url === url && own.base.version === version) return own;
  let one: Kept | undefined;
  for (const ref of originals.get(keyOf({ url, version } as Base)) ?? []) {
    const original = ref.deref();
    const other = original && kept.get(original);
    // Two users may have been answered differently under one version.
    if (digest && original?.digest !== digest) continue;
    if (one && other && !isSameBody(one.base, other.base)) return undefined;
    one = other ?? one;
  }
  return one;
}

function isSameBody(one: Base, other: Base): boolean {
  if (one.format !== other.format) return false;
  if (typeof one.body === "string" || typeof other.body === "string") return one.body === other.body;
  return one.body?.length === other.body?.length && one.body?.every((octet, at) => octet === other.body?.[at]) === true;
}

/** The base behind a snapshot that this package made, or a copy; undefined where it is not known. @internal */
export function keepBase(snapshot: Snapshot): Base | undefined {
  return found(snapshot)?.base;
}

/**
 * The base behind a snapshot, or behind a copy: spread, cloned, through JSON, behind a proxy.
 *
 * Where it is not found again, it comes without a body, as {@link Base.isCopy}.
 *
 * @param formatOfUrl What the routes say of a URL.
 * @throws {MergefetchError} `invalid-argument`: no snapshot.
 * @internal
 */
export function baseOf(snapshot: Snapshot, formatOfUrl: (url: string) => Format | undefined): Base {
  const { url, version, value, digest } = (snapshot ?? {}) as Partial<Snapshot>;
  const isVersion = version === null || version === undefined || typeof version === "string";
  if (typeof snapshot !== "object" || typeof url !== "string" || !isUrl(url) || !isVersion || !("value" in snapshot)) {
    throw wrong("a snapshot as `get` returns it", snapshot);
  }
  const format = formatOfUrl(url) ?? formatOf(value);
  const known = keepBase(snapshot);
  if (known !== undefined) return known;
  const body = digest && digest === digestOf(value) ? bodyOf(value, format) : undefined;
  return { url, format, version: version ?? undefined, body, isCopy: true };
}

/** Tells values apart, as cyrb53 does: 53 bits, and the length. Of what JSON cannot say it is "". */
function digestOf(value: unknown): string {
  let text: string;
  try {
    text = typeof value === "string" ? value : value instanceof Uint8Array ? value.join() : (JSON.stringify(value) ?? "");
  } catch {
    return "";
  }
  let [high, low] = [0xdeadbeef, 0x41c6ce57];
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    high = Math.imul(high ^ unit, 0x9e3779b1);
    low = Math.imul(low ^ unit, 0x5f356495);
  }
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35);
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35);
  return `${text.length}-${(high >>> 0).toString(36)}${(low >>> 0).toString(36)}`;
}

function isUrl(url: string): boolean {
  try {
    return new URL(url).href !== "";
  } catch {
    return false;
  }
}
