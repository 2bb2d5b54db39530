// Saves that come faster than the server answers (HTTP-RULES W10): one at a time, no conflict with oneself, nothing lost.
import assert from "node:assert/strict";
import { test } from "node:test";

import { createClient } from "mergefetch";

const baseUrl = `${process.env.MERGEFETCH_TEST_SERVER}/api/documents/`;

async function opened(name, value) {
  let inFlight = 0;
  let most = 0;
  const watched = async (...call) => {
    most = Math.max(most, ++inFlight);
    try {
      return await fetch(...call);
    } finally {
      inFlight--;
    }
  };
  const http = createClient({ baseUrl, fetch: watched });
  await http.create(name, value);
  return { http, base: await http.get(name), most: () => most };
}

test("a hundred saves while typing: one in flight, no conflict, the last value wins", async () => {
  const { http, base, most } = await opened("rapid-1", { title: "", n: 1 });
  let title = "";
  const saves = Array.from({ length: 100 }, (_, index) => http.save(base, { ...base.value, title: (title += index) }));
  const kinds = new Set((await Promise.all(saves)).map(({ kind }) => kind));
  assert.deepEqual([[...kinds], most()], [["saved"], 1]);
  assert.equal((await http.get("rapid-1")).value.title, title);
});

test("two fields that save themselves from one snapshot keep both edits", async () => {
  const { http, base } = await opened("rapid-2", { title: "a", done: false });
  await Promise.all([http.save(base, { ...base.value, title: "b" }), http.save(base, { ...base.value, done: true })]);
  assert.deepEqual((await http.get("rapid-2")).value, { title: "b", done: true });
});

test("a box that is ticked and cleared before the first answer ends cleared", async () => {
  const { http, base } = await opened("rapid-3", { title: "a", done: false });
  const [on, off] = await Promise.all([http.save(base, { ...base.value, done: true }), http.save(base, { ...base.value })]);
  assert.deepEqual([on.kind, off.kind, off.snapshot.value.done], ["saved", "saved", false]);
  assert.equal((await http.get("rapid-3")).value.done, false);
});
