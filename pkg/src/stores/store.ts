/** The store in memory, and the rules for every store: partitions, secrets, deadlines. */
import { MergefetchError, redacted, wrong } from "../types/errors.js";
import { checkKeys } from "../types/options.js";
import { within } from "../client/waits.js";
import type { Store, Warn } from "../types/types.js";

/** The beginning of every key of an edit that is not saved yet, which no store of this package evicts. @internal */
export const DRAFT = "DRAFT ";

/** Enough for hundreds of documents, and little beside the page itself. */
const DEFAULT_MAX_BYTES = 16 * 1024 * 1024;

/**
 * A store that lives as long as the page.
 *
 * @param options.maxBytes The limit of its size, default 16 MiB. The least recently used entries go first.
 */
export function memory(options: { readonly maxBytes?: number | undefined } = {}): Store {
  checkKeys(options, ["maxBytes"], "the options of a store");
  const { maxBytes = DEFAULT_MAX_BYTES } = options;
  if (!(typeof maxBytes === "number" && maxBytes >= 0)) throw wrong("maxBytes to be a number of bytes", maxBytes);
  // A Map keeps the order of insertion, so the first key is the least recently used one.
  const entries = new Map<string, Uint8Array>();
  let bytes = 0;
  const forget = (key: string) => {
    bytes -= entries.get(key)?.byteLength ?? 0;
    entries.delete(key);
  };
  return {
    async get(key) {
      const value = entries.get(key);
      if (value === undefined) return null;
      entries.delete(key);
      entries.set(key, value);
      return value;
    },
    async set(key, value) {
      if (!(value instanceof Uint8Array)) throw wrong("a Uint8Array to keep", value);
      forget(key);
      if (value.byteLength > maxBytes && !key.startsWith(DRAFT)) return;
      entries.set(key, value);
      bytes += value.byteLength;
      for (const oldest of entries.keys()) {
        if (bytes <= maxBytes) break;
        if (!oldest.startsWith(DRAFT)) forget(oldest);
      }
    },
    async delete(key) {
      forget(key);
    },
    async keys(prefix) {
      return [...entries.keys()].filter((key) => key.startsWith(prefix));
    },
  };
}

/** The functions of a shared store for each of its users. */
interface Partitions {
  /** Whose entries it reads and writes now; nothing where nobody is signed in. */
  current(): string | null | undefined;
  /** The entries of one user, even if another user is signed in meanwhile. */
  of(owner: string | null | undefined): Store;
  clear(owner: string): Promise<void>;
}

const partitioned = new WeakMap<Store, Partitions>();

/** Lets the client stay with the user for whom a call was made. @internal */
export function withPartitions(store: Store, partitions: Partitions): Store {
  partitioned.set(store, partitions);
  return store;
}

/** The user whose entries `store` reads and writes now; null if nobody is signed in or `partition` throws; undefined without partitions. @internal */
export function partitionOf(store: Store): string | null | undefined {
  try {
    return partitioned.get(store)?.current();
  } catch {
    return null;
  }
}

/**
 * The store with the current partition: a read for one user may end when another user is signed in.
 *
 * @internal
 */
export function pinned(store: Store): Store {
  const partitions = partitioned.get(store);
  if (partitions === undefined) return store;
  try {
    return partitions.of(partitions.current());
  } catch (error) {
    const fails = async () => {
      throw error;
    };
    return { get: fails, set: fails, delete: fails, keys: fails };
  }
}

/** Forgets everything of `owner`, but edits that are not saved yet; stores without partitions have no owner. @internal */
export async function clearPartition(store: Store, owner: string | null | undefined): Promise<void> {
  const partitions = partitioned.get(store);
  if (partitions !== undefined) {
    if (typeof owner === "string") await partitions.clear(owner);
  } else if (owner !== undefined) {
    throw wrong("no partition, as this store has none", owner);
  } else {
    for (const key of keysIn(await store.keys(""))) if (!key.startsWith(DRAFT)) await store.delete(key);
  }
}

/** The keys from a store of the page, which may return anything. */
function keysIn(keys: unknown): readonly string[] {
  if (Array.isArray(keys) && keys.every((key) => typeof key === "string")) return keys;
  throw new MergefetchError("store", "`keys` of the store returned no list of strings");
}

/** The limit for a store. A database that another tab blocks answers late or never, and a read from the network is then better. */
const DEADLINE_MS = 2_000;

/** The time limit for the store of one client, or of its drafts. @internal */
export interface Patience {
  readonly ms: number;
  /** Whether a call of the store is overdue, so that later calls need not wait. */
  isSilent: boolean;
}

/** Two seconds, or half of `timeoutMs` if that is shorter: the call then still has time to go on. @internal */
export function patienceFor(timeoutMs: number): Patience {
  return { ms: Math.min(timeoutMs / 2, DEADLINE_MS), isSilent: false };
}

/**
 * The store as the client uses it. A failure or a timeout is passed to `warn`, and thrown. An entry whose URL has a secret is not stored, nor is any
 * entry after `ending` has aborted. Without `ending` it is a store of drafts, where ambiguous names do not count as secrets: an edit that is not
 * stored can be lost, but a response that is not stored is only read again.
 *
 * @internal
 */
export function watched(store: Store, warn: Warn, patience: Patience, ending?: AbortSignal): Store {
  const what = ending === undefined ? "the store of drafts failed, and may lack them" : "the store failed, and reads do not use it";
  const told = async <R>(call: () => Promise<R>): Promise<R> => {
    try {
      return await inTime(call, patience, ending === undefined);
    } catch (error) {
      warn(`${what}: ${redacted(error instanceof Error ? error.message : String(error))}`, error);
      throw error;
    }
  };
  // A key contains a URL, and a store may outlive the page: an entry with a token in its URL is not stored.
  const isSecret = (key: string) => redacted(key, ending === undefined) !== key;
  return {
    get: async (key) => (isSecret(key) ? null : told(() => store.get(key))),
    set: async (key, value) => (isSecret(key) || ending?.aborted ? undefined : told(() => store.set(key, value))),
    delete: async (key) => (isSecret(key) ? undefined : told(() => store.delete(key))),
    keys: (prefix) => told(async () => keysIn(await store.keys(prefix))),
  };
}

/** The result of a call of a store, unless it takes too long. A silent store is not called again until it answers, except with drafts. */
async function inTime<R>(call: () => Promise<R>, patience: Patience, isOfDrafts: boolean): Promise<R> {
  // Made only if it is thrown: a page's first error took 3 ms in Chromium, before its first request. Probably its stack costs that.
  const silence = () => new MergefetchError("store", "it does not answer");
  if (patience.isSilent && !isOfDrafts) throw silence();
  const answer = (async () => call())();
  const answered = () => {
    patience.isSilent = false;
  };
  answer.then(answered, answered);
  return within(patience.isSilent ? 0 : patience.ms, answer, () => {
    patience.isSilent = true;
    return silence();
  });
}
