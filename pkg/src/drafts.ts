/** Edits that no server has acknowledged yet, kept where they outlive the page. */
import { STORE, checkMethods } from "./arguments.js";
import { MergefetchError, redacted, wrong } from "./errors.js";
import { checkKeys } from "./options.js";
import { DRAFT, type Store, partitionOf, pinned } from "./store.js";
import { type Base, keepBase, snapshotOf, unlisted } from "./snapshots.js";
import type { Draft, Drafts, KeptDraft, Snapshot } from "./types.js";
import { type Body, type Format, valueOf } from "./values.js";

interface Kept {
  readonly url: string;
  readonly format: Format;
  readonly base: (Omit<Base, "body"> & { readonly body?: string | number[] | undefined }) | null;
  /** Null removes. */
  readonly mine: string | number[] | null;
  readonly savedAt: number;
}

const packed = (body: Body): string | number[] => (typeof body === "string" ? body : [...body]);
const unpacked = (body: string | number[]): Body => (typeof body === "string" ? body : Uint8Array.from(body));

/** The base snapshot of an edit. For a copy with an unknown document, its value is the edit. */
function baseIn({ body, ...base }: NonNullable<Kept["base"]>, mine: unknown): Snapshot {
  const how = { protection: "none", source: "cache" } as const;
  return body === undefined ? unlisted(base, mine, { ...how, author: null }) : snapshotOf({ ...base, body: unpacked(body), ...how });
}

interface Turn {
  /** Whether it waits or is under way. */
  isOpen: boolean;
  /** That of the user who typed it, whoever is signed in when it ends. */
  readonly store: Store;
}

/** The beginning of the keys of edits that a decision or `discard()` has put aside; the time follows, so that they sort by it. */
const JOURNAL = "JOURNAL ";

const locks = (): LockManager | undefined => globalThis.navigator?.locks;

/**
 * Keeps every edit from the moment at which it is to be saved until a server has acknowledged it, so that a page that is closed or
 * crashes loses none. For `createClient({ drafts })`.
 *
 * @param store Where: `indexedDb()` with a name of its own, say. What was read with `Cache-Control: no-store` is kept, too, as long as
 *   its edit is.
 * @param options.journal How many edits are kept beyond that, where people decided against them or discarded them; default 0.
 */
export function keepDrafts(store: Store, options: { journal?: number } = {}): Drafts {
  checkMethods(store, STORE, "a store as `indexedDb()` makes it");
  checkKeys(options, ["journal"], "the options of `keepDrafts`");
  const { journal = 0 } = options;
  if (!(Number.isInteger(journal) && journal >= 0)) throw wrong("journal to be a whole number, at least 0", journal);
  return new KeptDrafts(store, journal);
}

