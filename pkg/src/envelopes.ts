/** Documents in envelopes: takes the document out of a body, and makes the body around a document. */
import { VERSION } from "./adapting.js";
import { jsonText } from "./json-text.js";
import { engineLoaded } from "./load.js";
import { type Format, formatOf } from "./values.js";

/** A body as read, its media type, and its version in each field that may have one. @internal */
export interface Envelope {
  readonly bytes: ArrayBuffer;
  readonly type: string | null;
  readonly versions: readonly (string | null)[];
}

/** A value, and the text that contained it. @internal */
export interface Parsed {
  readonly value: unknown;
  /** Only for JSON. */
  readonly text?: string | undefined;
}

/** The number of remembered envelopes. Other envelopes are read again. */
const MAX_ENVELOPES = 100;

type Fetch = (input: Request, init?: RequestInit) => Promise<Response>;

/** The envelope of the last read of each document. @internal */
export class Envelopes {
  readonly #known = new Map<string, Envelope>();
  readonly #fetch: Fetch;

  constructor(fetch: Fetch) {
    this.#fetch = fetch;
  }

  read(key: string, envelope: Envelope): void {
    this.#known.delete(key);
    this.#known.set(key, envelope);
    for (const oldest of this.#known.keys()) if (this.#known.size > MAX_ENVELOPES) this.#known.delete(oldest);
  }

  forget(key: string): void {
    this.#known.delete(key);
  }

  /**
   * The envelope for a write. It is read first if this client has not read it, or has read it with another version than the write names.
   *
   * @param version The version that a route's own adapter will write.
   * @param isNoStore Whether the call keeps no document: its envelope is read past every cache, and is not remembered.
   */
  async before(request: Request, version: string | null, init: RequestInit | undefined, isNoStore: boolean): Promise<Envelope | undefined> {
    const { url, headers, signal, credentials } = request;
    const key = keyOf(url, request, init);
    const known = this.#known.get(key);
    const named = version ?? headers.get("if-match") ?? headers.get("if-unmodified-since");
    if (known !== undefined && (named === null || known.versions.includes(named))) return known;
    const fields = new Headers(headers);
    for (const name of ["content-type", "if-match", "if-unmodified-since"]) fields.delete(name);
    const response = await this.#fetch(new Request(url, { headers: fields, signal, credentials, cache: isNoStore ? "no-store" : "no-cache" }), init);
    if ([404, 410].includes(response.status)) return undefined;
    // A document must not be sent without its envelope, as the server would lose the other parts of the envelope.
    if (response.status !== 200) throw new TypeError(`the body around the document was not read before the write: status ${response.status}`);
    const envelope = envelopeOf(await response.arrayBuffer(), response.headers);
    if (!isNoStore) this.read(key, envelope);
    return envelope;
  }
}

/** The envelope in an answer with these fields. @internal */
export function envelopeOf(bytes: ArrayBuffer, headers: Headers): Envelope {
  const versions = [VERSION, "etag", "last-modified"].map((name) => headers.get(name));
  return { bytes, type: headers.get("content-type"), versions };
}

/**
 * The URL and the user (`UserId` in the module), as envelopes belong to one user. The URL lacks the query that bypasses shared caches (`unique_url`).
 *
 * @internal
 */
export function keyOf(url: string, { headers }: Request, init: RequestInit | undefined): string {
  return JSON.stringify([url.replace(/[?&]mergefetch=\d{9}$/, ""), headers.get("authorization"), headers.get("cookie"), init?.credentials]);
}

/** Whether a request creates a document, so that there is no envelope yet. @internal */
export function isCreation(request: Request): boolean {
  return request.method === "POST" || request.headers.get("if-none-match") === "*";
}

/**
 * The content of a body: the value of JSON, a text as a string, anything else as bytes.
 *
 * @param isText Whether the route says that its documents are texts, so that no text is parsed as JSON.
 * @internal
 */
export function valueIn(bytes: ArrayBuffer, type: string | null, isText: boolean | undefined, format?: Format): Parsed {
  const kind = format ?? (/json/i.test(type ?? "") ? "json" : /^text\/|xml/i.test(type ?? "") ? "text" : undefined);
  if (kind === "bytes") return { value: new Uint8Array(bytes) };
  const text = textOf(bytes);
  // Some servers send JSON as text, or without a specific type.
  if (text !== undefined && (kind !== "text" || (format === undefined && !isText && /^\ufeff?\s*[{[]/.test(text)))) {
    try {
      const json = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
      return { value: JSON.parse(json), text: json };
    } catch {
      if (kind === "json") return { value: undefined };
    }
  }
  return { value: kind === "text" ? text : new Uint8Array(bytes) };
}

function textOf(bytes: ArrayBuffer): string | undefined {
  try {
    // A BOM is part of a text.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The format of a value in a body: bytes and texts unchanged, and everything else as JSON. @internal */
export function kindOf(value: unknown, format?: Format): Format {
  return format === "json" ? format : formatOf(value);
}

/** The document from an envelope, with the spelling that its numbers have there. @internal */
export async function textIn(inside: unknown, { value, text }: Parsed, kind: Format): Promise<string | Uint8Array> {
  if (kind !== "json") return inside as string | Uint8Array;
  const written = jsonText(inside);
  if (text === undefined) return written;
  const { respelled } = await engineLoaded();
  return respelled(written, text, pointerTo(inside, value, "") ?? "", "", undefined);
}

/** The body for the result of `wrap`. Numbers keep the spelling that they have in the document and in the last envelope. @internal */
export async function textAround(made: unknown, document: Parsed, before: Parsed | undefined): Promise<string | Uint8Array> {
  if (kindOf(made) !== "json") return made as string | Uint8Array;
  const { respelled } = await engineLoaded();
  // `jsonText` comes first: it throws for a cyclic value, in which `pointerTo` would not end.
  let text = jsonText(made);
  const inside = pointerTo(document.value, made, "") ?? "";
  if (before?.text !== undefined) text = respelled(text, before.text, "", "", document.text === undefined ? undefined : inside);
  return document.text === undefined ? text : respelled(text, document.text, "", inside, undefined);
}

/** The pointer to the object `part` in `whole`, by identity; undefined if it is not there, or is not a container. */
function pointerTo(part: unknown, whole: unknown, place: string): string | undefined {
  if (typeof part !== "object" || part === null) return undefined;
  if (part === whole) return place;
  if (typeof whole !== "object" || whole === null) return undefined;
  for (const [name, value] of Object.entries(whole)) {
    const found = pointerTo(part, value, `${place}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The media type of a body of this kind: the known type, if it fits. @internal */
export function typeFor(kind: Format, known: string | null): string {
  const isJson = known !== null && /json/i.test(known);
  const isText = known !== null && /^text\/|xml/i.test(known);
  if (kind === "json") return isJson ? known : "application/json";
  if (kind === "text") return isText ? known : "text/plain;charset=utf-8";
  return known === null || isJson || isText ? "application/octet-stream" : known;
}
