/** `fetch` with the page's own functions around it, where its routes have any. Their code, `own-adapter.ts`, is then loaded. */
import { engineLoaded, scriptLoaded } from "../client/load.js";
import type { Warn } from "../types/types.js";
import type { Fetch } from "../types/wire.js";
import { type Adapted, AUTHOR, type Hooks, VERSION } from "./hooks.js";

/** Runs the page's own functions around `fetch`, so that the module sees an ordinary versioned server. @internal */
export function withAdapters(fetch: Fetch, hooksOf: (request: Request, init: RequestInit | undefined) => Hooks, warn: Warn): Fetch {
  let loading: Promise<Adapted> | undefined;
  return async (input, init) => {
    const hooks = hooksOf(input, init);
    if (!hooks.adapter && !hooks.body && !hooks.author) {
      const response = await fetch(input, init);
      // The page's own `fetch` may return anything.
      return response?.headers?.get?.(AUTHOR) ? (await scriptLoaded("ownAdapter")).unforged(response, input.url) : response;
    }
    // A first read need not wait for the code that looks at its answer.
    const sent = loading === undefined && input.method === "GET" && !input.headers.has(VERSION) ? fetch(input, init) : undefined;
    sent?.catch(() => {});
    loading ??= scriptLoaded("ownAdapter").then(
      ({ adapted }) => adapted(fetch, warn, engineLoaded),
      (error: unknown) => {
        loading = undefined;
        throw error;
      },
    );
    return (await loading)(input, init, hooks, sent);
  };
}
