/** Creating something where the server chooses the address, and may refuse: an account, a booking. */
import { valueAt, withValue } from "./forms.js";
import { makePanel } from "./panel.js";

/**
 * @typedef {object} Creation
 * @property {string} collection
 * @property {() => import("./forms.js").Field[]} fields
 * @property {(person: import("./people.js").Person) => Record<string, unknown>} start What the form shows first.
 * @property {string} verb
 * @property {(sent: any) => string} done
 * @property {(person: import("./people.js").Person) => import("./aside.js").Aside} aside
 * @property {(result: any, again: () => unknown, look: () => unknown) => import("./refusal.js").Offer | null} onRefusal Null for the usual offer.
 */

/**
 * @param {import("./people.js").Person} person
 * @param {Creation} scenario
 */
export function creator(person, scenario) {
  const fields = scenario.fields();
  const aside = scenario.aside(person);
  const panel = makePanel(person, fields, { label: scenario.verb, run: () => create() }, [], aside.element);
  const start = scenario.start(person);

  function create() {
    return panel.run(async () => {
      const sent = fields.reduce((value, field) => withValue(value, field.path, field.read(valueAt(start, field.path))), /** @type {unknown} */ (start));
      const result = await person.client.create(person.address(scenario.collection), sent, { method: "POST" });
      if (result.ok) panel.tell(scenario.done(sent));
      else if (result.kind !== "conflict") panel.refuse(result, scenario.onRefusal(result, create, open) ?? {}, create);
      // After a refusal the list stays as the person last saw it: what they do next is up to them.
      if (result.ok) await aside.refresh();
    });
  }

  function open() {
    return panel.run(() => aside.refresh());
  }

  for (const field of fields) field.write(valueAt(start, field.path));
  return { element: panel.element, decision: panel.decision, open };
}
