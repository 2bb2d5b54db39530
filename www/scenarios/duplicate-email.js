import { accounts } from "../aside.js";
import { creator } from "../creator.js";
import { line } from "../forms.js";

export const duplicateEmail = {
  id: "duplicate-email",
  title: "Duplicate e-mail",
  lead: "Two people register with one e-mail address. No merge can help the second; the page marks the field and says why.",
  steps: ["As Ann, create an account.", "As Ben, try it with the same e-mail address."],
  panel: (/** @type {import("../people.js").Person} */ person) =>
    creator(person, {
      collection: "/api/users",
      fields: () => [line("/name", "Name"), line("/email", "E-mail", { inputmode: "email" })],
      start: ({ name }) => ({ name: `${name} Miller`, email: "office@example.org" }),
      verb: "Create account",
      done: (sent) => `Account created for ${sent.email}.`,
      aside: accounts,
      onRefusal: ({ kind }, _again, look) =>
        kind === "duplicate"
          ? { advice: "Use another address, or sign in if the account is yours.", actions: [["Show the accounts", look]] }
          : null,
    }),
};
