/** Refusals and failures of the module, in the public form. */
import { MergefetchError, redacted } from "../types/errors.js";
import type { Problem } from "../types/types.js";
import { jsonValue } from "../types/values.js";
import { OF_MODULE, type RawError, type RawHttpError, type RawProblem } from "../types/wire.js";

/** @internal */
export function problemOf(raw: RawProblem): Problem {
  const { fields, allowedStates, body, isJson, detail, ...words } = raw;
  return {
    ...words,
    // Without an answer, `detail` quotes the error of `fetch`, and that may quote the URL.
    ...(detail !== undefined && { detail: raw.status === null ? redacted(detail) : detail }),
    ...(fields.length > 0 && {
      fields: fields.map(({ value, ...rest }) => (value === undefined ? rest : { ...rest, value: jsonValue(value) })),
    }),
    ...(allowedStates.length > 0 && { allowedStates }),
    body: body === null ? null : isJson ? jsonValue(body) : body,
  };
}

/** Turns an error of the module into a `MergefetchError`. Another value, such as an abort reason, passes unchanged. @internal */
export function translated(thrown: unknown): unknown {
  if (thrown instanceof MergefetchError) return thrown;
  if (typeof WebAssembly !== "undefined" && thrown instanceof WebAssembly.RuntimeError) {
    return new MergefetchError("internal", `defect in mergefetch: ${thrown.message}`, {}, thrown);
  }
  // The page's own errors may have a `code` and `details`, too.
  return isOfModule(thrown) ? new MergefetchError(thrown.code, thrown.message, thrown.details) : thrown;
}

const isOfModule = (thrown: unknown): thrown is RawError | RawHttpError => thrown instanceof Error && thrown.name === OF_MODULE;

/** The error of a read: with method and URL, and for a refused read with the status and the problem in the public form. @internal */
export function errorOf(thrown: unknown): unknown {
  if (!isOfModule(thrown)) return translated(thrown);
  const { url } = thrown.details;
  // A wrong argument failed before any request.
  if (typeof url !== "string" || thrown.code === "invalid-argument") return translated(thrown);
  const failed = `GET ${redacted(url)} failed`;
  if (thrown.code !== "http") return new MergefetchError(thrown.code, `${failed}: ${thrown.message}`, thrown.details);
  const { code, details } = thrown;
  return new MergefetchError(code, `${failed}: expected 200, but got ${details.status}`, { ...details, problem: problemOf(details.problem) });
}
