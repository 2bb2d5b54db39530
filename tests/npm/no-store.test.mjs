// A request with `no-store`, as a cache mode or as a field, keeps no document: not in the store, not in the memory, not in a cache.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { createClient, init, memory } from "mergefetch";

let server;
let base;
const log = [];

before(async () => {
  server = createServer((request, response) => {
    const { method, headers } = request;
    log.push(`${method} ${["if-none-match", "if-match"].map((name) => headers[name] ?? "").join("")}`.trim());
    if (method === "PUT") return request.resume().on("end", () => response.writeHead(headers["if-match"] === '"1"' ? 204 : 412).end());
    if (headers["if-none-match"] === '"1"') return response.writeHead(304, { etag: '"1"' }).end();
    response.writeHead(200, { "content-type": "application/json", etag: '"1"' }).end('{"secret":1}');
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${server.address().port}`;
});

after(() => {
  server.close();
  server.closeAllConnections();
});

const WAYS = { "cache mode": { cache: "no-store" }, field: { headers: { "Cache-Control": "max-age=0, No-Store" } } };
const READS = {
  get: (http, url, init) => http.get(url, init),
  fetch: async (http, url, init) => (await http.fetch(url, init)).text(),
  update: (http, url, init) => http.update(url, () => undefined, init),
};

// The first round is sent before the module has arrived.
for (const isStarted of [false, true]) {
  for (const [way, options] of Object.entries(WAYS)) {
    for (const [name, read] of Object.entries(READS)) {
      test(`${name} with the ${way} keeps nothing${isStarted ? "" : ", also before the module is there"}`, async () => {
        if (isStarted) await init();
        const modes = [];
        const store = memory();
        const http = createClient({ store, fetch: (input, init) => (modes.push(input.cache), fetch(input, init)) });
        const url = `${base}/${way.replace(" ", "-")}/${name}/${isStarted}`;
        await read(http, url, options);
        // `fetch` keeps copies beside the caller's reading.
        await init();
        await sleep(100);
        assert.deepEqual(await store.keys("GET "), []);
        if (name !== "fetch" || way === "cache mode" || isStarted) assert.deepEqual([...new Set(modes)], ["no-store"]);
        log.length = 0;
        await read(http, url);
        assert.equal(log[0], "GET");
      });
    }
  }
}

test("a response that was stored before is neither used nor kept", async () => {
  const store = memory();
  const http = createClient({ store });
  await http.get(`${base}/before`);
  assert.equal((await store.keys("GET ")).length, 1);
  log.length = 0;
  assert.equal((await http.get(`${base}/before`, { cache: "no-store" })).source, "network");
  assert.deepEqual([log, await store.keys("GET ")], [["GET"], []]);
});

test("the next write of fetch still names the version that was read", async () => {
  const http = createClient();
  await (await http.fetch(`${base}/put`, { cache: "no-store" })).text();
  const response = await http.fetch(`${base}/put`, { method: "PUT", headers: { "content-type": "application/json" }, body: "{}" });
  assert.equal(response.status, 204);
});

test("an envelope is neither kept nor read from a cache", async () => {
  const seen = [];
  let [version, row] = [1, { secret: 1, data: { n: 0 } }];
  const fetch = async (request) => {
    const isWrite = request.method === "PUT";
    seen.push(`${request.method} ${isWrite ? await request.clone().text() : request.cache}`);
    if (!isWrite) return Response.json(row, { headers: { etag: `"${version}"` } });
    if (request.headers.get("if-match") !== `"${version}"`) return new Response(null, { status: 412 });
    row = await request.json();
    return new Response(null, { status: 204, headers: { etag: `"${++version}"` } });
  };
  const body = { unwrap: ({ data }) => data, wrap: (data, before) => ({ ...before, data }) };
  const http = createClient({ baseUrl: "http://host/", fetch, routes: [{ match: "*", body }] });
  const reads = {
    "an ordinary read before": async () => (await http.get("note"), http.get("note", WAYS.field)),
    "cache mode": () => http.get("note", WAYS["cache mode"]),
    field: () => http.get("note", WAYS.field),
  };
  for (const [name, read] of Object.entries(reads)) {
    const note = await read();
    seen.length = 0;
    const n = note.value.n + 1;
    assert.equal((await http.save(note, { n })).kind, "saved", name);
    assert.deepEqual(seen, ["GET no-store", `PUT {"secret":1,"data":{"n":${n}}}`], name);
  }
});
