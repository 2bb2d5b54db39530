/**
 * The stories of the page.
 *
 * @typedef {object} Scenario
 * @property {string} id Also the name of its data on the server.
 * @property {string} title
 * @property {string} lead
 * @property {readonly string[]} steps
 * @property {(person: import("../people.js").Person) => { element: Element, decision: Element, open(): Promise<void> }} panel
 */
import { duplicateEmail } from "./duplicate-email.js";
import { lastSlot } from "./last-slot.js";
import { locked } from "./locked.js";
import { orderState } from "./order-state.js";
import { sharedJson } from "./shared-json.js";
import { sharedText } from "./shared-text.js";

/** @type {readonly Scenario[]} */
export const SCENARIOS = [sharedText, sharedJson, duplicateEmail, orderState, lastSlot, locked];
