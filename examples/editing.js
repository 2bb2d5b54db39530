/**
 * One document that is being edited. `current()` is `{ base, draft, conflict, problem, isSaving }`, a new object with every change.
 *
 * Only a save that succeeded replaces the draft, and only where nobody typed meanwhile.
 */
export function editing(http, url) {
  let state = { base: null, draft: undefined, conflict: null, problem: null, isSaving: false };
  const listeners = new Set();
  const set = (change) => {
    state = { ...state, ...change };
    for (const listener of [...listeners]) listener(state);
  };
  const sending = async (send) => {
    const sent = state.draft;
    set({ isSaving: true });
    try {
      const result = await send(sent);
      if (result.kind === "conflict") set({ conflict: result.conflict, problem: null });
      else if (!result.ok) set({ problem: result.problem });
      // What was typed meanwhile is still an edit of the old base.
      else if (state.draft !== sent || !result.snapshot) set({ conflict: null, problem: null });
      else set({ base: result.snapshot, draft: structuredClone(result.snapshot.value), conflict: null, problem: null });
      return result;
    } finally {
      set({ isSaving: false });
    }
  };
  return {
    current: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async load(init) {
      const base = await http.get(url, init);
      set(state.draft === undefined ? { base, draft: structuredClone(base.value) } : {});
    },
    type: (draft) => set({ draft }),
    save: () => sending((draft) => http.save(state.base, draft)),
    /** After decisions on `conflict.changes`. */
    submit: () => sending(() => state.conflict.submit()),
  };
}
