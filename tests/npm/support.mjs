// What all files share: the example server, documents of their own, and what somebody else does to them.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer } from "node:net";

import { MergefetchError, createClient } from "mergefetch";

export const server = process.env.MERGEFETCH_TEST_SERVER;

let count = 0;

/** A new document with these octets; its URL. */
export async function makeDocument(content, type = "application/json") {
  const url = `${server}/api/documents/npm-${process.pid}-${++count}`;
  await put(url, content, { "if-none-match": "*" }, type);
  return url;
}

export function makeJson(value) {
  return makeDocument(JSON.stringify(value));
}

async function put(url, body, condition, type) {
  const response = await fetch(url, { method: "PUT", headers: { ...condition, "content-type": type }, body });
  assert.ok(response.ok, `${response.status} for ${url}`);
}

/** What the server holds, to the octet, BOM and all. */
export async function octets(url) {
  const response = await fetch(url);
  return response.status === 404 ? null : Buffer.from(await response.arrayBuffer()).toString("utf8");
}

export async function held(url) {
  return JSON.parse(await octets(url));
}

/** Somebody else, with nothing but `fetch`, writes the newest version over. */
export async function theirs(url, content) {
  const now = await fetch(url);
  await now.arrayBuffer();
  const text = typeof content === "string" ? content : JSON.stringify(content);
  await put(url, text, { "if-match": now.headers.get("etag") }, now.headers.get("content-type"));
}

/** A conflict of mine with theirs about `a` and `b`, decided for mine; and the URL of its document. */
export async function decided(client) {
  const url = await makeJson({ a: 1, b: 1 });
  const base = await client.get(url);
  await theirs(url, { a: 3, b: 3 });
  const { conflict } = await client.save(base, { a: 2, b: 2 });
  conflict.take("mine");
  return { url, conflict };
}

export async function theirsRemove(url) {
  const now = await fetch(url);
  await now.arrayBuffer();
  const response = await fetch(url, { method: "DELETE", headers: { "if-match": now.headers.get("etag") } });
  assert.ok(response.ok, `${response.status} for ${url}`);
}

/** The same document, with a fault for the first `times` requests of this test. */
export function faulty(url, fault, times = 1) {
  return `${url}?${fault}&times=${times}&key=${process.pid}-${++count}`;
}

/** The exchanges of `run` with documents of this path, in the words of the server. */
export async function exchanges(url, run) {
  const all = async (since) => (await fetch(`${server}/api/log?since=${since}`)).json();
  const last = (await all(0)).at(-1)?.n ?? 0;
  const result = await run();
  const path = new URL(url).pathname;
  const log = (await all(last)).filter((one) => new URL(one.url, server).pathname === path);
  return { result, log };
}

/** A client that waits for nothing and tells what it told its observers. */
export function observed(options = {}) {
  const told = { conflict: [], merged: [], absorbed: [], warning: [], request: [] };
  const on = Object.fromEntries(Object.keys(told).map((name) => [name, (event) => told[name].push(event)]));
  return { told, client: createClient({ on, retry: { baseDelayMs: 0 }, ...options }) };
}

/** An address at which nobody listens. */
export async function deadAddress() {
  const listener = createServer();
  await new Promise((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address();
  await new Promise((resolve) => listener.close(resolve));
  return `http://127.0.0.1:${port}/document`;
}

/** Checks that `error` is a real error of the package with this code, and with details. */
export function isError(code, details = {}) {
  return (error) => {
    assert.ok(error instanceof MergefetchError && error instanceof Error, `${error}`);
    assert.equal(error.name, "MergefetchError");
    assert.equal(error.code, code);
    assert.notEqual(error.message, "");
    assert.equal(typeof error.details, "object");
    for (const [name, value] of Object.entries(details)) assert.deepEqual(error.details[name], value, `details.${name}`);
    return true;
  };
}

/** Runs a module of these lines beside the package. Returns its output, once it has ended by itself. */
export async function run(lines, { deadlineMs = 20_000, flags = [] } = {}) {
  const script = `import { createClient, indexedDb, memory } from "mergefetch"; import * as helpers from "mergefetch/helpers";
    const server = ${JSON.stringify(process.env.MERGEFETCH_TEST_SERVER)}; ${lines}`;
  const child = spawn(process.execPath, [...flags, "--input-type=module", "-e", script], { cwd: import.meta.dirname, stdio: ["ignore", "pipe", "pipe"] });
  let [out, errors] = ["", ""];
  child.stdout.on("data", (data) => (out += data));
  child.stderr.on("data", (data) => (errors += data));
  const timer = setTimeout(() => child.kill("SIGKILL"), deadlineMs);
  const [code, signal] = await new Promise((resolve) => child.on("close", (...ended) => resolve(ended)));
  clearTimeout(timer);
  return { code, signal, out: out.trim(), errors: errors.trim() };
}
