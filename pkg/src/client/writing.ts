/** Writes once the core is loaded: their results, their conflicts, and their drafts. */
import {
  type Call,
  CONDITIONS,
  type Session,
  checkUser,
  readerOf,
} from "./calls.js";
import type { ConflictHost } from "./conflict.js";
import type { Handle } from "../core/mergefetch.js";
import { MergefetchError, redacted, wrong } from "../types/errors.js";
import type { Reporter } from "./observers.js";
import { problemOf } from "./problems.js";
import { keptInit, snapshotOf } from "./snapshots.js";
import type { Conflict, Drafts, Holds, KeptDraft, RefusalCount, SaveResult, Snapshot, Store } from "../types/types.js";
import { bodyOf, valueOf } from "../types/values.js";
import {
  type Base,
  type ConflictCalls,
  type Emit,
  type Fetch,
  type Format,
  type KeyStore,
  MAX_BYTES,
  type RawCall,
  type RawCreated,
  type RawMerged,
  type RawRemoved,
  type RawReopened,
  type RawResult,
  type RawSaved,
  type RefusedCalls,
} from "../types/wire.js";
import { ClientCore, SAVED, settle } from "./wire-core.js";

/** The functions of the client for its writes. One object for each client. @internal */
export interface Host {
  readonly store: Store;
  readonly reporter: Reporter;
  readonly drafts: Drafts | undefined;
  started(call: Call): Promise<ClientCore>;
  routeOf(url: string): string;
  call(url: string, init?: RequestInit, as?: string, format?: Format): Call;
  run<R>(call: Call, work: () => Promise<R>): Promise<R>;
  save<T>(base: Snapshot<T>, mine: T, init: RequestInit | undefined): Promise<SaveResult<T>>;
  isTracked(call: Call): Promise<boolean>;
  passOn(call: Call, request: Request): Promise<Response>;
}

/** How often the writes of a client met a refusal, by route and class. */
const counts = new WeakMap<Host, Map<string, { route: string; kind: RefusalCount["kind"]; count: number }>>();

/** Counts a refusal. @internal */
export function count(host: Host, url: string, kind: RefusalCount["kind"]): void {
  const route = host.routeOf(url);
  const key = JSON.stringify([route, kind]);
  const all = counts.get(host) ?? new Map();
  const entry = all.get(key) ?? { route, kind, count: 0 };
  entry.count += 1;
  counts.set(host, all.set(key, entry));
}

/** The counts. @internal */
export function statsOf(host: Host): readonly RefusalCount[] {
  return [...(counts.get(host)?.values() ?? [])].map((entry) => ({ ...entry }));
}

type RawStored = RawSaved | RawRemoved | RawCreated | RawMerged;

/** Whether nobody has to keep the edit any more. */
const isStored = (raw: RawResult | RawReopened): raw is RawStored => SAVED.some((kind) => kind === raw.kind);

/** The drafts of the edits behind open conflicts. */
const undecided = new WeakMap<object, readonly KeptDraft[]>();

/** The sources of the conflicts behind refused responses of `fetch`, by client: a response that outlives its client must not hold it. */
const refusals = new WeakMap<Host, WeakMap<Response, { readonly refused: Handle<RefusedCalls>; readonly call: Call }>>();

/** Bases that a module counts as held by the page. `letGo` reports when the page drops one. */
const held = new WeakMap<ClientCore, WeakSet<Base>>();
const letGo = new FinalizationRegistry<{ readonly core: WeakRef<ClientCore>; readonly id: number }>(({ core, id }) => core.deref()?.release(id));

/**
 * `fetch` and store of a session, for the module. They hold the session weakly, as the garbage collector does not see through the module, and a
 * page's store may refer to its client. A call holds its session. This is a class, as minifiers inline a function into its caller, and the closures
 * there would hold the session.
 */
class HeldWeakly implements KeyStore {
  readonly #held: WeakRef<Session>;

  constructor(session: Session) {
    this.#held = new WeakRef(session);
  }

  readonly fetch: Fetch = async (input, init) => this.#session().early.fetch(input, init);

  async get(key: string): Promise<Uint8Array | null> {
    return this.#session().store.get(key);
  }

  async set(key: string, value: Uint8Array): Promise<void> {
    return this.#session().store.set(key, value);
  }

  async delete(key: string): Promise<void> {
    return this.#session().store.delete(key);
  }

