// The first read needs no module. Every recorded exchange, and many odd answers, go through the facade and through the module: both must agree.
// One process, in which the module comes from a server that holds it back.
import assert from "node:assert/strict";
import { once, setMaxListeners } from "node:events";
import { readFile, readdir } from "node:fs/promises";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { createClient, etag, fhir, field, header, init, lastModified, memory, mergeText, odata } from "mergefetch";

import { isError } from "./support.mjs";

// Hundreds of calls wait for the module at once.
setMaxListeners(0);

const answers = new Map();
const requests = [];
let heldModule;
const server = createServer((request, response) => {
  response.sendDate = false;
  const path = request.url;
  if (path === "/mergefetch.wasm") {
    heldModule = response;
    return server.emit("module");
  }
  const { "if-none-match": condition } = request.headers;
  requests.push({ path, method: request.method, condition, accept: request.headers.accept });
  const { status, fields, body } = answers.get(path.replace(/^\/[^/]+/, "")) ?? { status: 404, fields: {}, body: "" };
  if (status === "cut") {
    response.writeHead(200, { "content-type": "text/plain", "content-length": 100 }).write("half");
    return setTimeout(() => response.destroy(), 20);
  }
  if (condition !== undefined && condition === fields.etag) return response.writeHead(304, { etag: fields.etag }).end();
  response.writeHead(status, fields).end([204, 304].includes(status) ? undefined : body);
});
server.keepAliveTimeout = 120_000;
// Also for `localhost`, another origin.
await once(server.listen(0), "listening");
const origin = `http://127.0.0.1:${server.address().port}`;
after(() => (server.close(), server.closeAllConnections()));

// ------------------------------------------------------------------------------------------------ the answers

/** The GET requests of the recordings, with their answers. */
async function recorded() {
  const folder = new URL("tests/servers/exchanges/", `file://${process.env.MERGEFETCH_ROOT}/`);
  const found = [];
  for (const name of (await readdir(folder)).sort()) {
    for (const exchange of (await readFile(new URL(name, folder), "utf8")).split(/^### /m).slice(1)) {
      const lines = exchange.split("\n");
      const [, method] = lines.map((line) => /^> ([A-Z]+) /.exec(line)).find(Boolean);
      const [, status] = /^< HTTP\/1.1 (\d+)/m.exec(exchange);
      const fields = {};
      let body = "";
      for (const [, field, value] of lines.map((line) => /^< ([^ :]+): (.*)$/.exec(line)).filter(Boolean)) {
        if (field !== "body") fields[field.toLowerCase()] = value;
        else body = value.startsWith('"') ? JSON.parse(value) : /( bytes|, binary)\)$/.test(value) ? '{"title":"one","pad":"x"}' : value;
      }
      for (const gone of ["content-length", "content-encoding", "transfer-encoding", "connection", "date"]) delete fields[gone];
      if (method === "GET" && Number(status) < 600) found.push({ of: `${name}: ${lines[0]}`, status: Number(status), fields, body });
    }
  }
  return found;
}

