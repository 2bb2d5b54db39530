/** A document that people type in while others save it: the state for a page, and the calls that read and send it. */
import { hosts } from "../client/client.js";
import { engineLoaded } from "../client/load.js";
import { keepBase } from "../client/snapshots.js";
import { details, forgotten } from "../drafts/details.js";
import type * as WithEngine from "../engine/engine-script.js";
import { checkFunction, checkMethods, urlText } from "../types/arguments.js";
import { MergefetchError, attempted, isThenable, wrong } from "../types/errors.js";
import type { KeptConflict } from "../types/kept.js";
import { checkKeys } from "../types/options.js";
import { bodyOf, formatOf, valueOf } from "../types/values.js";
import type { Author, Change, Client, Conflict, Draft, JsonPointer, Problem, SaveResult, Snapshot } from "../types/types.js";
import type { Base, Body, Format } from "../types/wire.js";
import { markForm } from "./forms.js";
import { Keeper, type ToKeep } from "./keeper.js";
import { type Told, tabsOf } from "./tabs.js";

/** How a document is opened. */
export interface DocumentOptions<T> {
  /**
   * What becomes of edits of others while somebody types. "enter" (default): they enter the draft at once; what both edited keeps the typed value, and
   * the save asks. "wait": they wait for {@link OpenDocument.enter} or for the save.
   */
  readonly theirs?: "enter" | "wait";
  /** The document as the page has it already, for example in HTML that the server rendered: a snapshot, or a copy of one. */
  readonly initial?: Snapshot<T>;
  /** The options of all reads and saves of this document. */
  readonly init?: RequestInit;
}

/** Changes of others that have entered the draft. */
export interface News {
  readonly changes: readonly Change[];
  /** Who saved them, if the route's `author` says so. */
  readonly author: Author | null;
}

/** A document in a form, as it is at one moment. */
export interface DocumentState<T> {
  /** The version that the draft is an edit of; null until it is loaded. */
  readonly base: Snapshot<T> | null;
  /** The document with the person's edits; undefined until it is loaded. */
  readonly draft: T | undefined;
  /** The newest version, if the draft lacks parts of it. */
  readonly theirs: Snapshot<T> | null;
  /** Something typed is not saved. */
  readonly isDirty: boolean;
  /** The server holds changes that the draft lacks. */
  readonly isStale: boolean;
  /** The changes of others that the draft lacks. */
  readonly incoming: readonly Change[];
  /** The paths of values that both changed: the save asks about them. */
  readonly overlaps: readonly JsonPointer[];
  /** The conflict that waits for decisions. */
  readonly conflict: Conflict<T> | null;
  /** The other side of `conflict` holds only saves of other tabs: one person typed both sides, and mine is newer. */
  readonly isOwnConflict: boolean;
  /** Why the last save was refused. */
  readonly problem: Problem | null;
  /** A save is under way; typing may go on. */
  readonly isSaving: boolean;
  /** Everything typed is saved, or kept as a draft. */
  readonly isSafeToLeave: boolean;
  /** The document has been removed. */
  readonly isGone: boolean;
  /** The last changes of others that entered the draft, with a save or before it. */
  readonly news: News | null;
  /** What earlier pages left behind when they crashed or were closed, if the client has `drafts`: {@link OpenDocument.recover} goes on with one of them. */
  readonly left: readonly Draft<T>[];
  /** How often `type()` was called. */
  readonly edits: number;
}

/** One document that is being edited; made by {@link openDocument}. Each function works without the object: `const { current } = opened`. */
export interface OpenDocument<T> {
  /** The state, a new object with every change. */
  current(): DocumentState<T>;
  /** Calls `listener` after every change; returns a function that ends this. Saves of other tabs count only while a listener exists. */
  subscribe(listener: (state: DocumentState<T>) => void): () => void;
  /** Reads the newest version. It enters the draft as the option `theirs` says. */
  load(init?: RequestInit): Promise<void>;
  /** Replaces the draft. It may be the same object, changed in place: each call is an edit. */
  type(draft: T): void;
  /** Lets the changes of others into the draft that have waited. */
  enter(): Promise<void>;
  /**
   * Saves the current draft, including changes in place without a call of `type()`.
   *
   * @throws {MergefetchError} `invalid-argument`: nothing is loaded yet, or the draft holds values that JSON cannot represent.
   */
  save(): Promise<SaveResult<T>>;
  /** Sends the result of the conflict, after decisions on its changes. */
  submit(): Promise<SaveResult<T>>;
  /**
   * Goes on with what an earlier page left behind: its draft, and its conflict with the decisions.
   *
   * @param draft One of `left`.
   * @throws {MergefetchError} `invalid-argument`: another draft, or something is typed in this form, which would be lost.
   */
  recover(draft: Draft<T>): Promise<void>;
  /** Puts the conflict aside without a decision; the next save asks again. */
  drop(): void;
}

