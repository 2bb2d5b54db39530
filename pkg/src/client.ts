import { checkFunction, checkInit, checkParts, headersOf, urlText } from "./arguments.js";
import { attempted, following, isSameOrigin, requestOf, validator, withProblem } from "./calls.js";
import { type ConflictCore, ConflictHandle, type ConflictHost } from "./conflict.js";
import { MergefetchError, redacted, translated, wrong } from "./errors.js";
import { EarlyReads } from "./early.js";
import { isStarted, loaded } from "./load.js";
import { checkKeys, oneOf } from "./options.js";
import { withAdapters } from "./own-adapter.js";
import { type PackedChanges, changesOf } from "./packed.js";
import { routesOf } from "./routes.js";
import { type RefusalCount, Stats } from "./stats.js";
import { type Patience, type Store, type Warn, clearPartition, memory, partitionOf, pinned, watched } from "./store.js";
import { type Base, type RawSnapshot, baseOf, keptInit, likeRead, snapshotOf } from "./snapshots.js";
import type { Client, ClientOptions, Conflict, Drafts, Holds, KeptDraft, Observers, Refusal, SaveResult, Snapshot } from "./types.js";
import { type Body, type Format, type RawProblem, bodyOf, changeOf, formatOf, problemOf, valueOf } from "./values.js";

/** What makes the answer to a read a part of the document, or none. */
const CONDITIONS = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range", "range"];

/** Results after which nobody has to keep the edit any more. */
const SAVED = ["saved", "created", "removed", "unchanged", "already-saved", "merged"];

/** The Fetch standard's limit, for the bodies of all requests that are to outlive the page. */
const KEEPALIVE_BYTES = 65_536;

const OPTION_KEYS = ["fetch", "baseUrl", "store", "drafts", "routes", "whenClean", "unprotected", "retry", "on", "timeoutMs"];

interface RawResult {
  readonly kind: string;
  /** The number of the save, which the module remembers while the page holds a snapshot of its base. */
  readonly remembered?: number;
  readonly snapshot?: RawSnapshot | null;
  readonly format?: Format;
  readonly changes?: PackedChanges;
  readonly problem?: RawProblem;
  readonly conflict?: ConflictCore;
}

/** The module's side of a refused write of `fetch`. Only one call may consume it. */
interface RefusedCore {
  readonly free: () => void;
}

/** The source of the conflict behind a refusal. */
interface Refused {
  readonly core: RefusedCore;
  readonly call: Call;
}

/** One call, as the module takes it. */
interface Call {
  readonly options: { readonly url: string } & Readonly<Record<string, unknown>>;
  readonly validate: ((body: Body) => Promise<string | undefined>) | undefined;
  /** Called when the turn of the write has come; resolves once the draft is kept and no other tab writes the document. */
  ready?: () => Promise<void>;
  /** The caller's change of a document. */
  change?: (body: Body, format: Format) => Promise<Body>;
  /** The caller's own request of `fetch`. */
  request?: Request;
  readonly headers: Headers;
  /** A new object for each call. */
  readonly init: RequestInit;
  /** Aborts with the caller's signal, and, except for `fetch`, with {@link Client.clear}. */
  readonly signal: AbortSignal;
  /** Lets go of the signals that the call follows. */
  readonly done: () => void;
  readonly session: Session;
}

/** What belongs to one user: what was read, what is remembered of it, and what is under way. */
interface Session {
  readonly store: Store;
  readonly early: EarlyReads;
  readonly ending: AbortController;
  core: Promise<ClientCore> | undefined;
}

interface ClientCore {
  read(call: unknown): Promise<unknown>;
  save(call: unknown, base: Base, mine: unknown): Promise<unknown>;
  create(call: unknown, mine: unknown, below: boolean): Promise<unknown>;
  remove(call: unknown, base: Base): Promise<unknown>;
  update(call: unknown): Promise<unknown>;
  fetch(call: unknown, hasDefaultCache: boolean, body: Uint8Array | undefined): Promise<unknown>;
  conflictOf(call: unknown, refused: RefusedCore): Promise<unknown>;
  keep(call: unknown, response: Response): void;
  forget(url: string, response: Response): void;
  tracks(call: unknown): boolean;
  holds(call: unknown, ...edits: Parameters<Holds>): boolean;
  hold(id: number): void;
  release(id: number): void;
}

/** The methods that may read or write a tracked document. */
const TRACKED = ["GET", "PUT", "PATCH", "DELETE"];

