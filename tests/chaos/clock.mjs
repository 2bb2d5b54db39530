// One clock for all processes, finer than a millisecond.

/** Milliseconds since 1970. */
export const now = () => performance.timeOrigin + performance.now();

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
