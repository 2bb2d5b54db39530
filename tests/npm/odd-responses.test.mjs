// A page's own `fetch` may return anything. Every call ends with a result or a typed error.
import assert from "node:assert/strict";
import { before, test } from "node:test";

import { createClient, init } from "mergefetch";

import { isError } from "./support.mjs";

before(() => init());

const listed = (...entries) => entries[Symbol.iterator]();
/** An iterator whose every step is `next`. */
const stepping = (next) => ({ next, [Symbol.iterator]: function () { return this; } });

/** An object that a polyfill or a mock may return in place of a response. */
const like = (parts) => ({
  status: 200,
  ok: true,
  url: "",
  headers: { get: () => null, entries: () => listed(["content-type", "application/json"]) },
  arrayBuffer: async () => new TextEncoder().encode('{"a":1}').buffer,
  clone() {
    return this;
  },
  ...parts,
});

const client = (response) => createClient({ fetch: async () => response, baseUrl: "http://host.test/", timeoutMs: 2_000, retry: { rounds: 0 } });
const base = { url: "http://host.test/n", value: {}, version: '"1"' };

const FIELDS = {
  "throw": () => { throw new Error("no"); },
  "are null": () => null,
  "are no list": () => ({}),
  "contain null": () => listed(null),
  "contain a number": () => listed(5),
  "throw at the first step": () => stepping(() => { throw new Error("no"); }),
  "have a step without a result": () => stepping(() => {}),
  "are asynchronous": async function* () { yield ["etag", '"1"']; },
};

for (const [name, entries] of Object.entries(FIELDS)) {
  test(`an answer whose fields ${name} is no answer`, async () => {
    const http = client(like({ headers: { get: () => null, entries } }));
    await assert.rejects(http.get("/n"), isError("network"));
    await assert.rejects(http.fetch("/n"), isError("network"));
    assert.equal((await http.save(base, { a: 2 })).kind, "unknown");
  });
}

const transferred = () => {
  const buffer = new ArrayBuffer(8);
  structuredClone(buffer, { transfer: [buffer] });
  return buffer;
};
const BODIES = {
  "throws": () => { throw new Error("no"); },
  "is undefined": () => undefined,
  "is no buffer": async () => ({ byteLength: 5 }),
  "was transferred elsewhere": async () => transferred(),
};

for (const [name, arrayBuffer] of Object.entries(BODIES)) {
  test(`an answer whose body ${name} counts as incomplete`, async () => {
    const http = client(like({ arrayBuffer }));
    await assert.rejects(http.get("/n"), isError("network"));
    assert.equal((await http.fetch("/n")).status, 200);
    assert.equal((await http.save(base, { a: 2 })).kind, "unknown");
  });
}

test("a body that comes without a promise is read", async () => {
  const http = client(like({ arrayBuffer: () => new TextEncoder().encode('{"a":1}').buffer }));
  assert.deepEqual((await http.get("/n")).value, { a: 1 });
  assert.equal((await http.fetch("/n")).status, 200);
});

test("an answer that cannot be copied is handed on", async () => {
  for (const clone of [undefined, () => { throw new Error("no"); }]) {
    const http = client(like({ clone }));
    assert.equal((await http.fetch("/n")).status, 200);
    assert.deepEqual((await http.get("/n")).value, { a: 1 });
  }
});