type Machine = InstanceType<typeof WithEngine.DocumentCore>;
type Scripts = typeof WithEngine;

/** What is behind an open document, for the other scripts of this entry. @internal */
export interface Inside<T> {
  readonly client: Client;
  /** A version was read elsewhere. */
  arrived(snapshot: Snapshot<T>): Promise<void>;
  /** Reads the newest version. A failure is left to the next read or save. */
  reread(): Promise<void>;
  /** Keeps what is typed at once. */
  keep(): Promise<void>;
}

/** The insides of the documents of this page. @internal */
export const insides = new WeakMap<OpenDocument<never>, Inside<never>>();

const FRESH = {
  base: null,
  draft: undefined,
  theirs: null,
  isDirty: false,
  isStale: false,
  incoming: [],
  overlaps: [],
  conflict: null,
  isOwnConflict: false,
  problem: null,
  isSaving: false,
  isSafeToLeave: true,
  isGone: false,
  news: null,
  left: [],
  edits: 0,
} as const;

/**
 * Opens a document for a form of any kind.
 *
 * What is typed stays, whatever the server says: no conflict, no refusal and no lost network ever reverts the draft. Edits of others enter it as soon
 * as they are known: by `load()`, by a save, from another tab, or by `watch`. Where both edited one place, the typed value stays, `overlaps` names the
 * place, and the next save asks. A value that the server only respelled, for example trimmed, stays as it was typed.
 *
 * @throws {MergefetchError} `invalid-argument`: no client, no URL, or an option that is none.
 */
export function openDocument<T = unknown>(client: Client, url: string | URL, options: DocumentOptions<T> = {}): OpenDocument<T> {
  checkMethods(client, ["get", "save"], "a client as `createClient` makes it");
  urlText(url);
  checkKeys(options, ["theirs", "initial", "init"], "the options of a document");
  if (![undefined, "enter", "wait"].includes(options.theirs)) throw wrong('theirs to be "enter" or "wait"', options.theirs);
  return new Opened(client, url, options);
}

class Opened<T> implements OpenDocument<T> {
  readonly #client: Client;
  readonly #url: string | URL;
  readonly #isWaiting: boolean;
  #init: RequestInit | undefined;
  #state: DocumentState<T> = FRESH;
  readonly #listeners = new Set<(state: DocumentState<T>) => void>();
  #hasFailed = false;
  #machine: Machine | undefined;
  #scripts: Scripts | undefined;
  #opening: Promise<Machine> | undefined;
  #format: Format = "json";
  /** The versions that the machine may name. */
  readonly #versions = new Map<number, Snapshot<T>>();
  #revision = -1;
  /** The draft as the machine has it, and as the page had it then. */
  #known: Body | undefined;
  /** Why the machine has no draft: a value that JSON cannot represent. */
  #unsendable: unknown;
  /** Saves run one after the other. */
  #last: Promise<void> | undefined;
  #isReading = false;
  #isAskedAgain = false;
  #keeper: Keeper | undefined;
  /** What was sent, and may have arrived. */
  #sent: Body | undefined;
  /** The draft that led to the conflict. */
  #asked: Body | undefined;
  /** Whether edits of others wait although the page did not say so: a recovered edit may be among them. */
  #isCautious = false;
  readonly #resend = () => this.save() as Promise<SaveResult>;
  readonly #tabs = tabsOf((told) => this.#heard(told));

