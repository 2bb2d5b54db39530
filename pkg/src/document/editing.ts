/** The state of a document in a form, and automatic saves. */
import { checkFunction, checkMethods, urlText } from "../types/arguments.js";
import { MergefetchError, attempted, isThenable, wrong } from "../types/errors.js";
import { engineLoaded, isEngineLoaded } from "../client/load.js";
import { mergeJson, mergeText } from "../engine/merge.js";
import { checkKeys } from "../types/options.js";
import { markForm } from "./forms.js";
import { UNSURE, carried, copyOf, isSame, settle } from "./settle.js";
import type { Change, Client, Conflict, Problem, SaveResult, Snapshot } from "../types/types.js";

/** A document in a form, as it is at one moment. */
export interface EditingState<T> {
  /** The base of the draft; null until it is loaded. */
  readonly base: Snapshot<T> | null;
  /** The document with the person's edits; undefined until it is loaded. */
  readonly draft: T | undefined;
  /** The conflict that waits for decisions. */
  readonly conflict: Conflict<T> | null;
  /** The other side of `conflict` holds only saves of other tabs: one person typed both sides, and mine is newer. */
  readonly isOwnConflict: boolean;
  /** Another tab has saved the document without the edits of this draft: the next save is merged with it. */
  readonly isStale: boolean;
  /** Why the last save was refused. */
  readonly problem: Problem | null;
  /** A save is under way; typing may go on. */
  readonly isSaving: boolean;
  /** How often `type()` was called. */
  readonly edits: number;
}

/** One document that is being edited; made by {@link editing}. */
export interface Editing<T> {
  /** The state, a new object with every change. */
  current(): EditingState<T>;
  /** Calls `listener` after every change; returns a function that ends this. Saves of other tabs count only while a listener exists. */
  subscribe(listener: (state: EditingState<T>) => void): () => void;
  /** Reads the document; an existing draft stays. */
  load(init?: RequestInit): Promise<void>;
  /** Replaces the draft. It may be the same object, changed in place: each call is an edit. */
  type(draft: T): void;
  /**
   * Saves the current draft, including changes in place without a call of `type()`.
   *
   * @throws {MergefetchError} `invalid-argument`: nothing is loaded yet, or the draft holds values that JSON cannot represent.
   */
  save(): Promise<SaveResult<T>>;
  /** Sends the result of the conflict, after decisions on its changes. */
  submit(): Promise<SaveResult<T>>;
}

/** The message to other tabs after a save: only versions, as all users of an origin can read it. */
interface Told {
  /** The version that the save replaced; null if the result also has other edits. */
  readonly from: string | null;
  readonly to: string | null;
}

/**
 * The state of one document that is being edited, for a form of any kind.
 *
 * No conflict, no refusal and no lost network ever reverts the draft. A successful save puts into the draft the server's additions
 * (an id, a time) and other people's edits, member by member. Text that was typed during the save stays. A value that the server
 * only respelled stays, too: if the server trims "Hello ", the person may be about to type the next word. Such a value is no edit:
 * until the person types in it again, the next save sends the server's spelling.
 * Spelling means case, spaces, other characters between letters and digits, omitted letters, leading zeros, and the decimals of a
 * number. Any other value from the server replaces the draft's.
 *
 * Each save reaches the forms of the same document in other tabs. A form without edits shows it; any other form keeps its draft and sets
 * `isStale`.
 *
 * @throws {MergefetchError} `invalid-argument`: no client, or no URL.
 */
