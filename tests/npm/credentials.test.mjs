// A secret is in no error, no event and no key of a store.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { MergefetchError, createClient, init } from "mergefetch";
import { keepDrafts } from "mergefetch/helpers";

const SECRET = "s3cr3t";

let server;
let origin;
const statuses = [];

before(async () => {
  await init();
  server = createServer(async (request, response) => {
    for await (const _part of request);
    const status = statuses.shift() ?? 200;
    const body = status === 200 ? '{"a":1}' : '{"code":"NO","message":"no"}';
    const headers = { etag: '"1"', vary: "authorization, cookie", "content-type": "application/json" };
    response.writeHead(status, headers).end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${server.address().port}`;
});

after(() => {
  server.closeAllConnections();
  server.close();
});

/** A client whose store and observers keep all their arguments. */
function spied(options) {
  const kept = [];
  const told = [];
  const map = new Map();
  const store = {
    get: async (key) => (kept.push(key), map.get(key) ?? null),
    set: async (key, value) => void (kept.push(key, Buffer.from(value).toString("latin1")), map.set(key, value)),
    delete: async (key) => void (kept.push(key), map.delete(key)),
    keys: async () => [...map.keys()],
  };
  const on = Object.fromEntries(["merged", "absorbed", "warning", "request"].map((name) => [name, (event) => told.push(JSON.stringify(event))]));
  return { client: createClient({ store, on, retry: { rounds: 0, baseDelayMs: 0 }, ...options }), kept, told };
}

/** Everything that an error says, and the errors behind it. */
function words(error) {
  if (!(error instanceof Error)) return String(error);
  return [error.message, error.stack, JSON.stringify(error), ...Object.values(error).map((value) => JSON.stringify(value)), words(error.cause ?? "")].join("\n");
}

const URLS = [
  (path) => `${path}?access_token=${SECRET}`,
  (path) => `${path}?a=1&X-Amz-Signature=${SECRET}&X-Amz-Credential=${SECRET}&b=2`,
  (path) => `${path}?api_key=${SECRET}`,
  (path) => `${path}?sig=${SECRET}&refresh-token=${SECRET}`,
  (path) => path.replace("//", `//user:${SECRET}@`),
  (path) => `${path}?user=ann&password=${SECRET}`,
  (path) => `${path}?code=${SECRET}&state=1`,
  (path) => `${path}?SAMLResponse=${SECRET}`,
  (path) => `${path}?accessKey=${SECRET}&session_id=${SECRET}`,
  (path) => `${path}?access%5Ftoken=${SECRET}&%6bey=${SECRET}`,
  (path) => `${path};jsessionid=${SECRET}?ticket=${SECRET}`,
  (path) => `${path}#id_token=${SECRET}&otp=${SECRET}`,
  (path) => `${path}?next=${encodeURIComponent(`http://ann:${SECRET}@host/y?page=1&token=${SECRET}`)}`,
  (path) => path.replace("//", `//user:p@${SECRET}@`),
];

for (const make of URLS) {
  test(`nothing tells the secret of ${make("http://host/x")}`, async () => {
    const { client, kept, told } = spied();
    const headers = { authorization: `Bearer ${SECRET}`, cookie: `session=${SECRET}`, "x-api-key": SECRET };
    const found = [];
    const tried = async (call) => {
      try {
        found.push(JSON.stringify(await call()) ?? "");
      } catch (error) {
        found.push(words(error));
      }
    };
    // Read, refused, unreadable, lost.
    const url = make(`${origin}/x`);
    const base = await client.get(url, { headers }).catch(() => ({ url, value: { a: 1 }, version: '"1"', protection: "strong", source: "network" }));
    statuses.push(500);
    await tried(() => client.get(url, { headers }));
    statuses.push(403);
    await tried(async () => ({ ...(await client.save(base, { a: 2 }, { headers })), mine: 0 }));
    await tried(() => client.get(make("http://127.0.0.1:1/x"), { headers }));
    await tried(async () => (await client.fetch(url, { headers })).text());
    await tried(() => client.get(make("http://")));
    await tried(() => client.create(url, { a: 1 }, { headers, method: "POST" }).then(({ kind }) => kind));
    // If the platform refuses the URL, no request is sent.
    statuses.length = 0;
    const told_ = [...found, ...told, ...kept].filter((one) => one.includes(SECRET));
    assert.deepEqual(told_, []);
  });
}

test("what has no secret in its URL is kept, and its credentials are not, whatever Vary names", async () => {
  const { client, kept } = spied();
  const headers = { authorization: `Bearer ${SECRET}` };
  await client.get(`${origin}/plain?author=ann&page=2`, { headers });
  assert.ok(kept.includes(`GET ${origin}/plain?author=ann&page=2`));
  assert.ok(kept.every((one) => !one.includes(SECRET)));
  const again = await client.get(`${origin}/plain?author=ann&page=2`, { headers: { authorization: "Bearer other" } });
  assert.equal(again.source, "network", "another user's answer stands for nothing");
});

/** The text in the words of an error. */
const told = (text) => new MergefetchError("network", text).message;

test("a parameter is secret by a word of its name, not by the letters of another word", () => {
  const secret = ["code", "key", "session", "ticket", "otp", "pass", "sig", "jwt", "auth", "sid", "pwd", "apikey", "api_key", "access_key"];
  secret.push("bearer", "pw", "pin", "hmac", "csrf", "xsrf", "nonce", "_csrf", "XSRF", "X-CSRF", "userPin", "ann.pw");
  secret.push("SAMLResponse", "signature", "X-Goog-Signature", "accessKey", "sessionId", "JSESSIONID", "AUTH_CODE", "APIKey", "user-key", "client_assertion");
  for (const name of secret) {
    assert.equal(told(`http://h/x?a=1&${name}=${SECRET}&b=2`), `http://h/x?a=1&${name}=***&b=2`);
    assert.equal(told(`http://h/#${name}=${SECRET}`), `http://h/#${name}=***`);
    for (const spelled of [encodeURIComponent, (text) => encodeURIComponent(encodeURIComponent(text))]) {
      assert.ok(!told(`http://h/x?to=${spelled(`http://i/y?a=1&${name}=${SECRET}`)}`).includes(SECRET), name);
    }
  }
  const plain = ["monkey", "keyboard", "barcode", "author", "keyword", "state", "page", "design", "sidebar", "passenger", "compass", "codec", "DONKEY", "decode"];
  plain.push("pins", "pinned", "spin", "opinion", "bearers", "announced", "pwa", "id", "q", "v");
  for (const name of plain) assert.equal(told(`http://h/x?${name}=1&b=2`), `http://h/x?${name}=1&b=2`);
});

test("the user of a URL is removed in every spelling, and other texts with an @ stay", () => {
  for (const url of [`http://ann:p@${SECRET}@h/`, `http:/ann:${SECRET}@h/`, `http:\\\\ann:${SECRET}@h`, `//ann:a%2F${SECRET}@h`, `?to=http%253A%252F%252Fann%253A${SECRET}%2540h`]) {
    assert.ok(!told(url).includes(SECRET), told(url));
  }
  for (const text of ["http://h/a/@b", "http://h/x?a=b@c", "a@b.c, http://x/"]) assert.equal(told(text), text);
});

test("a draft is kept under its URL if a parameter may be a secret, and without the secret if it certainly is one", async () => {
  const map = new Map();
  const store = { get: async (key) => map.get(key) ?? null, set: async (key, value) => void map.set(key, value), delete: async (key) => void map.delete(key), keys: async () => [...map.keys()] };
  const client = createClient({ drafts: keepDrafts(store), retry: { rounds: 0, baseDelayMs: 0 } });
  for (const name of ["key", "access_token"]) {
    const note = await client.get(`${origin}/x?${name}=${SECRET}`);
    statuses.push(500, 500, 500);
    await client.save(note, { a: 2 }).catch(() => {});
    statuses.length = 0;
  }
  const [doubtful, sure] = [...map].map(([key, bytes]) => `${key} ${new TextDecoder().decode(bytes)}`);
  assert.ok(doubtful.includes(`/x?key=${SECRET}`) && doubtful.includes('"mine":"{\\"a\\":2}"'), doubtful);
  assert.ok(!sure.includes(SECRET) && sure.includes('"mine":"{\\"a\\":2}"'), sure);
});

test("the problem of a write without an answer does not quote the secrets in the error of `fetch`", async () => {
  const { client: http, told } = spied({
    fetch: async (request) => {
      throw new TypeError(`cannot reach ${request.url}`);
    },
  });
  const url = `http://host.test/x?access_token=${SECRET}&a=1`;
  for (const method of ["PUT", "POST"]) {
    const { kind, problem } = await http.create(url, { a: 1 }, { method });
    assert.equal(kind, "unknown");
    assert.match(problem.detail, /cannot reach http:\/\/host\.test\/x\?access_token=\*\*\*&a=1/);
  }
  assert.ok(!told.join().includes(SECRET), told.join());
});

test("a route whose `match` is a function changes nothing about the error for a URL with a password", async () => {
  const url = `https://ann:${SECRET}@x.test/n`;
  const base = { url, value: {}, version: '"1"' };
  const calls = [(http) => http.get(url), (http) => http.create(url, {}), (http) => http.update(url, () => {}), (http) => http.save(base, { a: 1 }), (http) => http.remove(base), (http) => http.fetch(url)];
  for (const call of calls) {
    const [without, error] = await Promise.all(
      [[], [{ match: () => true }]].map((routes) => call(createClient({ routes, fetch: () => assert.fail("sent") })).then(assert.fail, (thrown) => thrown)),
    );
    assert.ok(!words(error).includes(SECRET), words(error));
    assert.deepEqual([error.name, error.code, error.message, error.details], [without.name, without.code, without.message, without.details], `${call}`);
  }
});

test("the error for an invalid field does not quote its value", async () => {
  const [route, fields] = [[{ match: () => true }], [{ authorization: `Bearer ${SECRET}\nx` }, [["a", `${SECRET}\u0100`]], { [`${SECRET} x`]: "1" }]];
  for (const headers of fields) {
    for (const routes of [[], route]) {
      const http = createClient({ routes, fetch: () => assert.fail("sent"), baseUrl: "http://host.test/" });
      for (const call of [() => http.fetch("/n", { headers }), () => http.get("/n", { headers }), () => http.create("/n", {}, { headers })]) {
        const error = await call().then(assert.fail, (thrown) => thrown);
        assert.ok(!words(error).includes(SECRET), words(error));
      }
      await assert.rejects(http.fetch("/n", { headers }), TypeError);
    }
  }
});

test("the message of a warning contains no secret of a URL", async () => {
  const author = () => {
    throw new Error(`at http://host/x?token=${SECRET}`);
  };
  const { client: http, told } = spied({ fetch: async () => Response.json({ a: 1 }), routes: [{ match: "*", author }] });
  await http.get("http://host.test/x");
  assert.ok(told.some((one) => one.includes("token=***")) && !told.join().includes(SECRET), told.join());
});
