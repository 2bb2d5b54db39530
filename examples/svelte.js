import { readable } from "svelte/store";

import { editing } from "mergefetch/helpers";

/** `const note = documentStore(http, url);`, then `$note.draft`, `note.type(…)`, `note.save()`. */
export function documentStore(http, url) {
  const { current, subscribe, load, ...actions } = editing(http, url);
  const state = readable(current(), (set) => {
    set(current());
    return subscribe(set);
  });
  return { subscribe: state.subscribe, ready: load(), ...actions };
}