  #session(): Session {
    const session = this.#held.deref();
    if (session === undefined) throw new DOMException("the page has dropped the client", "AbortError");
    return session;
  }
}

/**
 * The module's side of a session.
 *
 * @param heard Called with each event. It holds the client weakly, as the module's table is a root of the garbage collector.
 * @internal
 */
export function coreFor(session: Session, heard: Emit): ClientCore {
  const held = new HeldWeakly(session);
  return new ClientCore(held.fetch, held, heard, session.engine);
}

/** Compares edits as the engine does. If they cannot be compared, neither holds the other. */
function holdsOf(core: ClientCore, call: Call): Holds {
  return async (...edits) => {
    try {
      await call.session.engine();
      return core.holds(call, ...edits);
    } catch {
      return false;
    }
  };
}

/** Runs a write, and keeps the edit as a draft until the module returns a result. @internal */
export async function written(core: ClientCore, call: Call, base: Base | undefined, draft: KeptDraft | undefined, run: (core: ClientCore) => Promise<RawResult>): Promise<RawResult> {
  let raw: RawResult | undefined;
  try {
    raw = await run(core);
    hold(core, base, raw.remembered);
    return raw;
  } finally {
    await draft?.ended(raw !== undefined && isStored(raw), holdsOf(core, call), raw === undefined ? !call.signal.aborted : raw.kind === "unknown");
  }
}

/** Makes the module remember a save while the page holds its base snapshot. */
function hold(core: ClientCore, base: Base | undefined, id: number | undefined): void {
  const bases = held.get(core) ?? new WeakSet();
  if (base === undefined || id === undefined || bases.has(base)) return;
  held.set(core, bases.add(base));
  base.remembered = id;
  core.hold(id);
  letGo.register(base, { core: new WeakRef(core), id });
}

/** Runs an update with the caller's change of the document. @internal */
export async function updated<T>(core: ClientCore, call: Call, change: (draft: T) => T | void | Promise<T | void>): Promise<{ readonly raw: RawResult; readonly mine: T }> {
  let edited: { readonly mine: T } | undefined;
  call.change = async (body, format) => {
    const draft = valueOf<T>(body, format);
    const before = format === "json" ? bodyOf(draft, format) : undefined;
    const changed = await change(draft);
    // `(draft) => draft.count++` returns a number, which would replace the document.
    if (changed !== undefined && changed !== draft && before !== undefined && bodyOf(draft, format) !== before) throw wrong("a changed draft or another value, not both", changed);
    const mine = changed === undefined ? draft : changed;
    edited = { mine };
    return bodyOf(mine, format);
  };
  const raw = await core.update(call);
  if (edited === undefined) throw new MergefetchError("internal", "defect in mergefetch: an update without a change");
  return { raw, ...edited };
}

/** The result of a write for the page. @internal */
export async function resultOf<T>(host: Host, call: Call, raw: RawResult, mine: T, init: RequestInit | undefined, draft?: KeptDraft): Promise<SaveResult<T>> {
  const { options: { url }, session } = call;
  if (raw.kind === "conflict") {
    const conflict = await conflictWith<T>(host, raw.conflict, session, init);
    if (draft !== undefined) keepFor(conflict, draft);
    return { ok: false, kind: raw.kind, conflict };
  }
  if (!isStored(raw)) {
    count(host, url, raw.kind);
    return { ok: false, kind: raw.kind, problem: problemOf(raw.problem), mine };
  }
  if (!raw.snapshot) {
    if (raw.kind === "removed") return { ok: true, kind: raw.kind, snapshot: null };
    const body = raw.body === undefined ? {} : { body: valueOf(raw.body, raw.format ?? "text") };
    return { ok: true, kind: raw.kind, snapshot: null, ...body };
  }
  const snapshot = snapshotOf<T>(raw.snapshot, readerOf(call, init));
  if (raw.kind !== "merged") return { ok: true, kind: raw.kind, snapshot };
  const changes = (await session.engine()).changesOf(raw.changes, raw.format);
  count(host, url, raw.kind);
  host.reporter.tell("merged", { url: raw.snapshot.url, changes });
  return { ok: true, kind: raw.kind, snapshot, changes };
}

