// One page saves several times from one snapshot, or after a lost answer. It never conflicts with its own edits.
import assert from "node:assert/strict";
import { before, test } from "node:test";

import { createClient, init } from "mergefetch";

before(() => init());

const URL_OF = "http://host/doc";

/**
 * A server in this process. `stored` returns the server's spelling of a document. `answer` is the answer to a write: "tag" (204 with the tag), "none"
 * (204 without a tag), or "document" (200 without a tag). It carries out each write, and loses the answer while `losses` is above zero.
 */
function serverOf(text, { stored = (sent) => sent, answer = "tag", type = "application/json", isHash = false } = {}) {
  const server = { text, version: 1, losses: 0, log: [] };
  const headers = () => ({ "content-type": type, etag: JSON.stringify(isHash ? Buffer.from(server.text).toString("hex") : `${server.version}`) });
  server.put = (next) => {
    server.text = next;
    server.version += 1;
  };
  server.fetch = async (input, init) => {
    const request = new Request(input, init);
    server.log.push(request.method);
    const { etag } = headers();
    if (request.method === "GET") server.beforeRead?.();
    if (request.method === "GET") return new Response(server.text, { headers: headers() });
    if ((request.headers.get("if-match") ?? etag) !== etag) return new Response(null, { status: 412 });
    server.put(stored(await request.text()));
    if (server.losses-- > 0) throw new TypeError("lost");
    if (answer === "document") return new Response(server.text, { headers: { "content-type": type } });
    return new Response(null, { status: 204, headers: answer === "tag" ? { etag: headers().etag } : {} });
  };
  return server;
}

const clientOf = (server, options) => createClient({ fetch: server.fetch, retry: { baseDelayMs: 0 }, ...options });
const withMembers = (change) => (text) => JSON.stringify(change(JSON.parse(text)));
const trimmed = withMembers((document) => Object.fromEntries(Object.entries(document).map(([name, text]) => [name, text.trim()])));

test("a save from the old snapshot reverts no acknowledged save, and is `merged`, as the server holds another value", async () => {
  const server = serverOf('{"done":false,"title":"t"}');
  const client = clientOf(server);
  const base = await client.get(URL_OF);
  await client.save(base, { ...base.value, done: true });
  const result = await client.save(base, base.value);
  assert.equal(result.kind, "merged");
  assert.deepEqual(result.snapshot.value, { done: true, title: "t" });
  assert.deepEqual(result.changes.map(({ path, state }) => [path, state]), [["/done", "theirs"]]);
  assert.equal((await client.save(base, { ...base.value, title: "new" })).ok, true);
  assert.equal(server.text, '{"done":true,"title":"new"}');
  // A save from the result reverts it.
  const newest = await client.get(URL_OF);
  assert.equal((await client.save(newest, { ...newest.value, done: false })).kind, "saved");
  assert.equal(server.text, '{"done":false,"title":"new"}');
});

test("of two saves at once the second is `merged` if it does not revert a change of the first", async () => {
  const server = serverOf('{"done":false,"title":"t"}');
  const client = clientOf(server);
  const base = await client.get(URL_OF);
  const saves = [client.save(base, { done: true, title: "new" }), client.save(base, { done: false, title: "new" })];
  assert.deepEqual((await Promise.all(saves)).map((result) => result.kind), ["saved", "merged"]);
  assert.equal(server.text, '{"done":true,"title":"new"}');
});

/** Saves `edit`, and aborts during the read that would confirm the acknowledged write. */
async function saveAborted(client, server, base, edit) {
  const aborter = new AbortController();
  server.beforeRead = () => aborter.abort();
  await assert.rejects(client.save(base, edit, { signal: aborter.signal }), { name: "AbortError" });
  server.beforeRead = undefined;
}

test("a value that is typed back after an aborted save is written, also where the server trims", async () => {
  for (const stored of [undefined, trimmed]) {
    const server = serverOf('{"a":"old","b":"b"}', { answer: "none", stored });
    const client = clientOf(server);
    const base = await client.get(URL_OF);
    await saveAborted(client, server, base, { a: "typed ", b: "b" });
    assert.equal((await client.save(base, base.value)).ok, true);
    assert.equal(server.text, '{"a":"old","b":"b"}');
  }
});

test("typing an aborted save back keeps the saves whose results the page got", async () => {
  const server = serverOf('{"a":"a","b":"b","c":"c"}', { answer: "none" });
  const client = clientOf(server);
  const base = await client.get(URL_OF);
  assert.equal((await client.save(base, { ...base.value, a: "told" })).kind, "saved");
  await saveAborted(client, server, base, { ...base.value, b: "aborted" });
  await saveAborted(client, server, base, { ...base.value, b: "aborted", c: "aborted" });
  assert.equal((await client.save(base, base.value)).ok, true);
  assert.equal(server.text, '{"a":"told","b":"b","c":"c"}');
  // The page has this result, so the next save of the old value reverts nothing.
  assert.equal((await client.save(base, { ...base.value, c: "told" })).ok, true);
  assert.equal((await client.save(base, base.value)).ok, true);
  assert.equal(server.text, '{"a":"told","b":"b","c":"told"}');
});

