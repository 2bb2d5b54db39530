/** The store of a client, and the reports of its failures. */
import type { WarningCode } from "./warnings.js";

/** Holds validators and bodies. `memory()` is the default; a persistent store needs a partition, so that no user sees another's data. */
export interface Store {
  /** What was kept under `key`; null where nothing is. */
  get(key: string): Promise<Uint8Array | null>;
  /** Keeps `value`, or nothing where there is no room. */
  set(key: string, value: Uint8Array): Promise<void>;
  /** Forgets what is kept under `key`. */
  delete(key: string): Promise<void>;
  /** The keys of what is kept, those that start with `prefix`. */
  keys(prefix: string): Promise<readonly string[]>;
}

/** Reports a failure. The code names the failed part, if it is not the store. @internal */
export type Warn = (message: string, error: unknown, code?: WarningCode) => void;