async function conflictWith<T>(host: Host, handle: Handle<ConflictCalls>, session: Session, init: RequestInit | undefined): Promise<Conflict<T>> {
  const { ConflictCore, ConflictHandle } = await session.engine();
  // Decisions take time, so a submit does not repeat the options of this single call.
  const conflict = new ConflictHandle<T>(new ConflictCore(handle), hostOf(host, session), init);
  count(host, conflict.url, "conflict");
  host.reporter.tell("conflict", conflict);
  return conflict;
}

/** The client's functions for a conflict. They work as long as the user of the conflict is signed in. @internal */
export function hostOf(host: Host, session: Session): ConflictHost {
  const isOwn = () => checkUser(host.store, session.owner);
  return {
    token: session.token,
    failed: (what, error) => host.reporter.failed(what, error),
    saveTyped: async (...args) => (isOwn(), saveTyped(host, ...args)),
    send: async (...args) => (isOwn(), send(host, ...args)),
    refresh: async (url, init, run) => {
      isOwn();
      const call = host.call(url, init);
      return host.run(call, () => run(call));
    },
  };
}

async function send<T>(
  host: Host,
  url: string,
  init: RequestInit | undefined,
  mine: T,
  run: (call: RawCall) => Promise<RawResult | RawReopened>,
  self: Conflict<T>,
): Promise<SaveResult<T>> {
  const call = host.call(url, init, "PUT", self.format);
  const raw = await host.run(call, async () => {
    const sent = await run(call);
    if (isStored(sent)) await decided(self);
    return sent;
  });
  if (raw.kind !== "conflict") return resultOf<T>(host, call, raw, mine, init);
  count(host, url, "conflict");
  host.reporter.tell("conflict", self);
  return { ok: false, kind: "conflict", conflict: self };
}

async function saveTyped<T>(host: Host, self: Conflict<T>, mine: T, init: RequestInit | undefined): Promise<SaveResult<T>> {
  if (self.theirs === null) throw new MergefetchError("internal", "defect in mergefetch: a typed result without theirs");
  const result = await host.save(self.theirs, mine, init);
  // If the result is another conflict, that conflict keeps the drafts.
  if (result.kind === "conflict") keepFor(result.conflict, ...(undecided.get(self) ?? []));
  if (result.ok) await decided(self);
  return result;
}

/** Keeps drafts until a conflict is decided. */
function keepFor<T>(conflict: Conflict<T>, ...drafts: readonly KeptDraft[]): void {
  undecided.set(conflict, [...(undecided.get(conflict) ?? []), ...drafts]);
}

async function decided<T>(conflict: Conflict<T>): Promise<void> {
  for (const draft of undecided.get(conflict) ?? []) await draft.decided();
}

/** The module's answer to a caller of `fetch`. @internal */
export async function answered(host: Host, core: ClientCore, call: Call, request: Request): Promise<Response> {
  const body = request.method === "PUT" ? new Uint8Array(await request.clone().arrayBuffer()) : undefined;
  if (body !== undefined && body.byteLength > MAX_BYTES) {
    if (!(await host.isTracked(call))) return host.passOn(call, request);
    const details = { url: request.url, limitBytes: MAX_BYTES, foundBytes: body.byteLength };
    throw new MergefetchError("too-large", `${request.method} ${redacted(request.url)}: the document is larger than the limit`, details);
  }
  const { response, refused, url } = await host.run(call, () => core.fetch(call, request.cache === "default", body));
  if (url !== undefined) Object.defineProperty(response, "url", { value: url });
  if (refused !== undefined) refusals.set(host, (refusals.get(host) ?? new WeakMap()).set(response, { refused, call }));
  return response;
}

/** The conflict behind a response that `answered` gave. @internal */
export async function conflictOf(host: Host, response: Response): Promise<Conflict | null> {
  const kept = refusals.get(host)?.get(response);
  if (kept === undefined) return null;
  const { refused, call } = kept;
  checkUser(host.store, call.session.owner);
  refusals.get(host)?.delete(response);
  await call.session.engine();
  const headers = new Headers(call.headers);
  for (const name of CONDITIONS) headers.delete(name);
  // The options of the read hold for later calls, but not its condition, or the signal of one call.
  const init = keptInit({ ...call.init, headers });
  const again = host.call(call.options.url, init);
  const result = await host.run(again, () => settle(refused, again));
  return result.kind === "conflict" ? conflictWith(host, result.conflict, call.session, init) : null;
}
