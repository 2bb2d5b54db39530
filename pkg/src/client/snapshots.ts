/** Data behind a snapshot: the document as it was read, and the options of the read. */
import { checkInit, headersOf } from "../types/arguments.js";
import { isSecretName, wrong } from "../types/errors.js";
import { authorOf } from "../adapters/hooks.js";
import type { Snapshot } from "../types/types.js";
import { bodyOf, formatOf, lazily, valueOf } from "../types/values.js";
import type { Base, Format, RawSnapshot } from "../types/wire.js";

/** The user who reads or writes. With a copy, a user finds only their own snapshots. @internal */
export interface Reader {
  /** Identifies one user of a client, or of its drafts. It is a token, so that a snapshot does not hold the client. */
  readonly of: object;
  /** The options of the call; undefined if the token already identifies one user. */
  readonly init: RequestInit | undefined;
}

interface Kept {
  readonly base: Base;
  /** {@link Reader.of}; undefined for a snapshot that copies cannot find. */
  readonly of: object | undefined;
  /** The user of the read, by its credentials; undefined if {@link Reader.of} already identifies one user. */
  readonly user: string | undefined;
  /** The options of the read, as a version belongs to one representation (RFC 9110 §8.8.3.3). */
  readonly init: RequestInit;
}

/** Entries by snapshot and by value, as `{ ...snapshot }` shares the value. Kept outside of both, so that an edit in place differs from its base. */
const kept = new WeakMap<object, Kept>();

/** Snapshots that the page still holds, by URL and version. A copy without the original's value finds its base here, if its {@link Reader} fits. @internal */
export const originals = new Map<string, Set<WeakRef<Snapshot>>>();

const ended = new FinalizationRegistry<readonly [key: string, ref: WeakRef<Snapshot>]>(([key, ref]) => {
  const refs = originals.get(key);
  refs?.delete(ref);
  if (refs?.size === 0) originals.delete(key);
});

const keyOf = ({ url, version }: Pick<Base, "url" | "version">): string => `${url} ${version ?? ""}`;

/**
 * The options that later writes of the same document repeat: the caller's own fields, credentials and mode. `Authorization` must
 * not be kept, and a signal belongs to one call.
 */
export function keptInit(init: RequestInit): RequestInit {
  const { signal: _signal, method: _method, body: _body, keepalive: _keepalive, ...rest } = init;
  const headers = new Headers(init.headers);
  for (const name of ["authorization", "content-type", "idempotency-key", "prefer"]) headers.delete(name);
  return { ...rest, headers };
}

/** Identifies a user of one client by the cookies and the secret fields of a call. */
function userOf(headers: Headers): string {
  return hashOf(JSON.stringify([...headers].filter(([name]) => name === "cookie" || isSecretName(name))));
}

/**
 * `init` for a write of `snapshot`, completed with the options of the read. It repeats neither fields of another client or user nor the credentials
 * of a call.
 *
 * @internal
 */
export function likeRead(snapshot: Snapshot, of: object, init: RequestInit = {}): RequestInit {
  checkInit(init);
  const own = headersOf(init.headers);
  const entry = entryOf(snapshot);
  const reads = entry ? [entry] : snapshot.digest ? originalsOf(snapshot, [of]).filter(({ user }) => user === userOf(own)) : [];
  const read = common(reads.filter((one) => one.of === of).map((one) => one.init));
  const headers = new Headers(read.headers);
  for (const [name, value] of own) headers.set(name, value);
  return { ...read, ...init, headers };
}

/** The options that all reads have, as it is unknown which of several equal reads a copy comes from. */
function common([first = {}, ...others]: readonly RequestInit[]): RequestInit {
  const rest = Object.entries(first).filter(([name, value]) => others.every((other) => other[name as keyof RequestInit] === value));
  const fields = [...new Headers(first.headers)].filter(([name, value]) => others.every((other) => new Headers(other.headers).get(name) === value));
  return { ...Object.fromEntries(rest), headers: fields };
}

/** A document that the module has read, or that a draft had as its base. */
type Read = Omit<RawSnapshot, "source"> & Pick<Snapshot, "source">;

/** A snapshot of a document that was read. @internal */
export function snapshotOf<T>(raw: Read, reader: Reader): Snapshot<T> {
  const snapshot = unlisted<T>(raw, valueOf<T>(raw.body, raw.format), { ...raw, author: authorOf(raw.author) }, reader);
  const [key, ref] = [keyOf(raw), new WeakRef<Snapshot>(snapshot)];
  originals.set(key, (originals.get(key) ?? new Set()).add(ref));
  ended.register(snapshot, [key, ref]);
  return snapshot;
}

