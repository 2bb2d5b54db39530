/** Sends edits again whose saves got no answer. */
import { hosts } from "../client/client.js";
import { engineLoaded } from "../client/load.js";
import type { OutboxCore } from "../engine/wire-engine.js";
import { turnLock } from "../stores/locks.js";
import { checkFunction, checkMethods } from "../types/arguments.js";
import { MergefetchError, attempted, wrong } from "../types/errors.js";
import { checkKeys } from "../types/options.js";
import { forgotten } from "./details.js";
import type { KeptEdit } from "../types/kept.js";
import type { Client, Conflict, Drafts, FoundDraft, Problem, Resend, SaveResult } from "../types/types.js";
import type { RawWaiting } from "../types/wire.js";

/** How an outbox works. */
export interface OutboxOptions {
  /** Called with the result of each edit that was sent again, also with a conflict or a refusal. */
  readonly settled?: ((edit: OutboxEdit, result: SaveResult) => void) | undefined;
}

/** An edit without an answer, or one that waits for a person. */
export interface OutboxEdit {
  readonly url: string;
  /** Null for a removal. */
  readonly mine: unknown;
  /** When a person saved it, in milliseconds since 1970. */
  readonly savedAt: number;
  /** "waiting": it is sent again. "conflict" and "refused": a person has to act. */
  readonly state: "waiting" | "conflict" | "refused";
  /** The conflict to decide; null in the other states. */
  readonly conflict: Conflict | null;
  /** Why it was refused; null in the other states, and if no request could be made. */
  readonly problem: Problem | null;
  /** Puts the edit aside. A journal of the drafts keeps it. */
  discard(): Promise<void>;
}

/** An outbox, as it is at one moment. */
export interface OutboxState {
  /** The oldest first; without the edits of other tabs. */
  readonly edits: readonly OutboxEdit[];
  /** The number of these edits, for a badge. */
  readonly count: number;
  /** An edit is under way. */
  readonly isSending: boolean;
}

/** Sends edits again; made by {@link openOutbox}. Each function works without the object. */
export interface Outbox {
  /** The state, a new object with every change. */
  current(): OutboxState;
  /** Calls `listener` after every change; returns a function that ends this. */
  subscribe(listener: (state: OutboxState) => void): () => void;
  /** Sends all edits now, without the rest of their pauses. Resolves when each was stored, waits for a person, or got no answer again. */
  send(): Promise<void>;
  /** Ends the outbox. The edits stay in the store. */
  stop(): void;
}

/** The tag of the `sync` event that a service worker gets. @internal */
export const SYNC_TAG = "mergefetch-outbox";

const EMPTY: OutboxState = { edits: [], count: 0, isSending: false };

/**
 * Sends the edits of a client again whose saves got no answer: when the network returns, when the page opens again, and after pauses that double from
 * one second to five minutes. The edits of one document go out in the order of their saves. One tab sends at a time.
 *
 * The edits lie in the drafts of the client. Edits of pages that are gone are the outbox's, too, so `drafts.list()` and `left` of a document lack them.
 * A creation below a collection is sent again only with an `Idempotency-Key`: from now on the client adds one to each such request. The server must
 * recognise it (draft-ietf-httpapi-idempotency-key-header).
 *
 * @param client A client with `drafts`.
 * @throws {MergefetchError} `invalid-argument`: a client without `drafts`, or an option that is none.
 * @example
 * const drafts = keepDrafts(indexedDb({ name: "drafts", partition: () => user.id }));
 * const outbox = openOutbox(createClient({ drafts }));
 * outbox.subscribe(({ count }) => navigator.setAppBadge(count));
 */
export function openOutbox(client: Client, options: OutboxOptions = {}): Outbox {
  checkMethods(client, ["get", "save"], "a client as `createClient` makes it");
  checkKeys(options, ["settled"], "the options of an outbox");
  const { settled = () => {} } = options;
  checkFunction(settled, "settled");
  const drafts = hosts.get(client)?.drafts;
  if (drafts === undefined) throw wrong("a client with `drafts`", client);
  return new Opened(client, drafts, settled);
}

/** An edit without an answer. */
interface UnsentEdit extends RawWaiting {
  readonly stamp: string;
  readonly url: string;
  /** Null for a removal. */
  readonly mine: unknown;
  readonly resend: Resend;
  readonly discard: () => Promise<void>;
}

/** An edit that a person has to decide about. */
interface Held {
  readonly edit: UnsentEdit;
  readonly result: SaveResult | undefined;
}