test("a submit whose answer is lost is no new conflict if the server trims texts or changes their case", async () => {
  const raised = withMembers(({ d }) => ({ d: d.toUpperCase() }));
  for (const stored of [trimmed, raised]) {
    for (const take of ["mine", "custom "]) {
      const server = serverOf('{"d":"old"}', { stored });
      const client = clientOf(server);
      const base = await client.get(URL_OF);
      server.put('{"d":"Ben"}');
      const { conflict } = await client.save(base, { d: "typed " });
      if (take === "mine") conflict.take("mine");
      else conflict.set("/d", take);
      server.losses = 1;
      const result = await conflict.submit();
      assert.equal(result.ok, true, result.kind);
      assert.equal(server.text, stored(JSON.stringify({ d: take === "mine" ? "typed " : take })));
    }
  }
});

test("a space that the server trims again counts as saved, even if the tag is a hash and stays the same", async () => {
  for (const answer of ["tag", "none", "document"]) {
    const server = serverOf('{"d":"old"}', { stored: trimmed, answer, isHash: true });
    const client = clientOf(server);
    const base = await client.get(URL_OF);
    const result = await client.save(base, { d: "old " });
    assert.equal(result.kind, "saved", answer);
    assert.deepEqual(result.snapshot.value, { d: "old" });
    assert.equal((await client.save(result.snapshot, { d: "new " })).kind, "saved");
    assert.equal(server.text, '{"d":"new"}');
  }
});

test("a success of a server that writes nothing is still unknown", async () => {
  const server = serverOf('{"d":"old"}', { stored: () => '{"d":"old"}', isHash: true });
  const client = clientOf(server);
  assert.equal((await client.save(await client.get(URL_OF), { d: "new" })).kind, "unknown");
});

test("a PUT of `fetch` does not conflict with an earlier PUT whose answer was lost, unless somebody else wrote", async () => {
  for (const hasOther of [false, true]) {
    const server = serverOf('{"a":"old","b":"b"}');
    const client = clientOf(server);
    const put = (value) => client.fetch(URL_OF, { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify(value) });
    await (await client.fetch(URL_OF)).json();
    server.losses = 1;
    await assert.rejects(put({ a: "Hello", b: "b" }));
    if (hasOther) server.put('{"a":"Hello","b":"Ben"}');
    const answer = await put({ a: "Hello world", b: "b" });
    if (!hasOther) {
      assert.equal(answer.status, 204);
      assert.equal(server.text, '{"a":"Hello world","b":"b"}');
      continue;
    }
    assert.equal(answer.status, 412);
    const conflict = await client.conflictOf(answer);
    assert.equal(conflict.unresolved, 0);
    assert.equal((await conflict.submit()).ok, true);
    assert.equal(server.text, '{"a":"Hello world","b":"Ben"}');
  }
});

test("a PUT of `fetch` with the old value reverts a PUT whose answer was lost", async () => {
  const server = serverOf('{"a":"old","b":"b"}', { stored: trimmed });
  const client = clientOf(server);
  const put = (value) => client.fetch(URL_OF, { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify(value) });
  const value = await (await client.fetch(URL_OF)).json();
  for (const text of ["Hello ", "Hello world"]) {
    server.losses = 1;
    await assert.rejects(put({ ...value, a: text }));
  }
  assert.equal((await put(value)).status, 204);
  assert.equal(server.text, '{"a":"old","b":"b"}');
});

test("a save whose answer was lost is no conflict if the server adds ids to new rows and objects", async () => {
  const withId = (row) => ({ ...row, v: row.v.trim(), id: row.id ?? "s" });
  const stored = withMembers(({ rows, of, z }) => ({ rows: rows.map(withId), of: of && withId(of), z }));
  for (const edit of [{ rows: [{ v: "new " }] }, { rows: [{ v: "one" }, { v: "two" }] }, { of: { v: "new" } }]) {
    for (const hasOther of [false, true]) {
      const server = serverOf('{"rows":[],"of":null,"z":0}', { stored });
      const client = clientOf(server);
      const base = await client.get(URL_OF);
      server.losses = 1;
      if (hasOther) server.beforeRead = () => server.put(server.text.replace('"z":0', '"z":1'));
      const result = await client.save(base, { ...base.value, ...edit });
      assert.equal(result.kind, "merged", JSON.stringify(edit));
      assert.equal(server.text, stored(JSON.stringify({ ...base.value, ...edit, z: hasOther ? 1 : 0 })));
    }
  }
});

test("a new row that was edited after a lost answer keeps the member that somebody else added to it", async () => {
  const server = serverOf('{"rows":[]}');
  const client = clientOf(server);
  const base = await client.get(URL_OF);
  server.losses = 9;
  const aborter = new AbortController();
  server.beforeRead = () => aborter.abort();
  await assert.rejects(client.save(base, { rows: [{ v: "new" }] }, { signal: aborter.signal }));
  [server.beforeRead, server.losses] = [undefined, 0];
  server.put('{"rows":[{"v":"new","note":"Ben"}]}');
  const result = await client.save(base, { rows: [{ v: "new, typed on" }] });
  assert.equal(result.ok && !server.text.includes("Ben"), false, server.text);
});

