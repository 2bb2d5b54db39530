import { type VersionAdapter, versioningOf } from "./adapters.js";
import { checkFunction, checkMethods, refusalOf } from "./arguments.js";
import { MergefetchError, wrong } from "./errors.js";
import { OWN_VERSIONING } from "./adapting.js";
import { checkKeys, oneOf, routeOptions } from "./options.js";
import { nameOf } from "./stats.js";
import type { RouteRule, StandardSchema } from "./types.js";
import type { Format, RawMergeOptions, RawVersioning } from "./wire.js";

/** A checked {@link RouteRule}. @internal */
export interface Route {
  readonly name: string;
  readonly matches: (url: string, init: RequestInit | undefined) => boolean;
  readonly format?: Format | undefined;
  readonly merge: RawMergeOptions;
  readonly versioning: RawVersioning;
  readonly validate?: RouteRule["validate"] | undefined;
  readonly readOnly?: readonly string[] | undefined;
  readonly body?: RouteRule["body"] | undefined;
  readonly author?: RouteRule["author"] | undefined;
  /** Where the page's own functions read and write the version. */
  readonly adapter?: VersionAdapter | undefined;
  readonly update: NonNullable<RouteRule["update"]>;
  readonly once?: boolean | undefined;
  readonly uniqueReads?: boolean | undefined;
}

const ROUTE_KEYS = ["match", "version", "merge", "format", "update", "readOnly", "body", "validate", "author", "once", "uniqueReads"];

const NO_ROUTE: Route = { name: "", matches: () => true, merge: routeOptions(), versioning: { kind: "etag" }, update: "put" };

/** @internal */
export function routesOf(rules: readonly RouteRule[] = []): (url: string, init?: RequestInit) => Route {
  if (!Array.isArray(rules)) throw wrong("routes to be an array", rules);
  const routes = rules.map(routeOf);
  return (url, init) => routes.find((route) => route.matches(url, init)) ?? NO_ROUTE;
}

function routeOf(rule: RouteRule): Route {
  if (rule === undefined) throw wrong("a route", rule);
  checkKeys(rule, ROUTE_KEYS, "a route");
  const { update = "put", body, author, readOnly, validate } = rule;
  oneOf(update, ["put", "merge-patch", "json-patch"], "update");
  if (author !== undefined) checkFunction(author, "author");
  checkPointers(readOnly);
  if (body !== undefined) {
    checkMethods(body, ["unwrap", "wrap"], "`body` to have `unwrap` and `wrap`");
    if (update !== "put") throw wrong('`update` to be "put", as a patch has no envelope', update);
  }
  const preset = rule.version === undefined ? NO_ROUTE.versioning : versioningOf(rule.version);
  if (preset === undefined && !(typeof rule.version?.read === "function" && typeof rule.version.write === "function")) {
    throw wrong("`version` to be an adapter with `read` and `write`", rule.version);
  }
  const versioning = preset ?? OWN_VERSIONING;
  const adapter = preset === undefined ? rule.version : undefined;
  oneOf(rule.format, ["json", "text", "bytes"], "format");
  const matches = matcherOf(rule.match);
  const { format, once, uniqueReads } = rule;
  if (validate !== undefined && typeof validate !== "function" && schemaIn(validate) === undefined) throw wrong("validate to be a function or a Standard Schema", validate);
  const functions = { adapter, body, author, validate };
  return { name: nameOf(rule.match), matches, format, merge: routeOptions(rule.merge), versioning, update, readOnly, once, uniqueReads, ...functions };
}

/** The schema in `validate`; ArkType's schemas are functions, too. @internal */
export function schemaIn(validate: RouteRule["validate"]): StandardSchema["~standard"] | undefined {
  const schema = (validate as Partial<StandardSchema> | null)?.["~standard"];
  return typeof schema?.validate === "function" ? schema : undefined;
}

function checkPointers(readOnly: RouteRule["readOnly"]): void {
  if (readOnly === undefined) return;
  const isPointer = (one: unknown): boolean => typeof one === "string" && /^(\/([^~]|~[01])*)+$/.test(one);
  if (!Array.isArray(readOnly) || !readOnly.every(isPointer)) throw wrong('readOnly to be JSON Pointers, such as "/updatedAt"', readOnly);
}

/** The request that a call is about to make. If it is invalid, the error is the same as without such a route. */
function requestFor(url: string, init: RequestInit | undefined): Request {
  try {
    return new Request(url, init);
  } catch (error) {
    throw new MergefetchError("invalid-argument", refusalOf(error), { url });
  }
}

function matcherOf(match: RouteRule["match"]): Route["matches"] {
  if (typeof match === "function") return (url, init) => match(requestFor(url, init));
  if (match instanceof RegExp) {
    // Without the flags that make a RegExp remember where it stood.
    const pattern = new RegExp(match.source, match.flags.replace(/[gy]/g, ""));
    return (url) => pattern.test(url);
  }
  if (typeof match !== "string" || match === "") throw wrong("`match` to be a URL, a RegExp or a function", match);
  const pattern = new RegExp(`^${match.split("*").map((part) => part.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")).join(".*")}$`, "s");
  return match.startsWith("/") ? (url) => pattern.test(new URL(url).pathname) : (url) => pattern.test(url);
}
