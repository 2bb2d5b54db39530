// A wrong argument of any public function is a typed error that names the expected and the found value: no TypeError of the platform.
import assert from "node:assert/strict";
import { test } from "node:test";

import * as mergefetch from "mergefetch";
import * as helpers from "mergefetch/helpers";
import * as worker from "mergefetch/worker";

import { held, isError, makeDocument, makeJson, theirs } from "./support.mjs";

const { createClient, diffJson, diffText, etag, field, header, indexedDb, init, mapOffset, memory, mergeJson, mergeJsonText, mergeText } = mergefetch;
const { autosave, editing, keepDrafts, settled, settlingFetch, undo } = helpers;

await init();

/** Values that are wrong nearly everywhere; each row names those that are right at its place. */
const VALUES = {
  undefined: undefined,
  null: null,
  number: 5,
  NaN: NaN,
  bigint: 5n,
  boolean: true,
  string: "text \u0000",
  empty: "",
  symbol: Symbol("s"),
  object: { some: "thing" },
  array: [5],
  function: () => {},
  promise: Promise.resolve({}),
};
const REST = Object.keys(VALUES);

const url = await makeJson({ a: 1, b: 1 });
const unsent = createClient({ retry: { rounds: 0 }, fetch: () => Promise.reject(new TypeError("not sent")) });
const client = createClient();
const snapshot = await client.get(url);
const merge = mergeText("a\n", "b\n", "a\n");
await theirs(url, { a: 2, b: 1 });
const { conflict } = await client.save(snapshot, { a: 3, b: 1 });
const noteUrl = await makeDocument("one\n", "text/plain");
const note = await client.get(noteUrl);
await theirs(noteUrl, "two\n");
const { conflict: textConflict } = await client.save(note, "three\n");
const form = editing(client, url);
await form.load();

const strings = ["string", "empty"];
const objects = ["object", "array"];

