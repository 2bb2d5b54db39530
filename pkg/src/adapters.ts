import { notYet } from "./errors.js";
import type { JsonPointer, Refusal } from "./types.js";

/** Where the version of a resource lives. Presets: etag(), lastModified(), header(name), field(pointer), couchdb(), kubernetes(), odata(), fhir(). */
export interface VersionAdapter {
  read(response: Response, body: unknown): string | null;
  write(request: Request, version: string): Request | Promise<Request>;
  /** Removes the version from a body before it is compared. */
  strip?(body: unknown): unknown;
  /** What a refusal says by itself: the current value or version, or that it is no edit conflict at all. */
  refusal?(response: Response, body: unknown): { theirs?: unknown; version?: string; kind?: Refusal["kind"] } | null;
}

const builtIn = new WeakSet<VersionAdapter>();

/** Whether the client itself knows what to do. @internal */
export function isEtag(adapter: VersionAdapter): boolean {
  return builtIn.has(adapter);
}

/**
 * The version is the `ETag` field; writes name it in `If-Match`. This is the default.
 *
 * @param options.weak Only `"adaptive"`, the default, is there yet: a weak tag goes out as it came, and stripped of its `W/`
 *   once where a server refuses the tag that it still sends.
 */
export function etag(options: { weak?: "adaptive" | "verbatim" | "strip" | "refuse" } = {}): VersionAdapter {
  if ((options.weak ?? "adaptive") !== "adaptive") throw notYet(`etag({ weak: "${options.weak}" })`);
  const adapter: VersionAdapter = {
    read: (response) => response.headers.get("etag"),
    write: (request, version) => {
      const protectedRequest = new Request(request);
      protectedRequest.headers.set("if-match", version);
      return protectedRequest;
    },
  };
  builtIn.add(adapter);
  return adapter;
}

/** The version is the `Last-Modified` field. Not there yet. */
export function lastModified(): VersionAdapter {
  throw notYet("lastModified()");
}

/** The version is a field of this name. Not there yet. */
export function header(_name: string): VersionAdapter {
  throw notYet("header()");
}

/** The version is a member of the document. Not there yet. */
export function field(_pointer: JsonPointer): VersionAdapter {
  throw notYet("field()");
}

/** CouchDB's `_rev`. Not there yet. */
export function couchdb(): VersionAdapter {
  throw notYet("couchdb()");
}

/** Kubernetes' `metadata.resourceVersion`. Not there yet. */
export function kubernetes(): VersionAdapter {
  throw notYet("kubernetes()");
}

/** OData's `@odata.etag`. Not there yet. */
export function odata(): VersionAdapter {
  throw notYet("odata()");
}

/** FHIR's `meta.versionId`. Not there yet. */
export function fhir(): VersionAdapter {
  throw notYet("fhir()");
}