export function editing<T = unknown>(http: Client, url: string | URL): Editing<T> {
  checkMethods(http, ["get", "save"], "a client as `createClient` makes it");
  urlText(url);
  let state: EditingState<T> = {
    base: null,
    draft: undefined,
    conflict: null,
    isOwnConflict: false,
    isStale: false,
    problem: null,
    isSaving: false,
    edits: 0,
  };
  const listeners = new Set<(state: EditingState<T>) => void>();
  /** Copies of the document of `base`, and of the draft right after the last read or save. The page may change its own objects. */
  let known: { readonly stored: unknown; readonly shown: unknown } = { stored: undefined, shown: undefined };
  /** A copy of the draft whose save led to the conflict. */
  let asked: unknown;
  let loadedWith: RequestInit | undefined;
  let channel: BroadcastChannel | undefined;
  /** Saves of other tabs: the version that each save replaced, and its new version. */
  const saved = new Map<string | null, string | null>();

  let hasFailed = false;
  const failed = (error: unknown) => {
    if (!hasFailed) console.warn("mergefetch: a listener of a form failed:", error);
    hasFailed = true;
  };
  const set = (change: Partial<EditingState<T>>) => {
    state = { ...state, ...change };
    for (const listener of [...listeners]) attempted(() => listener(state), failed);
  };
  const taken = (base: Snapshot<T>) => {
    const stored = copyOf(base.value);
    known = { stored, shown: stored };
    return { base, draft: copyOf(stored) as T, isStale: false };
  };
  /**
   * Base and draft after the result of `sent` has come in, with what was typed since. Where both changed one value, the draft remains an
   * edit of its old base, and the next save merges it: undefined.
   */
  const retyped = (sent: unknown, snapshot: Snapshot<T>) => {
    const stored = copyOf(snapshot.value);
    const now = copyOf(state.draft);
    const carriedOver = carried(sent, now, stored, UNSURE);
    const draft = carriedOver === UNSURE ? joined(sent, now, stored) : carriedOver;
    if (draft === UNSURE) return undefined;
    known = { stored, shown: stored };
    return { base: snapshot, draft: copyOf(draft) as T, isStale: false };
  };
  /** Base and draft after the save of `sent`. */
  const settled = (sent: unknown, snapshot: Snapshot<T>, changes: readonly Change[] | undefined) => {
    const [now, stored] = [copyOf(state.draft), copyOf(snapshot.value)];
    const settledFor = (draft: unknown) => settle({ before: known.stored, sent, now: draft, stored }, changes);
    if (changes && !isSame(now, sent)) return retyped(sent, snapshot);
    const draft = settledFor(now);
    if (draft === UNSURE) return retyped(sent, snapshot);
    known = { stored, shown: settledFor(sent) };
    return { base: snapshot, draft: isSame(draft, now) ? state.draft : (copyOf(draft) as T), isStale: false };
  };

  const open = () => {
    const name = state.base?.url;
    if (name === undefined || typeof BroadcastChannel === "undefined") return undefined;
    try {
      const opened = new BroadcastChannel(`mergefetch ${name}`);
      // The channel must not keep a Node.js process alive.
      (opened as { unref?: () => void }).unref?.();
      return opened;
    } catch {
      // Without a channel, other tabs are not told.
      return undefined;
    }
  };
  /** Opens the channel while somebody listens here. */
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
    // If the channel fails, other tabs are not told, but the save goes on.
    attempted(() => to?.postMessage(told), () => {});
    if (to !== channel) to?.close();
  };
  const heard = async ({ from, to }: Told) => {
    if (from !== null) saved.set(from, to);
    const { base, draft } = state;
    if (base === null || (to !== null && base.version === to)) return;
    const isClean = () => state.base === base && state.conflict === null && !state.isSaving && isSame(copyOf(state.draft), known.shown);
    const now = isClean() ? await http.get<T>(base.url, loadedWith).catch(() => undefined) : undefined;
    if (now !== undefined && isClean() && state.draft === draft) set(taken(now));
    else if (state.base === base) set({ isStale: true });
  };
  /** Whether saves of other tabs lead from the base of the draft to the server's version. */
  const isOfOtherTabs = ({ theirs }: Conflict<T>) => {
    let version = state.base?.version ?? null;
    const isEnd = () => version === null || version === theirs?.version;
    for (let steps = saved.size; steps > 0 && !isEnd(); steps--) version = saved.get(version) ?? null;
    return version !== null && theirs !== null && version === theirs.version;
  };

  const sending = async (sent: unknown, send: () => Promise<SaveResult<T>>, isDecision = false) => {
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
        const changed = () => {
          if (snapshot === null) return {};
          // Text that was typed while the conflict was open is no part of the conflict.
          return isDecision ? retyped(sent, snapshot) : settled(sent, snapshot, result.kind === "merged" ? result.changes : undefined);
        };
        let change = changed();
        if (change === undefined && !isEngineLoaded()) {
          // Without the engine, the next save merges the draft.
          await engineLoaded().catch(() => {});
          change = changed();
        }
        set({ ...change, conflict: null, isOwnConflict: false, problem: null });
      }
      return result;
    } finally {
      set({ isSaving: false });
    }
  };
  const missing = (what: string) => new MergefetchError("invalid-argument", `expected ${what} before this call`);
  return {
    current: () => state,
    subscribe(listener) {
      checkFunction(listener, "listener");
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
      const typed = state.draft;
      if (typed === undefined) set(taken(base));
      else if (state.base === null) set({ ...taken(base), draft: typed });
      attend();
    },
    type(draft) {
      if (isThenable(draft)) throw wrong("a draft", draft);
      set({ draft, edits: state.edits + 1 });
    },
    save: () => {
      const { base, draft } = state;
      const sent = copyOf(draft);
      return sending(sent, async () => {
        if (base === null || draft === undefined) throw missing("load()");
        markForm(base);
        // Respelled values go out in the server's spelling.
        const isAsShown = isSame(known.shown, known.stored) || typeof sent === "symbol";
        return http.save(base, isAsShown ? draft : (carried(known.shown, sent, known.stored) as T));
      });
    },
    submit: () =>
      sending(
        asked,
        async () => {
          if (state.conflict === null) throw missing("a conflict");
          return state.conflict.submit();
        },
        true,
      ),
  };
}

