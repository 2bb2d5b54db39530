/** Editing one document that others edit too: open, save, merge, decide, remove. */
import { button, el, fill } from "./dom.js";
import { valueAt, withValue } from "./forms.js";
import { makePanel } from "./panel.js";
import { refusalElement } from "./refusal.js";
import { DONE, count, shortTag } from "./words.js";

/** @typedef {import("./mergefetch.js").Snapshot<any>} Snapshot */

/**
 * @typedef {object} Document
 * @property {string} url
 * @property {() => import("./forms.js").Field[]} fields
 * @property {unknown} empty What a document that was removed starts from when it is written anew.
 * @property {Readonly<Record<string, string>>} [labels] Words for places that are no single field.
 * @property {boolean} [isRemovable]
 * @property {(person: import("./people.js").Person) => import("./aside.js").Aside} [aside] Something about the document that is not in it.
 * @property {(result: any, again: () => unknown, reload: () => unknown) => import("./refusal.js").Offer | null} [onRefusal] What the person can do after a refusal; null for the usual offer.
 */

/**
 * @param {import("./people.js").Person} person
 * @param {Document} scenario
 */
export function editor(person, scenario) {
  const { client } = person;
  const fields = scenario.fields();
  const labels = { ...scenario.labels, ...Object.fromEntries(fields.map((field) => [field.path, field.label])) };
  const aside = scenario.aside?.(person) ?? null;
  const reload = button("", () => open(), { class: "button button-quiet" });
  const remove = button("Delete", () => removeIt(), { class: "button button-quiet" });
  const panel = makePanel(person, fields, { label: "Save", run: () => save() }, scenario.isRemovable ? [reload, remove] : [reload], aside?.element);
  /** Null while there is no document on the server. @type {Snapshot | null} */
  let base = null;
  /** What the form was last filled with; stays when the document is removed. */
  let shown = scenario.empty;
  let isOpen = false;
  let isDeciding = false;

  const read = () => fields.reduce((value, field) => withValue(value, field.path, field.read(valueAt(shown, field.path))), shown);
  const isEdited = () => base === null || JSON.stringify(read()) !== JSON.stringify(base.value);

  /** What was read, or what the server holds after a save: the edit that comes next starts from it. */
  function adopt(/** @type {Snapshot} */ snapshot) {
    base = snapshot;
    shown = snapshot.value;
    for (const field of fields) field.write(valueAt(snapshot.value, field.path));
    showState();
  }

  /** Who wrote the version that is the newest on the server, where it is not the one that is edited here. */
  function newer() {
    const write = person.lastWrite(scenario.url);
    return write === null || !isOpen || write.etag === (base?.version ?? null) ? null : write;
  }

  function showState() {
    const behind = newer();
    const own = !isOpen ? "Not opened" : base === null ? "Not on the server" : isEdited() ? `Edited · from version ${shortTag(base.version ?? "")}` : `Version ${shortTag(base.version ?? "")}`;
    const told = behind === null ? "" : behind.etag === null ? ` · ${behind.who} has deleted it meanwhile` : ` · ${behind.who} has saved ${shortTag(behind.etag)} meanwhile`;
    panel.note(own + told, behind !== null ? "behind" : isOpen && isEdited() ? "edited" : "");
    fill(reload, base === null ? "Look again" : isEdited() ? "Discard my edit and load the newest" : "Load the newest");
    remove.toggleAttribute("disabled", base === null || isDeciding);
    // Nothing can be edited before it is known what there is.
    if (!isOpen) panel.freeze(true, reload);
  }

  function open() {
    return panel.run(async () => {
      const newest = await client.get(person.address(scenario.url)).catch(nullIfGone);
      isOpen = true;
      panel.freeze(false);
      if (newest === null) {
        base = null;
        showState();
        return panel.tell("The document is not on the server. Saving creates it.", "quiet");
      }
      adopt(newest);
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
      panel.refuse(result, scenario.onRefusal?.(result, save, open) ?? {}, save);
      await aside?.refresh();
    }
    showState();
  }

  /** Says in plain words what a save came to. */
  function accept(/** @type {any} */ result) {
    if (result.kind === "removed") {
      base = null;
      panel.tell("The document is deleted. What you see is your copy; saving it creates the document anew.");
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
    const list = /** @type {import("./mergefetch.js").MergeChangesElement} */ (el("merge-changes"));
    Object.assign(list, { changes: came, labels });
    panel.tell(`Saved, and merged with what somebody else saved meanwhile: ${count(came.length, "change")} of theirs came in.`, "good", list);
  }

  async function decide(/** @type {import("./mergefetch.js").Conflict<any>} */ conflict) {
    panel.tell("Not saved yet: a decision is waiting below. What you typed is safe.", "quiet");
    panel.freeze(true);
    isDeciding = true;
    const view = /** @type {import("./mergefetch.js").MergeConflictElement} */ (el("merge-conflict"));
    const close = () => {
      view.remove();
      isDeciding = false;
      panel.freeze(false);
      showState();
      panel.focusMain();
    };
    // Who it was stands in the server's log, which other windows write to as well.
    await person.look();
    const write = person.lastWrite(scenario.url);
    if (write !== null && write.who !== person.name) Object.assign(view, { who: write.who, when: write.when });
    Object.assign(view, { conflict, labels });
    if (conflict.kind === "edit-delete") view.saveCopy = async () => client.create(person.address(`${scenario.url}-copy-${Date.now()}`), conflict.mine);
    // A refusal in the page's own words speaks of the decisions that it followed.
    view.addEventListener("change", () => view.replaceChildren());
    view.addEventListener("cancel", () => {
      close();
      panel.tell("Back to your edit. It is not saved.", "quiet");
    });
    view.addEventListener("resolve", (event) => {
      const result = event.detail;
      if (!result.ok) {
        const offer = scenario.onRefusal?.(result, () => view.submit(), () => (close(), open()));
        if (!offer) return;
        event.preventDefault();
        return view.replaceChildren(refusalElement(result, offer, () => view.submit(), labels));
      }
      close();
      if (result.kind === "created" && conflict.kind === "edit-delete" && result.snapshot?.url.includes("-copy-")) {
        return panel.tell(`Saved as a copy: ${new URL(result.snapshot.url).pathname}. The document itself stays deleted.`);
      }
      const words = wholeWords(conflict);
      if (words === null) return accept(result);
      // What the other side did is not what happened just now.
      base = result.snapshot ?? null;
      if (result.snapshot) adopt(result.snapshot);
      else showState();
      panel.tell(words);
    });
    fill(panel.decision, view);
    view.focus();
  }

  person.onWrite(showState);
  panel.element.addEventListener("input", showState);
  showState();
  return { element: panel.element, decision: panel.decision, open };
}

/** What a decision about a whole document came to; null where places were decided. */
function wholeWords(/** @type {import("./mergefetch.js").Conflict<any>} */ conflict) {
  const done = DONE[/** @type {keyof typeof DONE} */ (conflict.kind)];
  const decision = conflict.changes[0]?.decision;
  return done !== undefined && (decision === "mine" || decision === "theirs") ? done[decision] : null;
}

/** A document that is not there is no error here: it can be created. */
function nullIfGone(/** @type {any} */ error) {
  if (error?.code === "http" && error.details.status === 404) return null;
  throw error;
}
