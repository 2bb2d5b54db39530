/** The elements, as pages write them in TypeScript. Read by the compiler only. */
import { type Conflict, type SaveResult, createClient } from "mergefetch";
import { MergeConflictElement, type MergeRefusalElement, type Texts, addTexts, english } from "mergefetch/element";
import german from "mergefetch/element/de";

addTexts(german, { ...german, save: "Sichern" });
german satisfies Texts;
english satisfies Texts;
// @ts-expect-error a language has all texts
addTexts({ lang: "nl", save: "Bewaren" });
// @ts-expect-error every plural has a last resort
({ ...german, places: { one: "one" } }) satisfies Texts;

export function show(conflict: Conflict<{ title: string }>): HTMLElement {
  const element = document.createElement("merge-conflict");
  element satisfies MergeConflictElement;
  element.conflict = conflict;
  element.labels = { "/title": "Title" };
  element.who = "Ann";
  element.when = new Date();
  element.layout = "column";
  element.save = (one) => one.submit({ signal: AbortSignal.timeout(1000) });
  element.saveCopy = (one) => createClient().create("/copy", one.mine);
  element.texts = null;
  element.addEventListener("resolve", ({ detail }) => {
    detail satisfies SaveResult;
    if (detail.ok) detail.kind satisfies "saved" | "created" | "removed" | "unchanged" | "already-saved" | "merged";
  });
  element.addEventListener("change", (event) => event.detail.unresolved.toFixed());
  element.addEventListener("cancel", () => element.remove());
  element.addEventListener("click", (event) => event.preventDefault());
  element.submit() satisfies Promise<SaveResult | null>;
  // @ts-expect-error a snapshot is no conflict
  element.conflict = conflict.theirs;
  // @ts-expect-error no such layout
  element.layout = "three";
  // @ts-expect-error labels are words
  element.labels = { "/title": 5 };
  // @ts-expect-error the outcome is read, not guessed
  element.addEventListener("resolve", ({ detail }) => detail.snapshot.value);
  return element;
}

export function refused(result: SaveResult<unknown>): void {
  if (result.ok || result.kind === "conflict") return;
  const element: MergeRefusalElement = document.createElement("merge-refusal");
  element.refusal = result;
  element.addEventListener("retry", ({ detail }) => detail.kind satisfies string);
  const changes = document.createElement("merge-changes");
  changes.changes = [];
  // @ts-expect-error a list of changes
  changes.changes = result;
}

export function query(): MergeConflictElement | null {
  return document.querySelector("merge-conflict");
}
