/** The name of a route in `stats`. */
import type { RouteRule } from "../types/types.js";

/** @internal */
export function nameOf(match: RouteRule["match"]): string {
  return typeof match === "function" ? match.name : String(match);
}