/** Keeps other tabs of this origin from sending the same document meanwhile. */
class TabLock {
  readonly #name: string;
  readonly #ending = new AbortController();
  #release: (() => void) | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  async acquire(): Promise<void> {
    const manager = locks();
    if (manager === undefined || this.#ending.signal.aborted) return;
    await new Promise<void>((granted) => {
      const held = () => {
        granted();
        return new Promise<void>((release) => (this.#release = release));
      };
      // Without locks the order of tabs is lost, never the save.
      manager.request(this.#name, { signal: this.#ending.signal }, held).catch(() => granted());
    });
  }

  release(): void {
    this.#release?.();
    // The save was aborted while it waited.
    if (this.#release === undefined) this.#ending.abort();
  }
}

class KeptDrafts implements Drafts {
  readonly #source: Store;
  readonly #journal: number;
  #wrap = (store: Store): Store => store;
  /** Whose drafts these are: this client's, as long as its page lives. */
  readonly #owner = Math.random().toString(36).slice(2);
  readonly #newest = new Map<string, Turn>();
  readonly #found = new WeakMap<Base, string>();
  #alive: Promise<void> | undefined;

  constructor(store: Store, journal: number) {
    this.#source = store;
    this.#journal = journal;
  }

  through(wrap: (store: Store) => Store): void {
    const wrapped = this.#wrap;
    this.#wrap = (store) => wrap(wrapped(store));
  }

  /** The store of the user who is signed in now. */
  #store(): Store {
    return this.#wrap(pinned(this.#source));
  }

  /** Keeps an edit until it is saved. If the store fails, the draft is lost, never the save. */
  keep(url: string, base: Base | undefined, mine: Body | null, format: Format): KeptDraft {
    const key = this.#key(url);
    const store = this.#store();
    const owner = partitionOf(this.#source);
    const turn: Turn = { isOpen: true, store };
    this.#newest.set(key, turn);
    const kept: Kept = {
      url,
      format,
      base: base === undefined ? null : { ...base, body: base.body === undefined ? undefined : packed(base.body) },
      mine: mine === null ? null : packed(mine),
      savedAt: Date.now(),
    };
    const found = base && this.#found.get(base);
    const bytes = new TextEncoder().encode(JSON.stringify(kept));
    // Known to live before there is anything that another tab could take for left behind.
    const stored = this.#live()
      .then(() => store.set(key, bytes))
      // It is ours now.
      .then(() => (found === undefined ? undefined : store.delete(found)))
      .catch(() => {});
    const lock = new TabLock(`mergefetch ${redacted(url)}`);
    return {
      isCurrent: () => partitionOf(this.#source) === owner,
      ready: async () => {
        await stored;
        await lock.acquire();
      },
      ended: async (isSaved) => {
        lock.release();
        try {
          await stored;
          if (isSaved) await this.#forgetUnlessNewer(key, turn);
        } finally {
          turn.isOpen = false;
        }
      },
    };
  }

  /** The edit of `url` has been saved as a decision about its conflict. */
  async saved(url: string): Promise<void> {
    const key = this.#key(url);
    const turn = this.#newest.get(key);
    if (turn === undefined || turn.isOpen) return;
    await this.#putAside(turn.store, key).catch(() => {});
    await this.#forgetUnlessNewer(key, turn);
  }

  async list(): Promise<readonly Draft[]> {
    const store = this.#store();
    const drafts: Draft[] = [];
    const keys = await store.keys(DRAFT);
    const alive = new Set((await locks()?.query())?.held?.map(({ name }) => name));
    for (const key of keys) {
      const owner = key.slice(DRAFT.length).split(" ")[0] as string;
      const bytes = owner === this.#owner || alive.has(`mergefetch tab ${owner}`) ? null : await store.get(key);
      const discard = async () => {
        await this.#putAside(store, key);
        await store.delete(key);
      };
      const draft = bytes && this.#draftOf(bytes, discard, key);
      if (draft) drafts.push(draft);
    }
    return drafts.sort((one, other) => one.savedAt - other.savedAt);
  }

  async journal(): Promise<readonly Draft[]> {
    const store = this.#store();
    const drafts: Draft[] = [];
    for (const key of [...(await store.keys(JOURNAL))].sort()) {
      const bytes = await store.get(key);
      const draft = bytes && this.#draftOf(bytes, () => store.delete(key));
      if (draft) drafts.push(draft);
    }
    return drafts;
  }

  /** Into the journal, of which the oldest go. */
  async #putAside(store: Store, key: string): Promise<void> {
    const bytes = this.#journal > 0 ? await store.get(key) : null;
    if (bytes === null) return;
    await store.set(`${JOURNAL}${Date.now()} ${key.slice(DRAFT.length)}`, bytes);
    const all = [...(await store.keys(JOURNAL))].sort();
    for (const oldest of all.slice(0, -this.#journal)) await store.delete(oldest);
  }

  #draftOf(bytes: Uint8Array, discard: () => Promise<void>, key?: string): Draft | undefined {
    let kept: Kept;
    try {
      kept = JSON.parse(new TextDecoder().decode(bytes)) as Kept;
      const { url, format, base, mine, savedAt } = kept;
      const value = mine === null ? null : valueOf(unpacked(mine), format);
      const snapshot = base && baseIn(base, value);
      if (snapshot && key !== undefined) this.#found.set(keepBase(snapshot) as Base, key);
      return { url, base: snapshot, mine: value, savedAt, discard };
    } catch (error) {
      // Written by another version of this package, or by somebody else: not ours to touch.
      if (error instanceof MergefetchError || error instanceof SyntaxError || error instanceof TypeError) return undefined;
      throw error;
    }
  }

  #key(url: string): string {
    return `${DRAFT}${this.#owner} ${url}`;
  }

  /** A later edit of the same document may have taken its place. */
  async #forgetUnlessNewer(key: string, turn: Turn): Promise<void> {
    if (this.#newest.get(key) !== turn) return;
    this.#newest.delete(key);
    await turn.store.delete(key).catch(() => {});
  }

  /** Holds a lock until the page goes, so that other tabs can tell a draft of a page that lives from one that was left behind. */
  #live(): Promise<void> {
    this.#alive ??= new Promise((resolve) => {
      const manager = locks();
      if (manager === undefined) return resolve();
      const held = () => {
        resolve();
        return new Promise(() => {});
      };
      manager.request(`mergefetch tab ${this.#owner}`, held).catch(() => resolve());
    });
    return this.#alive;
  }
}
