/** Documents as values and as bodies. */
import { wrong } from "./errors.js";
import { jsonText } from "./json-text.js";
import type { Body, Format } from "./wire.js";

/** @internal */
export type { Body, Format } from "./wire.js";

/** The format of a value that comes without one. @internal */
export function formatOf(value: unknown): Format {
  return typeof value === "string" ? "text" : value instanceof Uint8Array ? "bytes" : "json";
}

/** A body as a value. `T` is the claim of the page: no check can prove the type of a document. @internal */
export function valueOf<T>(body: Body, format: Format): T;
export function valueOf(body: Body, format: Format): unknown {
  return format === "json" && typeof body === "string" ? jsonValue(body) : body;
}

/** A JSON text that the module accepted, as a value. `T` is the claim of the page. @internal */
export function jsonValue<T = unknown>(text: string): T {
  // A BOM belongs to the layout of a document, not to its value (RFC 8259 §8.1), and `JSON.parse` refuses it.
  return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
}

/** @internal */
export function bodyOf(value: unknown, format: Format): Body {
  if (format === "json") return jsonText(value);
  if (format === "text" && typeof value === "string") return value;
  if (format === "bytes" && value instanceof Uint8Array) return value;
  throw wrong(format === "text" ? "a string, as the document is text" : "a Uint8Array, as the document is bytes", value);
}

/** Puts in a property that is made when it is first asked for. @internal */
export function lazily(object: object, name: string, make: () => unknown): void {
  let made: readonly [unknown] | undefined;
  Object.defineProperty(object, name, { enumerable: true, get: () => (made ??= [make()])[0] });
}
