// Documents of the example server, and somebody else who saves first.
import assert from "node:assert/strict";

import { createClient } from "mergefetch";

export const server = process.env.MERGEFETCH_TEST_SERVER;
const json = { "content-type": "application/json" };
let count = 0;

/** A new document, with the client that is to edit it. */
export async function start(value = { title: "Base", done: false }) {
  const url = `${server}/api/documents/examples-${process.pid}-${++count}`;
  const made = await fetch(url, { method: "PUT", headers: { ...json, "if-none-match": "*" }, body: JSON.stringify(value) });
  assert.equal(made.status, 201);
  return { url, http: createClient({ baseUrl: `${server}/` }) };
}

export async function held(url) {
  return (await fetch(url)).json();
}

/** Somebody else saves. */
export async function theirs(url, value) {
  const now = await fetch(url);
  await now.arrayBuffer();
  const saved = await fetch(url, { method: "PUT", headers: { ...json, "if-match": now.headers.get("etag") }, body: JSON.stringify(value) });
  assert.ok(saved.ok);
}

/** People who keep their own edit. */
export const mine = (conflict) => conflict.take("mine").submit();

/** Waits until `check` holds. */
export async function until(check) {
  const last = Date.now() + 20_000;
  while (!check()) {
    if (Date.now() > last) throw new Error(`waited in vain for ${check}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
