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
  /** Why the last save was refused. */
  readonly problem: Problem | null;
  /** A save is under way; typing may go on. */
  readonly isSaving: boolean;
}

/** One document that is being edited; made by {@link editing}. */
export interface Editing<T> {
  /** The state, a new object with every change. */
  current(): EditingState<T>;
  /** Calls `listener` after every change; returns the way to stop that. */
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

/**
 * The state of one document that is being edited, for a form of any kind.
 *
 * Only a save that succeeded replaces the draft, and only where nobody typed meanwhile: no conflict, no refusal and no lost
 * network ever takes back what was typed.
 */
export function editing<T = unknown>(http: Client, url: string | URL): Editing<T> {
  let state: EditingState<T> = { base: null, draft: undefined, conflict: null, problem: null, isSaving: false };
  const listeners = new Set<(state: EditingState<T>) => void>();
  const set = (change: Partial<EditingState<T>>) => {
    state = { ...state, ...change };
    for (const listener of [...listeners]) listener(state);
  };
  const sending = async (send: () => Promise<SaveResult<T>>) => {
    const sent = state.draft;
    set({ isSaving: true });
    try {
      const result = await send();
      if (result.kind === "conflict") set({ conflict: result.conflict, problem: null });
      else if (!result.ok) set({ problem: result.problem });
      // What was typed meanwhile is still an edit of the old base.
      else if (state.draft !== sent || result.snapshot === null) set({ conflict: null, problem: null });
      else set({ base: result.snapshot, draft: structuredClone(result.snapshot.value), conflict: null, problem: null });
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
      return () => void listeners.delete(listener);
    },
    async load(init) {
      const base = await http.get<T>(url, init);
      set(state.draft === undefined ? { base, draft: structuredClone(base.value) } : { base: state.base ?? base });
    },
    type: (draft) => set({ draft }),
    save: () =>
      sending(async () => {
        if (state.base === null || state.draft === undefined) throw missing("load()");
        return http.save(state.base, state.draft);
      }),
    submit: () =>
      sending(async () => {
        if (state.conflict === null) throw missing("a conflict");
        return state.conflict.submit();
      }),
  };
}
