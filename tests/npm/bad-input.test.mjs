// Whatever a network, a server or a page does: a typed error or a refusal with mine, and no promise that never ends.
import assert from "node:assert/strict";
import { test } from "node:test";

import { createClient } from "mergefetch";

import { deadAddress, faulty, held, isError, makeDocument, makeJson, observed, octets, theirs } from "./support.mjs";

const quick = () => createClient({ retry: { baseDelayMs: 0 }, timeoutMs: 20_000 });

test("a refused connection is `network` for a read, and unknown with mine for a save", async () => {
  const url = await deadAddress();
  await assert.rejects(quick().get(url), isError("network", { url }));
  const mine = { a: 2 };
  const base = { url, value: { a: 1 }, version: '"1"', protection: "strong", source: "network" };
  const saved = await quick().save(base, mine);
  assert.deepEqual([saved.ok, saved.kind, saved.mine, saved.problem.status], [false, "unknown", mine, null]);
  const created = await quick().create(url, mine, { method: "POST" });
  assert.deepEqual([created.kind, created.mine], ["unknown", mine]);
  const removed = await quick().remove(base);
  assert.equal(removed.kind, "unknown");
});

for (const [answer, code] of [
  ["html", "invalid-json"],
  ["empty", "invalid-json"],
  ["broken-json", "invalid-json"],
  ["huge", "too-large"],
  ["drop", "network"],
  ["500", "http"],
  ["503", "http"],
]) {
  test(`a read answered with ${answer} is ${code}`, async () => {
    const url = `${await makeJson({ a: 1 })}?answer=${answer}`;
    const client = createClient({ routes: [{ match: "*", format: "json" }] });
    await assert.rejects(client.get(url), (error) => {
      const [, status] = /^(\d+)$/u.exec(answer) ?? [];
      const words = status ? `expected 200, but got ${status}` : "";
      assert.ok(error.message.startsWith(`GET ${url} failed: ${words}`), error.message);
      assert.ok(error.message.length > `GET ${url} failed: `.length, error.message);
      return isError(code, { url })(error);
    });
  });
}

test("the message of a failed read names its URL without secrets", async () => {
  const url = `${await makeJson({ a: 1 })}?answer=500&access_token=secret1`;
  await assert.rejects(createClient().get(url), (error) => {
    assert.match(error.message, /^GET http\S+access_token=\*\*\* failed: expected 200, but got 500$/u);
    return true;
  });
});

for (const refusal of ["empty-409", "empty-412", "html-409", "broken-json-409", "huge-409"]) {
  test(`a write refused with ${refusal} is a rule of the server where nothing moved, and a merge or a conflict where it did`, async () => {
    const url = await makeJson({ a: 1, b: 1 });
    const client = quick();
    const mine = { a: 2, b: 1 };
    const unmoved = await client.save(await client.get(`${url}?refuse=${refusal}`), mine);
    assert.equal(unmoved.kind, refusal === "empty-412" ? "stale-read" : "constraint");
    assert.equal(unmoved.mine, mine);
    assert.deepEqual(await held(url), { a: 1, b: 1 });

    const apart = await client.get(faulty(url, `refuse=${refusal}`));
    await theirs(url, { a: 1, b: 9 });
    assert.equal((await client.save(apart, mine)).kind, "merged");
    assert.deepEqual(await held(url), { a: 2, b: 9 });

    const clashing = await client.get(faulty(url, `refuse=${refusal}`));
    await theirs(url, { a: 3, b: 9 });
    const met = await client.save(clashing, { a: 4, b: 9 });
    assert.deepEqual([met.kind, met.conflict.mine], ["conflict", { a: 4, b: 9 }]);
  });
}

for (const [answer, why] of [["html", "HTML"], ["empty", "no body"], ["broken-json", "broken JSON"], ["huge", "50 MB"], ["500", "an error"], ["drop", "nothing"]]) {
  test(`a refusal after which the newest version is ${why} keeps mine`, async () => {
    const url = await makeJson({ a: 1 });
    const client = quick();
    const base = await client.get(url);
    await theirs(url, { a: 3 });
    const mine = { a: 2 };
    const copy = { ...base, url: `${url}?answer=${answer}` };
    const result = await client.save(copy, mine);
    assert.deepEqual([result.ok, result.kind, result.mine], [false, "unknown", mine]);
    assert.deepEqual(await held(url), { a: 3 });
  });
}

for (const [refuse, kinds] of [
  ["lost", ["already-saved"]],
  ["drop", ["saved"]],
  ["500", ["saved"]],
  ["bare-ok", ["saved"]],
  ["503", ["saved"]],
  ["429", ["saved"]],
]) {
  test(`a write that meets ${refuse} once is saved in the end`, async () => {
    const url = await makeJson({ a: 1 });
    const client = createClient({ retry: { baseDelayMs: 0 } });
    const base = await client.get(faulty(url, `refuse=${refuse}`));
    const result = await client.save(base, { a: 2 });
    // A client below this one may repeat a request on a connection that was closed, so that the first answer is never seen.
    assert.ok([...kinds, "already-saved"].includes(result.kind), result.kind);
    assert.deepEqual(await held(url), { a: 2 });
  });
}

