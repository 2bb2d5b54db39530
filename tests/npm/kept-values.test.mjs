// Values that JSON would lose without a word are refused with their place; everything else goes through.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";

import { createClient, diffJson, init, mergeJson } from "mergefetch";

import { held, isError, makeDocument, makeJson, octets, theirs } from "./support.mjs";

class Secret {
  #amount = 5;
  get amount() {
    return this.#amount;
  }
}

/** What JSON cannot say, and the word by which the error names it. */
const LOST = [
  ["a Promise", Promise.resolve({ a: 1 })],
  ["a Promise", { then() {} }],
  ["a Promise", new (class Query { then() {} })()],
  ["a Promise", runInNewContext("Promise.resolve(1)")],
  ["a Promise", (async () => ({ a: 1 }))()],
  ["a Map", new Map([["a", 1]])],
  ["a Map", runInNewContext("new Map([['a', 1]])")],
  ["a Map", new Proxy(new Map(), {})],
  ["a Set", new Set([1])],
  ["a WeakMap", new WeakMap()],
  ["a WeakSet", new WeakSet()],
  ["a FormData", new FormData()],
  ["a Response", new Response("{}")],
  ["a Request", new Request("http://x/")],
  ["a Headers", new Headers()],
  ["a URLSearchParams", new URLSearchParams("a=1")],
  ["a Blob", new Blob(["{}"])],
  ["a ReadableStream", new Blob(["{}"]).stream()],
  ["a RegExp", /x/],
  ["an Error", new TypeError("x")],
  ["an Event", new Event("input")],
  ["an AbortController", new AbortController()],
  ["a Generator", (function* () {})()],
  ["a Map Iterator", new Map().keys()],
  ["an ArrayBuffer", new ArrayBuffer(2)],
  ["a Uint8Array", new Uint8Array(2)],
  ["a Float64Array", new Float64Array(2)],
  ["a DataView", new DataView(new ArrayBuffer(2))],
  ["a Uint8Array", Buffer.from("a")],
  ["a function", () => 1],
  ["a function", class {}],
  ["a symbol", Symbol("a")],
  ["a bigint", 1n],
  ["NaN", NaN],
  ["-Infinity", -Infinity],
  ["an object", new Secret()],
];

const PLACES = [
  ["", (value) => value],
  ["/a", (value) => ({ a: value })],
  ["/a~1b/~0/1", (value) => ({ "a/b": { "~": [null, value] } })],
  ["/0", (value) => [value]],
  ["/at/inside", (value) => ({ at: { toJSON: () => ({ inside: value }) } })],
];

test("what JSON would lose is refused at any depth, with its name and its place, and nothing is sent", async () => {
  const url = await makeJson({ title: "old" });
  const client = createClient();
  const base = await client.get(url);
  await theirs(url, { title: "new" });
  const { conflict } = await client.save(base, { title: "mine" });
  await init();
  for (const [name, value] of LOST) {
    for (const [path, put] of PLACES) {
      const refused = (error) => {
        isError("invalid-argument", { path })(error);
        assert.ok(error.message.includes(`found ${name}`), `${error.message} names ${name}`);
        assert.equal(error.message.includes("is an `await` missing?"), name === "a Promise", error.message);
        if (path !== "") assert.ok(error.message.includes(JSON.stringify(path)), error.message);
        return true;
      };
      await assert.rejects(client.save(base, put(value)), refused);
      if (!(put(value) instanceof Uint8Array)) await assert.rejects(client.create(`${url}-new`, put(value)), refused);
      if (!name.includes("Promise")) await assert.rejects(client.update(url, () => put(value)), refused);
      assert.throws(() => conflict.set(conflict.changes[0].id, put(value)), refused);
      assert.throws(() => mergeJson(put(value), { a: 1 }, { a: 1 }), refused);
      assert.throws(() => mergeJson({ a: 1 }, put(value), { a: 1 }), refused);
      assert.throws(() => mergeJson(put(value), put(value), put(value)), refused);
      assert.throws(() => diffJson({ a: 1 }, put(value)), refused);
    }
  }
  assert.deepEqual(await held(url), { title: "new" });
  assert.equal(await octets(`${url}-new`), null);
});

