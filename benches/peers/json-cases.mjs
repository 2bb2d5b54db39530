// JSON documents that are merged, with the one right answer: seeded, the same on every machine.

/** A seeded generator (mulberry32) of numbers below `limit`. */
function seeded(seed) {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

function shuffled(items, random) {
  const order = [...items];
  for (let at = order.length - 1; at > 0; at--) {
    const other = random(at + 1);
    [order[at], order[other]] = [order[other], order[at]];
  }
  return order;
}

/** Who edits each of `count` things: one of a hundred is edited, half by each side. */
function editors(count, random) {
  return Array.from({ length: count }, () => ["mine", "theirs"][random(200)]);
}

/** Records of about 160 bytes, indented. */
function records(bytes, { shuffle = false } = {}) {
  const random = seeded(1);
  const count = Math.max(2, Math.round(bytes / 160));
  const by = editors(count, random);
  const record = (edits) => (id) => ({
    id,
    name: `record number ${id}`,
    price: edits.includes(by[id]) ? id + 1.5 : id + 0.5,
    tags: ["a", "b"],
    address: { street: `High Street ${id}`, city: "Bern" },
  });
  const ids = Array.from({ length: count }, (_, id) => id);
  const order = shuffle ? shuffled(ids, random) : ids;
  const all = { base: ids.map(record([])), mine: order.map(record(["mine"])) };
  return { ...all, theirs: ids.map(record(["theirs"])), merged: order.map(record(["mine", "theirs"])) };
}

/** One object with many members. */
function wide(bytes) {
  const count = Math.max(2, Math.round(bytes / 27));
  const by = editors(count, seeded(2));
  const object = (edits) =>
    Object.fromEntries(by.map((editor, n) => [`member ${n}`, edits.includes(editor) ? { new: n } : n]));
  return { base: object([]), mine: object(["mine"]), theirs: object(["theirs"]), merged: object(["mine", "theirs"]) };
}

/** Objects of a hundred levels, one of fifty edited at the bottom. */
function deep(bytes) {
  const count = Math.max(2, Math.round(bytes / 1000));
  const chain = (value) => {
    let object = value;
    for (let level = 0; level < 100; level++) object = { down: object };
    return object;
  };
  const editor = (n) => (n % 100 === 0 ? "mine" : n % 100 === 1 ? "theirs" : undefined);
  const object = (edits) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`chain ${n}`, chain(edits.includes(editor(n)) ? 1 : 0)]));
  return { base: object([]), mine: object(["mine"]), theirs: object(["theirs"]), merged: object(["mine", "theirs"]) };
}

const KINDS = {
  "records, 1 % edits": { make: records, indent: 2 },
  "records, mine shuffled": { make: (bytes) => records(bytes, { shuffle: true }), indent: 2 },
  "one wide object, 1 % edits": { make: wide, indent: 1 },
  "deep chains, 2 % edits": { make: deep, indent: 0 },
};

const SIZES = { "10 kB": 10_000, "1 MB": 1_000_000, "10 MB": 10_000_000 };

/** The names of all cases, by size. */
export const names = Object.keys(SIZES).flatMap((size) => Object.keys(KINDS).map((kind) => `${size}, ${kind}`));

/** Documents in which both sides also set the first scalar of base, differently. */
function twins({ base, mine, theirs }) {
  const place = (value, path = []) => {
    for (const [name, child] of Object.entries(value)) {
      const scalar = typeof child !== "object";
      // What tells records apart is no value to edit.
      if (scalar && name !== "id") return [...path, name];
      const found = scalar ? undefined : place(child, [...path, name]);
      if (found !== undefined) return found;
    }
  };
  const path = place(base);
  const id = base[path[0]].id;
  const edited = (document, text) => {
    const copy = structuredClone(document);
    const [last, ...rest] = [...path].reverse();
    // A record may stand at another place.
    const whole = rest.reverse();
    if (id !== undefined) whole[0] = copy.findIndex((record) => record.id === id);
    whole.reduce((value, name) => value[name], copy)[last] = text;
    return copy;
  };
  return { mine: edited(mine, "what mine wrote"), theirs: edited(theirs, "what theirs wrote") };
}

/** The documents of a case as texts, what they must become, and the edits of its twin. */
export function jsonCase(name) {
  const [size, ...rest] = name.split(", ");
  const { make, indent } = KINDS[rest.join(", ")];
  const documents = make(SIZES[size]);
  const texts = (sides) => Object.fromEntries(Object.entries(sides).map(([side, value]) => [side, JSON.stringify(value, null, indent)]));
  return { ...texts(documents), twin: texts(twins(documents)) };
}
