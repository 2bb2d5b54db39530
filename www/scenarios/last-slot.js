import { places } from "../aside.js";
import { creator } from "../creator.js";
import { line } from "../forms.js";

export const lastSlot = {
  id: "last-slot",
  title: "Last place",
  lead: "One place is left, and two people see it. Whoever books first has it.",
  steps: ["As Ann, book the place.", "As Ben, who still sees it as free, book it too."],
  panel: (/** @type {import("../people.js").Person} */ person) =>
    creator(person, {
      collection: "/api/rooms/garden/bookings",
      fields: () => [line("/guest", "Guest")],
      start: ({ name }) => ({ guest: name }),
      verb: "Book a place",
      done: (sent) => `Booked: ${sent.guest} has a place.`,
      aside: places,
      onRefusal: ({ problem }, again, look) => refusalOf(problem.code, again, look),
    }),
};

/**
 * @param {string | undefined} code
 * @param {() => unknown} again
 * @param {() => unknown} look
 * @returns {import("../refusal.js").Offer | null}
 */
function refusalOf(code, again, look) {
  if (code === "ROOM_FULL") {
    const advice = "Somebody was faster. Look again later: a place may become free.";
    return { title: "Not booked: the room is full", advice, actions: [["Look again", look], ["Try again", again]] };
  }
  if (code === "ALREADY_BOOKED") return { title: "Not booked: this guest has a place already", advice: "Book for somebody else.", actions: [["Look again", look]] };
  return null;
}
