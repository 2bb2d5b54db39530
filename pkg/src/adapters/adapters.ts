/** The presets of version adapters. */
import { wrong } from "../types/errors.js";
import { checkKeys, oneOf } from "../types/options.js";
import type { JsonPointer, VersionAdapter } from "../types/types.js";
import type { RawVersioning } from "../types/wire.js";

const presets = new WeakMap<VersionAdapter, RawVersioning>();

/** The preset of an adapter for the module; undefined for an adapter of the page. @internal */
export function versioningOf(adapter: VersionAdapter): RawVersioning | undefined {
  return presets.get(adapter);
}

/** The functions do the same as the module, for pages that want to call them. */
function preset(raw: RawVersioning, read: VersionAdapter["read"], field: string | null): VersionAdapter {
  const adapter: VersionAdapter = {
    read,
    write: (request, version) => {
      const changed = new Request(request);
      if (field !== null) changed.headers.set(field, version);
      return changed;
    },
  };
  presets.set(adapter, raw);
  return adapter;
}

const fieldOf = (name: string) => (response: Response) => response.headers.get(name);

const memberOf = (pointer: JsonPointer) => (_response: Response, body: unknown) => {
  let value: unknown = body;
  for (const token of pointer.split("/").slice(1)) {
    const name = token.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return null;
    value = (value as Record<string, unknown>)[name];
  }
  return typeof value === "string" || typeof value === "number" ? String(value) : null;
};

/**
 * The version is the `ETag` field, else `Last-Modified`; writes name it in `If-Match`, or in `If-Unmodified-Since`. This is the
 * default.
 *
 * @param options.weak The treatment of weak tags. "adaptive" (default): they are sent as received. If a server refuses the tag
 *   that it still sends, each other form is tried once, and the accepted form is remembered. "verbatim": only as
 *   received. "strip": always without `W/`. "refuse": they are no versions.
 */
export function etag(options: { readonly weak?: "adaptive" | "verbatim" | "strip" | "refuse" | undefined } = {}): VersionAdapter {
  checkKeys(options, ["weak"], "the options of `etag`");
  const { weak = "adaptive" } = options;
  oneOf(weak, ["adaptive", "verbatim", "strip", "refuse"], "weak");
  return preset({ kind: "etag", argument: weak }, fieldOf("etag"), "if-match");
}

/** The version is the `Last-Modified` field; writes name it in `If-Unmodified-Since`. Two writes within one second look the same. */
export function lastModified(): VersionAdapter {
  return preset({ kind: "lastModified" }, fieldOf("last-modified"), "if-unmodified-since");
}

/**
 * The version is a field of this name in answers.
 *
 * @param precondition The field in which writes name it, where that has a name of its own, as in
 *   `header("Schedule-Tag", "If-Schedule-Tag-Match")` of CalDAV. Default: the same field.
 */
export function header(name: string, precondition: string = name): VersionAdapter {
  for (const one of [name, precondition]) {
    if (typeof one !== "string" || !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(one)) throw wrong("the name of a header field", one);
  }
  return preset({ kind: "header", argument: `${name}:${precondition}` }, fieldOf(name), precondition);
}

/**
 * The version is a member of the document, which a write carries back inside the document. A removal has no document to carry it in,
 * so that a pre-write check shows the document that would be lost.
 */
export function field(pointer: JsonPointer): VersionAdapter {
  if (typeof pointer !== "string" || !pointer.startsWith("/")) throw wrong('a JSON Pointer, such as "/version"', pointer);
  return preset({ kind: "field", argument: pointer }, memberOf(pointer), null);
}

/** CouchDB and PouchDB: `_rev` in the document, `rev` in the query of a removal. */
export function couchdb(): VersionAdapter {
  return preset({ kind: "couchdb" }, memberOf("/_rev"), null);
}

/** Kubernetes: `metadata.resourceVersion` in the object, and in the preconditions of a removal. */
export function kubernetes(): VersionAdapter {
  return preset({ kind: "kubernetes" }, memberOf("/metadata/resourceVersion"), null);
}

/** OData: the `ETag` field, or `@odata.etag` (`odata.etag` in OData 3) if only the document has the tag. Writes name the tag in `If-Match`. */
export function odata(): VersionAdapter {
  const [inside, inOlder] = [memberOf("/@odata.etag"), memberOf("/odata.etag")];
  const read: VersionAdapter["read"] = (response, body) => response.headers.get("etag") ?? inside(response, body) ?? inOlder(response, body);
  return preset({ kind: "odata" }, read, "if-match");
}

/** FHIR: the `ETag` field with the version id; `meta.versionId` and `meta.lastUpdated` are the server's. */
export function fhir(): VersionAdapter {
  return preset({ kind: "fhir" }, fieldOf("etag"), "if-match");
}
