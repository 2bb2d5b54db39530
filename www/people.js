/** The two people of the page. Each has a client of their own, as if they sat at two computers. */
import { createClient } from "./mergefetch.js";

/**
 * @typedef {object} Person
 * @property {"a" | "b"} id
 * @property {string} name
 * @property {import("./mergefetch.js").Client} client
 * @property {(path: string) => string} address The path, with the person's name for the example server's log and locks.
 */

const NAMES = /** @type {const} */ ({ a: "Ann", b: "Ben" });

/** Members that mean nothing without each other: 500 of mine and USD of theirs would be nobody's budget. */
const ROUTES = [{ match: "/api/documents/shared-json", merge: { rules: { "/budget": { group: ["amount", "currency"] } } } }];

/**
 * @param {"a" | "b"} id
 * @param {(person: Person) => void} onRequest Called after every exchange.
 * @returns {Person}
 */
export function makePerson(id, onRequest) {
  const name = NAMES[id];
  const client = createClient({ routes: /** @type {any} */ (ROUTES), on: { request: () => onRequest(person) } });
  const person = { id, name, client, address: (/** @type {string} */ path) => `${path}?as=${name.toLowerCase()}` };
  return person;
}

/** @param {string | null} wanted "a", "b", or anything else for both. */
export function peopleOf(wanted) {
  return /** @type {("a" | "b")[]} */ (wanted === "a" || wanted === "b" ? [wanted] : ["a", "b"]);
}
