// `client.fetch` beside `fetch` in a browser: what Node.js does not have, or does otherwise.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startBare } from "./bare.mjs";

let bare;
const got = [];

async function answer(request, response, pathname) {
  const parts = [];
  for await (const part of request) parts.push(part);
  got.push({ method: request.method, type: request.headers["content-type"]?.replace(/boundary=.*/, ""), length: Buffer.concat(parts).length });
  if (pathname === "/doc/hop") return response.writeHead(302, { location: "/doc/end" }).end();
  response.writeHead(200, { "content-type": "text/plain" }).end(pathname);
}

before(async () => {
  bare = await startBare(answer);
});

after(() => bare?.stop());

/** Runs the same with `fetch` and with a client's; what both came to. */
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

async function same(run, argument) {
  const [native, ours] = await both(run, argument);
  assert.deepEqual(ours, native);
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
  assert.equal((await same(post, 65_537)).outcome[0], "TypeError");
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
