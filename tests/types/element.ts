/** The elements, as pages write them in TypeScript. Read by the compiler only. */
import { type Conflict, type SaveResult, createClient } from "mergefetch";
import { MergeConflictElement, type MergeRefusalElement, type Tags, type Texts, addTexts, english, resolveConflict } from "mergefetch/element";
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

/** What templates write, with the attributes of a framework's own elements. */
export function templates(conflict: Conflict<{ title: string }>): void {
  type Own = { readonly id?: string; readonly onchange?: (event: Event) => void };
  ({ conflict, id: "one", who: "Ann", preselect: true, labels: {}, onresolve: ({ detail }) => detail.ok, onchange: ({ detail }) => detail.unresolved.toFixed() }) satisfies Tags<Own, "on">["merge-conflict"];
  ({ "prop:conflict": conflict, "on:resolve": ({ detail }) => detail.kind }) satisfies Tags<Own, "on:">["merge-conflict"];
  ({ conflict, onResolve: ({ detail }) => detail.kind, onCancel: () => {} }) satisfies Tags<Own, "On">["merge-conflict"];
  ({ refusal: null, onretry: ({ detail }) => detail.kind }) satisfies Tags<Own, "on">["merge-refusal"];
  // @ts-expect-error a text is no conflict
  ({ conflict: "7" }) satisfies Tags<Own, "on">["merge-conflict"];
  // @ts-expect-error no such event
  ({ onsaved: () => {} }) satisfies Tags<Own, "on">["merge-conflict"];
}

export async function inDialog(conflict: Conflict<{ title: string }>, dialog: HTMLDialogElement): Promise<string | undefined> {
  const result = await resolveConflict(conflict, { in: dialog, labels: { "/title": "Title" }, preselect: true });
  const element = new MergeConflictElement<{ title: string }>();
  element.addEventListener("resolve", ({ detail }) => detail.ok && detail.kind === "merged" && detail.snapshot.value.title.toUpperCase());
  // @ts-expect-error where it is shown is said
  void resolveConflict(conflict, {});
  return result?.ok && result.kind === "saved" ? result.snapshot.value.title : undefined;
}

export function query(): MergeConflictElement | null {
  return document.querySelector("merge-conflict");
}