/** The module merges no larger bodies (docs/guide: limits). */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/**
 * Makes a client. Nothing is loaded or sent before its first call.
 *
 * @throws {MergefetchError} `invalid-argument`: an option that is none.
 */
export function createClient(options: ClientOptions = {}): Client {
  return new FetchClient(options);
}

class FetchClient implements Client, ConflictHost {
  readonly #options: ClientOptions;
  readonly #store: Store;
  readonly #routeOf;
  readonly #fetch;
  /** By partition; stores without partitions have one. */
  readonly #sessions = new Map<string | null | undefined, Session>();
  readonly #warned = new Set<string>();
  readonly #warn: Warn;
  readonly #patience: Patience = { isSilent: false };
  readonly #drafts: Drafts | undefined;
  /** The drafts of the edits behind open conflicts. */
  readonly #undecided = new WeakMap<Conflict, readonly KeptDraft[]>();
  readonly #stats = new Stats();
  readonly #refused = new WeakMap<Response, Refused>();
  /** Bases that the module counts as held by the page; `#letGo` reports when the page drops one. */
  readonly #held = new WeakSet<Base>();
  readonly #letGo = new FinalizationRegistry<{ readonly core: WeakRef<ClientCore>; readonly id: number }>(({ core, id }) => core.deref()?.release(id));

  constructor(options: ClientOptions) {
    checkKeys(options, OPTION_KEYS, "the options of a client");
    checkKeys(options.retry, ["rounds", "baseDelayMs", "maxDelayMs"], "`retry`");
    for (const [name, value] of Object.entries({ ...options.retry, timeoutMs: options.timeoutMs === undefined ? 0 : options.timeoutMs })) {
      if (!(Number.isInteger(value) && value >= 0 && value < 2 ** 31)) throw wrong(`${name} to be a whole number, at least 0`, value);
    }
    checkParts(options);
    const { whenClean = "merge", unprotected = "warn" } = options;
    oneOf(whenClean, ["merge", "ask-if-ambiguous", "ask"], "whenClean");
    oneOf(unprotected, ["warn", "refuse"], "unprotected");
    this.#options = options;
    this.#store = options.store ?? memory();
    this.#drafts = options.drafts;
    this.#warn = FetchClient.#warning(new WeakRef(this));
    this.#drafts?.through(this.#warn);
    this.#routeOf = routesOf(options.routes);
    this.#fetch = options.fetch ?? ownFetch;
  }

