// What is sent again and what is not: creations with a key, routes that forbid it.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";

import { createClient } from "mergefetch";

import { exchanges, faulty, held, makeJson, server } from "./support.mjs";

const quick = (options) => createClient({ retry: { baseDelayMs: 0 }, ...options });

test("a creation with an Idempotency-Key is made once, whatever gets lost", async () => {
  const email = `${randomUUID()}@example.org`;
  const post = faulty(`${server}/api/users`, "refuse=lost", 2);
  const headers = { "Idempotency-Key": `"${randomUUID()}"` };
  const made = await quick().create(post, { name: "Twice", email }, { method: "POST", headers });
  assert.equal(made.kind, "created");
  const users = await (await fetch(`${server}/api/users`)).json();
  assert.equal(users.filter((one) => one.email === email).length, 1);
  assert.equal(made.snapshot.value.email, email);
});

test("without one a creation whose answer is lost is not repeated by us", async () => {
  const post = faulty(`${server}/api/users`, "refuse=500", 1);
  const { result, log } = await exchanges(`${server}/api/users`, () =>
    quick().create(post, { name: "Once", email: `${randomUUID()}@example.org` }, { method: "POST" }),
  );
  assert.deepEqual([result.kind, log.filter((one) => one.method === "POST").length], ["unknown", 1]);
});

test("the same key with other content is told as the server tells it", async () => {
  const headers = { "Idempotency-Key": `"${randomUUID()}"` };
  const create = (name) => quick().create(`${server}/api/users`, { name, email: `${name}-${randomUUID()}@example.org` }, { method: "POST", headers });
  assert.equal((await create("one")).kind, "created");
  const reused = await create("other");
  assert.deepEqual([reused.kind, reused.problem.status, reused.problem.code], ["constraint", 422, "IDEMPOTENCY_KEY_REUSED"]);
});

test("where a route says `once`, a write is never repeated and theirs is never taken for ours", async () => {
  const url = await makeJson({ holder: null });
  const client = quick({ routes: [{ match: "*", once: true }] });
  const base = await client.get(faulty(url, "refuse=500"));
  const claim = { holder: "somebody" };
  const unknown = await client.save(base, claim);
  assert.deepEqual([unknown.kind, unknown.mine, await held(url)], ["unknown", claim, { holder: null }]);
});
