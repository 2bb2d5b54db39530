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
