/** The two people of the page. Each has a client of their own, as if they sat at two computers. */
import { createClient } from "./mergefetch.js";
import { count } from "./words.js";

/**
 * @typedef {object} Write The newest write of a document that the page knows of.
 * @property {string} who
 * @property {number} when Milliseconds since 1970.
 * @property {string | null} etag Null where the document was deleted.
 *
 * @typedef {object} Person
 * @property {"a" | "b"} id
 * @property {string} name
 * @property {import("./mergefetch.js").Client} client
 * @property {(path: string) => string} address The path, with the person's name for the example server's log and locks.
 * @property {() => Promise<void>} look Learns of the newest writes.
 * @property {(path: string) => Write | null} lastWrite
 * @property {(listener: () => void) => void} onWrite Called when anybody has written anything.
 */

const NAMES = /** @type {const} */ ({ a: "Ann", b: "Ben" });

/** Members that mean nothing without each other: 500 of mine and USD of theirs would be nobody's budget. */
const ROUTES = [{ match: "/api/documents/shared-json*", merge: { rules: { "/budget": { group: ["amount", "currency"] } } } }];

/** What the client says of a refusal that needed nobody. */
const ABSORBED = {
  "already-saved": "the server holds just that: the first answer was lost",
  "only-ignored": "only members that the server manages have changed: saved again",
  validator: "the tag was weakened on its way: sent again as it was",
  "version-required": "the server wants a version: read it, and sent again",
};

/**
 * @param {"a" | "b"} id
 * @param {import("./log.js").Log} log
 * @param {import("./faults.js").Faults} faults
 * @returns {Person}
 */
export function makePerson(id, log, faults) {
  const name = NAMES[id];
  const conclude = (/** @type {string} */ words) => log.conclude(name, words);
  const client = createClient({
    routes: /** @type {any} */ (ROUTES),
    fetch: faults.fetch,
    on: {
      request: ({ method, url, status }) => log.exchange(name, method, url, status),
      conflict: ({ unresolved, kind }) => conclude(kind === "edit-edit" ? `${count(unresolved, "place")} to decide` : `${kind}: a decision about the whole document`),
      merged: ({ changes }) => conclude(`with ${count(changes.filter(({ state }) => state === "theirs").length, "change")} of theirs merged in`),
      absorbed: ({ kind }) => conclude(ABSORBED[kind]),
      warning: ({ message }) => conclude(`warning: ${message}`),
    },
  });
  const address = (/** @type {string} */ path) => `${path}?as=${name.toLowerCase()}`;
  return { id, name, client, address, look: log.now, lastWrite: log.lastWrite, onWrite: log.onWrite };
}

/** @param {string | null} wanted "a", "b", or anything else for both. */
export function peopleOf(wanted) {
  return /** @type {("a" | "b")[]} */ (wanted === "a" || wanted === "b" ? [wanted] : ["a", "b"]);
}