test("a text does not conflict with itself if the server ends the last line, ends all lines alike, or joins empty lines", async () => {
  const servers = [
    ["one\ntwo", (text) => (text.endsWith("\n") ? text : `${text}\n`)],
    ["one\ntwo", (text) => text.trimEnd()],
    ["one\ntwo\n", (text) => text.replace(/\r?\n/g, "\r\n")],
    ["one\r\ntwo\r\n", (text) => text.replace(/\r?\n/g, "\r\n")],
    ["one\ntwo\n", (text) => text.replace(/\n{3,}/g, "\n\n")],
  ];
  for (const [initial, stored] of servers) {
    for (const answer of ["tag", "none", "document"]) {
      for (const isLost of [false, true]) {
        const server = serverOf(initial, { stored, answer, type: "text/plain" });
        const client = clientOf(server);
        const base = await client.get(URL_OF);
        // The text as in a text area.
        const typed = base.value.replaceAll("\r", "").replace("two", "two and") + "\n\n\nmore\n";
        server.losses = isLost ? 1 : 0;
        assert.equal((await client.save(base, typed)).ok, true);
        assert.equal((await client.save(base, typed.replace("more", "more\n\n\nand more"))).ok, true, JSON.stringify([initial, answer, isLost, server.text]));
        assert.equal(server.text.replace(/\s+/g, " ").trim(), "one two and more and more");
      }
    }
  }
});

test("another person's line stays if the server ends all lines alike", async () => {
  const stored = (text) => text.replace(/\r?\n/g, "\r\n");
  const server = serverOf("one\ntwo\nthree\nfour\n", { stored, type: "text/plain", answer: "none" });
  const client = clientOf(server);
  const base = await client.get(URL_OF);
  assert.equal((await client.save(base, base.value.replace("two", "two a"))).ok, true);
  server.put(server.text.replace("four", "four, Ben"));
  assert.equal((await client.save(base, base.value.replace("two", "two a b"))).ok, true);
  assert.equal(server.text, "one\r\ntwo a b\r\nthree\r\nfour, Ben\r\n");
  server.put(server.text.replace("two a b", "two Ben"));
  assert.equal((await client.save(base, base.value.replace("two", "two a b c"))).kind, "conflict");
});

test("a value that the server rewrites does not conflict with itself if the answer has the stored document, even without a tag", async () => {
  const stored = withMembers(({ d, e }) => ({ d: d.toLowerCase().replace(/[^a-z]+/g, "-"), e }));
  const server = serverOf('{"d":"old","e":0}', { stored, answer: "document" });
  const client = clientOf(server);
  const base = await client.get(URL_OF);
  assert.equal((await client.save(base, { d: "Hello, World", e: 0 })).kind, "saved");
  assert.equal((await client.save(base, { d: "Hello, World", e: 1 })).ok, true);
  assert.equal(server.text, '{"d":"hello-world","e":1}');
  server.put('{"d":"ben","e":1}');
  assert.equal((await client.save(base, { d: "Hello, you", e: 1 })).kind, "conflict");
});

test("a value that replaced an edit before the read after an answer without a tag may be somebody else's", async () => {
  const server = serverOf('{"d":"old","e":0}', { answer: "document" });
  const client = clientOf(server);
  const base = await client.get(URL_OF);
  server.beforeRead = () => server.put('{"d":"Ben","e":0}');
  await client.save(base, { d: "mine", e: 0 });
  server.beforeRead = undefined;
  assert.equal((await client.save(base, { d: "mine, typed on", e: 0 })).kind, "conflict");
});

test("two reads that agree count if the server undid one value by trimming it, and stored another", async () => {
  const server = serverOf('{"a":"old","b":"b"}', { stored: trimmed, answer: "none" });
  const client = clientOf(server);
  const base = await client.get(URL_OF);
  const result = await client.save(base, { a: "old ", b: "typed " });
  assert.equal(result.kind, "saved");
  assert.deepEqual([result.snapshot.version, result.snapshot.value], ['"2"', { a: "old", b: "typed" }]);
  assert.deepEqual(server.log, ["GET", "PUT", "GET", "GET"]);
});

test("a save does not conflict with a later save of the page that also replaced a value of somebody else", async () => {
  const server = serverOf('{"a":"a","b":"b","d":"d"}');
  const client = clientOf(server);
  const base = await client.get(URL_OF);
  server.put('{"a":"a","b":"b","d":"Ben"}');
  const { snapshot } = await client.save(base, { ...base.value, a: "a1" });
  assert.equal((await client.save(snapshot, { ...snapshot.value, b: "b2", d: "Ben, and page" })).kind, "saved");
  assert.equal((await client.save(base, { ...base.value, a: "a1", b: "b3" })).ok, true);
  assert.equal(server.text, '{"a":"a1","b":"b3","d":"Ben, and page"}');
  // The old snapshot does not show Ben's text.
  assert.equal((await client.save(base, { ...base.value, d: "page alone" })).kind, "conflict");
});