const utf8 = (text) => Buffer.from(text, "utf8");
const nested = (levels) => "[".repeat(levels) + "]".repeat(levels);
const BODIES = [
  "", "{}", "null", "0", '"text"', '{"a":1}', ' {"a" : [1, {"b": "c:d"}]}\n', "{", '{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '{"a":{"b":1,"b":1}}', '[{"a":1},{"a":2}]',
  '{"__proto__":1}', '{"__proto__":1,"__proto__":2}', '{"\\ud800":1,"\\udc00":2}', '{"\\ud800":1,"\\ufffd":2}', '{"a":"\\ud800"}', '{"a":"\\"{[:"}', '{"a\\\\":":","b":"\\\\"}', '{"😀":"\\ud83d\\ude00"}',
  '{"n":12345678901234567890,"m":1e400,"k":1.10}', nested(512), nested(513), '"'+"[".repeat(600)+'"', "\ufeff{}", "\ufeff\ufeff{}", "\ufefftext", "a\r\nb", "\u0000", "a\u001bb", "\u00a0{}", "NaN", "[1,]", '{"a":1} x', "'a'",
].map(utf8).concat([Buffer.from([0xff, 0xfe, 0x61, 0]), Buffer.from([0x7b, 0xe9, 0x7d]), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from([0x22, 0xc3, 0xa9, 0x22])]);
const TYPES = [
  undefined, "", "application/json", "Application/JSON ; charset=UTF-8", "application/json; charset=utf8", "application/json;charset=iso-2022-jp", "application/json; charset=\"utf-8\"", "application/json; charset=utf-8x",
  "application/problem+json", "application/xjson", "text/plain", "text/plain; charset=utf-16", "text/html; charset=latin1; charset=utf-8", "text/plain; x=charset", "image/svg+xml", "application/xml", "application/yaml",
  "application/octet-stream", "json", "text", "text/", "/json", "application/json\u00a0", "application/json\u0085", "text/event-stream", "application/vnd.a/b+json", "; charset=utf-8",
];
/** The number of these types that come with every body. */
const FULL = 3;
const FIELDS = [
  {}, { etag: '"1"' }, { etag: 'W/"1"' }, { etag: '""' }, { etag: "1" }, { etag: "w/\"1\"" }, { etag: '"a b"' }, { etag: '"a\u00e9"' }, { etag: '"\\"' }, { etag: '"a", "b"' }, { etag: "*" }, { etag: "" }, { etag: '"a"b"' },
  { etag: "a\tb" }, { "last-modified": "Fri, 20 Nov 2026 19:33:27 GMT" }, { etag: '"1"', "last-modified": "Fri, 20 Nov 2026 19:33:27 GMT" }, { etag: "*", "last-modified": "Fri, 20 Nov 2026 19:33:27 GMT" }, { "last-modified": "" },
  { "last-modified": "yesterday" }, { etag: '"1"', "last-modified": "" }, { etag: '"1"', "cache-control": "no-store" }, { etag: '"1"', vary: "*" }, { etag: '"1"', vary: "accept" }, { "x-version": "7" }, { "x-version": "" },
  { etag: '"1"', "x-author": "Ann" }, { etag: '"1"', "mergefetch-author": "%7B%22name%22%3A%22Eve%22%7D", "mergefetch-version": "9" }, { "x-version": "a b%c\u00e9" },
];

/** Every body with every type, and every set of fields. */
function odd() {
  const of = (fields, body) => ({ of: `${JSON.stringify(fields)} ${JSON.stringify(body.toString("latin1").slice(0, 60))}`, status: 200, fields, body });
  // What a type means shows in few of the bodies.
  const some = BODIES.filter((body) => /^$|^\{"a":1\}$|^a|^\0|[^\x01-\x7e]/.test(body.toString("latin1")));
  const all = TYPES.flatMap((type, at) => (at < FULL ? BODIES : some).map((body) => ({ ...of({ etag: '"1"', ...(type !== undefined && { "content-type": type }) }, body), isOfType: true })));
  all.push(...FIELDS.map((fields) => of({ ...fields, "content-type": "application/json" }, BODIES[5])));
  for (const status of [201, 203, 204, 206, 300, 304, 400, 401, 404, 410, 500]) all.push({ ...of({ etag: '"1"', "content-type": "application/json" }, BODIES[5]), status, of: `${status}` });
  all.push({ of: "cut", status: "cut", fields: {} });
  // Redirects: to a document, on this origin and on another one, and to nowhere.
  const { port } = server.address();
  for (const location of ["/none/recorded/3", "/field/recorded/3#part", `http://localhost:${port}/none/recorded/3`, "/none/redirected"]) {
    for (const status of [301, 302, 307, 308]) all.push({ of: `${status} ${location}`, status, fields: { location }, body: "" });
  }
  return all;
}

