/** Results of saves for pages that handle errors in one place. */
import { wrong } from "./errors.js";
import type { Conflict, Problem, Refusal, SaveResult } from "./types.js";

/** A save that the server has not accepted, thrown by {@link unwrap}. What was typed is always in it. */
export class RefusalError<T = unknown> extends Error {
  override readonly name = "RefusalError";
  /** Why it was refused; "conflict" if people have to decide. */
  readonly kind: Refusal["kind"] | "conflict";
  /** The conflict that waits for decisions; null for other refusals. */
  readonly conflict: Conflict<T> | null;
  /** The server's words. */
  readonly problem: Problem;
  /** What was to be saved; null for a removal. */
  readonly mine: T | null;

  constructor(result: SaveResult<T> & { readonly ok: false }) {
    const conflict = result.kind === "conflict" ? result.conflict : null;
    const problem = result.kind === "conflict" ? result.conflict.problem : result.problem;
    super(`the save was not accepted (${result.kind})${problem.status === null ? "" : `: status ${problem.status}`}`);
    this.kind = result.kind;
    this.conflict = conflict;
    this.problem = problem;
    this.mine = result.kind === "conflict" ? result.conflict.mine : result.mine;
  }
}

/**
 * The result of a save, if the server holds the edit; otherwise it throws.
 *
 * @throws {RefusalError} The save ended with a conflict or a refusal.
 * @throws {MergefetchError} `invalid-argument`: no result of a save.
 */
export function unwrap<T>(result: SaveResult<T>): SaveResult<T> & { readonly ok: true } {
  if (typeof result?.ok !== "boolean") throw wrong("the result of a save", result);
  if (!result.ok) throw new RefusalError<T>(result);
  return result;
}
