/** Edits that no server has acknowledged yet, kept where they outlive the page. */
import { STORE, checkMethods, resolvedUrl } from "../types/arguments.js";
import { redacted, wrong } from "../types/errors.js";
import { type Lock, hasTabs, heldLocks, ownLock, turnLock } from "../stores/locks.js";
import type { KeptConflict, KeptEdit, Typed } from "../types/kept.js";
import { checkKeys } from "../types/options.js";
import { DRAFT, partitionOf, patienceFor, pinned, watched } from "../stores/store.js";
import { formOf, heldUrls, snapshotHeld } from "../document/forms.js";
import { details, forget } from "./details.js";
import { hashOf, keepBase, snapshotOf, unlisted } from "../client/snapshots.js";
import type { Draft, DraftEntry, Drafts, FoundDraft, Holds, KeptDraft, Snapshot, Store, TypedDraft, Warn } from "../types/types.js";
import { valueOf } from "../types/values.js";
import type { Base, Body, Format, RawCall } from "../types/wire.js";

const packed = (body: Body): string | number[] => (typeof body === "string" ? body : [...body]);
const unpacked = (body: string | number[]): Body => {
  if (typeof body === "string") return body;
  // `Uint8Array.from` would allocate memory for an object with a huge length.
  if (!Array.isArray(body)) throw wrong("a text or a list of bytes", body);
  return Uint8Array.from(body);
};
const bodyIn = (body: string | number[] | null | undefined): Body | undefined => (body === null || body === undefined ? undefined : unpacked(body));

/** The base snapshot of an edit. For a copy with an unknown document, its value is the edit. */
function baseIn({ body, ...base }: NonNullable<KeptEdit["base"]>, mine: unknown, of: object): Snapshot {
  const how = { protection: "none", source: "cache" } as const;
  return body === undefined ? unlisted(base, mine, { ...how, author: null }) : snapshotOf({ ...base, body: unpacked(body), ...how }, { of, init: undefined });
}

/** An edit of which a draft is kept, or which a server has acknowledged. */
interface Held {
  readonly mine: Body | null;
  readonly base: Base | undefined;
  /** Whether the edit creates a document below a collection. */
  readonly isBelow: boolean;
  readonly isSaved: boolean;
}

/** The beginning of the keys of edits that a decision or `discard()` has put aside; the time follows, so that they sort by it. */
const JOURNAL = "JOURNAL ";

/**
 * Keeps every edit from the moment at which it is to be saved until a server has acknowledged it, so that a page that is closed or
 * crashes loses none. For `createClient({ drafts })`.
 *
 * @param store Where: `indexedDb()` with a name of its own, say. What was read with `Cache-Control: no-store` is kept, too, as long as
 *   its edit is.
 * @param options.journal How many edits are kept beyond that, where people decided against them or discarded them; default 0.
 */
export function keepDrafts(store: Store, options: { readonly journal?: number | undefined } = {}): Drafts {
  checkMethods(store, STORE, "a store as `indexedDb()` makes it");
  checkKeys(options, ["journal"], "the options of `keepDrafts`");
  const { journal = 0 } = options;
  if (!(Number.isInteger(journal) && journal >= 0)) throw wrong("journal to be a whole number, at least 0", journal);
  return new KeptDrafts(store, journal);
}

/** Releases the lock of drafts that were garbage-collected, so that other tabs find the edits that they left behind. */
const dropped = new FinalizationRegistry<() => void>((release) => release());

class KeptDrafts implements Drafts {
  readonly #source: Store;
  readonly #journal: number;
  #patience = patienceFor(Infinity);
  #warn: Warn = () => {};
  /** Whose drafts these are: this client's, as long as its page lives. */
  readonly #owner = Math.random().toString(36).slice(2);
  #count = 0;
  /** The drafts that this object keeps or has listed, by document and key. */
  readonly #entries = new Map<string, Map<string, DraftEntry>>();
  /** The drafts behind the bases that `list()` handed out. */
  readonly #found = new WeakMap<Base, DraftEntry>();
  readonly #tokens = new Map<string | null | undefined, object>();
  #alive: Promise<boolean> | undefined;
  /** Set with an outbox. */
  #changed: (() => void) | undefined;
  /** Whether an outbox sends a draft that was left behind. */
  #isTaken: (kept: KeptEdit) => boolean = () => false;
  /** The draft that an outbox sends at this moment. */
  #resent: { readonly entry: DraftEntry; readonly kept: KeptEdit } | undefined;

  constructor(store: Store, journal: number) {
    this.#source = store;
    this.#journal = journal;
  }

