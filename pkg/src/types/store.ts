/** The store of a client, and the reports of its failures. */
import type { WarningCode } from "./warnings.js";

/** Holds validators and bodies. `memory()` is the default; a persistent store needs a partition, so that no user sees another's data. */
export interface Store {
  /** The value under `key`, or null. */
  get(key: string): Promise<Uint8Array | null>;
  /** Keeps `value`, or nothing if there is no room. */
  set(key: string, value: Uint8Array): Promise<void>;
  /** Deletes the value under `key`. */
  delete(key: string): Promise<void>;
  /** The kept keys that start with `prefix`. */
  keys(prefix: string): Promise<readonly string[]>;
}

/** Reports a failure. The code names the failed part, if it is not the store. @internal */
export type Warn = (message: string, error: unknown, code?: WarningCode) => void;
