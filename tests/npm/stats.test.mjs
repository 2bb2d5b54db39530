// stats(): refusals by class and route.
import assert from "node:assert/strict";
import { test } from "node:test";

import { faulty, held, makeJson, observed, theirs } from "./support.mjs";

test("refusals are counted by route and by what became of them; successes are not", async () => {
  const route = "/api/documents/*";
  const { client } = observed({ routes: [{ match: route }] });
  const counts = () => Object.fromEntries(client.stats().map(({ route, kind, count }) => [`${route} ${kind}`, count]));
  assert.deepEqual(client.stats(), []);
  const url = await makeJson({ a: 1, b: 1 });
  const base = await client.get(url);
  const saved = (await client.save(base, { a: 2, b: 1 })).snapshot;
  assert.deepEqual(counts(), {});

  await theirs(url, { a: 2, b: 2 });
  const merged = await client.save(saved, { a: 3, b: 1 });
  assert.equal(merged.kind, "merged");
  assert.deepEqual(counts(), { [`${route} merged`]: 1 });

  await theirs(url, { a: 9, b: 2 });
  const { conflict } = await client.save(merged.snapshot, { a: 4, b: 2 });
  assert.deepEqual(counts(), { [`${route} merged`]: 1, [`${route} conflict`]: 1 });
  await conflict.submit();
  assert.equal(counts()[`${route} conflict`], 1, "nothing was sent, as a decision is missing");
  await theirs(url, { a: 10, b: 2 });
  conflict.take("mine");
  assert.equal((await conflict.submit()).kind, "conflict");
  assert.equal(counts()[`${route} conflict`], 2, "refused again");

  const lost = faulty(url, "refuse=lost");
  const before = await client.get(lost);
  const again = await client.save(before, { ...before.value, c: 1 });
  assert.equal(again.kind, "already-saved");
  assert.equal(counts()[`${route} already-saved`], 1);
  assert.deepEqual(await held(url), { a: 10, b: 2, c: 1 });

  const plain = observed().client;
  const locked = await plain.get(faulty(url, "refuse=503", 100));
  assert.equal((await plain.save(locked, { a: 0 })).kind, "busy");
  assert.deepEqual(plain.stats(), [{ route: "", kind: "busy", count: 1 }]);
  plain.stats()[0].count = 5;
  assert.equal(plain.stats()[0].count, 1, "what is given out is a copy");
});
