/** The functions of the core's script that the engine's scripts call: an import would put them into a third script. */
import type { call } from "../core/mergefetch.js";
import type { problemOf, translated } from "../client/problems.js";
import type { count, hostOf } from "../client/writing.js";

/** @internal */
export interface CoreCalls {
  readonly call: typeof call;
  readonly count: typeof count;
  readonly hostOf: typeof hostOf;
  readonly problemOf: typeof problemOf;
  readonly translated: typeof translated;
}

let given: CoreCalls | undefined;

/** Takes the functions, once the core is there. @internal */
export function useCore(calls: CoreCalls): void {
  given = calls;
}

/** @internal */
export function coreCalls(): CoreCalls {
  if (given === undefined) throw new Error("expected the core before the engine");
  return given;
}
