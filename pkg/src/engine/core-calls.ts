/** The functions of the core's script that the engine's scripts call: an import would put them into a third script. */
import type { call } from "../core/mergefetch.js";
import type { problemOf, translated } from "../client/problems.js";

/** @internal */
export interface CoreCalls {
  readonly call: typeof call;
  /** Counts a refusal of a client. */
  count(host: object, url: string, kind: "conflict"): void;
  /** What a conflict needs of its client. */
  hostOf(host: object, session: object): unknown;
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