  constructor(client: Client, url: string | URL, { theirs, initial, init }: DocumentOptions<T>) {
    this.#client = client;
    this.#url = url;
    this.#isWaiting = theirs === "wait";
    this.#init = init && { ...init, signal: null };
    const inside: Inside<T> = {
      client,
      arrived: (snapshot) => this.#arrived(snapshot),
      reread: () => this.#reread(),
      keep: async () => this.#keeper?.now(),
    };
    const drafts = hosts.get(client)?.drafts;
    if (drafts !== undefined) this.#keeper = new Keeper(drafts.typing(), () => this.#toKeep(), (edits) => this.#kept(edits));
    insides.set(this as unknown as OpenDocument<never>, inside as unknown as Inside<never>);
    if (initial !== undefined) {
      checkMethods(initial, [], "a snapshot as `get` returns it");
      this.#begin(initial);
    }
  }

  /** Vue makes proxies of plain objects alone: a proxy of a document would have no private fields. */
  get [Symbol.toStringTag](): string {
    return "OpenDocument";
  }

  // Pages and frameworks take these functions out of the object, so each is bound to it.
  readonly current = (): DocumentState<T> => {
    return this.#state;
  };

  readonly subscribe = (listener: (state: DocumentState<T>) => void): (() => void) => {
    checkFunction(listener, "listener");
    this.#listeners.add(listener);
    this.#attend();
    return () => {
      this.#listeners.delete(listener);
      this.#attend();
    };
  };

