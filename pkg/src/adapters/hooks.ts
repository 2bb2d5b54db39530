/** The page's own functions for a request, and the fields between them and the module. */
import type { Author, RouteRule, VersionAdapter } from "../types/types.js";
import type { Format, RawVersioning } from "../types/wire.js";

/** The field that carries an adapter's version between the page's functions and the module. It is never sent. @internal */
export const VERSION = "mergefetch-version";
/** The field with the author of the document in an answer; see `AUTHOR_FIELD` in the module. @internal */
export const AUTHOR = "mergefetch-author";

/** The preset for a route whose version the page's own functions read and write. @internal */
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
