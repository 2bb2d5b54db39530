import { redacted, wrong } from "./errors.js";
import { jsonText } from "./json-text.js";
import type { Change, Problem } from "./types.js";

/** @internal */
export type Format = "json" | "text" | "bytes";

/** A document as it crosses into the module: JSON and text as they are written, anything else as bytes. @internal */
export type Body = string | Uint8Array;

/** The format of a value that comes without one. @internal */
export function formatOf(value: unknown): Format {
  return typeof value === "string" ? "text" : value instanceof Uint8Array ? "bytes" : "json";
}

/** @internal */
export function valueOf(body: Body, format: Format): unknown {
  return format === "json" && typeof body === "string" ? jsonValue(body) : body;
}

/** A JSON text that the module accepted, as a value. @internal */
export function jsonValue(text: string): unknown {
  // A BOM belongs to the layout of a document, not to its value (RFC 8259 §8.1), and `JSON.parse` refuses it.
  return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
}

/** @internal */
export function bodyOf(value: unknown, format: Format): Body {
  if (format === "json") return jsonText(value);
  if (format === "text" ? typeof value === "string" : value instanceof Uint8Array) return value as Body;
  throw wrong(format === "text" ? "a string, as the document is text" : "a Uint8Array, as the document is bytes", value);
}

/** Puts in a property that is made when it is first asked for. @internal */
export function lazily(object: object, name: string, make: () => unknown): void {
  let made: readonly [unknown] | undefined;
  Object.defineProperty(object, name, { enumerable: true, get: () => (made ??= [make()])[0] });
}

/** A change as it leaves the module: values are texts, long ones as UTF-8. @internal */
export interface RawChange extends Omit<Change, "base" | "mine" | "theirs" | "suggestion"> {
  readonly base?: Body;
  readonly mine?: Body;
  readonly theirs?: Body;
  readonly suggestion?: Body;
}

/** What is long is decoded and parsed when somebody looks at it: the order of a long array has the array three times. @internal */
export function changeOf(raw: RawChange, format: Format): Change {
  const change: { -readonly [K in keyof Change]: Change[K] } = { ...(raw as Change) };
  for (const side of ["base", "mine", "theirs", "suggestion"] as const) {
    const body = raw[side];
    if (typeof body === "string") change[side] = valueOf(body, format);
    else if (body !== undefined) lazily(change, side, () => valueOf(new TextDecoder("utf-8", { ignoreBOM: true }).decode(body), format));
  }
  return change;
}

/** @internal */
export interface RawProblem extends Omit<Problem, "fields" | "body"> {
  readonly status: number | null;
  readonly fields: readonly { readonly path: string; readonly value?: string; readonly detail?: string }[];
  readonly allowedStates: readonly string[];
  readonly body?: string;
  readonly isJson: boolean;
}

/** @internal */
export function problemOf(raw: RawProblem): Problem {
  const { fields, allowedStates, body, isJson, status, ...words } = raw;
  // Without an answer, `detail` quotes the error of `fetch`, and that may quote the URL.
  if (status == null && words.detail != null) words.detail = redacted(words.detail);
  return {
    ...words,
    status: status ?? null,
    ...(fields.length > 0 && {
      fields: fields.map(({ value, ...rest }) => (value === undefined ? rest : { ...rest, value: jsonValue(value) })),
    }),
    ...(allowedStates.length > 0 && { allowedStates }),
    body: body === undefined ? null : isJson ? jsonValue(body) : body,
  };
}
