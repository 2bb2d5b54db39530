// Functions of the page that throw cause one warning, and nothing else. Each case runs in its own process, as no such error may end a process.
import assert from "node:assert/strict";
import { test } from "node:test";

import { createClient } from "mergefetch";

import { held, makeJson, run } from "./support.mjs";

const THROWS = { "throw": "() => { throw new Error('broken') }", "reject": "async () => { throw new Error('broken') }" };

for (const [how, broken] of Object.entries(THROWS)) {
  test(`observers and listeners that ${how} cause one warning, and change no result`, async () => {
    const url = await makeJson({ a: 1, b: 1 });
    const { code, out, errors } = await run(`
      const broken = ${broken};
      const warnings = [];
      const on = { request: broken, merged: broken, absorbed: broken, conflict: broken, warning: ({ code }) => void warnings.push(code) };
      const client = createClient({ on, retry: { baseDelayMs: 0 } });
      const base = await client.get("${url}");
      const other = createClient();
      await other.update("${url}", (draft) => { draft.a = 3; });
      const kinds = [(await client.save(base, { a: 1, b: 2 })).kind];
      const { conflict } = await client.save(base, { a: 5, b: 2 });
      const heard = [];
      conflict.subscribe(broken);
      conflict.subscribe(() => heard.push(conflict.unresolved));
      kinds.push((await conflict.take("mine").submit()).kind);
      console.log(JSON.stringify([kinds, heard, warnings]));`);
    assert.deepEqual([code, errors, out], [0, "", JSON.stringify([["merged", "saved"], [0], ["callback"]])]);
    assert.deepEqual(await held(url), { a: 5, b: 2 });
  });

  test(`an observer of warnings, and listeners of forms, that ${how} are reported once on the console`, async () => {
    const url = await makeJson({ a: 1 });
    const { code, out, errors } = await run(`
      const broken = ${broken};
      const client = createClient({ store: { get: broken, set: broken, delete: broken, keys: broken }, on: { request: broken, warning: broken } });
      const form = helpers.editing(client, "${url}");
      form.subscribe(broken);
      await form.load();
      form.type({ a: 2 });
      console.log((await form.save()).kind, JSON.stringify(form.current().draft));`);
    assert.deepEqual([code, out], [0, 'saved {"a":2}'], errors);
    assert.equal(errors.match(/^mergefetch: /gm)?.length, 2, errors);
  });
}

test("an adapter that throws causes one warning: it finds no version, and a write that it cannot mark does not go out", async () => {
  const url = await makeJson({ a: 1 });
  const { code, out, errors } = await run(`
    const broken = () => { throw new Error("broken"); };
    const results = [];
    for (const version of [
      { read: broken, write: (request) => request },
      { read: (response) => response.headers.get("etag"), write: (request, tag) => (request.headers.set("if-match", tag), request), strip: broken, refusal: broken },
      { read: (response) => response.headers.get("etag"), write: broken },
    ]) {
      const warnings = [];
      const client = createClient({ routes: [{ match: "*", version }], retry: { rounds: 1, baseDelayMs: 0 }, on: { warning: ({ code }) => void warnings.push(code) } });
      const base = await client.get("${url}");
      const result = await client.save(base, { a: base.value.a + 1 });
      results.push([base.version === null, result.ok, result.kind, result.mine?.a ?? null, warnings.filter((code) => code === "adapter").length]);
    }
    console.log(JSON.stringify(results));`);
  assert.deepEqual([code, errors], [0, ""]);
  assert.deepEqual(JSON.parse(out), [[true, false, "version-required", 2, 1], [false, true, "saved", null, 1], [false, false, "unknown", 3, 1]]);
  assert.deepEqual(await held(url), { a: 2 });
});

test("an `author` that throws causes one warning, and the snapshot has no author", async () => {
  const url = await makeJson({ a: 1 });
  const { code, out, errors } = await run(`
    const warnings = [];
    const author = () => { throw new Error("broken"); };
    const client = createClient({ routes: [{ match: "*", author }], on: { warning: ({ code, message }) => void warnings.push([code, message]) } });
    const base = await client.get("${url}");
    const { kind, snapshot } = await client.save(base, { a: 2 });
    console.log(JSON.stringify([base.author, kind, snapshot.author, warnings]));`);
  assert.deepEqual([code, errors], [0, ""]);
  assert.deepEqual(JSON.parse(out), [null, "saved", null, [["adapter", "`author` of a route failed: broken"]]]);
});

test("if an adapter cannot strip the answer to a write, the answer is a report, and causes no warning", async () => {
  const { code, out, errors } = await run(`
    let held = { a: 1, revision: 1 };
    const answer = async (request) => {
      if (request.method === "PUT") held = { ...(await request.json()), revision: held.revision + 1 };
      return Response.json(request.method === "PUT" ? { ok: true } : { data: held });
    };
    const version = {
      read: (_response, { data }) => (data ? String(data.revision) : null),
      write: (request) => request,
      strip: ({ data: { revision: _, ...rest } }) => rest,
    };
    const warnings = [];
    const client = createClient({ fetch: answer, routes: [{ match: "*", version }], on: { warning: ({ code }) => void warnings.push(code) } });
    const { kind, snapshot } = await client.save(await client.get("http://127.0.0.1:9/one"), { a: 2 });
    console.log(JSON.stringify([kind, snapshot.value, warnings]));`);
  assert.deepEqual([code, errors], [0, ""]);
  assert.deepEqual(JSON.parse(out), ["saved", { a: 2 }, []]);
});

test("a warning that nobody observes goes to the console, once for each code and origin, without secrets", async (context) => {
  const printed = [];
  context.mock.method(console, "warn", (...words) => printed.push(words.join(" ")));
  const server = async (request) => (request.method === "GET" ? Response.json({ a: 1 }) : new Response(null, { status: 204 }));
  const saveAt = async (options, ...urls) => {
    const http = createClient({ fetch: server, ...options });
    for (const url of urls) {
      const base = await http.get(url);
      await http.save(base, { ...base.value, a: base.value.a + 1 });
    }
  };
  await saveAt({}, "https://one.example/a?access_token=secret1", "https://one.example/b", "https://two.example/a");
  const unprotected = printed.filter((line) => line.includes("[unprotected]"));
  assert.deepEqual(unprotected.map((line) => /https:..\w+/u.exec(line)[0]), ["https://one", "https://two"], printed.join("\n"));
  assert.ok(unprotected.every((line) => line.startsWith("mergefetch: ") && !line.includes("secret1")), unprotected.join("\n"));
  printed.length = 0;
  const heard = [];
  await saveAt({ on: { warning: ({ code }) => heard.push(code) } }, "https://three.example/a");
  assert.deepEqual([printed, heard.includes("unprotected")], [[], true]);
});
