/** The script with everything that a first question does not need: loaded once a conflict is shown, or when somebody asks for it. */
import type * as Script from "./element-later.js";

/** What the script has. @internal */
export type Later = typeof Script;

let loaded: Later | null = null;
let loading: Promise<Later> | null = null;

/** The script, where it is there already. @internal */
export function later(): Later | null {
  return loaded;
}

/** Loads the script; after a failure, the next call tries again. @internal */
export function loadLater(): Promise<Later> {
  loading ??= import("./element-later.js").then(
    (script) => (loaded = script),
    (error: unknown) => {
      loading = null;
      throw error;
    },
  );
  return loading;
}