/** The result of the save with the text that was typed since `sent` went out, if nothing overlaps; otherwise {@link UNSURE}. */
function joined(sent: unknown, now: unknown, stored: unknown): unknown {
  try {
    if ([sent, now, stored].every((one) => typeof one === "string")) {
      const merge = mergeText(sent as string, now as string, stored as string);
      return merge.clean ? merge.text : UNSURE;
    }
    const merge = mergeJson(sent, now, stored);
    return merge.clean && !merge.ambiguous ? merge.value : UNSURE;
  } catch {
    // The module runs in a worker, or JSON cannot represent the draft. The next save merges the draft.
    return UNSURE;
  }
}

/**
 * Saves a form automatically after a pause in typing; returns a function that ends this.
 *
 * It waits while a conflict is open or a save is under way. A save that was refused, or got no answer, is tried
 * again with the next edit. Only a call of `form.type()` counts as an edit; a change in place without this call is saved with the next edit.
 *
 * @param options.delayMs The pause in typing before a save, default 1,000.
 * @param options.failed Receives errors that `save()` throws; a refusal is in the state of `form`.
 */
export function autosave<T>(form: Editing<T>, options: { readonly delayMs?: number | undefined; readonly failed?: ((error: unknown) => void) | undefined } = {}): () => void {
  checkMethods(form, ["current", "subscribe", "save"], "what `editing` makes");
  checkKeys(options, ["delayMs", "failed"], "the options of `autosave`");
  const { delayMs = 1_000, failed = () => {} } = options;
  if (!(typeof delayMs === "number" && delayMs >= 0)) throw wrong("delayMs to be a number of milliseconds", delayMs);
  checkFunction(failed, "failed");
  let known = form.current();
  let isTyped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const isPaused = ({ base, conflict, isSaving }: EditingState<T>) => base === null || conflict !== null || isSaving;
  const fire = () => {
    timer = undefined;
    // A pause may have begun since the timer was set; `heard` is called at its end.
    if (isPaused(form.current())) return;
    isTyped = false;
    form.save().catch(failed);
  };
  const heard = (state: EditingState<T>) => {
    const isEdit = state.edits !== known.edits;
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
