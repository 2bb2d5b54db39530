/**
 * The one decision of the facade: the first read of a document. A 200 for a document of which nothing is stored gives value, version, protection and author.
 *
 * The module decides everything else: where `firstRead` returns undefined, the call waits for the module. The module also gets each answer that was
 * decided here. `tests/npm/first-read.test.mjs` compares both.
 */
import { AUTHOR, VERSION } from "../adapters/hooks.js";
import { type Body, type CallOptions, type Format, MAX_BYTES, MAX_LEVELS, type RawSnapshot, type RawVersioning } from "../types/wire.js";

/** An answer with its whole body. @internal */
export interface Answer {
  readonly status: number;
  /** The URL after redirects. */
  readonly url: string;
  readonly headers: Headers;
  readonly bytes: ArrayBuffer;
}

/** The part of the options of a call that decides about its read. */
type ReadOptions = Pick<CallOptions, "url" | "format" | "versioning" | "isEnveloped">;

/** A strong entity tag (RFC 9110 §8.8.3). */
const STRONG = /^"[!#-~\x80-\xff]*"$/;
/** A value that a field of a write may repeat. */
const REPEATABLE = /^[\t -~\x80-\xff]+$/;
const [QUOTE, BACKSLASH, COLON] = [0x22, 0x5c, 0x3a];

/** The snapshot of a first read, as the module would return it; undefined if the module has to decide. @internal */
export function firstRead({ url, format: told, versioning, isEnveloped }: ReadOptions, { status, url: final, headers, bytes }: Answer): RawSnapshot | undefined {
  if (status !== 200 || isEnveloped || bytes.byteLength > MAX_BYTES || new URL(final).origin !== new URL(url).origin) return undefined;
  const contentType = headers.get("content-type") ?? undefined;
  if (isOdd(contentType)) return undefined;
  const format = told ?? formatOfType(contentType);
  const version = versionIn(headers, versioning);
  const body = version && bodyIn(bytes, format, contentType);
  if (version === undefined || body === undefined) return undefined;
  const author = headers.get(AUTHOR);
  return { url: final, format, body, contentType, source: "network", ...version, ...(author !== null && { author }) };
}

/** Whether an answer to `fetch` may be a document: no endless stream, and no download. The module decides again. @internal */
export function mayBeDocument(headers: Headers, format: Format | undefined): boolean {
  const type = headers.get("content-type") ?? undefined;
  const length = Number(headers.get("content-length")) || 0;
  const isText = (format ?? formatOfType(type)) !== "bytes" || isOdd(type);
  return length <= MAX_BYTES && !/^\s*text\/event-stream/.test(type ?? "") && (isText || (headers.has("etag") && length > 0));
}

/** Whether only the module can parse the media type: its white space differs from that of JavaScript. */
const isOdd = (type = ""): boolean => /[^\t -~]/.test(type);

/** `Format::of_content_type` of the module. */
function formatOfType(type = ""): Format {
  const [, kind, subtype = ""] = /^([^/]*)\/(.*)$/s.exec((type.split(";")[0] as string).trim().toLowerCase()) ?? [];
  if (/(^|\+)json$/.test(subtype)) return "json";
  return kind === "text" || /^(xml|yaml|toml|javascript)$|\+xml$/.test(subtype) ? "text" : "bytes";
}

function versionIn(headers: Headers, { kind, argument = "" }: RawVersioning): Pick<RawSnapshot, "version" | "modified" | "protection"> | undefined {
  if (kind === "header") {
    const [name] = argument.split(":") as [string];
    const version = headers.get(name) || undefined;
    // Only the module decodes a version.
    if (name === VERSION && version?.includes("%")) return undefined;
    return { version, protection: version === undefined ? "none" : "custom" };
  }
  const [tag, date] = [headers.get("etag"), headers.get("last-modified")];
  const isUnusable = [tag, date].some((one) => one !== null && (one === "*" || !REPEATABLE.test(one)));
  if (isUnusable || (kind === "etag" ? argument === "refuse" : kind !== "lastModified")) return undefined;
  if (kind === "etag" && tag !== null) return { version: tag, ...(date !== null && { modified: date }), protection: STRONG.test(tag) ? "strong" : "weak" };
  return date === null ? { protection: "none" } : { version: date, protection: "date" };
}

function bodyIn(bytes: ArrayBuffer, format: Format, contentType = ""): Body | undefined {
  // A copy, as the page may edit its bytes.
  if (format === "bytes") return new Uint8Array(bytes.slice(0));
  if (/charset/i.test(contentType.replace(/;\s*charset="?utf-?8"?\s*(?=;|$)/gi, ""))) return undefined;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: format === "text" }).decode(bytes);
    return format === "text" || isJson(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the module accepts the JSON text: it refuses duplicate names in one object, and too many levels. */
function isJson(text: string): boolean {
  const waiting: unknown[] = [JSON.parse(text)];
  let [members, level, isInString] = [0, 0, false];
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) isInString = !isInString;
    else if (isInString) at += unit === BACKSLASH ? 1 : 0;
    else if (unit === COLON) members++;
    // Of the units outside of strings, only brackets have these bits.
    else if ((unit & 0xdf) === 0x5b && ++level > MAX_LEVELS) return false;
    else if ((unit & 0xdf) === 0x5d) level--;
  }
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value !== "object" || value === null) continue;
    const children = Object.values(value);
    if (!Array.isArray(value)) members -= children.length;
    for (const child of children) waiting.push(child);
  }
  return members === 0;
}
