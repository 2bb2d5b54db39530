// Every call settles: an abort, or `timeoutMs`, ends it within 250 ms wherever it waits, loses no edit, and leaves the next call its turn.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { MergefetchError, createClient, init, memory } from "mergefetch";
import { keepDrafts } from "mergefetch/helpers";

const LIMIT_MS = 250;
const TIMEOUT_MS = 300;
const documents = new Map();
let server;
let base;
let count = 0;

before(async () => {
  await init();
  server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    const held = documents.get(request.url);
    const isFree = held === undefined || held.body === null;
    const tag = `"${held?.version ?? 0}"`;
    const [ifMatch, ifNone] = [request.headers["if-match"], request.headers["if-none-match"]];
    if (request.method === "GET") {
      if (isFree) return response.writeHead(404).end();
      return response.writeHead(200, { "content-type": "application/json", etag: tag }).end(held.body);
    }
    if ((ifMatch && ifMatch !== tag) || (ifNone === "*" && !isFree)) return response.writeHead(412).end();
    const version = (held?.version ?? 0) + 1;
    documents.set(request.url, { version, body: request.method === "DELETE" ? null : body });
    response.writeHead(request.method === "DELETE" || !isFree ? 204 : 201, { etag: `"${version}"` }).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${server.address().port}`;
});

after(() => {
  server.close();
  server.closeAllConnections();
});

/** A wait at one named place. It does not end while the fault is on. */
class Fault {
  at = "";
  #reach;
  #ends = [];
  /** Resolves once a call waits there. */
  reached = new Promise((resolve) => (this.#reach = resolve));

  stop(place) {
    if (place !== this.at) return undefined;
    this.#reach();
    return new Promise((resolve) => this.#ends.push(resolve));
  }

  /** Lets the waiting calls go on, like the release of a lock. */
  mend() {
    this.at = "";
    for (const end of this.#ends.splice(0)) end();
  }
}

function storeWith(fault, name) {
  const store = memory();
  const whole = (method) => async (...args) => {
    await fault.stop(`${name}.${method}`);
    return store[method](...args);
  };
  return { store, held: { get: whole("get"), set: whole("set"), delete: whole("delete"), keys: whole("keys") } };
}

/** A response whose body begins but never ends. */
function endless(response) {
  const body = new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode("{")) });
  return Object.defineProperty(new Response(body, { status: 200, headers: response.headers }), "url", { value: response.url });
}

/** A document, and a client whose parts wait where `fault` says. */
async function stage(options = {}, value = { a: 1, b: 1 }) {
  const fault = new Fault();
  const [responses, edits] = [storeWith(fault, "store"), storeWith(fault, "drafts")];
  const url = `${base}/${++count}`;
  documents.set(`/${count}`, { version: 1, body: JSON.stringify(value) });
  const http = createClient({
    store: responses.held,
    drafts: keepDrafts(edits.held),
    retry: { baseDelayMs: 0, rounds: 1 },
    routes: [
      { match: "*/adapted/*", version: { read: (response) => response.headers.get("etag"), write: async (request, version) => {
        await fault.stop("adapter");
        request.headers.set("if-match", version);
        return request;
      } } },
      { match: "*", validate: async () => ((await fault.stop("validate")), []) },
    ],
    // It ignores signals, like many wrappers of `fetch`.
    fetch: async (input) => {
      const request = new Request(input, { signal: null });
      await fault.stop(`fetch ${request.method}`);
      const response = await fetch(request);
      if (request.method === "GET" && fault.stop("body") !== undefined) return endless(response);
      if (fault.stop("back-off") !== undefined) return new Response(null, { status: 503, headers: { "retry-after": "3" } });
      return response;
    },
    ...options,
  });
  return { fault, http, url, draftKeys: () => edits.store.keys("DRAFT"), held: () => JSON.parse(documents.get(new URL(url).pathname).body) };
}

function theirs(url, value) {
  const held = documents.get(new URL(url).pathname);
  documents.set(new URL(url).pathname, { version: held.version + 1, body: JSON.stringify(value) });
}

async function conflictOn({ http, url }) {
  const read = await http.get(url);
  theirs(url, { a: 5, b: 1 });
  return (await http.save(read, { a: 2, b: 1 })).conflict;
}

const put = (http, url, init) => http.fetch(url, { method: "PUT", headers: { "content-type": "application/json" }, body: '{"a":2,"b":1}', ...init });

/** Calls by name, with their preparation. Calls that save an edit of the document keep it as a draft. */
const CALLS = {
  get: { call: ({ http, url }, init) => http.get(url, init) },
  save: { isEdit: true, first: ({ http, url }) => http.get(url), call: ({ http }, init, read) => http.save(read, { a: 2, b: 1 }, init) },
  create: { isEdit: true, call: ({ http, url }, init) => http.create(`${url}/new`, { a: 2, b: 1 }, init) },
  remove: { isEdit: true, first: ({ http, url }) => http.get(url), call: ({ http }, init, read) => http.remove(read, init) },
  update: { call: ({ http, url, fault }, init) => http.update(url, async (draft) => ((await fault.stop("change")), { ...draft, a: 2 }), init) },
  submit: { first: conflictOn, call: (_stage, init, conflict) => conflict.take("mine").submit(init) },
  overwrite: { first: conflictOn, call: (_stage, init, conflict) => conflict.overwrite(init) },
  merge: {
    isEdit: true,
    first: async ({ http, url }) => {
      const read = await http.get(url);
      theirs(url, { a: 1, b: 5 });
      return read;
    },
    call: ({ http }, init, read) => http.save(read, { a: 2, b: 1 }, init),
  },
  "fetch GET": { call: ({ http, url }, init) => http.fetch(url, init) },
  "fetch PUT": { first: async ({ http, url }) => (await http.fetch(url)).text(), call: ({ http, url }, init) => put(http, url, init) },
  "fetch PUT of a Request": {
    first: async ({ http, url }) => (await http.fetch(url)).text(),
    call: ({ http, url }, { signal }) => http.fetch(new Request(url, { method: "PUT", headers: { "content-type": "application/json" }, body: '{"a":2,"b":1}', signal })),
  },
  "fetch POST": { call: ({ http, url }, init) => put(http, url, { ...init, method: "POST" }) },
  "adapted save": { isEdit: true, isAdapted: true, first: ({ http, url }) => http.get(url), call: ({ http }, init, read) => http.save(read, { a: 2, b: 1 }, init) },
};

const WRITES = ["save", "create", "remove", "update", "submit", "overwrite", "fetch PUT", "fetch PUT of a Request"];
const PLACES = {
  "fetch GET": ["get", "update", "merge", "create", "fetch GET"],
  "fetch PUT": ["save", "create", "update", "submit", "overwrite", "merge", "fetch PUT", "fetch PUT of a Request"],
  "fetch DELETE": ["remove"],
  "fetch POST": ["fetch POST"],
  body: ["get", "update", "merge"],
  "back-off": ["save", "submit"],
  "store.get": ["get", "fetch GET", ...WRITES],
  "store.set": ["get", "update"],
  "store.delete": WRITES,
  "drafts.set": ["save", "create", "remove"],
  "drafts.delete": ["save", "create", "remove", "submit"],
  validate: ["merge"],
  change: ["update"],
  adapter: ["adapted save"],
};
const CASES = Object.entries(PLACES).flatMap(([place, names]) => names.map((name) => [place, name]));

async function begun(place, name, options) {
  const { first, isAdapted } = CALLS[name];
  const staged = await stage(options);
  if (isAdapted) {
    documents.set(`/adapted/${count}`, documents.get(`/${count}`));
    staged.url = `${base}/adapted/${count}`;
  }
  const given = await first?.(staged);
  // A submit forgets the draft of the save before it.
  staged.fault.at = place;
  return { ...staged, run: (init) => CALLS[name].call(staged, init, given) };
}

const settled = (call) => call.then((value) => ({ value }), (reason) => ({ reason }));
const pending = Symbol("pending");

/** The next call of the same document is served, and its edit arrives. */
async function isUsable({ fault, http, url }, name) {
  fault.mend();
  const result = await Promise.race([http.update(url, (draft) => ({ ...draft, next: name })), sleep(5_000, pending, { ref: false })]);
  assert.notEqual(result, pending, "the next call waits for ever");
  assert.ok(result.ok, result.kind);
  assert.equal(result.snapshot.value.next, name);
}

test("an abort ends every call, wherever it waits, with the caller's own reason", async (t) => {
  for (const [place, name] of CASES) {
    await t.test(`${name} at ${place}`, async () => {
      const staged = await begun(place, name);
      const [controller, reason] = [new AbortController(), { own: "reason" }];
      const call = settled(staged.run({ signal: controller.signal }));
      assert.notEqual(await Promise.race([staged.fault.reached, sleep(5_000, pending, { ref: false })]), pending, "the call does not come there");
      await sleep(10);
      const sinceMs = performance.now();
      controller.abort(reason);
      const outcome = await Promise.race([call, sleep(3_000, pending, { ref: false })]);
      assert.notEqual(outcome, pending, "it waits on");
      assert.ok(performance.now() - sinceMs < LIMIT_MS, `${performance.now() - sinceMs} ms`);
      assert.equal(outcome.reason, reason);
      // After the server has acknowledged the edit, the draft may be deleted.
      if (CALLS[name].isEdit && place !== "drafts.delete" && place !== "drafts.set") assert.equal((await staged.draftKeys()).length, 1, "the draft stays");
      if (name !== "remove") await isUsable(staged, name);
    });
  }
});

/** The places where `timeoutMs` limits the whole wait instead of one exchange. */
const LIMITED = CASES.filter(([place, name]) => !place.startsWith("fetch") && !["body", "back-off", "adapter"].includes(place) && !name.startsWith("fetch"));
test("timeoutMs ends every wait except a wait for an answer", async (t) => {
  for (const [place, name] of LIMITED) {
    await t.test(`${name} at ${place}`, async () => {
      const staged = await begun(place, name, { timeoutMs: TIMEOUT_MS });
      const sinceMs = performance.now();
      const outcome = await Promise.race([settled(staged.run({})), sleep(6_000, pending, { ref: false })]);
      assert.notEqual(outcome, pending, "it waits on");
      assert.ok(performance.now() - sinceMs < TIMEOUT_MS + LIMIT_MS, `${performance.now() - sinceMs} ms`);
      // If a store does not answer, a stored read or a draft is lost, but no save fails. The page's own functions must answer.
      if (place.includes(".")) assert.equal(outcome.reason, undefined);
      else {
        assert.ok(outcome.reason instanceof MergefetchError, String(outcome.reason));
        assert.deepEqual([outcome.reason.code, outcome.reason.details.timeoutMs], ["network", TIMEOUT_MS]);
      }
      if (CALLS[name].isEdit && !place.includes(".")) assert.equal((await staged.draftKeys()).length, 1, "the draft stays");
      if (name !== "remove") await isUsable(staged, name);
    });
  }
});

test("a write that waits for its turn ends by an abort, and by timeoutMs", async (t) => {
  for (const name of WRITES) {
    await t.test(name, async () => {
      for (const timeoutMs of [60_000, TIMEOUT_MS]) {
        if (timeoutMs === TIMEOUT_MS && name.startsWith("fetch")) continue;
        const staged = await begun("", name, { timeoutMs });
        const url = name === "create" ? `${staged.url}/new` : staged.url;
        const { http, fault } = staged;
        // `fetch` has no limit, so that the write ahead outlasts the others.
        await (await http.fetch(staged.url)).text();
        fault.at = "fetch PUT";
        const ahead = settled(put(http, url));
        await fault.reached;
        const controller = new AbortController();
        const sinceMs = performance.now();
        const call = settled(staged.run({ signal: controller.signal }));
        const reason = new RangeError("enough");
        if (timeoutMs !== TIMEOUT_MS) setTimeout(() => controller.abort(reason), TIMEOUT_MS);
        const outcome = await Promise.race([call, sleep(5_000, pending, { ref: false })]);
        assert.notEqual(outcome, pending, "it waits on");
        assert.ok(performance.now() - sinceMs < TIMEOUT_MS + LIMIT_MS, `${performance.now() - sinceMs} ms`);
        if (timeoutMs === TIMEOUT_MS) assert.equal(outcome.reason?.code, "network");
        else assert.equal(outcome.reason, reason);
        if (CALLS[name].isEdit) assert.equal((await staged.draftKeys()).length, 1, "the draft stays");
        fault.mend();
        assert.equal((await ahead).reason, undefined);
        await isUsable(staged, name);
      }
    });
  }
});

test("a refresh, conflictOf and clear() settle, too", async () => {
  const staged = await stage({ timeoutMs: TIMEOUT_MS });
  const { http, url, fault } = staged;
  const conflict = await conflictOn(staged);
  fault.at = "store.get";
  assert.equal((await conflict.refresh()).moved, false);
  fault.mend();
  fault.at = "store.keys";
  const sinceMs = performance.now();
  await assert.rejects(http.clear(), (error) => error instanceof MergefetchError && error.code === "store");
  assert.ok(performance.now() - sinceMs < TIMEOUT_MS + LIMIT_MS);
  fault.mend();
  await (await http.fetch(url)).text();
  theirs(url, { a: 9, b: 9 });
  const refused = await put(http, url);
  assert.equal(refused.status, 412);
  fault.at = "store.get";
  assert.equal((await http.conflictOf(refused)).theirs.value.a, 9);
});

test("a PUT of fetch does not wait for the end of a body that never comes", async () => {
  const staged = await begun("body", "fetch GET");
  const response = await staged.http.fetch(staged.url);
  assert.equal(response.status, 200);
  staged.fault.mend();
  const outcome = await Promise.race([put(staged.http, staged.url), sleep(5_000, pending, { ref: false })]);
  assert.equal(outcome.status, 204);
});

test("a `fetch` that aborts its call, or clears the client, and then rejects leaves no rejection unhandled", async () => {
  const unhandled = [];
  const note = (error) => unhandled.push(error);
  process.on("unhandledRejection", note);
  try {
    for (const [path, isCleared] of [["/unhandled-1", false], ["/unhandled-2", true]]) {
      documents.set(path, { version: 1, body: '{"n":1}' });
      const calls = {
        get: (client, _note, signal) => client.get(`${base}${path}?again`, { signal }),
        save: (client, note, signal) => client.save(note, { n: 2 }, { signal }),
        fetch: (client, _note, signal) => client.fetch(`${base}${path}`, { signal }),
        update: (client, _note, signal) => client.update(`${base}${path}`, () => ({ n: 3 }), { signal }),
        create: (client, _note, signal) => client.create(`${base}${path}`, { n: 4 }, { method: "POST", signal }),
      };
      for (const call of Object.values(calls)) {
        const controller = new AbortController();
        let isFailing = false;
        const client = createClient({
          fetch: (input, init) => {
            if (!isFailing) return fetch(input, init);
            if (isCleared) client.clear();
            else controller.abort();
            return Promise.reject(new Error("signed out"));
          },
        });
        const read = await client.get(`${base}${path}`);
        isFailing = true;
        await assert.rejects(call(client, read, controller.signal));
      }
    }
    await sleep(20);
    assert.deepEqual(unhandled, []);
  } finally {
    process.off("unhandledRejection", note);
  }
});
