/** The locks that the tabs of an origin share. Without locks, tabs may write at the same time, but every save goes on. */

/** Only one client asks for its own lock. If the browser does not grant it in this time, locks do not work. */
const GRANT_MS = 1_000;

/** The longest wait for the save of another tab, which may be stuck. */
const TURN_MS = 10_000;

/** A lock that is held or requested. @internal */
export interface Lock {
  /** Whether the lock was granted. */
  readonly granted: Promise<boolean>;
  release(): void;
}

/** A lock that only one client asks for. @internal */
export function ownLock(name: string): Lock {
  return lockOf(name, GRANT_MS);
}

/** A lock that tabs take in turn. @internal */
export function turnLock(name: string): Lock {
  return lockOf(name, TURN_MS);
}

function lockOf(name: string, limitMs: number): Lock {
  const ending = new AbortController();
  let end = () => ending.abort();
  const granted = new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => ending.abort(), limitMs);
    const settle = (isGranted: boolean) => {
      clearTimeout(timer);
      resolve(isGranted);
    };
    ending.signal.addEventListener("abort", () => settle(false));
    const held = () => {
      settle(true);
      return ending.signal.aborted ? undefined : new Promise<void>((release) => (end = release));
    };
    const request = async () => navigator.locks.request(name, { signal: ending.signal }, held);
    request().catch(() => settle(false));
  });
  return { granted, release: () => end() };
}

/** Whether there may be other tabs, so that missing locks deserve a warning. A server process has no tabs. @internal */
export function hasTabs(): boolean {
  try {
    return globalThis.document !== undefined || globalThis.navigator?.locks !== undefined;
  } catch {
    return true;
  }
}

/** The names of the locks that any tab holds; empty if the browser does not report them. @internal */
export async function heldLocks(): Promise<ReadonlySet<string | undefined>> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(resolve, GRANT_MS)));
  try {
    const found = await Promise.race([navigator.locks.query(), late]);
    return new Set(found?.held?.map(({ name }) => name));
  } catch {
    return new Set();
  } finally {
    clearTimeout(timer);
  }
}
