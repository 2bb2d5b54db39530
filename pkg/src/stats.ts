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

/** Counts refusals by class and route. @internal */
export class Stats {
  readonly #counts = new Map<string, { route: string; kind: RefusalCount["kind"]; count: number }>();

  add(route: string, kind: RefusalCount["kind"]): void {
    const key = JSON.stringify([route, kind]);
    const entry = this.#counts.get(key) ?? { route, kind, count: 0 };
    entry.count += 1;
    this.#counts.set(key, entry);
  }

  list(): readonly RefusalCount[] {
    return [...this.#counts.values()].map((entry) => ({ ...entry }));
  }
}

/** @internal */
export function nameOf(match: RouteRule["match"]): string {
  return typeof match === "function" ? match.name : String(match);
}
