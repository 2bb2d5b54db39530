/** Editing one document that others edit too: open, save, merge, decide, remove. */
import { conflictView } from "./conflict-view.js";
import { button, el, fill } from "./dom.js";
import { valueAt, withValue } from "./forms.js";
import { makePanel } from "./panel.js";
import { ABSENT, editNode } from "./values.js";
import { count, lineWords } from "./words.js";

/** @typedef {import("./mergefetch.js").Snapshot<any>} Snapshot */

/**
 * @typedef {object} Document
 * @property {string} url
 * @property {() => import("./forms.js").Field[]} fields
 * @property {unknown} empty What a document that was removed starts from when it is written anew.
 * @property {boolean} [isRemovable]
 * @property {(person: import("./people.js").Person) => import("./aside.js").Aside} [aside] Something about the document that is not in it.
 * @property {(result: any, again: () => unknown, reload: () => unknown) => object} [onRefusal] What the person can do after a refusal.
 */

/**
 * @param {import("./people.js").Person} person
 * @param {Document} scenario
 */
export function editor(person, scenario) {
  const { client } = person;
  const fields = scenario.fields();
  const labels = new Map(fields.map((field) => [field.path, field.label]));
  const labelOf = (/** @type {string} */ path) => labels.get(path) ?? path.split("/").at(-1) ?? path;
  const aside = scenario.aside?.(person) ?? null;
  const reload = button("", () => open(), { class: "button button-quiet" });
  const remove = button("Remove", () => removeIt(), { class: "button button-quiet" });
  const panel = makePanel(person, fields, { label: "Save", run: () => save() }, scenario.isRemovable ? [reload, remove] : [reload], aside?.element);
  /** @type {Snapshot | null} */
  let base = null;

  const read = () => fields.reduce((value, field) => withValue(value, field.path, field.read(valueAt(base?.value ?? scenario.empty, field.path))), base?.value ?? scenario.empty);
  const isEdited = () => base === null || JSON.stringify(read()) !== JSON.stringify(base.value);

  /** What was read, or what the server holds after a save: the edit that comes next starts from it. */
  function adopt(/** @type {Snapshot} */ snapshot) {
    base = snapshot;
    for (const field of fields) field.write(valueAt(snapshot.value, field.path));
    showState();
  }

  function showState() {
    panel.note(base === null ? "Not on the server" : isEdited() ? `Edited · started from version ${base.version}` : `Version ${base.version}`);
    fill(reload, isEdited() ? "Discard my edit and load the newest" : "Load the newest");
    remove.toggleAttribute("disabled", base === null);
  }

  function open() {
    return panel.run(async () => {
      adopt(await client.get(person.address(scenario.url)));
      await aside?.refresh();
      panel.tell("Opened. Nothing is edited yet.", "quiet");
    });
  }

  function save() {
    return panel.run(async () => {
      const mine = read();
      await conclude(base === null ? await client.create(person.address(scenario.url), mine) : await client.save(base, mine));
    });
  }

  function removeIt() {
    return panel.run(async () => {
      if (base !== null) await conclude(await client.remove(base));
    });
  }

  async function conclude(/** @type {any} */ result) {
    if (result.kind === "conflict") return decide(result.conflict);
    if (result.ok) {
      accept(result);
    } else {
      panel.refuse(result, scenario.onRefusal?.(result, save, open));
      await aside?.refresh();
    }
    showState();
  }

  /** Says in plain words what a save came to. */
  function accept(/** @type {any} */ result) {
    if (result.kind === "removed") {
      base = null;
      panel.tell("The document is removed. What you see is your copy; saving it creates the document anew.");
    } else if (result.snapshot === null) {
      panel.tell("Saved, but the server could not be read again. Load the newest before you go on.");
    } else {
      adopt(result.snapshot);
      if (result.kind === "merged") return tellMerged(result.changes);
      const words = {
        unchanged: "There is nothing to save: the server holds the same.",
        "already-saved": "This is saved already: the server holds exactly what you wrote.",
        created: "Created: the document is on the server again.",
      };
      panel.tell(words[/** @type {keyof typeof words} */ (result.kind)] ?? "Saved.");
    }
  }

  function tellMerged(/** @type {import("./mergefetch.js").Change[]} */ changes) {
    const came = changes.filter((change) => change.state === "theirs");
    const items = came.map((change) => {
      const before = "base" in change ? change.base : ABSENT;
      return el("li", {}, el("span", { class: "where" }, change.path === "" ? "text" : labelOf(change.path)), editNode(before, "theirs" in change ? change.theirs : ABSENT, (name) => labelOf(`${change.path}/${name}`)));
    });
    const words = `Saved, and merged with what somebody else saved meanwhile: ${count(came.length, "change")} of theirs came in.`;
    panel.tell(words, "good", el("ul", { class: "came" }, ...items));
  }

  function decide(/** @type {import("./mergefetch.js").Conflict<any>} */ conflict) {
    panel.tell("Not saved yet: a decision is waiting below. What you typed is safe.", "quiet");
    panel.freeze(true);
    const close = () => {
      view.close();
      panel.freeze(false);
      showState();
      panel.focusMain();
    };
    const view = conflictView(conflict, {
      name: person.name,
      labelOf: (change) => (change.op === "text" && change.path === "" && change.region && conflict.base ? capital(lineWords(/** @type {any} */ (conflict.base).value, change.region.base)) : labelOf(change.path)),
      nameOf: (path) => labelOf(path),
      fields,
      refusal: (result) => scenario.onRefusal?.(result, () => view.save(), () => (close(), open())) ?? {},
      saved(result) {
        accept(result);
        close();
      },
      cancel() {
        close();
        panel.tell("Back to your edit. It is not saved.", "quiet");
      },
    });
    fill(panel.decision, view.element);
    view.focus();
  }

  panel.element.addEventListener("input", showState);
  return { element: panel.element, decision: panel.decision, open };
}

const capital = (/** @type {string} */ text) => text.charAt(0).toUpperCase() + text.slice(1);