test("a cycle is refused with the place where it closes", async () => {
  const client = createClient();
  const base = await client.get(await makeJson({}));
  const ring = { a: { b: [0, {}] } };
  ring.a.b[1].up = ring.a;
  await assert.rejects(client.save(base, ring), isError("invalid-argument", { path: "/a/b/1/up" }));
  const self = [];
  self.push(self);
  await assert.rejects(client.save(base, self), isError("invalid-argument", { path: "/0" }));
  const twice = { one: 1 };
  assert.ok((await client.save(base, { twice, again: twice, list: [twice, twice] })).ok, "the same object at two places is none of these");
});

test("a value with too many levels is `too-deep`, whatever its depth", async () => {
  const client = createClient();
  const base = await client.get(await makeJson({}));
  for (const levels of [600, 1_500, 100_000]) {
    let deep = [];
    for (let level = 0; level < levels; level++) deep = [deep];
    await assert.rejects(client.save(base, deep), isError("too-deep", { limitLevels: 512 }));
  }
});

test("a getter or a toJSON that throws is invalid-argument with the cause", async () => {
  const client = createClient();
  const base = await client.get(await makeJson({}));
  const why = new Error("why");
  const fail = () => {
    throw why;
  };
  await init();
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  for (const value of [{ get a() { return fail(); } }, { toJSON: fail }]) {
    await assert.rejects(client.save(base, value), (error) => isError("invalid-argument")(error) && error.cause === why);
    assert.throws(() => mergeJson({}, value, {}), isError("invalid-argument"));
  }
  await assert.rejects(client.save(base, { proxy }), isError("invalid-argument"));
});

test("JSON values are sent as JSON.stringify writes them", async () => {
  class Note {
    title = "a";
    get length() {
      return 1;
    }
    method() {}
  }
  class Named extends Note {
    get [Symbol.toStringTag]() {
      return "MyNote";
    }
  }
  function Old() {
    this.a = 1;
  }
  Old.prototype.method = () => 1;
  const deepProxy = (value) => (typeof value === "object" && value !== null ? new Proxy(value, { get: (target, name) => deepProxy(Reflect.get(target, name)) }) : value);
  const client = createClient();
  for (const value of [
    { at: new Date(0), url: new URL("http://x/y"), gone: undefined, list: [undefined, null] },
    { none: {}, empty: [], text: "null", zero: -0 },
    Object.assign(Object.create(null), { a: 1 }),
    runInNewContext("({ a: [1, { b: {} }], d: new Date(0) })"),
    deepProxy({ a: [1, { b: 2 }] }),
    { note: new Note(), named: new Named(), old: new Old(), boxed: [Object("a"), Object(1), Object(true)] },
    { map: { toJSON: () => ({ a: 1 }) }, own: { toJSON() { return this; }, x: 1 }.x },
    { self: new (class { a = 1; toJSON() { return this; } })() },
    { error: Object.assign(new Error("x"), { toJSON: () => "x" }) },
    JSON.parse('{"__proto__":{"a":1},"constructor":1,"toJSON":1,"then":1}'),
  ]) {
    const url = await makeJson({ before: 1 });
    const result = await client.save(await client.get(url), value);
    assert.equal(result.kind, "saved");
    assert.deepEqual(await held(url), JSON.parse(JSON.stringify(value)));
  }
});

test("documents that are text or bytes take that and nothing else", async () => {
  const client = createClient();
  const text = await client.get(await makeDocument("a\n", "text/plain"));
  const stored = { fetch: async () => new Response("a", { headers: { etag: '"1"', "content-type": "application/octet-stream" } }) };
  const bytes = await createClient(stored).get("http://host.test/bytes");
  for (const value of [Promise.resolve("b"), new String("b"), 5, null, undefined, {}, ["b"], new Uint8Array(1)]) {
    await assert.rejects(client.save(text, value), isError("invalid-argument"));
  }
  for (const value of [Promise.resolve(new Uint8Array(1)), "b", 5, null, undefined, {}, new ArrayBuffer(1), new Blob(["b"]), new DataView(new ArrayBuffer(1))]) {
    await assert.rejects(client.save(bytes, value), isError("invalid-argument"));
  }
  await assert.rejects(client.save(text, Promise.resolve("b")), /found a Promise: is an `await` missing\?/);
});