test("a server that never answers ends with the time limit, for reads and for writes", async () => {
  const url = await makeJson({ a: 1 });
  const client = createClient({ timeoutMs: 200, retry: { rounds: 0 } });
  for (const answer of ["hang", "hang-body"]) {
    await assert.rejects(client.get(`${url}?answer=${answer}`), isError("network"), answer);
  }
  const patient = quick();
  const base = await patient.get(`${url}?refuse=hang`);
  const mine = { a: 2 };
  const result = await client.save(base, mine);
  assert.deepEqual([result.kind, result.mine], ["unknown", mine]);
});

test("an abort rejects with the caller's own reason, before and while", async () => {
  const url = await makeJson({ a: 1 });
  const client = quick();
  const base = await client.get(`${url}?refuse=hang`);
  for (const reason of ["a string", null, { an: "object" }, new Error("an error")]) {
    const same = (thrown) => thrown === reason;
    await assert.rejects(client.get(url, { signal: AbortSignal.abort(reason) }), same);
    await assert.rejects(client.save(base, { a: 2 }, { signal: AbortSignal.abort(reason) }), same);
    const controller = new AbortController();
    const hanging = createClient({
      fetch: (request) => {
        queueMicrotask(() => controller.abort(reason));
        return fetch(request);
      },
    });
    await assert.rejects(hanging.save(base, { a: 2 }, { signal: controller.signal }), same);
  }
  assert.deepEqual(await held(url), { a: 1 });
});

test("a fetch of the page's own that throws or answers nonsense is no answer", async () => {
  const url = await makeJson({ a: 1 });
  const base = await quick().get(url);
  for (const answer of [
    () => { throw new Error("no"); },
    () => { throw null; },
    () => Promise.reject("no"),
    () => Promise.reject(undefined),
    () => undefined,
    () => null,
    () => 5,
    () => ({}),
    async () => ({ status: 200 }),
    async () => "text",
    async () => Response.error(),
  ]) {
    const client = createClient({ fetch: answer, timeoutMs: 1000, retry: { rounds: 1, baseDelayMs: 0 } });
    await assert.rejects(client.get(url), (error) => ["network", "http"].includes(error.code), answer.toString());
    const result = await client.save(base, { a: 2 });
    assert.deepEqual([result.ok, result.kind, result.mine], [false, "unknown", { a: 2 }], answer.toString());
  }
});

test("a store that throws, rejects or answers nonsense costs a read, never a result", async () => {
  const fail = () => { throw new Error("no"); };
  const reject = async () => { throw null; };
  for (const broken of [fail, reject, () => 5, async () => "text", async () => new Uint8Array([1, 2, 3]), async () => ({})]) {
    const url = await makeJson({ a: 1 });
    const { client, told } = observed({ store: { get: broken, set: broken, delete: broken, keys: broken } });
    for (let round = 0; round < 2; round++) assert.deepEqual((await client.get(url)).value, { a: 1 });
    const base = await client.get(url);
    assert.equal((await client.save(base, { a: 2 })).kind, "saved", broken.toString());
    assert.deepEqual(await (await client.fetch(url)).json(), { a: 2 });
    assert.ok(told.warning.length <= 1);
  }
});

test("reads tell what the server said", async () => {
  const missing = `${await makeJson(1)}-missing`;
  await assert.rejects(quick().get(missing), (error) => {
    isError("http", { status: 404, url: missing })(error);
    return assert.equal(error.details.problem.status, 404) === undefined;
  });
});

test("documents that cannot be merged as what they are called are errors with a place", async () => {
  const client = quick();
  const deep = `{"a":${"[".repeat(600)}${"]".repeat(600)}}`;
  const route = createClient({ routes: [{ match: "*", format: "json" }] });
  await assert.rejects(client.get(await makeDocument(deep)), isError("too-deep", { limitLevels: 512 }));
  await assert.rejects(route.get(await makeDocument('{\n"a": 1,\n}', "text/plain")), isError("invalid-json", { line: 3 }));
  assert.equal((await client.get(await makeDocument("{", "text/plain"))).value, "{");
});

test("a document of some megabytes goes through the loop", async () => {
  const lines = Array.from({ length: 100_000 }, (_, index) => `line ${index} of a document that is not small`);
  const text = lines.join("\n");
  const url = await makeDocument(text, "text/plain");
  const client = quick();
  const base = await client.get(url);
  await theirs(url, text.replace("line 5 ", "LINE 5 "));
  const result = await client.save(base, text.replace("line 99990 ", "LINE 99990 "));
  assert.equal(result.kind, "merged");
  assert.equal(await octets(url), text.replace("line 5 ", "LINE 5 ").replace("line 99990 ", "LINE 99990 "));
});
