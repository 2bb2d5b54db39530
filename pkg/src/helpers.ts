/** Small things for pages and libraries, each usable without the others. */
import type { Client, Conflict, Problem, SaveResult, Snapshot } from "./types.js";

export { keepDrafts } from "./drafts.js";
export type { Draft, Drafts } from "./types.js";

/**
 * Decides a conflict: gives the result of its `submit()`, or null to let the refusal through.
 *
 * It is not asked where nothing overlaps.
 */
export type Decide = (conflict: Conflict) => Promise<SaveResult | null> | SaveResult | null;

/**
 * A `fetch` that settles conflicts, for any library that takes one.
 *
 * The answer to a write that was refused and then saved is a 200 with the document as it is now.
 */
export function settlingFetch(http: Client, decide: Decide): (input: RequestInfo | URL, init?: RequestInit) => Promise<Response> {
  return async (input, init) => settled(http, await http.fetch(input, init), decide);
}

/** The answer itself, or that to what came of its conflict; `response` must come from `http.fetch`. */
export async function settled(http: Client, response: Response, decide: Decide): Promise<Response> {
  const conflict = await http.conflictOf(response);
  if (conflict === null) return response;
  const result = conflict.unresolved === 0 ? await conflict.submit() : await decide(conflict);
  if (!result?.ok) return response;
  if (result.snapshot === null) return new Response(null, { status: 204 });
  const { value, version } = result.snapshot;
  return Response.json(value, version === null ? {} : { headers: { etag: version } });
}

/** A document in a form, as it is at one moment. */
export interface EditingState<T> {
  /** What the draft is an edit of; null until it is loaded. */
  readonly base: Snapshot<T> | null;
  /** What is typed; undefined until it is loaded. */
  readonly draft: T | undefined;
  /** What waits for decisions. */
  readonly conflict: Conflict<T> | null;
  /** The other side of `conflict` is nothing but what other tabs saved: whoever types here typed both, and the newer is mine. */
  readonly isOwnConflict: boolean;
  /** Another tab has saved the document, and what is typed here is not a part of that: the next save is merged with it. */
  readonly isStale: boolean;
  /** Why the last save was refused. */
  readonly problem: Problem | null;
  /** A save is under way; typing may go on. */
  readonly isSaving: boolean;
}

/** One document that is being edited; made by {@link editing}. */
export interface Editing<T> {
  /** The state, a new object with every change. */
  current(): EditingState<T>;
  /** Calls `listener` after every change; returns the way to stop that. While somebody listens, other tabs are heard. */
  subscribe(listener: (state: EditingState<T>) => void): () => void;
  /** Reads the document; what has been typed already stays. */
  load(init?: RequestInit): Promise<void>;
  /** Replaces the draft. */
  type(draft: T): void;
  /** Saves the draft. */
  save(): Promise<SaveResult<T>>;
  /** Sends the result of the conflict, after decisions on its changes. */
  submit(): Promise<SaveResult<T>>;
}

/** What tabs tell each other of a save: versions only, as all users of an origin hear it. */
interface Told {
  /** What the save replaced, where nothing but its own edit came between. */
  readonly from: string | null;
  readonly to: string | null;
}

/**
 * The state of one document that is being edited, for a form of any kind.
 *
 * Only a save that succeeded replaces the draft, and only where nobody typed meanwhile: no conflict, no refusal and no lost
 * network ever takes back what was typed. Forms of the same document in other tabs hear of each save: one in which nothing was typed
 * shows it, any other goes on and says that it `isStale`.
 */
