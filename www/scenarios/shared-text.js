import { editor } from "../editor.js";
import { area } from "../forms.js";

export const sharedText = {
  id: "shared-text",
  title: "Shared text",
  lead: "Two people write on one text. Edits of different lines are merged and saved without a word; where both changed the same line, the second one decides.",
  steps: [
    "As Ann, write “May” for “April” and save.",
    "As Ben, write “November” for “October” in the same line, change the last line too, and save.",
  ],
  panel: (/** @type {import("../people.js").Person} */ person) =>
    editor(person, { url: "/api/documents/shared-text", fields: () => [area("", "Text", 14)], empty: "", isRemovable: true }),
};
