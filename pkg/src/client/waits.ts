/** Waits that end at the caller's abort or after a time. */

/** `answer`, or a rejection with the reason of `signal` as soon as `signal` aborts. @internal */
export function unlessAborted<T>(signal: AbortSignal, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort);
    void answer.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** `answer`, or, if it takes longer than `ms`, a rejection with the error that `late` makes. @internal */
export function within<T>(ms: number, answer: Promise<T>, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), ms);
    void answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** The wait for idle time in browsers without `requestIdleCallback`, and in Node.js. */
const IDLE_MS = 200;
/** The longest wait for idle time. */
const BUSY_MS = 5_000;

/** Calls `run` when the page has nothing else to do. A process that has ended its work does not wait for it. @internal */
export function whenIdle(run: () => unknown): void {
  if (typeof requestIdleCallback === "function") {
    requestIdleCallback(run, { timeout: BUSY_MS });
    return;
  }
  // A number in browsers.
  const timer: unknown = setTimeout(run, IDLE_MS);
  (timer as { unref?: () => void }).unref?.();
}
