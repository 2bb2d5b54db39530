import { editor } from "../editor.js";
import { area, checkbox, date, line, list, number, select } from "../forms.js";

const fields = () => [
  line("/title", "Title", {}, { isWide: true }),
  line("/owner", "Owner"),
  list("/tags", "Tags"),
  area("/description", "Description", 3),
  number("/budget/amount", "Budget"),
  select("/budget/currency", "Currency", ["EUR", "USD", "GBP", "CHF"]),
  date("/dueDate", "Due date"),
  checkbox("/done", "Done"),
];

export const sharedJson = {
  id: "shared-json",
  title: "Shared form",
  lead: "Two people fill in one form, which is one JSON document. Edits of different fields are merged; the budget and its currency belong together and are decided as one.",
  steps: [
    "As Ann, change the title and the budget, and save.",
    "As Ben, change the title, the currency and the due date, and save.",
  ],
  panel: (/** @type {import("../people.js").Person} */ person) =>
    editor(person, { url: "/api/documents/shared-json", fields, empty: {}, labels: { "/budget": "Budget and currency" }, isRemovable: true }),
};
