import type { Observers, Refusal, RouteRule } from "./types.js";

/** How often the writes of one route met a refusal of one class. */
export interface RefusalCount {
  /** `match` of the route as it is written, the name of a function, or "" for URLs without a route. */
  readonly route: string;
  /**
   * What became of the refusal. "merged": both edits were saved. "conflict": somebody was asked. A kind of `Observers.absorbed`: it
   * needed nobody. Anything else: the kind of {@link Refusal} that the caller got.
   */
  readonly kind: "merged" | "conflict" | Refusal["kind"] | Parameters<NonNullable<Observers["absorbed"]>>[0]["kind"];
  /** How many of them there were since the client was made. */
  readonly count: number;
}

/** @internal */
export function nameOf(match: RouteRule["match"]): string {
  return typeof match === "function" ? match.name : String(match);
}