export function editing<T = unknown>(http: Client, url: string | URL): Editing<T> {
  let state: EditingState<T> = { base: null, draft: undefined, conflict: null, isOwnConflict: false, isStale: false, problem: null, isSaving: false };
  const listeners = new Set<(state: EditingState<T>) => void>();
  /** The draft whose save met the conflict. */
  let asked: T | undefined;
  let loadedWith: RequestInit | undefined;
  let channel: BroadcastChannel | undefined;
  /** What other tabs saved: the version that each of their saves replaced, and the one that it led to. */
  const saved = new Map<string | null, string | null>();

  const set = (change: Partial<EditingState<T>>) => {
    state = { ...state, ...change };
    for (const listener of [...listeners]) listener(state);
  };
  const taken = (base: Snapshot<T>) => ({ base, draft: structuredClone(base.value), isStale: false });

  const open = () => {
    const name = state.base?.url;
    return name === undefined || typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel(`mergefetch ${name}`);
  };
  /** Hears other tabs for as long as somebody listens here. */
  const attend = () => {
    if (listeners.size === 0) {
      channel?.close();
      channel = undefined;
    } else if (channel === undefined) {
      channel = open();
      channel?.addEventListener("message", ({ data }) => void heard(data as Told));
    }
  };
  const tell = (told: Told) => {
    const to = channel ?? open();
    to?.postMessage(told);
    if (to !== channel) to?.close();
  };
  const heard = async ({ from, to }: Told) => {
    if (from !== null) saved.set(from, to);
    const { base, draft } = state;
    if (base === null || (to !== null && base.version === to)) return;
    const isClean = () => state.base === base && state.conflict === null && !state.isSaving && isSame(state.draft, base.value);
    const now = isClean() ? await http.get<T>(base.url, loadedWith).catch(() => undefined) : undefined;
    if (now !== undefined && isClean() && state.draft === draft) set(taken(now));
    else if (state.base === base) set({ isStale: true });
  };
  /** Whether saves of other tabs lead from what the draft is an edit of to what the server holds. */
  const isOfOtherTabs = ({ theirs }: Conflict<T>) => {
    let version = state.base?.version ?? null;
    const isEnd = () => version === null || version === theirs?.version;
    for (let steps = saved.size; steps > 0 && !isEnd(); steps--) version = saved.get(version) ?? null;
    return version !== null && theirs !== null && version === theirs.version;
  };

  const sending = async (sent: T | undefined, send: () => Promise<SaveResult<T>>) => {
    const from = state.conflict === null ? (state.base?.version ?? null) : null;
    set({ isSaving: true });
    try {
      const result = await send();
      if (result.kind === "conflict") {
        asked = sent;
        set({ conflict: result.conflict, isOwnConflict: isOfOtherTabs(result.conflict), problem: null });
      } else if (!result.ok) {
        set({ problem: result.problem });
      } else {
        const { snapshot } = result;
        if (result.kind !== "unchanged") tell({ from: result.kind === "saved" ? from : null, to: snapshot?.version ?? null });
        // What was typed meanwhile is still an edit of the old base.
        const isOver = state.draft === sent && snapshot !== null;
        set({ ...(isOver && taken(snapshot)), conflict: null, isOwnConflict: false, problem: null });
      }
      return result;
    } finally {
      set({ isSaving: false });
    }
  };
  const missing = (what: string) => new Error(`expected ${what} before this call`);
  return {
    current: () => state,
    subscribe(listener) {
      listeners.add(listener);
      attend();
      return () => {
        listeners.delete(listener);
        attend();
      };
    },
    async load(init) {
      loadedWith = init && { ...init, signal: null };
      const base = await http.get<T>(url, init);
      set(state.draft === undefined ? taken(base) : { base: state.base ?? base });
      attend();
    },
    type: (draft) => set({ draft }),
    save: () =>
      sending(state.draft, async () => {
        if (state.base === null || state.draft === undefined) throw missing("load()");
        return http.save(state.base, state.draft);
      }),
    submit: () =>
      // What was typed while the conflict was open is no part of it.
      sending(asked, async () => {
        if (state.conflict === null) throw missing("a conflict");
        return state.conflict.submit();
      }),
  };
}

/** Whether nothing was typed; where that is not certain, something was. */
function isSame(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

/**
 * Saves by itself what is typed into a form, when nobody has typed for a while; returns the way to stop that.
 *
 * It waits while a conflict is open or a save is under way, and goes on afterwards. A save that was refused, or got no answer, is tried
 * again with the next edit.
 *
 * @param options.delayMs How long nobody types before a save, default 1,000.
 * @param options.failed Is told of errors that `save()` throws; a refusal is in the state of `form`.
 */
export function autosave<T>(form: Editing<T>, options: { delayMs?: number; failed?: (error: unknown) => void } = {}): () => void {
  const { delayMs = 1_000, failed = () => {} } = options;
  let known = form.current();
  let isTyped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const isPaused = ({ base, conflict, isSaving }: EditingState<T>) => base === null || conflict !== null || isSaving;
  const fire = () => {
    timer = undefined;
    // What has happened since the timer was set counts, too; its end is heard of.
    if (isPaused(form.current())) return;
    isTyped = false;
    form.save().catch(failed);
  };
  const heard = (state: EditingState<T>) => {
    // A draft that changes together with its base is what was saved or read.
    const isEdit = state.draft !== known.draft && state.base === known.base;
    known = state;
    isTyped ||= isEdit;
    if (isEdit) {
      clearTimeout(timer);
      timer = undefined;
    }
    if (isTyped && timer === undefined && !isPaused(state)) timer = setTimeout(fire, delayMs);
  };
  const stop = form.subscribe(heard);
  return () => {
    clearTimeout(timer);
    stop();
  };
}

/**
 * Takes back what was decided in a conflict and saved: the server holds again what it held before, as a new version, and all changes
 * of `conflict` wait for a decision as they did. What others saved since stays, or is a conflict of its own.
 *
 * @param result What the `submit()` or `overwrite()` of `conflict` came to.
 */
export async function undo<T>(http: Client, conflict: Conflict<T>, result: SaveResult<T>): Promise<SaveResult<T>> {
  if (!result.ok) return result;
  const { theirs, merged } = conflict;
  const now = result.snapshot;
  let undone: SaveResult<T>;
  if (theirs === null && now === null) return result;
  if (theirs === null) undone = await http.remove(now as Snapshot<T>);
  else if (now === null) undone = await http.create(theirs.url, theirs.value);
  // The version before the decision is refused, so that only what was decided is taken back from what others have made of it.
  else if (result.kind === "merged" && merged !== null) undone = await http.save({ ...theirs, value: merged }, theirs.value);
  else undone = await http.save(now, theirs.value);
  if (undone.ok) {
    conflict.reopen();
    await conflict.refresh();
  }
  return undone;
}
