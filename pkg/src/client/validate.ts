/** `validate` of a route: a function, or a Standard Schema. */
import { wrong } from "../types/errors.js";
import { schemaIn } from "./routes.js";
import type { RouteRule } from "../types/types.js";

type Validate = NonNullable<RouteRule["validate"]>;

/** The objection to a merged value: a message for people, then a path and its message for each member; undefined without an objection. @internal */
export async function objectionOf(validate: Validate, merged: unknown): Promise<readonly string[] | undefined> {
  const schema = schemaIn(validate);
  if (schema !== undefined) return ofIssues(issuesIn(await schema.validate(merged)));
  const messages: unknown = await (validate as (merged: unknown) => unknown)(merged);
  if (!Array.isArray(messages)) throw wrong("a list of messages from `validate`", messages);
  return messages.length > 0 ? [messages.map(textOf).join("\n")] : undefined;
}

type Issues = readonly { readonly message: string; readonly path?: readonly unknown[] | undefined }[];

/** The issues in the result of a Standard Schema. */
function issuesIn(result: unknown): Issues | undefined {
  const issues = (result as { issues?: unknown } | null | undefined)?.issues;
  const isIssue = (issue: unknown) => typeof issue === "object" && issue !== null;
  if (typeof result !== "object" || result === null || (issues != null && !(Array.isArray(issues) && issues.every(isIssue)))) {
    throw wrong("a result of a Standard Schema, with a list of issues or none", result);
  }
  for (const { path } of (issues ?? []) as Issues) {
    if (path !== undefined && path !== null && !Array.isArray(path)) throw wrong("the `path` of an issue to be a list", path);
  }
  return issues as Issues | undefined;
}

/** The text of a message. An issue counts even if its message is no text. */
function textOf(message: unknown): string {
  try {
    return String(message ?? "not valid");
  } catch {
    return "not valid";
  }
}

function ofIssues(issues: Issues | undefined): readonly string[] | undefined {
  if (issues === undefined || issues === null) return undefined;
  const fields = issues.map(({ message, path }) => [pointerOf(path ?? []), textOf(message)] as const);
  return [fields.map(([, message]) => message).join("\n"), ...fields.flat()];
}

/** A path of names, or of objects with a `key`, as a JSON Pointer. No name has a special meaning. */
function pointerOf(path: readonly unknown[]): string {
  const names = path.map((step) => textOf(typeof step === "object" && step !== null ? (step as { key?: unknown }).key : String(step)));
  return names.map((name) => `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
