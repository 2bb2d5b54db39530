// The plan of one round: its documents, the frequency of faults, and its clients.
import { randomOf } from "./random.mjs";
import { token } from "./tokens.mjs";

/** All clients of a round, in the two processes. */
export const CLIENTS = 14;

/** How an origin marks the versions of its documents. Each style is an origin of its own, as a client learns by origin. */
export const STYLES = ["counter", "hash", "weak", "date", "none", "ignoring"];

/** Styles under which a server refuses every stale write, so that nothing may be lost. */
export const PROTECTED = ["counter", "hash", "weak", "date"];

/** Kinds of documents, how many of each there are in a round, and the styles that they come in. */
const KINDS = [
  { kind: "json", count: 5, styles: ["counter", "hash", "weak", "date", "none", "ignoring"] },
  { kind: "set", count: 1, styles: ["counter", "hash", "weak"] },
  { kind: "patch", count: 2, styles: ["counter", "hash", "weak", "date"] },
  { kind: "text", count: 3, styles: ["counter", "hash", "weak", "date"] },
  { kind: "count", count: 3, styles: ["counter", "weak", "date"] },
  { kind: "likes", count: 2, styles: ["counter", "weak", "date"] },
  { kind: "switch", count: 2, styles: ["hash"] },
  { kind: "slot", count: 3, styles: ["counter", "hash", "weak"] },
  { kind: "private", count: 1, styles: ["counter", "weak"] },
];

/** How much goes wrong: in a calm round nothing does, so that all counts are exact. */
const PROFILES = [
  { name: "calm", faults: 0, leaves: 0 },
  { name: "rough", faults: 1, leaves: 0.05 },
  { name: "storm", faults: 3, leaves: 0.12 },
];

/**
 * @param trouble How likely a fault is for each request of a rough round.
 * @param saves How many saves the round has, of all clients together.
 */
export function planOf({ seed, round, trouble, saves }) {
  const random = randomOf("plan", seed, round);
  const profile = PROFILES[round % PROFILES.length];
  const documents = [];
  for (const { kind, count, styles } of KINDS) {
    for (let n = 0; n < count; n += 1) documents.push(documentOf(random, kind, styles, n, documents.length));
  }
  // An address that leads to one of two documents, whose tags may be alike.
  const targets = documents.filter(({ style, kind }) => style === "counter" && kind !== "private" && kind !== "slot").slice(0, 2);
  if (targets.length === 2) documents.push({ ...targets[0], name: "current", kind: "pointer", weight: 1, targets: targets.map(({ name }) => name) });
  return { seed, round, saves, profile: profile.name, faults: profile.faults * trouble, leaves: profile.leaves, documents };
}

function documentOf(random, kind, styles, n, index) {
  // The styles take turns within a kind, so that each round has all of them.
  const style = styles[(n + random.below(styles.length)) % styles.length];
  const name = `${kind}-${index}`;
  return {
    name,
    index: n,
    kind,
    style,
    format: kind === "text" ? "text" : "json",
    isProtected: PROTECTED.includes(style),
    /** How often it is chosen: a few documents are busy. */
    weight: index % 3 === 0 ? 3 : 1,
    hasModified: style === "date" || random.chance(0.3),
    /** The answer to a write. */
    answers: random.weighted([["tag", 4], ["bare", 2], ["body", 2], ["report", 1]]),
    /** The answer of a refusal. */
    refuses: random.one([{ status: 412, body: "none" }, { status: 412, body: "problem" }, { status: 412, body: "current" }, { status: 409, body: "none" }]),
    needsPrecondition: PROTECTED.includes(style) && random.chance(0.4),
    hasVary: kind === "private" && random.chance(0.5),
    initial: kind === "slot" && random.chance(0.5) ? null : initialOf(kind, name),
  };
}

/** The first content of the document. */
export function initialOf(kind, name) {
  const author = `s${name.replace(/\D/g, "")}`;
  let count = 0;
  const next = () => token(author, (count += 1));
  if (kind === "text") return `${Array.from({ length: 6 }, next).join("\n")}\n`;
  if (kind === "switch") return JSON.stringify({ done: false, open: true });
  const value = { title: next(), note: next(), place: next(), list: [next(), next()], items: [{ id: "i1", v: next() }, { id: "i2", v: next() }] };
  if (kind === "count") value.count = 0;
  if (kind === "likes") value.likes = 0;
  return JSON.stringify(value);
}

/** The documents of a private name differ by user, and their tags do not. */
export function initialOfUser(name, user) {
  return JSON.stringify({ of: user, title: token(`u${user === "ann" ? 1 : 2}`, name.replace(/\D/g, "")) });
}

/** Merge rules and formats by name, as an application states them. */
export const ROUTES = [
  { match: /\/set-\d/, merge: { rules: { "/list": "set" } } },
  { match: /\/likes-\d/, merge: { rules: { "/likes": "counter" } } },
  { match: /\/patch-\d/, update: "merge-patch" },
];