  /**
   * What the module calls holds the client weakly. The module's table is a root of the garbage collector, so that the client would never
   * be collected otherwise.
   */
  static #listener(client: WeakRef<FetchClient>, session: WeakRef<Session>): (name: keyof Observers, event: unknown) => void {
    return (name, event) => {
      const [self, of] = [client.deref(), session.deref()];
      if (self !== undefined && of !== undefined) self.#heard(of, name, event);
    };
  }

  static #warning(client: WeakRef<FetchClient>): Warn {
    return (message, error, code) => {
      const isFull = error instanceof MergefetchError && error.details["isFull"] === true;
      const self = client.deref();
      if (self !== undefined) self.#warnOnce(code ?? (isFull ? "storage-full" : "store"), message);
    };
  }

  #warnOnce(code: string, message: string): void {
    if (this.#warned.has(code)) return;
    this.#warned.add(code);
    this.#tell("warning", { url: "", code, message });
  }

  /** What belongs to the user who is signed in now. */
  #session(): Session {
    const owner = partitionOf(this.#store);
    let session = this.#sessions.get(owner);
    if (session === undefined) {
      const ending = new AbortController();
      const store = watched(pinned(this.#store), this.#warn, this.#patience, ending.signal);
      const early = new EarlyReads(withAdapters(this.#fetch, adapterBy(this.#routeOf), this.#warn), store);
      this.#sessions.set(owner, (session = { store, early, ending, core: undefined }));
    }
    return session;
  }

  #started(session: Session): Promise<ClientCore> {
    session.core ??= loaded().then(
      (core) => {
        const heard = FetchClient.#listener(new WeakRef(this), new WeakRef(session));
        return new core.ClientCore(session.early.fetch, session.store, heard) as ClientCore;
      },
      (error: unknown) => {
        session.core = undefined;
        throw error;
      },
    );
    return session.core;
  }

  /** The module, and meanwhile the read under way. */
  async #startedForRead(url: string, call: Call): Promise<ClientCore> {
    const { session } = call;
    if (isStarted()) return this.#started(session);
    const starting = this.#started(session);
    // The last line reports the error.
    starting.catch(() => {});
    if ((await session.early.isUnknown(url)) && !call.signal.aborted) session.early.send(url, call.headers, call.init, call.signal);
    return starting.catch((error: unknown) => {
      session.early.drop(call.init);
      throw error;
    });
  }

  /** The answer to a read that needs no module while the module is not ready. The module stores the answer later. */
  async #fetchEarly(call: Call, request: Request): Promise<Response | undefined> {
    const { session } = call;
    if (isStarted() || request.method !== "GET" || CONDITIONS.some((name) => request.headers.has(name))) return undefined;
    const starting = this.#started(session);
    starting.catch(() => {});
    if (!(await session.early.isUnknown(request.url))) return undefined;
    const sinceMs = Date.now();
    let status: number | null = null;
    try {
      const response = await session.early.fetch(request.clone());
      status = response?.status ?? null;
      // The module handles a missing answer, and a 304 without a condition.
      if (status === null || status === 304) return undefined;
      if (status === 200) {
        const copy = response.clone();
        void starting.then((core) => core.keep(call, copy)).catch(() => copy.body?.cancel());
      }
      return response;
    } finally {
      this.#tell("request", { url: request.url, method: "GET", status, ms: Date.now() - sinceMs, bytesSaved: 0 });
    }
  }

  async fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const request = requestOf(typeof input === "object" && input !== null && "method" in input ? input : this.#resolve(input), init);
    const call = this.#fetchCall(request, init?.signal ?? (input instanceof Request ? input.signal : undefined));
    const isStream = init?.body instanceof ReadableStream && ["PUT", "PATCH", "DELETE"].includes(request.method);
    if (isStream && (await this.#isTracked(call))) throw wrong("a body that can be read twice, as the document is tracked", "a ReadableStream");
    const early = await this.#fetchEarly(call, request);
    if (early !== undefined) return early;
    if (isStream || !TRACKED.includes(request.method)) return this.#passOn(call, request);
    const core = await this.#started(call.session);
    const body = request.method === "PUT" ? new Uint8Array(await request.clone().arrayBuffer()) : undefined;
    if (body !== undefined && body.byteLength > MAX_BODY_BYTES) {
      if (!(await this.#isTracked(call))) return this.#passOn(call, request);
      const details = { url: request.url, limitBytes: MAX_BODY_BYTES, foundBytes: body.byteLength };
      throw new MergefetchError("too-large", `${request.method} ${redacted(request.url)}: the document is larger than the limit`, details);
    }
    const { response, refused, url } = (await this.#run(call, () => core.fetch(call, request.cache === "default", body))) as {
      response: Response;
      refused?: RefusedCore;
      url?: string;
    };
    if (url !== undefined) Object.defineProperty(response, "url", { value: url });
    if (refused !== undefined) this.#refused.set(response, { core: refused, call });
    return response;
  }

  /** Whether the client knows a version that a write of the document has to name. */
  async #isTracked(call: Call): Promise<boolean> {
    const { session, options } = call;
    if (!(await session.early.isUnknown(options.url))) return true;
    return session.core !== undefined && (await this.#started(session)).tracks(call);
  }

  /** Sends a request that the client does not track. */
  async #passOn({ session }: Call, request: Request): Promise<Response> {
    const sinceMs = Date.now();
    let status: number | null = null;
    try {
      const response = await session.early.fetch(request);
      status = response.status;
      if (status < 400 && !["GET", "HEAD", "OPTIONS"].includes(request.method)) (await this.#started(session)).forget(request.url, response);
      return response;
    } finally {
      this.#tell("request", { url: request.url, method: request.method, status, ms: Date.now() - sinceMs, bytesSaved: 0 });
    }
  }

  async conflictOf(response: Response): Promise<Conflict | null> {
    if (typeof response?.status !== "number") throw wrong("a response of this client's `fetch`", response);
    const refused = this.#refused.get(response);
    if (refused === undefined) return null;
    this.#refused.delete(response);
    const { call } = refused;
    const core = await this.#started(call.session);
    const headers = new Headers(call.headers);
    for (const name of CONDITIONS) headers.delete(name);
    // The options of the read hold for later calls, but not its condition, or the signal of one call.
    const init = keptInit({ ...call.init, headers });
    const again = this.#call(call.options.url, init);
    const result = (await this.#run(again, () => core.conflictOf(again, refused.core))) as RawResult;
    return result.conflict === undefined ? null : this.#conflict(result.conflict, init);
  }

  async get<T = unknown>(url: string | URL, init?: RequestInit): Promise<Snapshot<T>> {
    const address = this.#resolve(url);
    const call = this.#call(address, init);
    const core = await this.#startedForRead(address, call);
    return snapshotOf<T>((await this.#run(call, () => core.read(call))) as RawSnapshot, init);
  }

  async save<T>(base: Snapshot<T>, mine: T, init?: RequestInit): Promise<SaveResult<T>> {
    // All of it is read before the first wait, as the page may go on editing the same objects.
    const known = this.#base(base);
    const body = bodyOf(mine, known.format);
    init = this.#unlessTooLarge(likeRead(base, init), body);
    const call = this.#call(known.url, init, known.format);
    return this.#written(call, known, { mine, body }, init, (core) => core.save(call, known, body));
  }

  async create<T>(url: string | URL, value: T, init: RequestInit = {}): Promise<SaveResult<T>> {
    checkInit(init);
    const { method = "PUT", ...rest } = init;
    if (method !== "PUT" && method !== "POST") throw wrong("method to be PUT or POST", method);
    const address = this.#resolve(url);
    const format = this.#routeOf(address).format ?? formatOf(value);
    const call = this.#call(address, rest, format);
    const body = bodyOf(value, format);
    return this.#written(call, undefined, { mine: value, body }, rest, (core) => core.create(call, body, method === "POST"));
  }

  async remove<T>(base: Snapshot<T>, init?: RequestInit): Promise<SaveResult<T>> {
    const known = this.#base(base);
    init = likeRead(base, init);
    const call = this.#call(known.url, init, known.format);
    return this.#written(call, known, { mine: base.value, body: null }, init, (core) => core.remove(call, known));
  }

  async update<T>(url: string | URL, change: (draft: T) => T | void | Promise<T | void>, init?: RequestInit): Promise<SaveResult<T>> {
    checkFunction(change, "change");
    const address = this.#resolve(url);
    const call = this.#call(address, init);
    let mine: T | undefined;
    call.change = async (body, format) => {
      const draft = valueOf(body, format) as T;
      const changed = await change(draft);
      mine = changed === undefined ? draft : changed;
      return bodyOf(mine, format);
    };
    const core = await this.#started(call.session);
    return this.#result<T>(address, await this.#run(call, () => core.update(call)), mine as T, init);
  }

  async clear(partition?: string): Promise<void> {
    if (partition !== undefined && typeof partition !== "string") throw wrong("the name of a partition", partition);
    // Determine the partition at once: a page that signs its user out does not wait for this call.
    const owner = partition ?? partitionOf(this.#store);
    // Calls under way must not write into the emptied store.
    this.#sessions.get(owner)?.ending.abort();
    this.#sessions.delete(owner);
    await clearPartition(this.#store, owner);
  }

  stats(): readonly RefusalCount[] {
    return this.#stats.list();
  }

  async send<T>(
    url: string,
    init: RequestInit | undefined,
    mine: T,
    run: (call: unknown) => Promise<unknown>,
    self: Conflict<T>,
  ): Promise<SaveResult<T>> {
    const call = this.#call(url, init, self.format);
    const raw = (await this.#run(call, () => run(call))) as RawResult;
    if (SAVED.includes(raw.kind)) await this.#decided(self);
    if (raw.kind !== "conflict") return this.#result<T>(url, raw, mine, init);
    this.#count(url, "conflict");
    this.#tell("conflict", self);
    return { ok: false, kind: "conflict", conflict: self };
  }

  async saveTyped<T>(self: Conflict<T>, mine: T, init: RequestInit | undefined): Promise<SaveResult<T>> {
    const result = await this.save(self.theirs as Snapshot<T>, mine, init);
    // Decided with the conflict that comes next, where one does.
    if (result.kind === "conflict") this.#keepFor(result.conflict, ...(this.#undecided.get(self as Conflict) ?? []));
    if (result.ok) await this.#decided(self);
    return result;
  }

  /** Keeps drafts until a conflict is decided. */
  #keepFor<T>(conflict: Conflict<T>, ...drafts: readonly KeptDraft[]): void {
    this.#undecided.set(conflict as Conflict, [...(this.#undecided.get(conflict as Conflict) ?? []), ...drafts]);
  }

  async #decided<T>(conflict: Conflict<T>): Promise<void> {
    for (const draft of this.#undecided.get(conflict as Conflict) ?? []) await draft.decided();
  }

  async refresh(url: string, run: (call: unknown) => Promise<unknown>): Promise<{ readonly moved: boolean; readonly reopened: readonly string[] }> {
    const call = this.#call(url, undefined);
    return (await this.#run(call, () => run(call))) as { moved: boolean; reopened: readonly string[] };
  }

  /** `keepalive` without what browsers refuse: they hold 64 KiB for all such requests together. */
  #unlessTooLarge(init: RequestInit, body: Body): RequestInit {
    const bytes = typeof body === "string" ? new TextEncoder().encode(body).byteLength : body.byteLength;
    if (!init.keepalive || bytes <= KEEPALIVE_BYTES) return init;
    this.#tell("warning", { url: "", code: "keepalive", message: `a save of ${bytes} bytes cannot outlive the page: browsers take 65536 at most` });
    return { ...init, keepalive: false };
  }

  #base(snapshot: Snapshot): Base {
    return baseOf(snapshot, (url) => this.#routeOf(url).format);
  }

  #resolve(url: string | URL): string {
    const text = urlText(url);
    const relativeTo = this.#options.baseUrl ?? globalThis.document?.baseURI ?? globalThis.location?.href;
    try {
      const resolved = new URL(text, relativeTo);
      resolved.hash = "";
      return resolved.href;
    } catch (cause) {
      throw new MergefetchError("invalid-argument", "expected a URL, or one relative to `baseUrl`", { url: text }, cause);
    }
  }

  /** A request of the caller of `fetch`, with its own conditions. */
  #fetchCall(request: Request, signal: AbortSignal | undefined): Call {
    const { credentials, mode, redirect, referrer, referrerPolicy, integrity, keepalive } = request;
    const init: RequestInit = { credentials, redirect, referrerPolicy, integrity, keepalive };
    if (mode !== "navigate") init.mode = mode;
    if (referrer !== "about:client") init.referrer = referrer;
    // Not the request's signal: Node.js 20 loses its link to the caller's signal at garbage collection.
    const call = this.#made(request.url, request.headers, init, signal);
    // Signing out does not end requests of `fetch`: they belong to the page.
    call.done();
    return { ...call, request, signal: signal ?? new AbortController().signal };
  }

  #call(url: string, init: RequestInit = {}, format?: Format): Call {
    checkInit(init);
    const { method, body, headers, signal, cache: _ours, ...rest } = init;
    if (method !== undefined) throw wrong("no `method`, as the call decides it", method);
    if (body !== undefined && body !== null) throw wrong("no `body`, as the call makes it", body);
    if (rest.mode === "no-cors") throw wrong("a mode in which the answer can be read", rest.mode);
    const fields = headersOf(headers);
    for (const name of CONDITIONS) {
      if (fields.has(name)) throw wrong("no conditional field, as the call makes it", name);
    }
    return this.#made(url, fields, rest, signal, format);
  }

  #made(url: string, fields: Headers, init: RequestInit, signal?: AbortSignal | null, format?: Format): Call {
    const route = this.#routeOf(url);
    const session = this.#session();
    const { retry = {}, timeoutMs = 60_000, whenClean = "merge", unprotected = "warn" } = this.#options;
    return {
      options: {
        url,
        format: route.format ?? format,
        isSameOrigin: isSameOrigin(url),
        isOnce: route.once,
        hasUniqueReads: route.uniqueReads,
        hasIdempotencyKey: fields.has("idempotency-key"),
        timeoutMs,
        contentType: fields.get("content-type") ?? undefined,
        whenClean,
        refuseUnprotected: unprotected === "refuse",
        rounds: retry.rounds ?? 5,
        baseDelayMs: retry.baseDelayMs ?? 200,
        maxDelayMs: retry.maxDelayMs ?? 5_000,
        merge: route.merge,
        versioning: route.versioning,
        update: route.update,
      },
      validate: route.validate && validator(route.validate, route.format ?? format ?? "json"),
      headers: fields,
      init,
      ...following(session.ending.signal, signal),
      session,
    };
  }

  async #run(call: Call, run: () => Promise<unknown>): Promise<unknown> {
    try {
      return await run();
    } catch (thrown) {
      throw withProblem(translated(thrown));
    } finally {
      call.done();
    }
  }

  /** Runs a write, and keeps the edit as a draft until the module returns a result. */
  async #written<T>(
    call: Call,
    base: Base | undefined,
    { mine, body }: { readonly mine: T; readonly body: Body | null },
    init: RequestInit | undefined,
    run: (core: ClientCore) => Promise<unknown>,
  ): Promise<SaveResult<T>> {
    const { url } = call.options;
    const draft = this.#drafts?.keep(url, base, body, base?.format ?? formatOf(mine));
    if (draft !== undefined) call.ready = draft.ready;
    let [raw, holds]: [RawResult?, Holds?] = [];
    try {
      const core = await this.#started(call.session);
      holds = holdsOf(core, call);
      raw = (await this.#run(call, () => run(core))) as RawResult;
      this.#hold(core, base, raw.remembered);
      const result = this.#result<T>(url, raw, mine, init);
      if (draft !== undefined && result.kind === "conflict") this.#keepFor(result.conflict, draft);
      return result;
    } finally {
      await draft?.ended(raw !== undefined && SAVED.includes(raw.kind), holds);
    }
  }

  /** Makes the module remember a save while the page holds its base snapshot. */
  #hold(core: ClientCore, base: Base | undefined, id: number | undefined): void {
    if (base === undefined || id === undefined || this.#held.has(base)) return;
    this.#held.add(base);
    base.remembered = id;
    core.hold(id);
    this.#letGo.register(base, { core: new WeakRef(core), id });
  }

  #result<T>(url: string, result: unknown, mine: T, init: RequestInit | undefined): SaveResult<T> {
    const raw = result as RawResult;
    const snapshot = raw.snapshot ? snapshotOf<T>(raw.snapshot, init) : null;
    if (raw.kind === "conflict") return { ok: false, kind: raw.kind, conflict: this.#conflict<T>(raw.conflict as ConflictCore, init) };
    if (!SAVED.includes(raw.kind)) {
      this.#count(url, raw.kind as Refusal["kind"]);
      return { ok: false, kind: raw.kind as Refusal["kind"], problem: problemOf(raw.problem as RawProblem), mine };
    }
    if (raw.kind !== "merged") return { ok: true, kind: raw.kind as "saved", snapshot };
    const changes = changesOf(raw.changes as PackedChanges).map((change) => changeOf(change, raw.format ?? "json"));
    this.#count(url, raw.kind);
    this.#tell("merged", { url: (snapshot as Snapshot).url, changes });
    return { ok: true, kind: raw.kind, snapshot: snapshot as Snapshot<T>, changes };
  }

  #conflict<T>(core: ConflictCore, init: RequestInit | undefined): Conflict<T> {
    // Decisions take time, so a submit does not repeat the options of this single call.
    const conflict = new ConflictHandle<T>(core, this, init);
    this.#count(conflict.url, "conflict");
    this.#tell("conflict", conflict);
    return conflict;
  }

  #count(url: string, kind: RefusalCount["kind"]): void {
    this.#stats.add(this.#routeOf(url).name, kind);
  }

  /** Passes an event of the module to the observers. */
  #heard(session: Session, name: keyof Observers, event: unknown): void {
    if (name === "absorbed") {
      const { url, kind } = event as { url: string; kind: RefusalCount["kind"] };
      this.#count(url, kind);
    }
    if (name === "request") {
      const request = event as { url: string; ms: number };
      request.ms = session.early.duration(request.url, request.ms);
    }
    this.#tell(name, event);
  }

  /** An observer that throws, or rejects, ends nothing: it is told of once. */
  #tell(name: keyof Observers, event: unknown): void {
    const told = event as { url?: string };
    // A conflict's own URL is where it lives; everything else is for logs.
    if (name !== "conflict" && told.url !== undefined) event = { ...told, url: redacted(told.url) };
    const observers = this.#options.on;
    const observe = observers?.[name] as ((event: unknown) => unknown) | undefined;
    if (observe !== undefined) attempted(() => observe.call(observers, event), (error) => this.failed(`the observer \`${name}\``, error, name === "warning"));
  }

  failed(what: string, error: unknown, isOfWarnings = false): void {
    const message = redacted(`${what} failed: ${error instanceof Error ? error.message : String(error)}`);
    if (!isOfWarnings && this.#options.on?.warning !== undefined) return this.#warnOnce("callback", message);
    if (this.#warned.has(message)) return;
    this.#warned.add(message);
    console.warn(`mergefetch: ${message}`);
  }
}

// Outside of the class: a closure holds all that its place can see.
const ownFetch = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => globalThis.fetch(input, init);
const holdsOf = (core: ClientCore, call: Call): Holds => (...edits) => {
  try {
    return core.holds(call, ...edits);
  } catch {
    // What cannot be compared stays.
    return false;
  }
};
const adapterBy = (routeOf: ReturnType<typeof routesOf>) => (url: string) => routeOf(url).adapter;