/** Where an argument goes, and the kinds of values that are right there, or right enough to be an error of another kind later. */
const ROWS = [
  ["createClient", (value) => createClient(value), ["undefined"]],
  ["createClient fetch", (value) => createClient({ fetch: value }), ["undefined", "function"]],
  ["createClient baseUrl", (value) => createClient({ baseUrl: value }), ["undefined", ...strings]],
  ["createClient store", (value) => createClient({ store: value }), ["undefined"]],
  ["createClient drafts", (value) => createClient({ drafts: value }), ["undefined"]],
  ["createClient routes", (value) => createClient({ routes: value }), ["undefined"]],
  ["createClient routes, one", (value) => createClient({ routes: [value] }), []],
  ["createClient routes, match", (value) => createClient({ routes: [{ match: value }] }), ["string", "function"]],
  ["createClient routes, version", (value) => createClient({ routes: [{ match: "*", version: value }] }), ["undefined"]],
  ["createClient routes, format", (value) => createClient({ routes: [{ match: "*", format: value }] }), ["undefined"]],
  ["createClient routes, update", (value) => createClient({ routes: [{ match: "*", update: value }] }), ["undefined"]],
  ["createClient routes, validate", (value) => createClient({ routes: [{ match: "*", validate: value }] }), ["undefined", "function"]],
  ["createClient routes, author", (value) => createClient({ routes: [{ match: "*", author: value }] }), ["undefined", "function"]],
  ["createClient routes, merge", (value) => createClient({ routes: [{ match: "*", merge: value }] }), ["undefined"]],
  ["createClient routes, rules", (value) => createClient({ routes: [{ match: "*", merge: { rules: value } }] }), ["undefined", "function"]],
  ["createClient routes, a rule", (value) => createClient({ routes: [{ match: "*", merge: { rules: { "/a": value } } }] }), []],
  ["createClient whenClean", (value) => createClient({ whenClean: value }), ["undefined"]],
  ["createClient unprotected", (value) => createClient({ unprotected: value }), ["undefined"]],
  ["createClient preload", (value) => createClient({ preload: value }), ["undefined"]],
  ["createClient retry", (value) => createClient({ retry: value }), ["undefined"]],
  ["createClient rounds", (value) => createClient({ retry: { rounds: value } }), ["number", "undefined"]],
  ["createClient timeoutMs", (value) => createClient({ timeoutMs: value }), ["undefined", "number"]],
  ["createClient on", (value) => createClient({ on: value }), ["undefined"]],
  ["createClient on.conflict", (value) => createClient({ on: { conflict: value } }), ["undefined", "function"]],
  ["get", (value) => unsent.get(value), []],
  ["get, init", (value) => unsent.get(url, value), ["undefined", "object"]],
  ["get, headers", (value) => unsent.get(url, { headers: value }), ["undefined", "object", "function", "promise"]],
  ["get, signal", (value) => unsent.get(url, { signal: value }), ["undefined", "null"]],
  ["get, mode", (value) => unsent.get(url, { mode: value }), ["undefined"]],
  ["get, credentials", (value) => unsent.get(url, { credentials: value }), ["undefined"]],
  ["save", (value) => unsent.save(value, {}), []],
  ["save, url of a copy", (value) => unsent.save({ ...snapshot, url: value }, {}), []],
  ["save, version of a copy", (value) => unsent.save({ ...snapshot, version: value }, {}), ["undefined", "null", ...strings]],
  ["save, mine", (value) => unsent.save(snapshot, value), ["null", "number", "boolean", ...strings, ...objects]],
  ["save, mine of a text", (value) => unsent.save(note, value), strings],
  ["save, init", (value) => unsent.save(snapshot, {}, value), ["undefined", "object"]],
  ["save, headers", (value) => unsent.save(snapshot, {}, { headers: value }), ["undefined", "object", "function", "promise"]],
  ["save, signal", (value) => unsent.save(snapshot, {}, { signal: value }), ["undefined", "null"]],
  ["create", (value) => unsent.create(value, {}), []],
  ["create, value", (value) => unsent.create(url, value), ["null", "number", "boolean", ...strings, ...objects]],
  ["create, init", (value) => unsent.create(url, {}, value), ["undefined", "object"]],
  ["create, method", (value) => unsent.create(url, {}, { method: value }), ["undefined"]],
  ["remove", (value) => unsent.remove(value), []],
  ["remove, init", (value) => unsent.remove(snapshot, value), ["undefined", "object"]],
  ["update", (value) => unsent.update(value, () => {}), []],
  ["update, change", (value) => unsent.update(url, value), ["function"]],
  ["update, init", (value) => unsent.update(url, () => {}, value), ["undefined", "object"]],
  ["fetch", (value) => unsent.fetch(value), []],
  ["conflictOf", (value) => unsent.conflictOf(value), []],
  ["clear", (value) => unsent.clear(value), ["undefined"]],
  ["conflict.take", (value) => conflict.take(value), []],
  ["conflict.take, id", (value) => conflict.take("mine", value), ["undefined"]],
  ["conflict.set", (value) => conflict.set(value, 1), []],
  ["conflict.set, value", (value) => conflict.set("/a", value), ["null", "number", "boolean", ...strings, ...objects]],
  ["conflict.set, value of a text", (value) => textConflict.set("", value), strings],
  ["conflict.reopen", (value) => conflict.reopen(value), ["undefined", "empty"]],
  ["conflict.subscribe", (value) => conflict.subscribe(value), ["function"]],
  ["conflict.text", (value) => conflict.text(value), ["undefined", ...strings]],
  ["conflict.submit", (value) => textConflict.reopen().take("mine").submit(value), ["undefined", "null", "object"]],
  ["conflict.overwrite", (value) => conflict.overwrite(value), ["undefined", "null", "object"]],
  ["mergeText, base", (value) => mergeText(value, "", ""), ["undefined", "null", ...strings]],
  ["mergeText, mine", (value) => mergeText("", value, ""), strings],
  ["mergeText, theirs", (value) => mergeText("", "", value), strings],
  ["mergeText, options", (value) => mergeText("", "", "", value), ["undefined"]],
  ...["granularity", "adjacency", "style", "favor", "labels", "markerSize"].map((name) => [
    `mergeText, ${name}`,
    (value) => mergeText("", "", "", { [name]: value }),
    ["undefined", ...(name === "markerSize" ? ["number"] : []), ...(name === "labels" ? ["function"] : [])],
  ]),
  ["mergeText, a label", (value) => mergeText("", "", "", { labels: { mine: value } }), ["undefined", ...strings]],
  ["mergeJson, base", (value) => mergeJson(value, {}, {}), ["undefined", "null", "number", "boolean", ...strings, ...objects]],
  ["mergeJson, mine", (value) => mergeJson({}, value, {}), ["null", "number", "boolean", ...strings, ...objects]],
  ["mergeJson, theirs", (value) => mergeJson({}, {}, value), ["null", "number", "boolean", ...strings, ...objects]],
  ["mergeJson, options", (value) => mergeJson({}, {}, {}, value), ["undefined"]],
  ["mergeJson, rules", (value) => mergeJson({}, {}, {}, { rules: value }), ["undefined", "function"]],
  ["mergeJson, a rule", (value) => mergeJson({}, {}, {}, { rules: { "/a": value } }), []],
  ["mergeJson, a key", (value) => mergeJson({}, {}, {}, { rules: { "/a": { key: value } } }), strings],
  ["mergeJson, favor", (value) => mergeJson({}, {}, {}, { favor: value }), ["undefined"]],
  ["mergeJson, text", (value) => mergeJson({}, {}, {}, { text: value }), ["undefined"]],
  ["mergeJsonText, base", (value) => mergeJsonText(value, "1", "1"), ["undefined", "null"], "invalid-json"],
  ["mergeJsonText, mine", (value) => mergeJsonText("1", value, "1"), [], "invalid-json"],
  ["mergeJsonText, theirs", (value) => mergeJsonText("1", "1", value), [], "invalid-json"],
  ["diffText, before", (value) => diffText(value, ""), strings],
  ["diffText, after", (value) => diffText("", value), strings],
  ["diffText, options", (value) => diffText("", "", value), ["undefined"]],
  ["diffText, granularity", (value) => diffText("", "", { granularity: value }), ["undefined"]],
  ["diffJson, before", (value) => diffJson(value, {}), ["null", "number", "boolean", ...strings, ...objects]],
  ["diffJson, after", (value) => diffJson({}, value), ["null", "number", "boolean", ...strings, ...objects]],
  ["diffJson, options", (value) => diffJson({}, {}, value), ["undefined"]],
  ["mapOffset", (value) => mapOffset(value, "mine", 0), []],
  ["mapOffset, side", (value) => mapOffset(merge, value, 0), []],
  ["mapOffset, offset", (value) => mapOffset(merge, "mine", value), []],
  ["memory", (value) => memory(value), ["undefined"]],
  ["memory, maxBytes", (value) => memory({ maxBytes: value }), ["undefined", "number"]],
  ["memory().set", (value) => memory().set("key", value), []],
  ["indexedDb", (value) => indexedDb(value), []],
  ["indexedDb, partition", (value) => indexedDb({ partition: value }), ["function"]],
  ["indexedDb, name", (value) => indexedDb({ partition: () => "", name: value }), ["undefined", ...strings]],
  ["indexedDb, maxBytes", (value) => indexedDb({ partition: () => "", maxBytes: value }), ["undefined", "number"]],
  ["etag", (value) => etag(value), ["undefined"]],
  ["etag, weak", (value) => etag({ weak: value }), ["undefined"]],
  ["header", (value) => header(value), []],
  ["header, precondition", (value) => header("x-version", value), ["undefined"]],
  ["field", (value) => field(value), []],
  ["settlingFetch", (value) => settlingFetch(value, () => null), []],
  ["settlingFetch, decide", (value) => settlingFetch(client, value), ["function"]],
  ["settled", (value) => settled(value, new Response(), () => null), []],
  ["settled, response", (value) => settled(client, value, () => null), []],
  ["settled, decide", (value) => settled(client, new Response(), value), ["function"]],
  ["editing", (value) => editing(value, url), []],
  ["editing, url", (value) => editing(client, value), strings],
  ["editing().subscribe", (value) => form.subscribe(value)(), ["function"]],
  ["editing().type", (value) => form.type(value), REST.filter((kind) => kind !== "promise")],
  ["editing().load", (value) => editing(unsent, url).load(value), ["undefined", "object"]],
  ["editing().save, before load()", () => editing(client, url).save(), []],
  ["editing().submit, without a conflict", () => form.submit(), []],
  ["autosave", (value) => autosave(value), []],
  ["autosave, options", (value) => autosave(form, value), ["undefined"]],
  ["autosave, delayMs", (value) => autosave(form, { delayMs: value })(), ["undefined", "number"]],
  ["autosave, failed", (value) => autosave(form, { failed: value })(), ["undefined", "function"]],
  ["undo", (value) => undo(value, conflict, {}), []],
  ["undo, conflict", (value) => undo(client, value, {}), []],
  ["undo, result", (value) => undo(client, conflict, value), []],
  ["keepDrafts", (value) => keepDrafts(value), []],
  ["keepDrafts, options", (value) => keepDrafts(memory(), value), ["undefined"]],
  ["keepDrafts, journal", (value) => keepDrafts(memory(), { journal: value }), ["undefined", "number"]],
  ["createMergeWorker", (value) => worker.createMergeWorker(value), ["undefined"]],
  ["createMergeWorker, worker", (value) => worker.createMergeWorker({ worker: value }), ["undefined", "function"]],
  ["worker mergeText, options", (value) => worker.mergeText("", "", "", value), ["undefined", "object"]],
  ["worker mergeText, signal", (value) => worker.mergeText("", "", "", { signal: value }), ["undefined"]],
  ["worker mergeJson", (value) => worker.mergeJson({}, value, {}), ["null", "number", "boolean", ...strings, ...objects]],
  ["worker diffJson", (value) => worker.diffJson({}, value), ["null", "number", "boolean", ...strings, ...objects]],
];