/** A snapshot that copies cannot find: its base is unknown, or is not the server's document of this version. @internal */
export function unlisted<T>(of: Base, value: T, { protection, source, author }: Pick<Snapshot, "protection" | "source" | "author">, reader?: Reader): Snapshot<T> {
  const { url, format, version, modified, contentType, body, isCopy, named } = of;
  const snapshot: Snapshot<T> = { url, value, version: version ?? null, protection, source, author };
  // A copy, as the page may edit its bytes.
  const base: Base = { url, format, version: version ?? undefined, modified, contentType, body: body instanceof Uint8Array ? body.slice() : body, isCopy, named };
  const init = keptInit(reader?.init ?? {});
  const headers = new Headers(init.headers);
  headers.delete("cookie");
  const entry: Kept = { base, of: reader?.of, user: reader?.init && userOf(new Headers(reader.init.headers)), init: { ...init, headers } };
  kept.set(snapshot, entry);
  if (typeof value === "object" && value !== null) kept.set(value, entry);
  // Lazy, as few snapshots are copied. From the base, as `value` may be edited by then.
  lazily(snapshot, "digest", () => (base.body === undefined ? "" : digestOf(valueOf(base.body, format))) + (named === undefined ? "" : ` ${named}`));
  return Object.freeze(snapshot);
}

/** The entry of a snapshot itself, or of a copy that shares its value. */
function entryOf(snapshot: Snapshot): Kept | undefined {
  const { url, value, version } = snapshot;
  const entry = kept.get(snapshot) ?? kept.get(value as object);
  return entry?.base.url === url && (entry.base.version ?? null) === (version ?? null) ? entry : undefined;
}

/** The entries of the originals that `snapshot` may be a copy of, among the entries of these readers. */
function originalsOf({ url, version, digest }: Snapshot, of: readonly object[]): Kept[] {
  const entries: Kept[] = [];
  for (const ref of originals.get(keyOf({ url, version })) ?? []) {
    const original = ref.deref();
    const entry = original && kept.get(original);
    if (entry?.of && of.includes(entry.of) && (!digest || original?.digest === digest)) entries.push(entry);
  }
  return entries;
}

/** The base of the original of a copy; undefined if ambiguous. */
function baseOfCopy(snapshot: Snapshot, of: readonly object[], init: RequestInit | undefined): Base | undefined {
  const { version, digest } = snapshot;
  const user = userOf(headersOf(init?.headers));
  const all = originalsOf(snapshot, of);
  const isOwn = (entry: Kept) => (entry.user ?? user) === user;
  const own = all.filter(isOwn);
  // Only a digest proves the document if another user has read it, or if there is no version.
  const entries = own.length > 0 || !digest ? own : all;
  const entry = entries[entries.length - 1];
  if (entry === undefined || (!digest && (version ?? undefined) === undefined)) return undefined;
  // Two users may have received different documents under one version.
  if (!entries.every((other) => isSameBody(other.base, entry.base))) return undefined;
  // The edits of another user do not belong to this user.
  return isOwn(entry) ? entry.base : { ...entry.base, doubted: undefined, remembered: undefined };
}

function isSameBody(one: Base, other: Base): boolean {
  if (one.format !== other.format) return false;
  if (typeof one.body === "string" || typeof other.body === "string") return one.body === other.body;
  return one.body?.length === other.body?.length && one.body?.every((octet, at) => octet === other.body?.[at]) === true;
}

/** The base behind a snapshot of this package, or behind a copy that shares its value; undefined if unknown. @internal */
export function keepBase(snapshot: Snapshot): Base | undefined {
  return entryOf(snapshot)?.base;
}

/**
 * The base behind a snapshot, or behind a copy: spread, cloned, through JSON, behind a proxy.
 *
 * If no original is found, the result has {@link Base.isCopy}.
 *
 * @param of The tokens of the user of the call, see {@link Reader}.
 * @param formatOfUrl The format that the routes set for a URL.
 * @throws {MergefetchError} `invalid-argument`: no snapshot.
 * @internal
 */
export function baseOf(snapshot: Snapshot, of: readonly object[], init: RequestInit | undefined, formatOfUrl: (url: string) => Format | undefined): Base {
  const { url, version, value, digest }: Partial<Snapshot> = snapshot ?? {};
  const isVersion = version === null || version === undefined || typeof version === "string";
  if (typeof snapshot !== "object" || typeof url !== "string" || !isUrl(url) || !isVersion || !("value" in snapshot)) {
    throw wrong("a snapshot as `get` returns it", snapshot);
  }
  const format = formatOfUrl(url) ?? formatOf(value);
  const known = keepBase(snapshot) ?? baseOfCopy(snapshot, of, init);
  if (known !== undefined) return known;
  const [unedited, named] = typeof digest === "string" ? digest.split(" ") : [];
  const body = unedited && unedited === digestOf(value) ? bodyOf(value, format) : undefined;
  return { url, format, version: version ?? undefined, body, isCopy: true, named };
}

/** "" for a value that JSON cannot represent. */
function digestOf(value: unknown): string {
  let text: string;
  try {
    text = typeof value === "string" ? value : value instanceof Uint8Array ? value.join() : (JSON.stringify(value) ?? "");
  } catch {
    return "";
  }
  return hashOf(text);
}

/** A cyrb53 hash (53 bits) with the length. @internal */
export function hashOf(text: string): string {
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
