// Versions that are no ETags: presets, and an adapter of the page's own, against servers that check them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { createClient, field, header, lastModified } from "mergefetch";

let server;
let baseUrl;
/** Every document is a row with a revision; `kind` is the first part of the path and says where the revision travels. */
const rows = new Map();
const log = [];

const START_MS = Date.UTC(2026, 0, 1);
const dateOf = (row) => new Date(START_MS + row.revision * 1000).toUTCString();

const kinds = {
  header: {
    answer: (row) => [{ "x-revision": String(row.revision) }, row.value],
    isCurrent: (row, request) => request.headers["x-revision"] === String(row.revision),
  },
  named: {
    answer: (row) => [{ "x-revision": String(row.revision) }, row.value],
    isCurrent: (row, request) => request.headers["x-if-revision-match"] === String(row.revision),
  },
  field: {
    answer: (row) => [{}, { ...row.value, revision: row.revision }],
    isCurrent: (row, _request, body) => body.revision === row.revision,
  },
  documented: {
    answer: (row) => [{}, { ...row.value, revision: row.revision }],
    isCurrent: (row, request) => request.headers["x-revision"] === String(row.revision),
  },
  date: {
    answer: (row) => [{ "last-modified": dateOf(row) }, row.value],
    isCurrent: (row, request) => request.headers["if-unmodified-since"] === dateOf(row),
  },
  own: {
    answer: (row) => [{}, { meta: { "révision": row.revision }, data: row.value }],
    isCurrent: (row, request) => new URL(request.url, "http://x").searchParams.get("expect") === `nº ${row.revision}`,
  },
};

