// The contract, name by name: docs/api.d.ts.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import * as mergefetch from "mergefetch";

import { isError } from "./support.mjs";

const contract = readFileSync(new URL(`${process.env.MERGEFETCH_ROOT}/docs/api.d.ts`, "file://"), "utf8");

test("every function and class of the contract is exported under its name", () => {
  const names = [...contract.matchAll(/^export (?:function|class|const) (\w+)/gm)].map(([, name]) => name);
  assert.ok(names.length >= 19, `${names}`);
  for (const name of new Set(names)) assert.equal(typeof mergefetch[name], "function", name);
});

test("every type of the contract is compared with the package's by the type test", () => {
  const compared = readFileSync(new URL(`${process.env.MERGEFETCH_ROOT}/tests/types/contract.ts`, "file://"), "utf8");
  const names = [...contract.matchAll(/^export (?:interface|type|class) (\w+)/gm)].map(([, name]) => name);
  assert.ok(names.length >= 20, `${names}`);
  for (const name of names) assert.match(compared, new RegExp(`^ {2}${name}: Same<.*Package\\.${name}\\b.*Contract\\.${name}\\b`, "m"));
});

test("no declaration that users see says any", () => {
  const seen = new Set();
  const read = (file) => {
    if (seen.has(file.href)) return;
    seen.add(file.href);
    const text = readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "").replace(/"[^"\n]*"/g, (literal) => (literal.startsWith('".') ? literal : '""'));
    assert.doesNotMatch(text, /\bany\b/, file.pathname);
    for (const [, path] of text.matchAll(/from "(\.[^"]+)\.js"/g)) read(new URL(`${path}.d.ts`, file));
  };
  for (const entry of ["index", "element"]) read(new URL(`entries/${entry}.d.ts`, import.meta.resolve("mergefetch")));
  assert.ok(seen.size >= 5, `${[...seen]}`);
});

test("a client, a store and a version adapter have every method of the contract", () => {
  const methodsOf = (name) => {
    const body = new RegExp(`^export interface ${name} \\{\\n([\\s\\S]*?)^\\}`, "m").exec(contract)[1];
    return [...body.matchAll(/^ {2}(\w+)(?:<[^(]*>)?\(/gm)].map(([, method]) => method);
  };
  for (const [name, object] of [
    ["Client", mergefetch.createClient()],
    ["Store", mergefetch.memory()],
  ]) {
    const methods = methodsOf(name);
    assert.ok(methods.length >= 4, name);
    for (const method of methods) assert.equal(typeof object[method], "function", `${name}.${method}`);
  }
  for (const preset of ["etag", "lastModified", "couchdb", "kubernetes", "odata", "fhir"]) {
    const adapter = mergefetch[preset]();
    for (const method of ["read", "write"]) assert.equal(typeof adapter[method], "function", `${preset}().${method}`);
  }
});

test("the error class is a real one, with the code and details it was made with", () => {
  const cause = new Error("deeper");
  const error = new mergefetch.MergefetchError("store", "full", { bytes: 7 }, cause);
  isError("store", { bytes: 7 })(error);
  assert.equal(error.cause, cause);
  assert.match(error.stack, /exports\.test\.mjs/);
});

test("what is misspelt or makes no sense is refused before anything is sent", async () => {
  const { createClient, etag, field, header, memory } = mergefetch;
  const invalid = isError("invalid-argument");
  const route = (rule) => createClient({ routes: [rule] });
  const rules = (rules) => route({ match: "/x", merge: { rules } });
  for (const call of [
    () => createClient({ fecth: fetch }),
    () => createClient({ whenClean: "never" }),
    () => createClient({ unprotected: "maybe" }),
    () => createClient({ retry: { times: 3 } }),
    () => createClient({ retry: { rounds: -1 } }),
    () => createClient({ retry: { rounds: 1.5 } }),
    () => createClient({ timeoutMs: NaN }),
    () => route({ match: "" }),
    () => route({ match: "/x", formt: "json" }),
    () => route({ match: "/x", format: "xml" }),
    () => route({ match: "/x", merge: { granularity: "letter" } }),
    () => route({ match: "/x", merge: { labels: { ours: "me" } } }),
    () => rules({ "tags": "set" }),
    () => rules({ "/tags": "bag" }),
    () => rules({ "/tags": { key: [] } }),
    () => rules({ "/tags": { keys: "id" } }),
    () => etag({ weak: "sometimes" }),
    () => header("not a name"),
    () => header("X-Revision", "not a name"),
    () => field("not/a/pointer"),
    () => memory({ maxBytes: -1 }),
  ]) assert.throws(call, invalid, call.toString());
  const client = createClient({ fetch: () => assert.fail("sent") });
  const snapshot = { url: "http://127.0.0.1:1/x", value: { a: 1 }, version: '"1"', protection: "strong", source: "network" };
  const circular = {};
  circular.self = circular;
  for (const call of [
    () => client.get("no base to stand on"),
    () => client.get("http://127.0.0.1:1/", { method: "PUT" }),
    () => client.get("http://127.0.0.1:1/", { headers: { "if-none-match": "*" } }),
    () => client.save(undefined, {}),
    () => client.save({ value: 1 }, {}),
    () => client.save(snapshot, undefined),
    () => client.save(snapshot, { a: NaN }),
    () => client.save(snapshot, { a: 1n }),
    () => client.save(snapshot, circular),
    () => client.save({ ...snapshot, value: "text" }, 5),
    () => client.save(snapshot, {}, { body: "{}" }),
    () => client.save(snapshot, {}, { headers: { "If-Match": "*" } }),
    () => client.create("http://127.0.0.1:1/", {}, { method: "PATCH" }),
    () => client.get("http://127.0.0.1:1/", { mode: "no-cors" }),
  ]) await assert.rejects(call, invalid, call.toString());
});
