/** The client: checks arguments, answers first reads, and passes every other call to the core. */
import { withAdapters } from "../adapters/adapting.js";
import type { Hooks } from "../adapters/hooks.js";
import { checkFunction, checkInit, headersOf, resolvedUrl } from "../types/arguments.js";
import {
  type Call,
  CONDITIONS,
  type Own,
  type Session,
  copyOf,
  fetchOf,
  following,
  initOf,
  isNoStore,
  isSameOrigin,
  lookBefore,
  readerOf,
  requestOf,
} from "./calls.js";
import { EarlyReads } from "./early.js";
import { MergefetchError, wrong } from "../types/errors.js";
import { firstRead, mayBeDocument } from "./first-read.js";
import { engineLoaded, isStarted, loaded, withCore } from "./load.js";
import { Reporter, warningsOf } from "./observers.js";
import { checkOptions } from "../types/options.js";
import { routesOf } from "./routes.js";
import { clearPartition, memory, partitionOf, patienceFor, pinned, watched } from "../stores/store.js";
import { baseOf, likeRead, snapshotOf } from "./snapshots.js";
import type { Client, ClientOptions, Conflict, Drafts, RefusalCount, SaveResult, Snapshot, Store, Warn } from "../types/types.js";
import { bodyOf, formatOf, valueOf } from "../types/values.js";
import { unlessAborted, whenIdle, within } from "./waits.js";
import type { Base, Body, Emit, Format, Heard, RawResult, RawSnapshot } from "../types/wire.js";
import type { ClientCore } from "./wire-core.js";
import type { Host } from "./writing.js";

/** The Fetch standard's limit, for the bodies of all requests that are to outlive the page. */
const KEEPALIVE_BYTES = 65_536;

/** The methods that may read or write a tracked document. */
const TRACKED = ["GET", "PUT", "PATCH", "DELETE"];

/**
 * Makes a client. Nothing is loaded or sent before its first call.
 *
 * @throws {MergefetchError} `invalid-argument`: an option that is none.
 */
export function createClient(options: ClientOptions = {}): Client {
  return new FetchClient(options);
}

/** What the scripts that come later ask of a client. @internal */
export const hosts = new WeakMap<Client, Host>();

class FetchClient implements Client {
  readonly #options: ClientOptions;
  readonly #store: Store;
  readonly #routeOf;
  readonly #fetch;
  /** By partition; stores without partitions have one. */
  readonly #sessions = new Map<string | null | undefined, Session>();
  readonly #reporter;
  readonly #warn: Warn;
  readonly #timeoutMs: number;
  readonly #patience;
  readonly #drafts: Drafts | undefined;
  #isPreloading = false;
  #isPreloadingEngine = false;
  /** The page's functions by the init of a call, which the module passes with each request of the call. */
  readonly #calls = new WeakMap<object, Hooks>();
  readonly #host: Host;

  /** Vue makes proxies of plain objects alone: a proxy of a client would have no private fields. */
  get [Symbol.toStringTag](): string {
    return "Client";
  }

  constructor(options: ClientOptions) {
    checkOptions(options);
    this.#options = options;
    this.#store = options.store ?? memory();
    this.#drafts = options.drafts;
    this.#reporter = new Reporter(options.on);
    this.#warn = warningsOf(new WeakRef(this.#reporter));
    this.#timeoutMs = options.timeoutMs ?? 60_000;
    this.#patience = patienceFor(this.#timeoutMs);
    this.#drafts?.through(this.#warn, this.#timeoutMs);
    this.#routeOf = routesOf(options.routes);
    this.#fetch = options.fetch ?? ownFetch;
    hosts.set(this, (this.#host = this.#asHost()));
  }

  /** For the scripts of the core. Not in the constructor: the drafts of a page, which outlive the client, hold a function that is made there. */
  #asHost(): Host {
    return {
      store: this.#store,
      reporter: this.#reporter,
      routeOf: (url) => this.#routeOf(url).name,
      drafts: this.#drafts,
      started: (call) => this.#startedFor(call),
      call: (...args) => this.#call(...args),
      run: (...args) => this.#run(...args),
      save: (...args) => this.save(...args),
      isTracked: (call) => this.#isTracked(call),
      passOn: (...args) => this.#passOn(...args),
    };
  }

  /**
   * The function that the module calls. It holds the client weakly: the module's table is a root of the garbage collector, so the client would
   * otherwise never be collected.
   */
  static #listener(client: WeakRef<FetchClient>, session: WeakRef<Session>): Emit {
    return (...heard) => {
      const [self, of] = [client.deref(), session.deref()];
      if (self !== undefined && of !== undefined) self.#heard(of, heard);
    };
  }

