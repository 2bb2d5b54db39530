// The store that lives as long as the page.
import assert from "node:assert/strict";
import { test } from "node:test";

import { memory } from "mergefetch";

const bytes = (length) => new Uint8Array(length);

test("the least recently used goes first where the limit is reached, by bytes and not by entries", async () => {
  const store = memory({ maxBytes: 300 });
  for (const key of ["a", "b", "c"]) await store.set(key, bytes(100));
  assert.equal((await store.get("a")).byteLength, 100);
  await store.set("d", bytes(100));
  assert.deepEqual(await store.keys(""), ["c", "a", "d"]);
  await store.set("e", bytes(250));
  assert.deepEqual(await store.keys(""), ["e"]);
  await store.set("f", bytes(50));
  assert.deepEqual(await store.keys(""), ["e", "f"]);
});

test("what is larger than the limit is not kept, and makes no other go", async () => {
  const store = memory({ maxBytes: 300 });
  await store.set("a", bytes(100));
  await store.set("b", bytes(301));
  assert.deepEqual(await store.keys(""), ["a"]);
  await store.set("a", bytes(301));
  assert.equal(await store.get("a"), null, "an entry that grew too large is no old entry");
});

test("replaced and deleted entries give their room back; keys are found by their beginning", async () => {
  const store = memory({ maxBytes: 300 });
  await store.set("GET a", bytes(200));
  await store.set("GET a", bytes(100));
  await store.set("GET b", bytes(100));
  await store.delete("GET a");
  await store.delete("never there");
  await store.set("x", bytes(200));
  assert.deepEqual(await store.keys("GET "), ["GET b"]);
  assert.deepEqual(await store.keys(""), ["GET b", "x"]);
  assert.equal(await store.get("GET a"), null);
});
