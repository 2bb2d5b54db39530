// Chance from a seed: the same words give the same numbers in every process.

/** A generator for `words`, such as the seed of the run, the round and the client. */
export function randomOf(...words) {
  let state = 0x9e3779b9;
  for (const letter of words.join(" ")) {
    state = Math.imul(state ^ letter.charCodeAt(0), 0x85ebca6b);
    state ^= state >>> 13;
  }
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    /** True with this probability. */
    chance: (probability) => next() < probability,
    /** A whole number from 0 to `count` - 1. */
    below: (count) => Math.floor(next() * count),
    /** A whole number from `from` to `to`. */
    between: (from, to) => from + Math.floor(next() * (to - from + 1)),
    one: (list) => list[Math.floor(next() * list.length)],
    /** One of `[[item, weight], …]`. */
    weighted(list) {
      let left = next() * list.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [item, weight] of list) if ((left -= weight) < 0) return item;
      return list[list.length - 1][0];
    },
  };
}
