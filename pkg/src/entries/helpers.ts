/** Small things for pages and libraries, each usable without the others. */
// All that a page has by then, so that the build puts it into one script: many small ones compress worse.
import "./api.js";
import { checkFunction, checkMethods } from "../types/arguments.js";
import { wrong } from "../types/errors.js";
import { keepBase, unlisted } from "../client/snapshots.js";
import type { Client, Conflict, SaveResult, Snapshot } from "../types/types.js";
import { type Body, bodyOf } from "../types/values.js";
import { unlessAborted } from "../client/waits.js";

export { keepDrafts } from "../drafts/drafts.js";
export { showFieldProblems } from "../document/field-problems.js";
export { type Editing, type EditingState, autosave, editing } from "../document/editing.js";
export type { Draft, Drafts } from "../types/types.js";
export { RefusalError, unwrap } from "../types/refusal-error.js";

/**
 * Decides a conflict: gives the result of its `submit()`, or null to let the refusal through.
 *
 * It is not asked where nothing overlaps.
 */
export type Decide = (conflict: Conflict) => Promise<SaveResult | null> | SaveResult | null;

/**
 * A `fetch` that settles conflicts, for any library that takes one.
 *
 * If a write is refused and then saved, the answer is a 200 with the document as it is now: its own text or bytes, media type and
 * ETag.
 *
 * @throws {MergefetchError} `invalid-argument`: no client, or no function. Otherwise it throws as `http.fetch` does.
 */
export function settlingFetch(http: Client, decide: Decide): (input: RequestInfo | URL, init?: RequestInit) => Promise<Response> {
  checkMethods(http, ["fetch", "conflictOf"], "a client as `createClient` makes it");
  checkFunction(decide, "decide");
  return async (input, init) => {
    const answer = async () => settled(http, await http.fetch(input, init), decide);
    const signal = init?.signal === undefined && input instanceof Request ? input.signal : init?.signal;
    // A person may take long to decide, and `decide` does not get the signal.
    return signal ? unlessAborted(signal, answer()) : answer();
  };
}

/**
 * The answer itself or, after a decided conflict, an answer with the result. `response` must come from `http.fetch`.
 *
 * @throws {MergefetchError} `invalid-argument`: `decide` returned a success that is no result of a `submit()`.
 */
export async function settled(http: Client, response: Response, decide: Decide): Promise<Response> {
  checkMethods(http, ["conflictOf"], "a client as `createClient` makes it");
  checkFunction(decide, "decide");
  const conflict = await http.conflictOf(response);
  if (conflict === null) return response;
  const result = conflict.unresolved === 0 ? await conflict.submit() : await decide(conflict);
  if (!result?.ok) return response;
  if (result.snapshot === null) return new Response(null, { status: 204 });
  if (result.snapshot?.version === undefined) throw wrong("the result of a `submit()` or null from `decide`", result);
  return answerOf(result.snapshot);
}

const MEDIA_TYPES = { json: "application/json", text: "text/plain;charset=utf-8", bytes: "application/octet-stream" };

/** A 200 with a document as it was read. */
function answerOf(snapshot: Snapshot): Response {
  const { value, version, protection } = snapshot;
  const { body = JSON.stringify(value), format = "json", contentType, modified } = keepBase(snapshot) ?? {};
  const headers = new Headers({ "content-type": mediaType(contentType ?? MEDIA_TYPES[format], body) });
  const date = protection === "date" ? version : modified;
  if (version !== null && ["strong", "weak"].includes(protection)) headers.set("etag", version);
  if (date) headers.set("last-modified", date);
  return new Response(body as BodyInit, { headers });
}

/** The media type of a body. A text is always sent as UTF-8. */
function mediaType(contentType: string, body: Body): string {
  return typeof body === "string" ? contentType.replace(/(charset=)[^;\s]*/i, "$1utf-8") : contentType;
}

/**
 * Reverts a saved decision: the server gets the document before the decision again, as a new version, and all changes of `conflict` wait for
 * a decision again. Later edits of others stay, or lead to another conflict.
 *
 * @param result The result of the `submit()` or `overwrite()` of `conflict`.
 * @param init Options of the requests, as for a save. The package keeps no credentials, such as `Authorization`.
 */
export async function undo<T>(http: Client, conflict: Conflict<T>, result: SaveResult<T>, init?: RequestInit): Promise<SaveResult<T>> {
  checkMethods(http, ["save", "create", "remove"], "a client as `createClient` makes it");
  checkMethods(conflict, ["reopen", "refresh"], "a conflict");
  if (typeof result?.ok !== "boolean") throw wrong("the result of a `submit()`", result);
  if (!result.ok) return result;
  const { theirs, merged } = conflict;
  const now = result.snapshot;
  let undone: SaveResult<T>;
  if (theirs === null) {
    if (now === null) return result;
    undone = await http.remove(now, init);
  } else if (now === null) undone = await http.create(theirs.url, theirs.value, init);
  // The server refuses the version before the decision. So the revert merges with later edits of others.
  else if (result.kind === "merged" && merged !== null) undone = await http.save(decided(theirs, merged), theirs.value, init);
  else undone = await http.save(now, theirs.value, init);
  if (undone.ok) {
    conflict.reopen();
    // The init is beyond the contract: a conflict keeps the options of its save, but their token may be outdated.
    await (conflict.refresh as (init?: RequestInit) => Promise<unknown>).call(conflict, init);
  }
  return undone;
}

/** The decided document, under the version of theirs at the decision. */
function decided<T>(theirs: Snapshot<T>, merged: T): Snapshot<T> {
  const base = keepBase(theirs);
  return base === undefined ? { ...theirs, value: merged } : unlisted({ ...base, body: bodyOf(merged, base.format) }, merged, theirs);
}
