// `client.fetch` beside `fetch` in a browser: functions that Node.js lacks, or has in another form.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startBare } from "./bare.mjs";

let bare;
const got = [];
/** A document that browsers may keep for ten minutes. */
let fresh = { version: 1, body: "old" };

async function answer(request, response, pathname) {
  const parts = [];
  for await (const part of request) parts.push(part);
  got.push({ method: request.method, type: request.headers["content-type"]?.replace(/boundary=.*/, ""), length: Buffer.concat(parts).length });
  if (pathname === "/doc/fresh") {
    const tag = () => `"${fresh.version}"`;
    if (request.method === "PUT") {
      if (request.headers["if-match"] !== tag()) return response.writeHead(412).end();
      fresh = { version: fresh.version + 1, body: Buffer.concat(parts).toString() };
      return response.writeHead(204, { etag: tag() }).end();
    }
    return response.writeHead(200, { etag: tag(), "cache-control": "max-age=600", "content-type": "text/plain" }).end(fresh.body);
  }
  if (pathname === "/doc/hop") return response.writeHead(302, { location: "/doc/end" }).end();
  response.writeHead(200, { "content-type": "text/plain" }).end(pathname);
}

before(async () => {
  bare = await startBare(answer);
});

after(() => bare?.stop());

/** Runs the same with `fetch` and with a client's; the results of both. */
async function both(run, argument) {
  const page = await bare.open();
  const outcomes = [];
  for (const isOurs of [false, true]) {
    got.length = 0;
    const outcome = await page.evaluate(
      async ([source, isOurs, argument]) => {
        const client = mergefetch.createClient();
        await mergefetch.init();
        const run = new Function("fetch", "argument", `return (${source})(fetch, argument)`);
        const call = isOurs ? (...all) => client.fetch(...all) : (...all) => globalThis.fetch(...all);
        return run(call, argument).catch((error) => [error?.name, String(error?.message ?? error)]);
      },
      [run.toString(), isOurs, argument],
    );
    outcomes.push({ outcome, got: [...got] });
  }
  await page.close();
  return outcomes;
}

/** Without the parts that browsers draw anew for each request: the boundary of a form is random, in Firefox its length too. */
const settled = ({ outcome, got }) => ({
  outcome,
  got: got.map(({ length, ...one }) => (/multipart/.test(JSON.stringify(one)) ? { ...one, isEmpty: length === 0 } : { ...one, length })),
});

async function same(run, argument) {
  const [native, ours] = await both(run, argument);
  assert.deepEqual(settled(ours), settled(native));
  return native;
}

test("opaque answers and opaque redirects are handed on", async () => {
  const opaque = await same(async (fetch, other) => {
    const { type, status, ok, url } = await fetch(other, { mode: "no-cors" });
    return { type, status, ok, url };
  }, bare.otherOrigin("/doc/opaque"));
  assert.equal(opaque.outcome.type, "opaque");
  const redirect = await same(async (fetch) => {
    const { type, status } = await fetch("/doc/hop", { redirect: "manual" });
    return { type, status };
  });
  assert.equal(redirect.outcome.type, "opaqueredirect");
});

test("64 KiB go with keepalive, and one octet more does not", async () => {
  const post = async (fetch, length) => {
    const response = await fetch("/doc/alive", { method: "POST", keepalive: true, body: "x".repeat(length) });
    // The limit is one for all that are under way.
    await response.text();
    return response.status;
  };
  assert.equal((await same(post, 65_536)).outcome, 200);
  const [native, ours] = await both(post, 65_537);
  assert.equal(native.outcome[0], "TypeError");
  // Firefox does not count the body of a `Request` object, and every call of a client is one.
  if (process.env.E2E_BROWSER === "firefox") assert.equal(ours.outcome, 200);
  else assert.deepEqual(ours, native);
});

test("FormData, blobs, buffers and parameters arrive with their types", async () => {
  const send = async (fetch, kind) => {
    const form = new FormData();
    form.set("file", new Blob(["bytes"], { type: "image/png" }), "a.png");
    const bodies = { form, blob: new Blob(["blob"], { type: "x/y" }), buffer: new ArrayBuffer(3), parameters: new URLSearchParams("a=1") };
    return (await fetch("/doc/body", { method: "PUT", body: bodies[kind] })).text();
  };
  for (const kind of ["form", "blob", "buffer", "parameters"]) assert.equal((await same(send, kind)).outcome, "/doc/body");
});

test("after a write of this client, a read of the same document does not come from the browser's cache", async () => {
  const page = await bare.open();
  const seen = await page.evaluate(async () => {
    const client = mergefetch.createClient();
    await mergefetch.init();
    const read = async () => (await client.fetch("/doc/fresh")).text();
    const before = await read();
    // The copy for the store is made beside the caller's reading.
    for (let tries = 0; tries < 100; tries++) await new Promise((resolve) => setTimeout(resolve, 2));
    const { status } = await client.fetch("/doc/fresh", { method: "PUT", body: "new", headers: { "content-type": "text/plain" } });
    return [before, status, await read(), await read()];
  });
  assert.deepEqual(seen, ["old", 204, "new", "new"]);
  assert.equal(got.at(-1).method, "GET");
  await page.close();
});

test("an abort rejects with the very reason, also one that is no error", async () => {
  const abort = async (fetch) => {
    const reason = { why: "closed" };
    const controller = new AbortController();
    const call = fetch("/doc/a", { signal: controller.signal });
    controller.abort(reason);
    return call.then(() => "answered", (thrown) => thrown === reason);
  };
  // Whether the server hears of it before is a race.
  assert.deepEqual((await both(abort)).map(({ outcome }) => outcome), [true, true]);
});