  /** The session of the user who is signed in now. */
  #session(): Session {
    const owner = partitionOf(this.#store);
    let session = this.#sessions.get(owner);
    if (session === undefined) {
      const ending = new AbortController();
      const store = watched(pinned(this.#store), this.#warn, this.#patience, ending.signal);
      const fetch = fetchOf(this.#store, owner, this.#fetch);
      const early = new EarlyReads(withAdapters(fetch, hooksBy(this.#routeOf, this.#calls), this.#warn), store);
      this.#sessions.set(owner, (session = { owner, token: {}, store, early, ending, engine: engineLoaded, core: undefined }));
    }
    return session;
  }

  #started(session: Session): Promise<ClientCore> {
    session.core ??= loaded().then(
      async ({ coreFor }) => {
        const made = coreFor(session, FetchClient.#listener(new WeakRef(this), new WeakRef(session)));
        await session.early.adopt(made);
        return made;
      },
      (error: unknown) => {
        session.core = undefined;
        throw error;
      },
    );
    return session.core;
  }

  /** The module, for a call that waits no longer than `timeoutMs`. */
  #startedFor({ session }: Call): Promise<ClientCore> {
    const timeoutMs = this.#timeoutMs;
    const late = () => new MergefetchError("not-started", "the WebAssembly module did not arrive in time", { timeoutMs });
    return within(timeoutMs, this.#started(session), late);
  }

  /** Loads the module once the page has its first document, unless the page forbids it. */
  #preload(session: Session): void {
    if (this.#isPreloading || this.#options.preload === "never") return;
    this.#isPreloading = true;
    whenIdle(() => this.#started(session).catch(() => {}));
  }

  /** Loads the engine in idle time: once the page has saved, as a later save may be refused, or if the next save needs it anyway. */
  #preloadEngine(): void {
    if (this.#isPreloadingEngine || this.#options.preload === "never") return;
    this.#isPreloadingEngine = true;
    whenIdle(() => engineLoaded().catch(() => {}));
  }

  /** Reads a document: without the module if nothing of it is known, or if the module cannot be had. */
  async #read(call: Call): Promise<RawSnapshot> {
    const { session, options: { url } } = call;
    if (isStarted()) return (await this.#startedFor(call)).read(call);
    const [isUnknown, isOriginUnknown] = await Promise.all([session.early.isUnknown(url), session.early.isOriginUnknown(url)]);
    let read = isUnknown && isOriginUnknown ? await this.#firstRead(call) : undefined;
    if (read !== undefined) return read;
    try {
      return await (await this.#startedFor(call)).read(call);
    } catch (error) {
      if (session.early.isReady || !isNotStarted(error)) throw error;
      // The server compares no versions, which only the module knows how to say.
      if (isOriginUnknown && !isUnknown) read = await this.#firstRead(call);
      const lost = await session.early.drop(call);
      if (read === undefined) throw lost ?? error;
      return read;
    }
  }

  /** A read that the facade answers; undefined if the module has to. The module then gets the answer to the request. */
  async #firstRead(call: Call): Promise<RawSnapshot | undefined> {
    const { session, options, signal } = call;
    call.sending("GET");
    session.early.send(options.url, call);
    const answer = await session.early.answer(call, this.#timeoutMs);
    if (signal.aborted) throw signal.reason;
    // If the module is there meanwhile, its memory may know more.
    const read = answer && !session.early.isReady ? firstRead(options, answer) : undefined;
    if (answer === undefined || read === undefined) return undefined;
    session.early.keep(call, answer);
    this.#told(options.url, answer.status, answer.ms);
    this.#preload(session);
    return read;
  }

  #told(url: string, status: number | null, ms: number, method = "GET"): void {
    this.#reporter.tell("request", { url, method, status, ms, bytesSaved: 0 });
  }

  /** The answer to a read of `fetch` that needs no module while the module is not ready. The module stores the answer later. */
  async #fetchEarly(call: Call, request: Request): Promise<Response | undefined> {
    const { session, options } = call;
    if (isStarted() || request.method !== "GET" || CONDITIONS.some((name) => request.headers.has(name))) return undefined;
    if (!(await session.early.isUnknown(request.url)) && (await this.#startedFor(call).catch(() => undefined)) !== undefined) return undefined;
    call.sending(request.method);
    const sinceMs = Date.now();
    let status: number | null = null;
    try {
      const response = await session.early.fetch(request.clone());
      status = response?.status ?? null;
      // The module handles a missing answer, and a 304 without a condition.
      if (status === null || status === 304) return undefined;
      const copy = status === 200 && mayBeDocument(response.headers, options.format) ? copyOf(response) : undefined;
      if (copy !== undefined && session.early.isReady) void this.#started(session).then((core) => core.keep(call, copy));
      else if (copy !== undefined) session.early.keepCopy(call, copy);
      this.#preload(session);
      return response;
    } finally {
      this.#told(request.url, status, Date.now() - sinceMs);
    }
  }

  async fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const request = requestOf(typeof input === "object" && input !== null && "method" in input ? input : this.#resolve(input), init);
    const signal = init?.signal === undefined && input instanceof Request ? input.signal : init?.signal;
    const call = this.#fetchCall(request, signal ?? new AbortController().signal);
    return unlessAborted(call.signal, this.#answered(call, request, init?.body instanceof ReadableStream));
  }

  /** The response for the caller of `fetch`. */
  async #answered(call: Call, request: Request, hasStream: boolean): Promise<Response> {
    call.sending(request.method);
    const isStream = hasStream && ["PUT", "PATCH", "DELETE"].includes(request.method);
    if (isStream && (await this.#isTracked(call))) throw wrong("a body that can be read twice, as the document is tracked", "a ReadableStream");
    const early = await this.#fetchEarly(call, request);
    if (early !== undefined) return early;
    if (isStream || !TRACKED.includes(request.method)) return this.#passOn(call, request);
    const core = await this.#started(call.session);
    return withCore().answered(this.#host, core, call, request);
  }

  /** Whether the client knows a version that a write of the document has to name. */
  async #isTracked(call: Call): Promise<boolean> {
    const { session, options } = call;
    if (!(await session.early.isUnknown(options.url))) return true;
    return session.core !== undefined && (await this.#started(session)).tracks(call);
  }

  /** Sends a request that the client does not track. */
  async #passOn(call: Call, request: Request): Promise<Response> {
    const { session, sending } = call;
    sending(request.method);
    const sinceMs = Date.now();
    let status: number | null = null;
    try {
      const response = await session.early.fetch(request);
      status = response.status;
      if (status < 400 && !["GET", "HEAD", "OPTIONS"].includes(request.method)) {
        const forgetting = this.#started(session).then((core) => core.forget(request.url, response));
        // The caller does not wait for the module, and a module that cannot be had stores nothing.
        forgetting.catch(() => {});
        if (session.early.isReady) await forgetting;
      }
      return response;
    } finally {
      this.#told(request.url, status, Date.now() - sinceMs, request.method);
    }
  }

  async conflictOf(response: Response): Promise<Conflict | null> {
    if (typeof response?.status !== "number") throw wrong("a response of this client's `fetch`", response);
    // Without the core no response was refused.
    return isStarted() ? withCore().conflictOf(this.#host, response) : null;
  }

  async get<T = unknown>(url: string | URL, init?: RequestInit): Promise<Snapshot<T>> {
    const address = this.#resolve(url);
    const call = this.#call(address, init);
    const read = await this.#run(call, () => this.#read(call));
    return snapshotOf<T>(read, readerOf(call, init));
  }

  async save<T>(base: Snapshot<T>, mine: T, init?: RequestInit): Promise<SaveResult<T>> {
    // All of it is read before the first wait, as the page may go on editing the same objects.
    const known = this.#base(base, init);
    const body = bodyOf(mine, known.format);
    init = this.#unlessTooLarge(likeRead(base, this.#session().token, init), body);
    const call = this.#call(known.url, init, "PUT", known.format);
    return this.#written(call, known, { mine, body }, init, (core) => core.save(call, known, body));
  }

  async create<T>(url: string | URL, value: T, init: RequestInit = {}): Promise<SaveResult<T>> {
    checkInit(init);
    const { method = "PUT", ...rest } = init;
    if (method !== "PUT" && method !== "POST") throw wrong("method to be PUT or POST", method);
    const address = this.#resolve(url);
    const format = this.#routeOf(address, { ...rest, method }).format ?? formatOf(value);
    const body = bodyOf(value, format);
    const call = this.#call(address, rest, method, format);
    return this.#written(call, undefined, { mine: value, body, isBelow: method === "POST" }, rest, (core) => core.create(call, body, method === "POST"));
  }

  async remove<T>(base: Snapshot<T>, init?: RequestInit): Promise<SaveResult<T>> {
    const known = this.#base(base, init);
    init = likeRead(base, this.#session().token, init);
    const call = this.#call(known.url, init, "DELETE", known.format);
    return this.#written(call, known, { mine: base.value, body: null }, init, (core) => core.remove(call, known));
  }

  async update<T>(url: string | URL, change: (draft: T) => T | void | Promise<T | void>, init?: RequestInit): Promise<SaveResult<T>> {
    checkFunction(change, "change");
    const address = this.#resolve(url);
    const call = this.#call(address, init);
    const { raw, mine } = await this.#run(call, async () => {
      const core = await this.#startedFor(call);
      return withCore().updated(core, call, change);
    });
    return withCore().resultOf<T>(this.#host, call, raw, mine, init);
  }

  async clear(partition?: string): Promise<void> {
    if (partition !== undefined && typeof partition !== "string") throw wrong("the name of a partition", partition);
    // Determine the partition at once: a page that signs its user out does not wait for this call.
    const owner = partition ?? partitionOf(this.#store);
    // Calls under way must not write into the emptied store.
    this.#sessions.get(owner)?.ending.abort();
    this.#sessions.delete(owner);
    const late = () => new MergefetchError("store", "the store did not answer in time", { timeoutMs: this.#timeoutMs });
    await within(this.#timeoutMs, clearPartition(this.#store, owner), late);
  }

  async restore<T>(kept: unknown): Promise<Conflict<T>> {
    return (await engineLoaded()).restored<T>(this.#host, kept);
  }

  stats(): readonly RefusalCount[] {
    return isStarted() ? withCore().statsOf(this.#host) : [];
  }

  /** `keepalive`, unless the browser would refuse it: all such requests together may have 64 KiB. */
  #unlessTooLarge(init: RequestInit, body: Body): RequestInit {
    const bytes = typeof body === "string" ? new TextEncoder().encode(body).byteLength : body.byteLength;
    if (!init.keepalive || bytes <= KEEPALIVE_BYTES) return init;
    this.#reporter.tell("warning", { url: "", code: "keepalive", message: `a save of ${bytes} bytes cannot outlive the page: browsers take 65536 at most` });
    return { ...init, keepalive: false };
  }

  #base(snapshot: Snapshot, init: RequestInit | undefined): Base {
    const { token, owner } = this.#session();
    const drafts = this.#drafts === undefined ? [] : [this.#drafts.tokenOf(owner)];
    return baseOf(snapshot, [token, ...drafts], init, (url) => this.#routeOf(url).format);
  }

  #resolve(url: string | URL): string {
    return resolvedUrl(url, this.#options.baseUrl);
  }

  /** A request of the caller of `fetch`, with its own conditions. */
  #fetchCall(request: Request, signal: AbortSignal): Call {
    // Not the request's signal: Node.js 20 loses its link to the caller's signal at garbage collection.
    const call = this.#made(request.url, request.method, request.headers, initOf(request), { signal, cache: request.cache });
    // Signing out does not end requests of `fetch` that are under way: they belong to the page.
    call.done();
    return { ...call, request, signal, sending: lookBefore(signal, this.#store, call.session.owner) };
  }

  /** @param as The method with which the call's own request goes out. */
  #call(url: string, init: RequestInit = {}, as = "GET", format?: Format): Call {
    checkInit(init);
    const { method, body, headers, signal, cache, ...rest } = init;
    if (method !== undefined) throw wrong("no `method`, as the call decides it", method);
    if (body !== undefined && body !== null) throw wrong("no `body`, as the call makes it", body);
    if (rest.mode === "no-cors") throw wrong("a mode in which the answer can be read", rest.mode);
    const fields = headersOf(headers);
    for (const name of CONDITIONS) {
      if (fields.has(name)) throw wrong("no conditional field, as the call makes it", name);
    }
    return this.#made(url, as, fields, rest, { signal, cache, format });
  }

  #made(url: string, method: string, fields: Headers, init: RequestInit, { signal: own, cache, format }: Own & { format?: Format | undefined }): Call {
    const route = this.#routeOf(url, { ...init, method, headers: fields });
    const { adapter, body, author, validate } = route;
    const session = this.#session();
    const { signal, done, fail } = following(session.ending.signal, own);
    const noStore = isNoStore(cache, fields);
    const contentType = fields.get("content-type") ?? undefined;
    const isText = route.format === "text";
    this.#calls.set(init, { adapter, body, author, format: route.format ?? format, isText, contentType, isNoStore: noStore, fail });
    const { retry = {}, whenClean = "ask-if-ambiguous", unprotected = "warn" } = this.#options;
    return {
      options: {
        url,
        format: route.format ?? format,
        isEnveloped: body !== undefined || adapter?.strip !== undefined,
        isSameOrigin: isSameOrigin(url),
        isOnce: route.once,
        hasUniqueReads: route.uniqueReads,
        hasIdempotencyKey: fields.has("idempotency-key"),
        timeoutMs: this.#timeoutMs,
        isNoStore: noStore,
        contentType,
        whenClean,
        refuseUnprotected: unprotected === "refuse",
        rounds: retry.rounds ?? 5,
        baseDelayMs: retry.baseDelayMs ?? 200,
        maxDelayMs: retry.maxDelayMs ?? 5_000,
        merge: route.merge,
        versioning: route.versioning,
        update: route.update,
        readOnly: route.readOnly,
      },
      // Receives documents as the module holds them.
      validate: validate && ((body) => withCore().objectionOf(validate, valueOf(body, route.format ?? format ?? "json"))),
      headers: fields,
      init,
      signal,
      sending: lookBefore(signal, this.#store, session.owner),
      done,
      session,
    };
  }

  /** The result of `work`. An abort ends the call at once, wherever it waits. */
  async #run<R>({ signal, done }: Call, work: () => Promise<R>): Promise<R> {
    try {
      return await unlessAborted(signal, work());
    } catch (thrown) {
      throw isStarted() ? withCore().errorOf(thrown) : thrown;
    } finally {
      done();
    }
  }

  /** Runs a write, and keeps the edit as a draft until the module returns a result. */
  async #written<T>(
    call: Call,
    base: Base | undefined,
    { mine, body, isBelow = false }: { readonly mine: T; readonly body: Body | null; readonly isBelow?: boolean },
    init: RequestInit | undefined,
    run: (core: ClientCore) => Promise<RawResult>,
  ): Promise<SaveResult<T>> {
    const draft = this.#drafts?.keep(call, base, body, base?.format ?? formatOf(mine), isBelow);
    if (draft !== undefined) {
      call.ready = draft.ready;
      call.sending = lookBefore(call.signal, this.#store, call.session.owner, draft.isCurrent);
    }
    const raw = await this.#run(call, async () => {
      const core = await this.#startedFor(call).catch(async (error: unknown) => {
        await draft?.ended(false, undefined);
        throw error;
      });
      const raw = await withCore().written(core, call, base, draft, run);
      this.#preloadEngine();
      return raw;
    });
    return withCore().resultOf<T>(this.#host, call, raw, mine, init, draft);
  }

  /** Passes an event of the module to the observers. */
  #heard(session: Session, [name, event]: Heard): void {
    // The next save of a document will need the engine, also where nobody refuses it.
    if (name === "engine") return this.#preloadEngine();
    if (name === "absorbed") {
      withCore().count(this.#host, event.url, event.kind);
    }
    if (name === "request") {
      event.ms = session.early.duration(event.url, event.ms);
      if (session.early.isAdopting) return;
    }
    this.#reporter.tell(name, event);
  }
}

const isNotStarted = (error: unknown) => error instanceof MergefetchError && error.code === "not-started";

// Outside the class, as a closure holds its whole scope.
const ownFetch = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => globalThis.fetch(input, init);
/** The page's functions for a request: of its call or, for a request of a caller of `fetch`, of its route. */
const hooksBy = (routeOf: ReturnType<typeof routesOf>, calls: WeakMap<object, Hooks>) => (request: Request, init: RequestInit | undefined) => {
  const known = init && calls.get(init);
  if (known !== undefined) return known;
  const { url, method, headers, cache } = request;
  // Without the body: a `match` that read the body would use it up.
  const route = routeOf(url, { ...initOf(request), method, headers });
  return { ...route, isText: route.format === "text", isNoStore: isNoStore(cache, headers) };
};
