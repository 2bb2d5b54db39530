/** `fetch` with the page's own functions around it, where its routes have any. Their code, `own-adapter.ts`, is then loaded. */
import type { VersionAdapter } from "./adapters.js";
import type { Fetch, RawVersioning } from "./wire.js";
import { scriptLoaded } from "./load.js";
import type { Warn } from "./store.js";
import type { Author, RouteRule } from "./types.js";
import type { Format } from "./values.js";

/** The field that carries an adapter's version between the page's functions and the module. It is never sent. @internal */
export const VERSION = "mergefetch-version";
/** The field with the author of the document in an answer; see `AUTHOR_FIELD` in the module. @internal */
export const AUTHOR = "mergefetch-author";

/** What the module is told of a route whose version the page's own functions read and write. @internal */
export const OWN_VERSIONING: RawVersioning = { kind: "header", argument: `${VERSION}:${VERSION}` };

/** The page's own functions for one request. @internal */
export interface Hooks {
  readonly adapter?: VersionAdapter | undefined;
  readonly body?: RouteRule["body"] | undefined;
  readonly author?: RouteRule["author"] | undefined;
  /** The format of the document, if the call knows it. */
  readonly format?: Format | undefined;
  /** Whether the route says that documents are texts. */
  readonly isText?: boolean | undefined;
  /** The media type that the caller named. */
  readonly contentType?: string | undefined;
  /** Whether the call keeps no document, and so no envelope. */
  readonly isNoStore?: boolean | undefined;
  /** Ends the call with an error of `wrap`, before anything was sent. A call of `fetch` gets the error from its request. */
  readonly fail?: ((error: unknown) => void) | undefined;
}

/** `fetch` with these functions around it. A request that was sent already comes with its answer. @internal */
export type Adapted = (input: Request, init: RequestInit | undefined, hooks: Hooks, sent: Promise<Response> | undefined) => Promise<Response>;

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
      ({ adapted }) => adapted(fetch, warn),
      (error: unknown) => {
        loading = undefined;
        throw error;
      },
    );
    return (await loading)(input, init, hooks, sent);
  };
}

/** The author from the module, decoded. @internal */
export function authorOf(told: string | undefined): Author | null {
  if (told === undefined) return null;
  try {
    const { name, savedAt } = JSON.parse(decodeURIComponent(told)) as { name?: unknown; savedAt?: unknown };
    return { ...(typeof name === "string" && { name }), ...(typeof savedAt === "number" && { savedAt }) };
  } catch {
    return null;
  }
}
