/** The database behind `indexedDb`. */
import { MergefetchError } from "../types/errors.js";
import { DRAFT } from "./store.js";

type Owner = string | null | undefined;

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

/** The entries of one database, for `indexedDb`. @internal */
export class Entries {
  readonly #name: string;
  readonly #maxBytes: number;
  #opening: Promise<IDBDatabase> | undefined;
  /** The bytes that were written here since the entries were counted. */
  #uncounted = Infinity;

  constructor(name: string, maxBytes: number) {
    this.#name = name;
    this.#maxBytes = maxBytes;
  }

  get(owner: Owner, key: string): Promise<Uint8Array | null> {
    return this.#inStore(owner, "readwrite", null as Uint8Array | null, async (entries, prefix) => {
      const entry = (await done(entries.get(prefix + key))) as Entry | undefined;
      if (entry === undefined) return null;
      entries.put({ ...entry, used: Date.now() } satisfies Entry);
      return entry.value;
    });
  }

  set(owner: Owner, key: string, value: Uint8Array): Promise<void> {
    return this.#inStore(owner, "readwrite", undefined, async (entries, prefix) => {
      const id = prefix + key;
      if (value.byteLength > this.#maxBytes && !key.startsWith(DRAFT)) {
        entries.delete(id);
        return;
      }
      entries.put({ id, value, used: Date.now() } satisfies Entry);
      // A page that goes takes back what it has not committed. Drafts are never deleted for room.
      if (key.startsWith(DRAFT)) return entries.transaction.commit();
      // Counting all entries is slow, so the store counts once per sixteenth of the limit.
      this.#uncounted += value.byteLength;
      if (this.#uncounted < this.#maxBytes / 16) return;
      this.#uncounted = 0;
      await makeRoom(entries, id, this.#maxBytes);
    });
  }

  delete(owner: Owner, key: string): Promise<void> {
    return this.#inStore(owner, "readwrite", undefined, async (entries, prefix) => {
      entries.delete(prefix + key);
    });
  }

  keys(owner: Owner, start: string): Promise<readonly string[]> {
    return this.#inStore(owner, "readonly", [] as readonly string[], async (entries, prefix) => {
      const ids = (await done(entries.getAllKeys(startingWith(prefix + start)))) as string[];
      return ids.map((id) => id.slice(prefix.length));
    });
  }

  clear(owner: string): Promise<void> {
    return this.#inStore(owner, "readwrite", undefined, async (entries, prefix) => {
      entries.delete(IDBKeyRange.bound(prefix, prefix + DRAFT, false, true));
      entries.delete(IDBKeyRange.bound(`${prefix}${DRAFT}\uffff`, `${prefix}\uffff`));
    });
  }

  #database(): Promise<IDBDatabase> {
    this.#opening ??= open(this.#name).then(
      (opened) => {
        // Another tab wants to delete or upgrade the database. The next call opens it again.
        opened.onversionchange = () => {
          opened.close();
          this.#opening = undefined;
        };
        opened.onclose = () => {
          this.#opening = undefined;
        };
        return opened;
      },
      (error: unknown) => {
        this.#opening = undefined;
        throw error;
      },
    );
    return this.#opening;
  }

  async #inStore<T>(owner: Owner, mode: IDBTransactionMode, nothing: T, run: (entries: IDBObjectStore, prefix: string) => Promise<T>): Promise<T> {
    // Pages in JavaScript say `user?.id`: that must be no partition of its own.
    if (owner === null || owner === undefined) return nothing;
    try {
      const transaction = (await this.#database()).transaction(ENTRIES, mode);
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
}

function startingWith(prefix: string): IDBKeyRange {
  return IDBKeyRange.bound(prefix, `${prefix}\uffff`);
}

/** Removes the least recently used entries of all partitions but `kept` and edits that are not saved yet, until all fit into `maxBytes`. */
async function makeRoom(entries: IDBObjectStore, kept: string, maxBytes: number): Promise<void> {
  // The newest first: entries beyond the limit are deleted.
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