class Opened implements Outbox {
  readonly #client: Client;
  readonly #drafts: Drafts;
  readonly #settled: (edit: OutboxEdit, result: SaveResult) => void;
  readonly #listeners = new Set<(state: OutboxState) => void>();
  readonly #held = new Map<string, Held>();
  /** The stamps of edits that a server has stored by now. */
  readonly #stored = new Set<string>();
  #state = EMPTY;
  #machine: OutboxCore | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> | undefined;
  #isAsked = false;
  #isStopped = false;
  /** Whether pauses end with the next turn. */
  #isHurried = false;
  #hasFailed = false;

  constructor(client: Client, drafts: Drafts, settled: (edit: OutboxEdit, result: SaveResult) => void) {
    this.#client = client;
    this.#drafts = drafts;
    this.#settled = settled;
    drafts.attach(() => void this.#work(), isSent);
    for (const name of ["online", "pageshow"]) globalThis.addEventListener?.(name, this.#hurried);
    void this.#work();
  }

  readonly current = (): OutboxState => this.#state;

  readonly subscribe = (listener: (state: OutboxState) => void): (() => void) => {
    checkFunction(listener, "listener");
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly send = (): Promise<void> => {
    this.#isHurried = true;
    return this.#work();
  };

  readonly stop = (): void => {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    for (const name of ["online", "pageshow"]) globalThis.removeEventListener?.(name, this.#hurried);
  };

  readonly #hurried = () => void this.send();

  /** Works until nothing can be sent now. */
  #work(): Promise<void> {
    this.#isAsked = true;
    this.#running ??= this.#turns().finally(() => {
      this.#running = undefined;
      // Somebody may have asked after the last turn.
      return this.#isAsked && !this.#isStopped ? this.#work() : undefined;
    });
    return this.#running;
  }

  async #turns(): Promise<void> {
    while (this.#isAsked && !this.#isStopped) {
      this.#isAsked = false;
      clearTimeout(this.#timer);
      try {
        await this.#turn();
      } catch {
        // The store or the engine failed. The client has warned; the next event tries again.
        this.#plan(30_000);
      }
    }
  }

  async #turn(): Promise<void> {
    // Without an edit nothing has to be loaded.
    if ((await this.#found()).length === 0) return;
    const { OutboxCore, outbox } = await engineLoaded();
    const machine = (this.#machine ??= new OutboxCore(outbox()));
    const lock = turnLock("mergefetch outbox");
    await lock.granted;
    try {
      while (!this.#isStopped) {
        const edits = await this.#found();
        const isOnline = globalThis.navigator?.onLine !== false;
        if (this.#isHurried || !isOnline) machine.online(isOnline);
        this.#isHurried = false;
        machine.found(edits.map(({ id, document, savedAt, isForeign }) => ({ id, document, savedAt, isForeign })));
        const { send, waitMs } = machine.next(Date.now());
        const edit = edits.find(({ id }) => id === send);
        if (edit === undefined) {
          if (waitMs !== undefined) this.#plan(waitMs);
          break;
        }
        machine.answered(edit.id, await this.#send(edit), Date.now(), Math.random());
      }
    } finally {
      lock.release();
      await this.#found().catch(() => []);
    }
  }

  async #send(edit: UnsentEdit): Promise<"stored" | "held" | "missing"> {
    this.#set({ isSending: true });
    let result: SaveResult | undefined;
    try {
      result = await edit.resend();
    } catch (error) {
      // Without the engine, with another user, or if the client was cleared, nothing was sent.
      const isLater = !(error instanceof MergefetchError) || ["network", "not-started", "store"].includes(error.code);
      if (isLater) return "missing";
    } finally {
      this.#set({ isSending: false });
    }
    if (result?.kind === "unknown" || result?.kind === "busy") return "missing";
    if (result?.ok !== true) this.#held.set(edit.id, { edit, result });
    const settled = result;
    if (settled !== undefined) this.#told(() => this.#settled(shown(edit, settled), settled));
    if (result?.ok === true) this.#stored.add(edit.stamp);
    return result?.ok === true ? "stored" : "held";
  }

  /** Reads the store, and shows what it holds. */
  async #found(): Promise<readonly UnsentEdit[]> {
    const drafts: FoundDraft[] = [];
    for (const draft of await this.#drafts.all([])) {
      // Without locks another page may be sending the same edit. Each would take the copy of the other one, again and again.
      if (draft.whose !== "own" && this.#stored.has(stampOf(draft))) await forgotten(this.#drafts.draft(draft));
      else drafts.push(draft);
    }
    for (const id of this.#held.keys()) {
      // A decision or `discard()` has ended it.
      if (!drafts.some((draft) => draft.id === id)) this.#held.delete(id);
    }
    const waiting = drafts.filter((draft) => !this.#held.has(draft.id) && isWaiting(draft)).map((found) => this.#unsent(found));
    const own = waiting.filter(({ isForeign }) => !isForeign);
    const all = [...own.map((edit) => shown(edit, undefined)), ...[...this.#held.values()].map(({ edit, result }) => shown(edit, result ?? null))];
    all.sort((one, other) => one.savedAt - other.savedAt);
    const was = this.#state.edits;
    if (all.length !== was.length || all.some(({ savedAt, state, url }, at) => savedAt !== was[at]?.savedAt || state !== was[at]?.state || url !== was[at]?.url)) {
      this.#set({ edits: all, count: all.length });
      if (own.length > 0) void inBackground();
    }
    return waiting;
  }

  #unsent(found: FoundDraft): UnsentEdit {
    const { id, entry, kept, whose, url } = found;
    const { base, mine, savedAt } = this.#drafts.draft(found);
    const discard = async () => {
      // Another save may have kept it since, under another key.
      const now = (await this.#drafts.all([])).find((draft) => draft.id === id);
      if (now !== undefined) await this.#drafts.draft(now).discard();
    };
    // Each of these calls keeps the edit before its first wait.
    const send = (from = base): Promise<SaveResult> => {
      if (from === null) return this.#client.create(url, mine, { method: kept.isBelow ? "POST" : "PUT" });
      return mine === null ? this.#client.remove(from) : this.#client.save(from, mine);
    };
    const resend: Resend = () => (whose === "own" ? entry.resend?.() : undefined) ?? this.#drafts.sending(found, send);
    return { id, stamp: stampOf(found), document: entry.name, savedAt, isForeign: whose === "foreign", url, mine, resend, discard };
  }

  #plan(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#work(), ms);
    // A process of Node.js may end; the edits stay in the store.
    (this.#timer as { unref?: () => void }).unref?.();
  }

  #set(change: Partial<OutboxState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of [...this.#listeners]) this.#told(() => listener(this.#state));
  }

  /** Calls a function of the page. */
  #told(call: () => void): void {
    attempted(call, (error) => {
      if (!this.#hasFailed) console.warn("mergefetch: a listener of an outbox failed:", error);
      this.#hasFailed = true;
    });
  }
}

/** Identifies an edit with its text: a form keeps each of its edits under the same id. */
function stampOf({ id, kept: { savedAt, mine } }: FoundDraft): string {
  return JSON.stringify([id, savedAt, mine]);
}

/** Whether a page was to send exactly this edit, so that it may be sent again. A creation below a collection needs its key. */
function isSent({ typed, mine, base, isBelow, creation }: KeptEdit): boolean {
  if (typed !== undefined) return typed.conflict === undefined && JSON.stringify(typed.sent) === JSON.stringify(mine);
  return base !== null || !isBelow || typeof creation === "string";
}

/** Whether the drafts of the client have edits without an answer, also of pages that live. @internal */
export async function hasUnsent(client: Client): Promise<boolean> {
  return ((await hosts.get(client)?.drafts?.all([])) ?? []).some(isWaiting);
}

/** Whether the draft has no answer, as far as anybody knows. */
function isWaiting({ entry, kept, whose, url }: FoundDraft): boolean {
  // Without its secret the URL leads nowhere.
  if (url.includes("***")) return false;
  const { typed } = kept;
  if (whose === "left") return isSent(kept);
  if (typed !== undefined) return whose === "own" ? typed.sent !== undefined && entry.resend !== undefined : isSent(kept);
  // A page that lives knows about its edits.
  return isSent(kept) && (whose === "own" ? !entry.isOpen && entry.isUnanswered === true : kept.isUnanswered === true);
}

/** @param result Undefined while it waits; null if no request could be made. */
function shown({ url, mine, savedAt, discard }: UnsentEdit, result: SaveResult | null | undefined): OutboxEdit {
  const conflict = result?.kind === "conflict" ? result.conflict : null;
  const problem = result && !result.ok && result.kind !== "conflict" ? result.problem : null;
  return { url, mine, savedAt, state: result === undefined ? "waiting" : conflict === null ? "refused" : "conflict", conflict, problem, discard };
}

/** Asks the browser for a `sync` event of the page's service worker, which may come after the page is closed. */
async function inBackground(): Promise<void> {
  try {
    const registration = await globalThis.navigator?.serviceWorker?.getRegistration();
    await (registration as { sync?: { register(tag: string): Promise<void> } } | undefined)?.sync?.register(SYNC_TAG);
  } catch {
    // The browser or the person does not allow it. The next page sends the edits.
  }
}
