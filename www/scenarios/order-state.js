import { editor } from "../editor.js";
import { area, line, select } from "../forms.js";

const STATES = ["draft", "placed", "shipped", "delivered", "cancelled"];

const fields = () => [
  line("/id", "Order", { readonly: true }),
  select("/state", "State", STATES),
  line("/customer", "Customer"),
  line("/address", "Address"),
  area("/note", "Note", 2),
];

export const orderState = {
  id: "order-state",
  title: "Order state",
  lead: "An order goes from draft to placed, shipped and delivered. Once it is shipped, nothing else can be changed, and the server says so.",
  steps: [
    "As Ann, set the state to “shipped” and save.",
    "As Ben, who still sees “placed”, change the address and save: it merges, and yet it is too late.",
  ],
  panel: (/** @type {import("../people.js").Person} */ person) =>
    editor(person, {
      url: "/api/orders/1001",
      fields,
      empty: {},
      onRefusal: ({ kind }, _again, reload) =>
        kind === "invalid-state"
          ? { advice: "Choose a state that is possible, or look at the newest order, which discards your edit.", actions: [["Show the newest order", reload]] }
          : null,
    }),
};
