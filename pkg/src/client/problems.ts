/** What the module says about refusals and failures, in the public form. */
import { type ErrorCode, MergefetchError, OF_MODULE, redacted } from "../types/errors.js";
import type { Problem } from "../types/types.js";
import { jsonValue } from "../types/values.js";

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

/** Makes a `MergefetchError` of what the module throws; anything else, such as an abort reason, passes unchanged. @internal */
export function translated(thrown: unknown): unknown {
  if (thrown instanceof MergefetchError) return thrown;
  if (typeof WebAssembly !== "undefined" && thrown instanceof WebAssembly.RuntimeError) {
    return new MergefetchError("internal", `defect in mergefetch: ${thrown.message}`, {}, thrown);
  }
  // The page's own errors may have a `code` and `details`, too.
  if (!(thrown instanceof Error) || thrown.name !== OF_MODULE) return thrown;
  const { code, details, message } = thrown as Error & { code: ErrorCode; details: Record<string, unknown> };
  return new MergefetchError(code, message, details);
}

/** The error of a call, with the problem of a refused read in the public form. @internal */
export function errorOf(thrown: unknown): unknown {
  const error = translated(thrown);
  // An error of the page's own function stays unchanged.
  if (error === thrown || !(error instanceof MergefetchError) || error.details["problem"] === undefined) return error;
  const details = { ...error.details, problem: problemOf(error.details["problem"] as RawProblem) };
  return new MergefetchError(error.code, error.message, details, error.cause);
}
