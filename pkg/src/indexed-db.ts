import { checkMethods, checkTexts } from "./arguments.js";
import { MergefetchError, wrong } from "./errors.js";
import { checkKeys } from "./options.js";
import { DRAFT, type Store, withPartitions } from "./store.js";

interface Entry {
  /** Partition as JSON, a character that JSON escapes, and the key: no name of a partition is the beginning of another one. */
  readonly id: string;
  readonly value: Uint8Array;
  /** When it was last used, in milliseconds since 1970. */
  readonly used: number;
}

const ENTRIES = "entries";
const BY_USE = "used";
const SEPARATOR = "\u0000";
/** Browsers grant an origin far more; what matters is that the page's own data still fits. */
const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function finished(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}

function open(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(ENTRIES, { keyPath: "id" }).createIndex(BY_USE, BY_USE);
  };
  return done(request);
}

/**
 * A store that outlives the page.
 *
 * All accounts of one browser profile share it, so that every entry belongs to a partition, such as the id of the user who is
 * signed in. While `partition` returns null nothing is kept and nothing is found. Errors reject with the code `store`; the client
 * then goes on without the store, and reports a warning.
 *
 * @param options.name The name of the database, default "mergefetch".
 * @param options.partition Whose entries these are, asked with every call.
 * @param options.maxBytes The limit, accurate to a sixteenth; default 64 MiB. The least recently used entries are deleted first.
 */
export function indexedDb(options: { name?: string; partition: () => string | null; maxBytes?: number }): Store {
  checkMethods(options, ["partition"], "options with `partition`, a function");
  checkKeys(options, ["name", "partition", "maxBytes"], "the options of a store");
  const { name = "mergefetch", partition, maxBytes = DEFAULT_MAX_BYTES } = options;
  checkTexts({ name });
  if (!(typeof maxBytes === "number" && maxBytes >= 0)) throw wrong("maxBytes to be a number of bytes", maxBytes);
  let opening: Promise<IDBDatabase> | undefined;

  /** The bytes that were written here since the entries were counted. */
  let uncounted = Infinity;

  function database(): Promise<IDBDatabase> {
    opening ??= open(name).then(
      (opened) => {
        // Another tab wants to delete or upgrade it: what comes next opens it anew.
        opened.onversionchange = () => {
          opened.close();
          opening = undefined;
        };
        opened.onclose = () => {
          opening = undefined;
        };
        return opened;
      },
      (error: unknown) => {
        opening = undefined;
        throw error;
      },
    );
    return opening;
  }

  async function inStore<T>(
    owner: string | null | undefined,
    mode: IDBTransactionMode,
    nothing: T,
    run: (entries: IDBObjectStore, prefix: string) => Promise<T>,
  ): Promise<T> {
    // Pages in JavaScript say `user?.id`: that must be no partition of its own.
    if (owner === null || owner === undefined) return nothing;
    try {
      const transaction = (await database()).transaction(ENTRIES, mode);
      const ended = finished(transaction);
      // The result counts once it is on disk; a failed request has its reason in the transaction.
      const result = run(transaction.objectStore(ENTRIES), JSON.stringify(owner) + SEPARATOR);
      result.catch(() => {});
      await ended;
      return await result;
    } catch (cause) {
      const isFull = cause instanceof DOMException && cause.name === "QuotaExceededError";
      throw new MergefetchError("store", isFull ? "the browser's storage is full" : "the browser's database failed", { isFull }, cause);
    }
  }

  const of = (whose: () => string | null | undefined): Store => ({
    get: (key) =>
      inStore(whose(), "readwrite", null as Uint8Array | null, async (entries, prefix) => {
        const entry = (await done(entries.get(prefix + key))) as Entry | undefined;
        if (entry === undefined) return null;
        entries.put({ ...entry, used: Date.now() } satisfies Entry);
        return entry.value;
      }),
    set: (key, value) =>
      inStore(whose(), "readwrite", undefined, async (entries, prefix) => {
        const id = prefix + key;
        if (value.byteLength > maxBytes && !key.startsWith(DRAFT)) {
          entries.delete(id);
          return;
        }
        entries.put({ id, value, used: Date.now() } satisfies Entry);
        // Counting all entries is slow, so the store counts once per sixteenth of the limit.
        uncounted += value.byteLength;
        if (uncounted < maxBytes / 16) return;
        uncounted = 0;
        await makeRoom(entries, id, maxBytes);
      }),
    delete: (key) =>
      inStore(whose(), "readwrite", undefined, async (entries, prefix) => {
        entries.delete(prefix + key);
      }),
    keys: (start) =>
      inStore(whose(), "readonly", [] as readonly string[], async (entries, prefix) => {
        const ids = (await done(entries.getAllKeys(startingWith(prefix + start)))) as string[];
        return ids.map((id) => id.slice(prefix.length));
      }),
  });
  const clear = (owner: string) =>
    inStore(owner, "readwrite", undefined, async (entries, prefix) => {
      entries.delete(IDBKeyRange.bound(prefix, prefix + DRAFT, false, true));
      entries.delete(IDBKeyRange.bound(`${prefix}${DRAFT}\uffff`, `${prefix}\uffff`));
    });
  return withPartitions(of(partition), { current: partition, of: (owner) => of(() => owner), clear });
}

function startingWith(prefix: string): IDBKeyRange {
  return IDBKeyRange.bound(prefix, `${prefix}\uffff`);
}

/** Removes the least recently used entries of all partitions but `kept` and edits that are not saved yet, until all fit into `maxBytes`. */
async function makeRoom(entries: IDBObjectStore, kept: string, maxBytes: number): Promise<void> {
  // The newest first: whatever comes after the limit is reached goes.
  const cursor = entries.index(BY_USE).openCursor(null, "prev");
  let bytes = 0;
  await new Promise<void>((resolve, reject) => {
    cursor.onerror = () => reject(cursor.error);
    cursor.onsuccess = () => {
      const at = cursor.result;
      if (at === null) return resolve();
      const entry = at.value as Entry;
      bytes += entry.value.byteLength;
      const isDraft = entry.id.split(SEPARATOR)[1]?.startsWith(DRAFT) ?? false;
      if (bytes > maxBytes && entry.id !== kept && !isDraft) {
        bytes -= entry.value.byteLength;
        at.delete();
      }
      at.continue();
    };
  });
}
