/** What becomes of writes once the core is there: their results, their conflicts, and the drafts behind them. */
import {
  type Call,
  CONDITIONS,
  type ClientCore,
  type RawResult,
  type RefusedCore,
  type Session,
  checkUser,
  readerOf,
} from "./calls.js";
import type { ConflictCore, ConflictHost } from "./conflict.js";
import { ClientCore as Glue } from "../core/mergefetch.js";
import type { Fetch } from "./early.js";
import { MergefetchError, redacted, wrong } from "../types/errors.js";
import { MAX_BYTES } from "./first-read.js";
import { engineLoaded } from "./load.js";
import type { Reporter } from "./observers.js";
import { problemOf } from "./problems.js";
import { keptInit, snapshotOf } from "./snapshots.js";
import type { Base, Conflict, Holds, KeptDraft, Refusal, RefusalCount, SaveResult, Snapshot, Store } from "../types/types.js";
import { type Format, bodyOf, valueOf } from "../types/values.js";

/** What the client does for its writes. One object for each client. @internal */
export interface Host {
  readonly store: Store;
  readonly reporter: Reporter;
  routeOf(url: string): string;
  call(url: string, init?: RequestInit, as?: string, format?: Format): Call;
  run(call: Call, work: () => Promise<unknown>): Promise<unknown>;
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

/** What was counted. @internal */
export function statsOf(host: Host): readonly RefusalCount[] {
  return [...(counts.get(host)?.values() ?? [])].map((entry) => ({ ...entry }));
}

/** Results after which nobody has to keep the edit any more. */
const SAVED = ["saved", "created", "removed", "unchanged", "already-saved", "merged"];

/** The drafts of the edits behind open conflicts. */
const undecided = new WeakMap<Conflict, readonly KeptDraft[]>();

/** The sources of the conflicts behind refused responses of `fetch`, by client: a response that outlives its client must not hold it. */
const refusals = new WeakMap<Host, WeakMap<Response, { readonly core: RefusedCore; readonly call: Call }>>();

/** Bases that a module counts as held by the page. `letGo` reports when the page drops one. */
const held = new WeakMap<ClientCore, WeakSet<Base>>();
const letGo = new FinalizationRegistry<{ readonly core: WeakRef<ClientCore>; readonly id: number }>(({ core, id }) => core.deref()?.release(id));

/**
 * `fetch` and store of a session, for the module. They hold the session weakly, as the garbage collector does not see through the module, and a
 * page's store may refer to its client. A call holds its session. This is a class, as minifiers inline a function into its caller, and the closures
 * there would hold the session.
 */
class HeldWeakly implements Pick<Store, "get" | "set" | "delete"> {
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
export function coreFor(session: Session, heard: (name: never, event: unknown) => void): ClientCore {
  const held = new HeldWeakly(session);
  return new Glue(held.fetch, held, heard, engineLoaded) as unknown as ClientCore;
}

/** Compares edits as the engine does. If they cannot be compared, neither holds the other. */
function holdsOf(core: ClientCore, call: Call): Holds {
  return async (...edits) => {
    try {
      await engineLoaded();
      return core.holds(call, ...edits);
    } catch {
      return false;
    }
  };
}

/** Runs a write, and keeps the edit as a draft until the module returns a result. @internal */
export async function written(core: ClientCore, call: Call, base: Base | undefined, draft: KeptDraft | undefined, run: (core: ClientCore) => Promise<unknown>): Promise<RawResult> {
  let raw: RawResult | undefined;
  try {
    raw = (await run(core)) as RawResult;
    hold(core, base, raw.remembered);
    return raw;
  } finally {
    await draft?.ended(raw !== undefined && SAVED.includes(raw.kind), holdsOf(core, call));
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
  let mine: T | undefined;
  call.change = async (body, format) => {
    const draft = valueOf(body, format) as T;
    const before = format === "json" ? bodyOf(draft, format) : undefined;
    const changed = await change(draft);
    // `(draft) => draft.count++` returns a number, which would replace the document.
    if (changed !== undefined && changed !== draft && before !== undefined && bodyOf(draft, format) !== before) throw wrong("a changed draft or another value, not both", changed);
    mine = changed === undefined ? draft : changed;
    return bodyOf(mine, format);
  };
  const raw = (await core.update(call)) as RawResult;
  return { raw, mine: mine as T };
}

/** The result of a write for the page. @internal */
export async function resultOf<T>(host: Host, call: Call, raw: RawResult, mine: T, init: RequestInit | undefined, draft?: KeptDraft): Promise<SaveResult<T>> {
  const { options: { url }, session } = call;
  const snapshot = raw.snapshot ? snapshotOf<T>(raw.snapshot, readerOf(call, init)) : null;
  if (raw.kind === "conflict") {
    const conflict = await conflictWith<T>(host, raw.conflict as ConflictCore, session, init);
    if (draft !== undefined) keepFor(conflict, draft);
    return { ok: false, kind: raw.kind, conflict };
  }
  if (!SAVED.includes(raw.kind)) {
    count(host, url, raw.kind as Refusal["kind"]);
    return { ok: false, kind: raw.kind as Refusal["kind"], problem: problemOf(raw.problem as NonNullable<RawResult["problem"]>), mine };
  }
  if (raw.kind === "created") {
    const body = raw.body === undefined ? {} : { body: valueOf(raw.body, raw.format ?? "text") };
    return { ok: true, kind: raw.kind, snapshot, ...body };
  }
  if (raw.kind !== "merged") return { ok: true, kind: raw.kind as "saved", snapshot: snapshot as Snapshot<T> };
  const changes = (await engineLoaded()).changesOf(raw.changes as NonNullable<RawResult["changes"]>, raw.format ?? "json");
  count(host, url, raw.kind);
  host.reporter.tell("merged", { url: (snapshot as Snapshot).url, changes });
  return { ok: true, kind: raw.kind, snapshot: snapshot as Snapshot<T>, changes };
}

async function conflictWith<T>(host: Host, core: ConflictCore, session: Session, init: RequestInit | undefined): Promise<Conflict<T>> {
  const { ConflictHandle } = await engineLoaded();
  // Decisions take time, so a submit does not repeat the options of this single call.
  const conflict = new ConflictHandle<T>(core, hostOf(host, session), init);
  count(host, conflict.url, "conflict");
  host.reporter.tell("conflict", conflict);
  return conflict;
}

/** The client's functions for a conflict. They work as long as the user of the conflict is signed in. */
function hostOf(host: Host, session: Session): ConflictHost {
  const isOwn = () => checkUser(host.store, session.owner);
  return {
    token: session.token,
    failed: (what, error) => host.reporter.failed(what, error),
    saveTyped: async (...args) => (isOwn(), saveTyped(host, ...args)),
    send: async (...args) => (isOwn(), send(host, ...args)),
    refresh: async (url, init, run) => {
      isOwn();
      const call = host.call(url, init);
      return (await host.run(call, () => run(call))) as { moved: boolean; reopened: readonly string[] };
    },
  };
}

async function send<T>(
  host: Host,
  url: string,
  init: RequestInit | undefined,
  mine: T,
  run: (call: unknown) => Promise<unknown>,
  self: Conflict<T>,
): Promise<SaveResult<T>> {
  const call = host.call(url, init, "PUT", self.format);
  const raw = (await host.run(call, async () => {
    const sent = (await run(call)) as RawResult;
    if (SAVED.includes(sent.kind)) await decided(self);
    return sent;
  })) as RawResult;
  if (raw.kind !== "conflict") return resultOf<T>(host, call, raw, mine, init);
  count(host, url, "conflict");
  host.reporter.tell("conflict", self);
  return { ok: false, kind: "conflict", conflict: self };
}

async function saveTyped<T>(host: Host, self: Conflict<T>, mine: T, init: RequestInit | undefined): Promise<SaveResult<T>> {
  const result = await host.save(self.theirs as Snapshot<T>, mine, init);
  // If the result is another conflict, that conflict keeps the drafts.
  if (result.kind === "conflict") keepFor(result.conflict, ...(undecided.get(self as Conflict) ?? []));
  if (result.ok) await decided(self);
  return result;
}

/** Keeps drafts until a conflict is decided. */
function keepFor<T>(conflict: Conflict<T>, ...drafts: readonly KeptDraft[]): void {
  undecided.set(conflict as Conflict, [...(undecided.get(conflict as Conflict) ?? []), ...drafts]);
}

async function decided<T>(conflict: Conflict<T>): Promise<void> {
  for (const draft of undecided.get(conflict as Conflict) ?? []) await draft.decided();
}

/** The module's answer to a caller of `fetch`. @internal */
export async function answered(host: Host, core: ClientCore, call: Call, request: Request): Promise<Response> {
  const body = request.method === "PUT" ? new Uint8Array(await request.clone().arrayBuffer()) : undefined;
  if (body !== undefined && body.byteLength > MAX_BYTES) {
    if (!(await host.isTracked(call))) return host.passOn(call, request);
    const details = { url: request.url, limitBytes: MAX_BYTES, foundBytes: body.byteLength };
    throw new MergefetchError("too-large", `${request.method} ${redacted(request.url)}: the document is larger than the limit`, details);
  }
  const { response, refused, url } = (await host.run(call, () => core.fetch(call, request.cache === "default", body))) as {
    response: Response;
    refused?: RefusedCore;
    url?: string;
  };
  if (url !== undefined) Object.defineProperty(response, "url", { value: url });
  if (refused !== undefined) refusals.set(host, (refusals.get(host) ?? new WeakMap()).set(response, { core: refused, call }));
  return response;
}

/** The conflict behind a response that `answered` gave. @internal */
export async function conflictOf(host: Host, response: Response): Promise<Conflict | null> {
  const refused = refusals.get(host)?.get(response);
  if (refused === undefined) return null;
  const { call } = refused;
  checkUser(host.store, call.session.owner);
  refusals.get(host)?.delete(response);
  const [core] = (await Promise.all([call.session.core, engineLoaded()])) as [ClientCore, unknown];
  const headers = new Headers(call.headers);
  for (const name of CONDITIONS) headers.delete(name);
  // The options of the read hold for later calls, but not its condition, or the signal of one call.
  const init = keptInit({ ...call.init, headers });
  const again = host.call(call.options.url, init);
  const result = (await host.run(again, () => core.conflictOf(again, refused.core))) as RawResult;
  return result.conflict === undefined ? null : conflictWith(host, result.conflict, call.session, init);
}
