// As much of IndexedDB as a store of the package needs, in memory: databases, transactions that end by themselves, ranges, cursors.

const databases = new Map();

/** Gives this process an `indexedDB`. */
export function installIndexedDb() {
  globalThis.indexedDB ??= { open };
  globalThis.IDBKeyRange ??= Range;
}

/** Nothing is kept from one round to the next. */
export function forgetDatabases() {
  databases.clear();
}

class Range {
  static bound(lower, upper, lowerOpen = false, upperOpen = false) {
    return Object.assign(new Range(), { lower, upper, lowerOpen, upperOpen });
  }

  includes(key) {
    return (this.lowerOpen ? key > this.lower : key >= this.lower) && (this.upperOpen ? key < this.upper : key <= this.upper);
  }
}

const later = (run) => setTimeout(run, 0);

function open(name) {
  const request = {};
  later(() => {
    const isNew = !databases.has(name);
    if (isNew) databases.set(name, new Map());
    request.result = new Database(databases.get(name));
    if (isNew) request.onupgradeneeded?.();
    request.onsuccess?.();
  });
  return request;
}

class Database {
  #stores;

  constructor(stores) {
    this.#stores = stores;
  }

  createObjectStore(name, { keyPath }) {
    const store = { keyPath, entries: new Map(), indexes: new Map() };
    this.#stores.set(name, store);
    return { createIndex: (index, path) => void store.indexes.set(index, path) };
  }

  transaction(name) {
    return new Transaction(this.#stores.get(name));
  }

  close() {}
}

/** Carries out one request after the other, and ends when none is left. */
class Transaction {
  #store;
  #waiting = [];

  constructor(store) {
    this.#store = store;
    later(() => this.#next());
  }

  #next() {
    const run = this.#waiting.shift();
    if (run === undefined) return void this.oncomplete?.();
    run();
    // Requests of a callback, and of its promises, still belong to this transaction.
    later(() => this.#next());
  }

  #request(run) {
    const request = {};
    this.#waiting.push(() => {
      request.result = run(request);
      request.onsuccess?.();
    });
    return request;
  }

  objectStore() {
    const { entries, keyPath, indexes } = this.#store;
    const keys = (query) => [...entries.keys()].filter((key) => query === undefined || (query instanceof Range ? query.includes(key) : query === key)).sort();
    return {
      get: (key) => this.#request(() => structuredClone(entries.get(key))),
      put: (entry) => this.#request(() => void entries.set(entry[keyPath], structuredClone(entry))),
      delete: (query) => this.#request(() => keys(query).forEach((key) => entries.delete(key))),
      getAllKeys: (query) => this.#request(() => keys(query)),
      getAll: (query) => this.#request(() => keys(query).map((key) => structuredClone(entries.get(key)))),
      count: (query) => this.#request(() => keys(query).length),
      index: (name) => ({ openCursor: (_, direction = "next") => this.#cursor(entries, keyPath, indexes.get(name), direction) }),
    };
  }

  #cursor(entries, keyPath, path, direction) {
    const sorted = [...entries.values()].sort((a, b) => a[path] - b[path]);
    if (direction.startsWith("prev")) sorted.reverse();
    const request = {};
    const step = (at) =>
      this.#waiting.push(() => {
        const entry = sorted[at];
        request.result = entry === undefined ? null : { value: structuredClone(entry), delete: () => this.#request(() => void entries.delete(entry[keyPath])), continue: () => step(at + 1) };
        request.onsuccess?.();
      });
    step(0);
    return request;
  }
}