/** Errors of other kinds that a value which is right at its place may meet. */
const LATER = ["network", "invalid-text", "invalid-argument", "not-started", "invalid-json"];

for (const [name, call, right, code = "invalid-argument"] of ROWS) {
  test(`${name}: a wrong argument is a typed error`, async () => {
    for (const [kind, value] of Object.entries(VALUES)) {
      let thrown;
      try {
        await call(value);
      } catch (error) {
        thrown = error;
      }
      if (thrown === undefined || right.includes(kind)) {
        assert.ok(right.includes(kind), `${kind} was accepted`);
        if (thrown !== undefined) assert.ok(LATER.includes(thrown.code), `${kind}: ${thrown.stack}`);
        continue;
      }
      if (code !== "invalid-argument" && typeof value === "string") assert.ok(isError(code)(thrown));
      else isError("invalid-argument")(thrown);
      assert.match(thrown.message, /^expected .+/s);
    }
  });
}

test("a forgotten await is named where a value, a base, a URL, a response or a client was expected", async () => {
  const hint = /found a Promise( at "[^"]*")?: is an `await` missing\?$/;
  const promise = Promise.resolve({});
  for (const call of [
    () => client.get(promise),
    () => client.save(client.get(url), {}),
    () => client.save(snapshot, promise),
    () => client.save(snapshot, { a: promise }),
    () => client.create(url, promise),
    () => client.remove(promise),
    () => client.fetch(promise),
    () => client.conflictOf(client.fetch(url)),
    () => settled(client, client.fetch(url), () => null),
    () => undo(client, conflict, promise),
    () => undo(client, promise, {}),
    () => conflict.set("/a", promise),
    () => mergeText("", promise, ""),
    () => mergeJson({}, promise, {}),
    () => form.type(promise),
    () => editing(promise, url),
    () => settlingFetch(promise, () => null),
    () => createClient({ store: promise }),
    () => createClient(promise),
  ]) {
    await assert.rejects(async () => call(), (error) => isError("invalid-argument")(error) && hint.test(error.message), call.toString());
  }
});

test("fetch refuses an invalid request with the TypeError of fetch itself", async () => {
  for (const init of [{ headers: { "a b": "c" } }, { method: "a b" }, { mode: "odd" }, { body: "x" }, { signal: 5 }]) {
    await assert.rejects(client.fetch(url, init), TypeError, JSON.stringify(init));
  }
});

test("a header field that is refused is not quoted, as it may be a secret", async () => {
  await assert.rejects(client.get(url, { headers: { authorization: "Bearer hunter2\n\0" } }), (error) => {
    isError("invalid-argument")(error);
    return !`${error.message} ${error.cause} ${JSON.stringify(error)}`.includes("hunter2");
  });
});

test("after all of these the client works as before", async () => {
  assert.ok((await client.update(url, (draft) => void (draft.b = 2))).ok);
  assert.equal((await held(url)).b, 2);
});
