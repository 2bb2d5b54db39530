/** `validate` of a route: a function, or a Standard Schema. */
import { wrong } from "./errors.js";
import type { RouteRule, StandardSchema } from "./types.js";

type Validate = NonNullable<RouteRule["validate"]>;

/** The objection to a merged value: words for people, then a path and its words for each member; undefined where all is well. @internal */
export function validatorOf(validate: Validate): (merged: unknown) => Promise<readonly string[] | undefined> {
  // The schemas of ArkType are functions, too.
  const schema = (validate as Partial<StandardSchema> | null)?.["~standard"];
  if (typeof schema?.validate === "function") return async (merged) => ofIssues((await schema.validate(merged)).issues);
  if (typeof validate !== "function") throw wrong("validate to be a function or a Standard Schema", validate);
  return async (merged) => {
    const messages: unknown = await validate(merged);
    if (!Array.isArray(messages)) throw wrong("a list of messages from `validate`", messages);
    return messages.length > 0 ? [messages.join("\n")] : undefined;
  };
}

function ofIssues(issues: readonly { readonly message: string; readonly path?: readonly unknown[] | undefined }[] | undefined): readonly string[] | undefined {
  if (issues === undefined || issues === null) return undefined;
  // Issues without a message are issues all the same.
  const fields = issues.map(({ message, path }) => [pointerOf(path ?? []), String(message)] as const);
  return [fields.map(([, message]) => message).join("\n"), ...fields.flat()];
}

/** A path of names, or of objects with a `key`, as a JSON Pointer: data, whatever stands in it. */
function pointerOf(path: readonly unknown[]): string {
  const names = path.map((step) => String(typeof step === "object" && step !== null ? (step as { key?: unknown }).key : step));
  return names.map((name) => `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
