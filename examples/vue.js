import { onScopeDispose, shallowRef } from "vue";

import { editing } from "mergefetch/helpers";

/** `const { state, ready, type, save, submit } = useDocument(http, url);`, where `state` is a ref. */
export function useDocument(http, url) {
  const { current, subscribe, load, ...actions } = editing(http, url);
  // Shallow: the state is a new object with every change, so that nothing inside of it has to be watched.
  const state = shallowRef(current());
  onScopeDispose(subscribe((now) => (state.value = now)));
  return { state, ready: load(), ...actions };
}