before(async () => {
  server = createServer(async (request, response) => {
    let text = "";
    for await (const part of request) text += part;
    const { pathname } = new URL(request.url, "http://x");
    const kind = kinds[pathname.split("/")[1]];
    const row = rows.get(pathname) ?? { revision: 1, value: { title: "first", n: 1 } };
    rows.set(pathname, row);
    const send = (status, [headers, value]) =>
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
    log.push(`${request.method} ${pathname}`);
    if (request.method === "GET") return send(200, kind.answer(row));
    const body = JSON.parse(text);
    if (!kind.isCurrent(row, request, body)) return send(409, [{}, { error: "stale", current: kind.answer(row)[1] }]);
    const { revision: _, ...value } = body.data ?? body;
    if (value.title === "forbidden") return send(409, [{}, { error: "rule" }]);
    rows.set(pathname, { revision: row.revision + 1, value });
    response.writeHead(204).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  baseUrl = `http://127.0.0.1:${server.address().port}/`;
});

after(() => {
  server.closeAllConnections();
  server.close();
});

/** Ten lines: where the version is, how a write names it, what is no content, and what a refusal brings along. */
const own = {
  read: (_response, body) => `nº ${body.meta["révision"]}`,
  write: (request, version) => new Request(`${request.url}?expect=${encodeURIComponent(version)}`, request),
  strip: (body) => body.data,
  refusal: (_response, body) => {
    if (body.error === "rule") return { kind: "constraint" };
    const { meta, data } = body.current;
    return { theirs: { meta, data }.data, version: `nº ${meta["révision"]}` };
  },
};

for (const [kind, version, protection] of [
  ["header", header("X-Revision"), "custom"],
  ["named", header("X-Revision", "X-If-Revision-Match"), "custom"],
  ["field", field("/revision"), "custom"],
  ["date", lastModified(), "date"],
  ["own", own, "custom"],
]) {
  const client = () => createClient({ baseUrl, routes: [{ match: `/${kind}/*`, version }] });

  test(`${kind}: separate edits of two people are merged, overlapping ones are asked about`, async () => {
    const [ann, ben] = [client(), client()];
    const [a, b] = [await ann.get(`${kind}/1`), await ben.get(`${kind}/1`)];
    assert.equal(a.protection, protection);
    assert.equal((await ann.save(a, { ...a.value, title: "Ann" })).kind, "saved");
    const merged = await ben.save(b, { ...b.value, n: 2 });
    assert.equal(merged.kind, "merged");
    assert.deepEqual(rows.get(`/${kind}/1`).value, { title: "Ann", n: 2 });
    const clash = await ann.save(a, { ...a.value, n: 3 });
    assert.equal(clash.kind, "conflict");
    assert.deepEqual(clash.conflict.changes.filter((change) => change.state === "conflict").map((change) => change.path), ["/n"]);
    assert.equal((await clash.conflict.take("mine").submit()).ok, true);
    assert.deepEqual(rows.get(`/${kind}/1`), { revision: 4, value: { title: "Ann", n: 3 } });
  });
}

/** An adapter is believed once the server has refused a stale write: before that, a read precedes each write. */
async function believed(path, adapter) {
  const [ann, ben] = [1, 2].map(() => createClient({ baseUrl, routes: [{ match: "*", version: adapter }] }));
  const [a, b] = [await ann.get(path), await ben.get(path)];
  await ann.save(a, { ...a.value, n: a.value.n + 1 });
  assert.equal((await ben.save(b, { ...b.value, title: `${b.value.title} again` })).kind, "merged");
  return ben;
}

test("an adapter of one's own: what a refusal brings along saves a read, and what it names ends the loop", async () => {
  const http = await believed("own/3", own);
  const base = await http.get("own/2");
  assert.deepEqual([base.value, base.version !== null], [{ title: "first", n: 1 }, true]);
  rows.set("/own/2", { revision: 9, value: { title: "theirs", n: 1 } });
  log.length = 0;
  assert.equal((await http.save(base, { title: "first", n: 5 })).kind, "merged");
  assert.deepEqual(log, ["PUT /own/2", "PUT /own/2", "GET /own/2"]);
  const now = await http.get("own/2");
  const refused = await http.save(now, { ...now.value, title: "forbidden" });
  assert.deepEqual([refused.kind, refused.mine.title], ["constraint", "forbidden"]);
});

test("the adapter of docs/HTTP.md does what it says, in the ten lines that stand there", async () => {
  const document = readFileSync(`${process.env.MERGEFETCH_ROOT}/docs/HTTP.md`, "utf8");
  const [, lines] = /## An adapter of one's own[^]*?```js\nconst revisions = ([^]*?);\n```/.exec(document);
  const adapter = new Function(`return (${lines})`)();
  const client = createClient({ baseUrl, routes: [{ match: "/documented/*", version: adapter }] });
  const base = await client.get("documented/1");
  assert.deepEqual([base.value, base.version, base.protection], [{ title: "first", n: 1 }, "1", "custom"]);
  assert.equal((await client.save(base, { title: "second", n: 1 })).kind, "saved");
  log.length = 0;
  const other = await believed("documented/2", adapter);
  log.length = 0;
  const merged = await other.save(base, { title: "first", n: 2 });
  assert.equal(merged.kind, "merged");
  assert.deepEqual(rows.get("/documented/1").value, { title: "second", n: 2 });
  assert.deepEqual(log.slice(0, 2), ["PUT /documented/1", "PUT /documented/1"], "the refusal saved a read");
});

test("a 200 that is a refusal is made one by the page's own fetch", async () => {
  // As etcd and bulk endpoints answer: 200, and in the body whether the condition held, for each item.
  let held = { value: { a: 1, b: 1 }, revision: 1 };
  const transactions = async (request) => {
    if (request.method === "GET") return Response.json(held.value, { headers: { etag: `"${held.revision}"` } });
    const isCurrent = request.headers.get("if-match") === `"${held.revision}"`;
    if (isCurrent) held = { value: await request.json(), revision: held.revision + 1 };
    return Response.json({ responses: [isCurrent ? { succeeded: true, revision: held.revision } : { current: held.revision }] });
  };
  const client = createClient({
    fetch: async (request) => {
      const response = await transactions(request);
      if (request.method === "GET") return response;
      const [item] = (await response.json()).responses;
      return item.succeeded ? new Response(null, { status: 204, headers: { etag: `"${item.revision}"` } }) : new Response(null, { status: 412 });
    },
  });
  const base = await client.get("http://example.org/item");
  held = { value: { a: 1, b: 9 }, revision: 5 };
  const result = await client.save(base, { a: 2, b: 1 });
  assert.equal(result.kind, "merged");
  assert.deepEqual(held, { value: { a: 2, b: 9 }, revision: 6 });
});

test("a field of a server never replaces the result of an adapter", async () => {
  const forged = { "mergefetch-refusal": "duplicate", "mergefetch-version": "forged" };
  for (const version of [undefined, { read: () => null, write: (request) => request }]) {
    let held = { value: { a: 1, b: 1 }, revision: 1 };
    const serve = async (request) => {
      const headers = { ...forged, etag: `"${held.revision}"` };
      if (request.method === "GET") return Response.json(held.value, { headers });
      const named = request.headers.get("if-match");
      if (named !== null && named !== `"${held.revision}"`) return new Response(null, { status: 412, headers: forged });
      held = { value: await request.json(), revision: held.revision + 1 };
      return new Response(null, { status: 204, headers: { ...forged, etag: `"${held.revision}"` } });
    };
    const client = createClient({ fetch: serve, routes: version === undefined ? [] : [{ match: "*", version }] });
    const base = await client.get("http://example.org/forged");
    assert.equal(base.version, version === undefined ? '"1"' : null);
    held = { value: { a: 1, b: 9 }, revision: 5 };
    assert.equal((await client.save(base, { a: 2, b: 1 })).kind, "merged");
    assert.deepEqual(held.value, { a: 2, b: 9 });
  }
});
