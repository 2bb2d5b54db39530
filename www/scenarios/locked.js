import { lock, nameOf } from "../aside.js";
import { editor } from "../editor.js";
import { area, line } from "../forms.js";

export const locked = {
  id: "locked",
  title: "Locked document",
  lead: "While somebody holds the lock of a document, nobody else can save it. The edit waits in the form until the lock is released.",
  steps: ["As Ann, edit the rules and save: Cara holds the lock.", "Let Cara release it, and save again."],
  panel: (/** @type {import("../people.js").Person} */ person) =>
    editor(person, {
      url: "/api/documents/locked",
      fields: () => [line("/title", "Title"), area("/text", "Rules", 4)],
      empty: {},
      aside: lock,
      onRefusal: ({ kind, problem }) =>
        kind === "locked"
          ? { title: `Not saved: ${holderOf(problem)} holds the lock`, advice: "Save again once the lock is released." }
          : null,
    }),
};

function holderOf(/** @type {import("../mergefetch.js").Problem} */ problem) {
  const holder = /** @type {any} */ (problem.body)?.details?.holder;
  return typeof holder === "string" ? nameOf(holder) : "somebody";
}