  readonly load = async (init?: RequestInit): Promise<void> => {
    const snapshot = await this.#client.get<T>(this.#url, init === undefined ? this.#init : init);
    if (init !== undefined) this.#init = { ...init, signal: null };
    if (this.#state.base === null) this.#begin(snapshot);
    else await this.#arrived(snapshot);
  };

  readonly type = (draft: T): void => {
    if (isThenable(draft)) throw wrong("a draft", draft);
    const edits = this.#state.edits + 1;
    if (this.#machine === undefined) {
      this.#set({ draft, edits, isDirty: true, isSafeToLeave: false });
      this.#keeper?.changed();
      return;
    }
    this.#state = { ...this.#state, draft, edits };
    this.#shown(() => {});
  };

  readonly enter = async (): Promise<void> => {
    const machine = await this.#opened();
    this.#shown(() => machine.happened("entered"), this.#state.theirs?.author ?? null);
  };

  readonly save = (): Promise<SaveResult<T>> => {
    return this.#next(async () => {
      if (this.#state.base === null || this.#state.draft === undefined) throw missing("load()");
      const machine = this.#machine ?? (await this.#opened());
      this.#sync(machine);
      if (this.#unsendable !== undefined) throw this.#unsendable;
      const { base, theirs, from, mine } = this.#guarded(() => machine.save());
      [this.#sent, this.#asked] = [mine, machine.draft()];
      const send = () => (base === undefined ? this.#decide(from as Body, mine, theirs as number) : this.#send(base, mine));
      return this.#sending(machine, send, base === undefined ? null : (this.#versions.get(base)?.version ?? null));
    });
  };

  readonly submit = (): Promise<SaveResult<T>> => {
    return this.#next(async () => {
      const { conflict } = this.#state;
      const machine = await this.#opened();
      this.#sync(machine);
      if (conflict === null || !machine.submit()) throw missing("a conflict");
      return this.#sending(machine, () => conflict.submit(), null, true);
    });
  };

  readonly drop = (): void => {
    if (this.#state.conflict === null) return;
    this.#set({ conflict: null, isOwnConflict: false });
    this.#shown((machine) => machine.happened("dropped"));
  };

  /** Runs one save after the other. The first begins at once, with the draft as it is now. */
  #next<R>(run: () => Promise<R>): Promise<R> {
    const result = this.#last === undefined ? run() : this.#last.then(run);
    const last = result.then(
      () => {},
      () => {},
    );
    this.#last = last;
    void last.then(() => {
      if (this.#last === last) this.#last = undefined;
    });
    return result;
  }

  /** The first version of the document. What was typed before is an edit of it. */
  #begin(snapshot: Snapshot<T>): void {
    const { format, body } = this.#bodyOf(snapshot);
    this.#format = format;
    const { draft } = this.#state;
    this.#set({ base: snapshot, ...(draft === undefined && { draft: valueOf(copied(body), format) as T }) });
    this.#attend();
    // Without the engine the form shows the document, and takes what is typed.
    this.#opened().catch(() => {});
    void this.#look();
  }

  /** Looks for what earlier pages left behind. */
  async #look(): Promise<void> {
    const { base } = this.#state;
    const found = (await hosts.get(this.#client)?.drafts?.list(base === null ? [] : [base.url]).catch(() => [])) ?? [];
    const left = found.filter((draft) => draft.url === base?.url && draft.base !== null && draft.mine !== null);
    if (left.length > 0) this.#set({ left: left as readonly Draft<T>[] });
  }

  readonly recover = async (draft: Draft<T>): Promise<void> => {
    const { base, mine } = draft;
    if (!this.#state.left.includes(draft) || base === null) throw wrong("one of `left`", draft);
    if (this.#state.isDirty || this.#state.conflict !== null) throw missing("nothing typed");
    const { sent, asked, conflict } = details.get(draft as Draft) ?? { sent: keepBase(base)?.doubted };
    // An edit that may have arrived must not meet itself as an edit of somebody else: its save finds out.
    this.#isCautious = sent !== undefined;
    [this.#sent, this.#asked, this.#opening, this.#machine] = [sent, asked, undefined, undefined];
    this.#set({ base, draft: mine as T, edits: this.#state.edits + 1, isDirty: true, isSafeToLeave: false, left: this.#state.left.filter((one) => one !== draft) });
    const machine = await this.#opened();
    if (conflict !== undefined && asked !== undefined) {
      const restored = await this.#client.restore<T>(conflict);
      this.#guarded(() => machine.typed(asked));
      this.#guarded(() => machine.save());
      this.#guarded(() => machine.happened("conflicted"));
      this.#met(restored);
    }
    this.#shown(() => {});
    // First the new draft, then the old one goes: a crash between the two loses nothing.
    await this.#keeper?.now();
    await forgotten(draft);
    await this.#reread();
  };

  /** What a crash must not take; undefined if all of it is saved. */
  #toKeep(): ToKeep | undefined {
    const { base, draft, conflict, isDirty } = this.#state;
    const known = base && keepBase(base);
    if (!known || draft === undefined || (!isDirty && conflict === null && this.#sent === undefined)) return undefined;
    const machine = this.#machine;
    try {
      const mine = machine?.draft() ?? bodyOf(draft, this.#format);
      const body = machine?.base() ?? known.body;
      // No version of the server equals a base that lacks the parts of theirs that overlap: a save from it has to read first.
      const from = isEqual(body, known.body) ? known : { ...known, version: undefined, body, isCopy: true };
      const typed = { sent: this.#sent, ...(conflict !== null && { asked: this.#asked, conflict: conflict.toJSON() as KeptConflict }) };
      return { url: known.url, base: from, mine, format: this.#format, typed, edits: machine?.state().edits ?? 0 };
    } catch {
      // JSON cannot represent the draft.
      return undefined;
    }
  }

  /** The store holds the draft as it was after so many edits. */
  #kept(edits: number): void {
    if (this.#machine === undefined) return;
    this.#machine.kept(edits);
    const { isSafeToLeave } = this.#machine.state();
    if (isSafeToLeave !== this.#state.isSafeToLeave && this.#unsendable === undefined) this.#set({ isSafeToLeave });
  }

  /** A conflict waits for decisions, each of which is kept. */
  #met(conflict: Conflict<T>): void {
    this.#set({ conflict, isOwnConflict: this.#isOfOtherTabs(conflict), problem: null });
    conflict.subscribe(() => {
      if (this.#state.conflict === conflict) this.#keeper?.changed();
    });
  }

  /** The document as it was read. */
  #bodyOf(snapshot: Snapshot<T>): { readonly body: Body; readonly format: Format } {
    const known = keepBase(snapshot);
    const format = known?.format ?? formatOf(snapshot.value);
    return { body: known?.body ?? bodyOf(snapshot.value, format), format };
  }

  /** Gives a version a number. */
  #numbered(snapshot: Snapshot<T>): { readonly revision: number; readonly body: Body; readonly format: Format } {
    this.#versions.set(++this.#revision, snapshot);
    return { revision: this.#revision, ...this.#bodyOf(snapshot) };
  }

  /** The machine, with what was typed before it was there. */
  #opened(): Promise<Machine> {
    const { base } = this.#state;
    if (base === null) return Promise.reject(missing("load()"));
    this.#opening ??= (async () => {
      const scripts = await engineLoaded();
      this.#scripts = scripts;
      const { revision, body, format } = this.#numbered(base);
      // A client of the page's own, such as one for tests, has no routes.
      const merge = hosts.get(this.#client)?.call(base.url, this.#init).options.merge;
      this.#machine = new scripts.DocumentCore(scripts.openDocument(format, body, revision, merge, this.#isWaiting || this.#isCautious));
      this.#known = this.#machine.draft();
      const { isStale } = this.#state;
      this.#shown((machine) => isStale && machine.happened("announced"));
      return this.#machine;
    })().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  #guarded<R>(call: () => R): R {
    return this.#scripts === undefined ? call() : this.#scripts.guarded(call);
  }

  /** Tells the machine what the draft holds by now, also if it was changed in place. */
  #sync(machine: Machine): void {
    this.#unsendable = undefined;
    try {
      this.#guarded(() => machine.typed(bodyOf(this.#state.draft, this.#format)));
    } catch (error) {
      this.#unsendable = error;
    }
    this.#known = machine.draft();
  }

  /** Makes a change in the machine, and shows what has come of it. */
  #shown(change: (machine: Machine) => void, author?: Author | null): void {
    const machine = this.#machine;
    if (machine === undefined) return;
    this.#sync(machine);
    this.#guarded(() => change(machine));
    const raw = machine.state();
    const changes = author === undefined ? [] : this.#changes(machine.entered());
    const incoming = raw.isStale ? this.#changes(this.#guarded(() => machine.incoming())).filter(({ state }) => state === "theirs" || state === "conflict") : [];
    const draft = machine.draft();
    const isReplaced = this.#unsendable === undefined && !isEqual(draft, this.#known);
    this.#known = draft;
    this.#set({
      base: this.#versions.get(raw.base) ?? this.#state.base,
      theirs: (raw.theirs === null ? null : this.#versions.get(raw.theirs)) ?? null,
      ...(isReplaced && { draft: valueOf(copied(draft), this.#format) as T }),
      isDirty: raw.isDirty || this.#unsendable !== undefined,
      isStale: raw.isStale,
      incoming,
      overlaps: [...new Set(incoming.filter(({ clash }) => clash !== undefined).map(({ path }) => path))],
      isSaving: raw.isSaving,
      isSafeToLeave: raw.isSafeToLeave && this.#unsendable === undefined,
      ...(changes.length > 0 && { news: { changes, author: author ?? null } }),
    });
    for (const revision of this.#versions.keys()) {
      if (revision !== raw.base && revision !== raw.theirs && revision !== this.#revision) this.#versions.delete(revision);
    }
    this.#keeper?.changed();
    if (raw.needsRead) void this.#reread();
  }

  #changes(packed: ReturnType<Machine["incoming"]>): readonly Change[] {
    return packed === null || this.#scripts === undefined ? [] : this.#scripts.changesOf(packed, this.#format);
  }

  #set(change: Partial<DocumentState<T>>): void {
    this.#state = { ...this.#state, ...change };
    const failed = (error: unknown) => {
      if (!this.#hasFailed) console.warn("mergefetch: a listener of a document failed:", error);
      this.#hasFailed = true;
    };
    for (const listener of [...this.#listeners]) attempted(() => listener(this.#state), failed);
  }

  /** A version was read. A format that has changed leaves the draft alone: the save asks. */
  async #arrived(snapshot: Snapshot<T>): Promise<void> {
    const machine = await this.#opened();
    const { revision, body, format } = this.#numbered(snapshot);
    if (format === this.#format) this.#shown(() => machine.read(revision, body), snapshot.author);
    this.#set({ isGone: false });
  }

  /** Reads the newest version: two versions came in an order that nobody knows. */
  async #reread(): Promise<void> {
    // What changes during a read may not be in it.
    this.#isAskedAgain = this.#isReading;
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      await this.#arrived(await this.#client.get<T>(this.#url, this.#init));
    } catch {
      // The next read or save finds out.
    } finally {
      this.#isReading = false;
    }
    if (this.#isAskedAgain) await this.#reread();
  }

  #send(base: number, mine: Body): Promise<SaveResult<T>> {
    const snapshot = this.#versions.get(base) as Snapshot<T>;
    markForm(snapshot, this.#resend);
    return this.#client.save(snapshot, valueOf(mine, this.#format) as T, this.#init);
  }

  /** The conflict between the draft and a version that was read: nothing has been sent yet. */
  async #decide(from: Body, mine: Body, theirs: number): Promise<SaveResult<T>> {
    const host = hosts.get(this.#client);
    const known = keepBase(this.#versions.get(theirs) as Snapshot<T>);
    if (host === undefined || known === undefined || this.#scripts === undefined) throw wrong("a client as `createClient` makes it", this.#client);
    const base: Base = { ...known, version: null, body: from };
    const parts = { url: known.url, format: this.#format, base, mine, theirs: known, decisions: [] };
    const conflict = await this.#scripts.found<T>(host, parts, this.#init);
    if (conflict.unresolved === 0) return conflict.submit();
    this.#scripts.told(host, conflict);
    return { ok: false, kind: "conflict", conflict };
  }

  async #sending(machine: Machine, send: () => Promise<SaveResult<T>>, from: string | null, isDecision = false): Promise<SaveResult<T>> {
    this.#shown(() => {});
    try {
      const result = await send();
      if (result.kind === "conflict") {
        this.#sent = undefined;
        if (this.#state.conflict !== result.conflict) this.#met(result.conflict);
        this.#shown(() => machine.happened("conflicted"));
      } else if (!result.ok) {
        // Without a certain answer it may have arrived.
        if (result.kind !== "unknown") this.#sent = undefined;
        this.#set({ problem: result.problem });
        this.#shown(() => machine.happened("failed"));
      } else {
        this.#ended(machine, result, isDecision);
        // A page that closes now must not leave a draft of what is saved.
        await this.#keeper?.now();
        if (result.kind !== "unchanged") {
          this.#tabs.tell(this.#state.base?.url, { from: result.kind === "saved" ? from : null, to: result.snapshot?.version ?? null });
        }
      }
      return result;
    } catch (error) {
      this.#shown(() => machine.happened("failed"));
      throw error;
    }
  }

  #ended(machine: Machine, result: SaveResult<T> & { readonly ok: true }, isDecision: boolean): void {
    this.#sent = undefined;
    if (this.#isCautious && !this.#isWaiting) machine.happened("resumed");
    this.#isCautious = false;
    const changes = result.kind === "merged" ? result.changes.filter(({ state }) => state !== "mine") : [];
    this.#state = {
      ...this.#state,
      conflict: null,
      isOwnConflict: false,
      problem: null,
      isGone: result.snapshot === null,
      ...(changes.length > 0 && { news: { changes, author: null } }),
    };
    if (result.snapshot === null) return this.#shown(() => machine.happened("dropped"));
    const { revision, body } = this.#numbered(result.snapshot);
    this.#shown(() => machine.saved(revision, body, isDecision ? [""] : changes.map(({ path }) => path)));
  }

  /** Listens to other tabs while somebody listens here. */
  #attend(): void {
    this.#tabs.attend(this.#listeners.size > 0 ? this.#state.base?.url : undefined);
  }

  #heard({ to }: Told): void {
    const { base } = this.#state;
    if (base === null || (to !== null && base.version === to)) return;
    // A machine that opens later learns this from the state.
    if (this.#machine === undefined) this.#set({ isStale: true });
    else this.#shown((machine) => machine.happened("announced"));
  }

  /** Whether saves of other tabs lead from the base of the draft to the server's version. */
  #isOfOtherTabs({ theirs }: Conflict<T>): boolean {
    return theirs !== null && this.#tabs.leads(this.#state.base?.version ?? null, theirs.version);
  }
}

const missing = (what: string) => new MergefetchError("invalid-argument", `expected ${what} before this call`);

const copied = (body: Body): Body => (typeof body === "string" ? body : body.slice());

function isEqual(one: Body | undefined, other: Body | undefined): boolean {
  if (typeof one === "string" || typeof other === "string" || one === undefined || other === undefined) return one === other;
  return one.length === other.length && one.every((octet, at) => octet === other[at]);
}