const own = (read, more = {}) => ({ read, write: (request) => request, ...more });
/** Where the version lives, and what else a route says. */
const ROUTES = {
  none: {},
  verbatim: { version: etag({ weak: "verbatim" }) },
  refuse: { version: etag({ weak: "refuse" }) },
  dates: { version: lastModified() },
  header: { version: header("X-Version") },
  field: { version: field("/lock_version") },
  odata: { version: odata() },
  fhir: { version: fhir() },
  own: { version: own((response) => response.headers.get("x-version")) },
  inBody: { version: own((_response, body) => body?.lock_version ?? body?.a) },
  stripped: { version: own((response) => response.headers.get("etag"), { strip: ({ a: _, ...rest }) => rest }) },
  enveloped: { body: { unwrap: (body) => body.a, wrap: (value, before) => ({ ...before, a: value }) } },
  author: { author: (response) => (response.headers.has("x-author") ? { name: response.headers.get("x-author") } : null) },
  text: { format: "text" },
  bytes: { format: "bytes" },
  json: { format: "json" },
};
/** The routes for the recorded answers. */
const RECORDED = ["none", "dates", "header", "field", "odata", "fhir", "own", "inBody", "author", "bytes"];
const routes = Object.entries(ROUTES).map(([name, rule]) => ({ match: `/${name}/*`, ...rule }));

// ------------------------------------------------------------------------------------------------ the comparison

const shown = ({ url, value, version, protection, source, author, digest }) => ({ url, value, version, protection, source, author, digest });
const failure = ({ code, message, details }) => ({ code, message, details: { ...details } });
const outcome = (read) => read.then(shown, failure);
const dump = async (store) => Object.fromEntries(await Promise.all((await store.keys("")).map(async (key) => [key, Buffer.from(await store.get(key)).toString("latin1")])));

class Reader {
  store = memory();
  told = [];
  // One for each route, as the facade answers hundreds of calls before the module is there.
  clients = new Map(routes.map(({ match }) => [match, createClient({ store: this.store, routes, preload: "never", on: { request: ({ url, status }) => this.told.push(`${status} ${url}`) } })]));

  of({ name }) {
    return this.clients.get(`/${name}/*`);
  }
}

const cases = [];
const [early, usual, earlyFetch, usualFetch] = [new Reader(), new Reader(), new Reader(), new Reader()];
/** The calls of `fetch`: the facade answers all of them but a 304 without a condition, which the module reads again. */
const FETCHED = ["none", "own", "bytes"];
const fetched = () => cases.filter(({ name }) => FETCHED.includes(name));
const answered = async (response) => [response.status, response.url, [...response.headers], await response.arrayBuffer().then((bytes) => Buffer.from(bytes).toString("latin1"), () => "cut")];
const settled = new Map();
let reads;
let responses;

