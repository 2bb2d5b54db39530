/** The script with everything that a first question does not need: loaded once a conflict is shown, or when somebody asks for it. */
import type * as Later from "./element-later.js";

let loaded: typeof Later | null = null;
let loading: Promise<typeof Later> | null = null;

/** The script, where it is there already. @internal */
export function later(): typeof Later | null {
  return loaded;
}

/** Loads the script; after a failure, the next call tries again. @internal */
export function loadLater(): Promise<typeof Later> {
  loading ??= import("./element-later.js").then(
    (script) => (loaded = script),
    (error: unknown) => {
      loading = null;
      throw error;
    },
  );
  return loading;
}
