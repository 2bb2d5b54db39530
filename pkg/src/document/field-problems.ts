/** What a server complains of, said by the fields of a form. */
import { checkMethods, checkObject } from "../types/arguments.js";
import { wrong } from "../types/errors.js";
import type { Problem } from "../types/types.js";

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/**
 * Shows the complaints of a refusal at the fields of a form, with `setCustomValidity`, and goes to the first. A complaint disappears when its field is
 * edited.
 *
 * A field belongs to a complaint if its `name` or `data-path` is the JSON Pointer, or the pointer's parts as `a.b`, `a[b]`, or the last part alone.
 *
 * @param problem `problem` of the refusal.
 * @throws A `MergefetchError` with `invalid-argument` for what is no form or no problem, naming what was found.
 * @returns The complaints without a field, for the page to show elsewhere.
 */
export function showFieldProblems(form: HTMLFormElement, problem: Problem): NonNullable<Problem["fields"]> {
  checkMethods(form, ["reportValidity"], "a form");
  checkObject(problem, "the `problem` of a refusal");
  if ("problem" in problem) throw wrong("the `problem` of a refusal", problem);
  const fields = [...form.elements].filter((one): one is Field => "setCustomValidity" in one && "name" in one);
  const left = (problem.fields ?? []).filter((complaint) => {
    const parts = complaint.path.split("/").slice(1).map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
    const [first = "", ...rest] = parts;
    const spellings = [complaint.path, parts.join("."), first + rest.map((part) => `[${part}]`).join(""), parts.at(-1)];
    const field = spellings.map((name) => fields.find((one) => name !== "" && (one.name === name || one.dataset["path"] === name))).find((one) => one !== undefined);
    if (field === undefined) return true;
    field.setCustomValidity(complaint.detail ?? problem.detail ?? problem.title ?? complaint.path);
    field.addEventListener("input", () => field.setCustomValidity(""), { once: true });
    return false;
  });
  form.reportValidity();
  return left;
}
