/** Edits that no server has acknowledged yet, kept where they outlive the page. */
import { MergefetchError } from "./errors.js";
import { DRAFT, type Store } from "./store.js";
import type { Draft, Drafts } from "./types.js";
import { type Base, type Body, type Format, keepBase, snapshotOf, valueOf } from "./values.js";

interface Kept {
  readonly url: string;
  readonly format: Format;
  readonly base: (Omit<Base, "body"> & { readonly body: string | number[] }) | null;
  /** Null removes. */
  readonly mine: string | number[] | null;
  readonly savedAt: number;
}

const packed = (body: Body): string | number[] => (typeof body === "string" ? body : [...body]);
const unpacked = (body: string | number[]): Body => (typeof body === "string" ? body : Uint8Array.from(body));

interface Turn {
  /** Whether it waits or is under way. */
  isOpen: boolean;
}

/**
 * Keeps every edit from the moment at which it is to be saved until a server has acknowledged it, so that a page that is closed or
 * crashes loses none. For `createClient({ drafts })`.
 *
 * @param store Where: `indexedDb()` with a name of its own, say. What was read with `Cache-Control: no-store` is kept, too, as long as
 *   its edit is.
 */
export function keepDrafts(store: Store): Drafts {
  return new KeptDrafts(store);
}

class KeptDrafts implements Drafts {
  #store: Store;
  /** Whose drafts these are: this client's, as long as its page lives. */
  readonly #owner = Math.random().toString(36).slice(2);
  readonly #newest = new Map<string, Turn>();
  readonly #found = new WeakMap<Base, string>();
  #alive: Promise<void> | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  through(wrap: (store: Store) => Store): void {
    this.#store = wrap(this.#store);
  }

  /**
   * Keeps an edit from now on, and until it is saved. The result carries `call` out, alone among all tabs of this origin.
   *
   * A store that fails costs the draft, never the save.
   */
  keep(
    url: string,
    base: Base | undefined,
    mine: Body | null,
    format: Format,
    isSaved: (result: unknown) => boolean,
    call: () => Promise<unknown>,
  ): () => Promise<unknown> {
    const key = this.#key(url);
    const turn: Turn = { isOpen: true };
    this.#newest.set(key, turn);
    const kept: Kept = {
      url,
      format,
      base: base === undefined ? null : { ...base, body: packed(base.body) },
      mine: mine === null ? null : packed(mine),
      savedAt: Date.now(),
    };
    const found = base && this.#found.get(base);
    const bytes = new TextEncoder().encode(JSON.stringify(kept));
    // Known to live before there is anything that another tab could take for left behind.
    const stored = this.#live()
      .then(() => this.#store.set(key, bytes))
      // It is ours now.
      .then(() => (found === undefined ? undefined : this.#store.delete(found)));
    stored.catch(() => {});
    return async () => {
      await stored.catch(() => {});
      const { locks } = globalThis.navigator ?? {};
      try {
        const result: unknown = await (locks ? locks.request(`mergefetch ${url}`, call) : call());
        if (isSaved(result)) await this.#forgetUnlessNewer(key, turn);
        return result;
      } finally {
        turn.isOpen = false;
      }
    };
  }

  /** The edit of `url` has been saved as a decision about its conflict. */
  async saved(url: string): Promise<void> {
    const turn = this.#newest.get(this.#key(url));
    if (turn !== undefined && !turn.isOpen) await this.#forgetUnlessNewer(this.#key(url), turn);
  }

  async list(): Promise<readonly Draft[]> {
    const { locks } = globalThis.navigator ?? {};
    const drafts: Draft[] = [];
    const keys = await this.#store.keys(DRAFT);
    const alive = new Set((await locks?.query())?.held?.map(({ name }) => name));
    for (const key of keys) {
      const owner = key.slice(DRAFT.length).split(" ")[0] as string;
      const bytes = owner === this.#owner || alive.has(`mergefetch tab ${owner}`) ? null : await this.#store.get(key);
      const draft = bytes && this.#draftOf(bytes, key);
      if (draft) drafts.push(draft);
    }
    return drafts.sort((one, other) => one.savedAt - other.savedAt);
  }

  #draftOf(bytes: Uint8Array, key: string): Draft | undefined {
    let kept: Kept;
    try {
      kept = JSON.parse(new TextDecoder().decode(bytes)) as Kept;
      const { url, format, base, mine, savedAt } = kept;
      const found = base && { ...base, body: unpacked(base.body) };
      const snapshot = found && snapshotOf({ ...found, protection: "none", source: "cache" });
      if (snapshot) this.#found.set(keepBase(snapshot), key);
      const value = mine === null ? null : valueOf(unpacked(mine), format);
      return { url, base: snapshot, mine: value, savedAt, discard: () => this.#store.delete(key) };
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
    await this.#store.delete(key).catch(() => {});
  }

  /** Holds a lock until the page goes, so that other tabs can tell a draft of a page that lives from one that was left behind. */
  #live(): Promise<void> {
    const { locks } = globalThis.navigator ?? {};
    this.#alive ??= new Promise((resolve) => {
      if (locks === undefined) return resolve();
      const held = () => {
        resolve();
        return new Promise(() => {});
      };
      locks.request(`mergefetch tab ${this.#owner}`, held).catch(() => resolve());
    });
    return this.#alive;
  }
}