  through(warn: Warn, timeoutMs: number): void {
    this.#warn = warn;
    this.#patience = patienceFor(timeoutMs);
  }

  tokenOf(user: string | null | undefined): object {
    const token = this.#tokens.get(user) ?? {};
    this.#tokens.set(user, token);
    return token;
  }

  /** The store of the user who is signed in now. */
  #store(): Store {
    return watched(pinned(this.#source), (...told) => this.#warn(...told), this.#patience);
  }

  /** Keeps an edit until it is saved. If the store fails, the draft is lost, never the save. */
  keep(call: RawCall, base: Base | undefined, mine: Body | null, format: Format, isBelow: boolean): KeptDraft {
    const { options: { url }, headers } = call;
    const before = this.#resent;
    const entry = this.#entry(url, base);
    // Only with its key may a creation be sent again.
    if (isBelow && this.#changed !== undefined && !call.options.hasIdempotencyKey) {
      headers.set("idempotency-key", before?.kept.creation ?? `"${crypto.randomUUID?.() ?? entry.key}"`);
      call.options.hasIdempotencyKey = true;
    }
    const kept = { ...keptOf(entry, url, base, mine, format), isBelow, creation: headers.get("idempotency-key"), ...(before && { id: idOf(before.entry.key, before.kept), savedAt: before.kept.savedAt }) };
    const bytes = encoded(kept);
    // The lock comes first: without it, another tab could offer this draft as left behind.
    const stored = this.#live().then(() => entry.store.set(entry.key, bytes)).then(
      async () => {
        if (before !== undefined && before.entry.key !== entry.key) await this.#forget(before.entry);
        return true;
      },
      () => false,
    );
    let turn: Lock | undefined;
    let isEnded = false;
    return {
      isCurrent: () => partitionOf(this.#source) === entry.user,
      ready: async () => {
        await stored;
        if (isEnded || !(await this.#live())) return;
        turn = turnLock(`mergefetch ${redacted(url)}`);
        await turn.granted;
      },
      ended: async (isSaved, holds, isUnanswered = holds === undefined) => {
        isEnded = true;
        turn?.release();
        const isKept = await stored;
        if (isSaved || isKept) await this.#forgetHeld(entry, { mine, base, isBelow, isSaved }, holds);
        if (isSaved) await this.#forget(entry);
        entry.isOpen = false;
        if (!isUnanswered) return;
        entry.isUnanswered = true;
        if (this.#changed !== undefined && isKept && this.#isNewest(entry)) await entry.store.set(entry.key, encoded({ ...kept, isUnanswered })).catch(() => {});
        this.#changed?.();
      },
      decided: async () => {
        if (!this.#isNewest(entry)) return;
        await this.#putAside(entry).catch(() => {});
        await this.#forget(entry);
      },
    };
  }

  typing(): TypedDraft {
    let entry: DraftEntry | undefined;
    let last: Promise<unknown> = Promise.resolve();
    return {
      put: (url, base, mine, format, typed) => {
        entry = this.#entry(url, base, entry?.key);
        const { store, key } = entry;
        const bytes = encoded(keptOf(entry, url, base, mine, format, typed));
        const stored = this.#live().then(() => store.set(key, bytes));
        last = stored.catch(() => {});
        return stored.then(
          () => true,
          () => false,
        );
      },
      forget: async () => {
        await last;
        const known = entry && this.#entries.get(entry.name)?.get(entry.key);
        // The save of the form has another entry under the same key.
        if (known !== undefined && (known === entry || !known.isOpen)) await this.#forget(known);
        entry = undefined;
      },
    };
  }

  async list(urls: readonly (string | URL)[] = []): Promise<readonly Draft[]> {
    if (!Array.isArray(urls)) throw wrong("a list of URLs", urls);
    const drafts = (await this.all(urls)).filter(({ whose, kept }) => whose === "left" && !this.#isTaken(kept));
    return drafts.map((found) => this.draft(found)).sort((one, other) => one.savedAt - other.savedAt);
  }

  attach(changed: () => void, isTaken: (kept: KeptEdit) => boolean): void {
    this.#changed = changed;
    this.#isTaken = isTaken;
  }

  sending<R>({ entry, kept }: FoundDraft, send: (from: Snapshot | undefined) => R): R {
    this.#resent = { entry, kept };
    try {
      return send(snapshotHeld(entry.base?.deref()));
    } finally {
      this.#resent = undefined;
    }
  }

  /** All drafts of the store. */
  async all(urls: readonly (string | URL)[]): Promise<FoundDraft[]> {
    const [store, user] = [this.#store(), partitionOf(this.#source)];
    const addresses = new Map([...heldUrls(), ...urls.map((url) => resolvedUrl(url))].map((url) => [nameOf(url), url]));
    const all: FoundDraft[] = [];
    const keys = await store.keys(DRAFT);
    const alive = await heldLocks();
    for (const key of keys) {
      const owner = key.slice(DRAFT.length).split(" ")[0] as string;
      const whose = owner === this.#owner ? "own" : alive.has(`mergefetch tab ${owner}`) ? "foreign" : "left";
      const bytes = await store.get(key);
      const kept = bytes && this.#kept(bytes);
      if (!kept) continue;
      const made: DraftEntry = { key, name: kept.secret ?? kept.url, store, user, base: undefined, isOpen: false };
      const entry = whose === "foreign" ? made : whose === "left" ? this.#noted(made) : this.#entries.get(made.name)?.get(key);
      if (entry !== undefined) all.push({ entry, kept, id: idOf(key, kept), whose, url: addresses.get(entry.name) ?? kept.url });
    }
    return all;
  }

  draft({ entry, kept, url }: FoundDraft): Draft {
    const discard = async () => {
      await this.#putAside(entry);
      await entry.store.delete(entry.key);
      this.#changed?.();
    };
    const draft = draftOf(kept, url, discard, this.tokenOf(entry.user), (base) => this.#found.set(base, entry));
    forget.set(draft, () => entry.store.delete(entry.key));
    return draft;
  }

  async journal(): Promise<readonly Draft[]> {
    const [store, token] = [this.#store(), this.tokenOf(partitionOf(this.#source))];
    const drafts: Draft[] = [];
    for (const key of [...(await store.keys(JOURNAL))].sort()) {
      const bytes = await store.get(key);
      const kept = bytes && this.#kept(bytes);
      if (kept) drafts.push(draftOf(kept, kept.url, () => store.delete(key), token));
    }
    return drafts;
  }

  /** Adds an edit to the journal, and deletes the oldest ones. */
  async #putAside({ store, key }: DraftEntry): Promise<void> {
    const bytes = this.#journal > 0 ? await store.get(key) : null;
    if (bytes === null) return;
    await store.set(`${JOURNAL}${Date.now()} ${key.slice(DRAFT.length)}`, bytes);
    const all = [...(await store.keys(JOURNAL))].sort();
    for (const oldest of all.slice(0, -this.#journal)) await store.delete(oldest);
  }

  /** A new draft, or the draft of the same form with the new edit. @param own The key that the form has. */
  #entry(url: string, base: Base | undefined, own?: string): DraftEntry {
    const name = (base && this.#found.get(base)?.name) ?? nameOf(url);
    const isOfOne = (entry: DraftEntry) => formOf(base) !== undefined && entry.base?.deref() === base;
    const known = [...(this.#entries.get(name)?.values() ?? [])].find((entry) => (own === undefined ? isOfOne(entry) : entry.key === own));
    const key = own ?? known?.key ?? `${DRAFT}${this.#owner} ${++this.#count} ${name}`;
    const entry = { key, name, store: this.#store(), user: partitionOf(this.#source), base: base && new WeakRef(base), isOpen: true, resend: formOf(base) ?? known?.resend };
    if (known !== undefined) this.#entries.get(name)?.delete(key);
    return this.#noted(entry);
  }

  /** The entry of this key; adds this entry if there is none yet. */
  #noted(entry: DraftEntry): DraftEntry {
    const ofName = this.#entries.get(entry.name) ?? new Map<string, DraftEntry>();
    this.#entries.set(entry.name, ofName);
    const known = ofName.get(entry.key) ?? entry;
    ofName.set(entry.key, known);
    return known;
  }

  /**
   * Forgets the other drafts whose edits `mine` holds. If `mine` is acknowledged, these are the drafts of the document. If it is only kept, these are
   * the drafts of its form, and the recovered creation that `mine` repeats. Each POST creates another document, so it holds at most one recovered
   * draft.
   */
  async #forgetHeld(entry: DraftEntry, { mine, base, isBelow, isSaved }: Held, holds: Holds | undefined): Promise<void> {
    for (const other of [...(this.#entries.get(entry.name)?.values() ?? [])]) {
      if (holds === undefined || other === entry || other.isOpen || other.user !== entry.user) continue;
      const isSameForm = base !== undefined && (other.base?.deref() === base || this.#found.get(base) === other);
      const isRecovered = base === undefined && !other.key.startsWith(`${DRAFT}${this.#owner} `);
      if (!isSameForm && !isRecovered && (isBelow || !isSaved)) continue;
      const bytes = await other.store.get(other.key).catch(() => undefined);
      const kept = bytes && this.#kept(bytes);
      if (bytes === null || (kept && (await holds(kept.format, bodyIn(kept.base?.body), bodyIn(kept.mine), mine ?? undefined, isSameForm)))) {
        await this.#forget(other);
        if (isBelow) return;
      }
    }
  }

  /** The draft in an entry of the store. An unreadable entry stays untouched, and hides no other one. */
  #kept(bytes: Uint8Array): KeptEdit | undefined {
    try {
      return keptIn(bytes);
    } catch (error) {
      this.#warn(`a draft in the store cannot be read: ${error instanceof Error ? redacted(error.message) : ""}`, error, "draft");
      return undefined;
    }
  }

  /** Whether no later edit of the same form has replaced this draft. */
  #isNewest(entry: DraftEntry): boolean {
    return this.#entries.get(entry.name)?.get(entry.key) === entry;
  }

  async #forget(entry: DraftEntry): Promise<void> {
    if (!this.#isNewest(entry)) return;
    const ofName = this.#entries.get(entry.name);
    ofName?.delete(entry.key);
    if (ofName?.size === 0) this.#entries.delete(entry.name);
    await entry.store.delete(entry.key).catch(() => {});
    this.#changed?.();
  }

  /** Holds a lock until the page goes, so that other tabs can tell a draft of a page that lives from one that was left behind. */
  #live(): Promise<boolean> {
    if (this.#alive === undefined) {
      const lock = ownLock(`mergefetch tab ${this.#owner}`);
      dropped.register(this, lock.release);
      this.#alive = lock.granted;
      void this.#alive.then((isGranted) => {
        if (!isGranted && hasTabs()) this.#warn("the browser grants no locks: tabs may write one document at the same time", undefined, "locks");
      });
    }
    return this.#alive;
  }
}

const encoded = (kept: KeptEdit): Uint8Array => new TextEncoder().encode(JSON.stringify(kept));

const idOf = (key: string, { id }: KeptEdit): string => id ?? key;

/** The name of the document: its URL, or the hash of the URL, as a URL with a secret must not outlive the page. */
function nameOf(url: string): string {
  return redacted(url, true) === url ? url : `#${hashOf(url)}`;
}

function keptOf({ name }: DraftEntry, url: string, base: Base | undefined, mine: Body | null, format: Format, typed?: Typed): KeptEdit {
  const secret = name.startsWith("#") ? name : undefined;
  const shown = secret === undefined ? url : redacted(url, true);
  return {
    url: shown,
    secret,
    format,
    base: base === undefined ? null : { ...base, url: shown, body: base.body === undefined ? undefined : packed(base.body) },
    mine: mine === null ? null : packed(mine),
    savedAt: Date.now(),
    typed: typed && {
      sent: typed.sent === undefined ? undefined : packed(typed.sent),
      asked: typed.asked === undefined ? undefined : packed(typed.asked),
      conflict: typed.conflict && withUrl(typed.conflict, shown),
    },
  };
}

/** The conflict about a document at this URL: a URL with a secret is not stored. */
function withUrl(conflict: KeptConflict, url: string): KeptConflict {
  const { base, theirs } = conflict;
  return { ...conflict, url, base: base && { ...base, url }, theirs: theirs && { ...theirs, url } };
}

/** Throws for entries of another version of this package, or of another program. */
function keptIn(bytes: Uint8Array): KeptEdit {
  const kept = JSON.parse(new TextDecoder().decode(bytes)) as KeptEdit;
  if (typeof kept.url !== "string" || !Number.isFinite(kept.savedAt)) throw wrong("a draft", kept);
  draftOf(kept, kept.url, async () => {}, {});
  return kept;
}

function draftOf({ format, base, mine, savedAt, typed }: KeptEdit, url: string, discard: () => Promise<void>, token: object, found?: (base: Base) => void): Draft {
  const value = mine === null ? null : valueOf(unpacked(mine), format);
  const snapshot = base && baseIn({ ...base, url }, value, token);
  const known = snapshot && keepBase(snapshot);
  if (known) {
    // The page that kept the draft may have sent it.
    const sent = typed === undefined ? mine : (typed.sent ?? null);
    if (sent !== null) known.doubted = unpacked(sent);
    found?.(known);
  }
  const draft = { url, base: snapshot, mine: value, savedAt, discard };
  if (typed !== undefined) details.set(draft, { sent: bodyIn(typed.sent), asked: bodyIn(typed.asked), conflict: typed.conflict && withUrl(typed.conflict, url) });
  return draft;
}