before(async () => {
  const [exchanges, odds] = [await recorded(), odd()];
  assert.ok(exchanges.length > 90, `${exchanges.length} exchanges`);
  exchanges.forEach((answer, n) => answers.set(`/recorded/${n}`, answer));
  odds.forEach((answer, n) => answers.set(`/odd/${n}`, answer));
  for (const [path, answer] of answers) {
    const names = path.startsWith("/recorded") ? RECORDED : answer.isOfType ? ["none"] : Object.keys(ROUTES);
    for (const name of names) cases.push({ name, url: `${origin}/${name}${path}`, answer });
  }
  const loading = once(server, "module");
  init(`${origin}/mergefetch.wasm`).catch(() => {});
  await loading;
  // Not all at once, as a browser would not.
  reads = [];
  for (const some of portions()) {
    reads.push(...some.map(async ({ name, url }) => settled.set(url, await outcome(early.of({ name }).get(url)))));
    while (requests.length < reads.length) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  responses = fetched().map((one) => (one.answer.status === 304 ? undefined : earlyFetch.of(one).fetch(one.url).then(answered, failure)));
  responses = await Promise.all(responses);
  await new Promise((resolve) => setTimeout(resolve, 300));
});

const n = (path) => Number(path.split("/").at(-1));

test("documents of the recorded servers are read without the module", () => {
  assert.throws(() => mergeText("", "", ""), isError("not-started"));
  const of = (name) => cases.filter((one) => one.name === name && one.url.includes("/recorded/"));
  for (const name of ["none", "dates", "header", "own", "author", "bytes"]) {
    const waiting = of(name).filter(({ url, answer }) => answer.status === 200 && !settled.has(url));
    assert.deepEqual(waiting.map((one) => one.answer.of), [], name);
  }
  for (const { name, url, answer } of cases) {
    // A redirect may lead to a document.
    const isOther = answer.status !== 200 && ![301, 302, 307, 308].includes(answer.status);
    if (isOther || ["field", "fhir", "odata", "refuse", "stripped", "enveloped"].includes(name)) assert.ok(!settled.has(url), `${name}: ${answer.of} was decided by the facade`);
    assert.ok(settled.get(url)?.code === undefined, `${name}: ${answer.of} is an error without the module`);
  }
  console.log(`${settled.size} of ${cases.length} reads needed no module`);
});

test("a second read waits for the module", async () => {
  const one = cases.find(({ url }) => settled.has(url));
  let isSettled = false;
  const controller = new AbortController();
  const second = early.of(one).get(one.url, { signal: controller.signal }).finally(() => (isSettled = true));
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(!isSettled);
  controller.abort();
  await assert.rejects(second, { name: "AbortError" });
});

test("the facade and the module agree: documents, versions, errors, events, and the store", async () => {
  const without = new Set(settled.keys());
  const sent = requests.length;
  heldModule.writeHead(200, { "content-type": "application/wasm" }).end(await readFile(new URL(import.meta.resolve("mergefetch/mergefetch.wasm"))));
  await init();
  await Promise.all(reads);
  // Only a 304 without a stored document is read again.
  assert.deepEqual(requests.slice(sent).filter(({ path }) => answers.get(path.replace(/^\/[^/]+/, ""))?.status !== 304), []);
  for (const some of portions()) {
    const expected = await Promise.all(some.map((one) => outcome(usual.of(one).get(one.url))));
    for (const [at, { name, url, answer }] of some.entries()) {
      assert.deepEqual(settled.get(url), expected[at], `${name}: ${answer.of}${without.has(url) ? ", decided by the facade" : ""}`);
    }
  }
  assert.deepEqual(early.told.sort(), usual.told.sort());
  assert.deepEqual(await dump(early.store), await dump(usual.store));
});

test("fetch answers the same without the module, which remembers as much", async () => {
  for (const [at, one] of fetched().entries()) {
    if (responses[at] !== undefined) assert.deepEqual(await usualFetch.of(one).fetch(one.url).then(answered, failure), responses[at], `${one.name}: ${one.answer.of}`);
  }
  // The module takes the answers over with the next call, and stores a copy in its own time.
  for (const name of FETCHED) await earlyFetch.of({ name }).fetch(fetched().find((one) => one.name === name).url);
  let dumps;
  for (let tries = 0; tries < 100; tries++) {
    dumps = await Promise.all([earlyFetch, usualFetch].map(({ store }) => dump(store)));
    if (Object.keys(dumps[0]).length >= Object.keys(dumps[1]).length) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.deepEqual(...dumps);
});

test("later reads are the same, and send the same conditions", async () => {
  for (const all of portions()) {
    const some = all.filter((_one, at) => at % 3 === 0);
    const [one, other] = [await again(early, some), await again(usual, some)];
    for (const [at, { name, answer }] of some.entries()) assert.deepEqual(one[at], other[at], `${name}: ${answer.of}`);
  }
});

/** The outcomes of further reads, with their requests. */
async function again(reader, some) {
  const from = requests.length;
  const outcomes = await Promise.all(some.map((one) => outcome(reader.of(one).get(one.url))));
  const sent = requests.slice(from);
  return some.map(({ url }, at) => ({ outcome: outcomes[at], sent: sent.filter(({ path }) => origin + path === url) }));
}

function* portions() {
  for (let at = 0; at < cases.length; at += 50) yield cases.slice(at, at + 50);
}
