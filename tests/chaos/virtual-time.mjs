// A clock that jumps from timer to timer: waiting costs nothing, and one seed gives one order of events.
import { randomOf } from "./random.mjs";

const later = globalThis.setImmediate;
/** A fixed beginning, so that dates in headers are the same in every run. */
const START_MS = Date.UTC(2030, 0, 1);

/** Replaces the timers, the clock and the chance of this process. Everything imported later uses them. */
export function startVirtualTime(seed) {
  let now = START_MS;
  let count = 0;
  /** A binary heap by time, then by order. */
  const heap = [];
  const alive = new Map();
  const isBefore = (a, b) => a.at < b.at || (a.at === b.at && a.id < b.id);
  const push = (timer) => {
    let at = heap.push(timer) - 1;
    for (let up = (at - 1) >> 1; at > 0 && isBefore(timer, heap[up]); at = up, up = (at - 1) >> 1) heap[at] = heap[up];
    heap[at] = timer;
  };
  const pop = () => {
    const first = heap[0];
    const last = heap.pop();
    if (heap.length === 0) return first;
    let at = 0;
    for (let down = 1; down < heap.length; at = down, down = 2 * at + 1) {
      if (down + 1 < heap.length && isBefore(heap[down + 1], heap[down])) down += 1;
      if (!isBefore(heap[down], last)) break;
      heap[at] = heap[down];
    }
    heap[at] = last;
    return first;
  };
  let random = randomOf("Math.random", seed);
  globalThis.setTimeout = (run, ms = 0, ...args) => {
    const id = (count += 1);
    const timer = { id, at: now + Math.max(0, Number(ms) || 0), run: () => run(...args) };
    alive.set(id, timer);
    push(timer);
    return id;
  };
  globalThis.clearTimeout = (id) => void alive.delete(id);
  Date.now = () => now;
  performance.now = () => now - performance.timeOrigin;
  Math.random = () => random.next();

  return {
    /** Forgets the rest of the last round, so that each can be repeated alone. */
    restart(name) {
      alive.clear();
      heap.length = 0;
      now = START_MS;
      random = randomOf("Math.random", name);
    },
    /** Runs timers until `isDone()`; false where nothing is left that could ever end it. */
    async run(isDone) {
      for (;;) {
        await settled();
        if (isDone()) return true;
        let timer;
        while (heap.length > 0 && timer === undefined) {
          const next = pop();
          if (alive.delete(next.id)) timer = next;
        }
        if (timer === undefined) {
          if (await isStuck(isDone, () => heap.length === 0)) return isDone();
          continue;
        }
        now = Math.max(now, timer.at);
        timer.run();
      }
    },
  };
}

/** Every ready task has run: promises, and the deferred work of Node.js's streams. */
async function settled() {
  for (let i = 0; i < 2; i += 1) await new Promise((resolve) => later(resolve));
}

async function isStuck(isDone, isEmpty) {
  for (let i = 0; i < 200; i += 1) {
    await settled();
    if (isDone() || !isEmpty()) return isDone();
  }
  return true;
}
