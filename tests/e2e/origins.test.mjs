// No field of the caller goes to an origin that the caller did not name, whatever a redirect or a Location says.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { startBare } from "./bare.mjs";

const SECRETS = { authorization: "Bearer secret", "x-api-key": "secret" };
const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "*",
  "access-control-allow-headers": "authorization, content-type, if-match, if-none-match, x-api-key",
  "access-control-expose-headers": "*",
};

let bare;
let held;
/** The requests to the other origin, without preflights. */
let asked;

async function answer(request, response, pathname) {
  const isOther = request.headers.host.startsWith("localhost");
  let body = "";
  for await (const part of request) body += part;
  if (request.method === "OPTIONS") return response.writeHead(204, CORS).end();
  const location = bare.otherOrigin("/doc/there");
  if (pathname === "/doc/moved") return response.writeHead(302, { location }).end();
  if (pathname === "/doc/items") return response.writeHead(201, { location }).end();
  if (isOther) asked.push({ method: request.method, fields: JSON.stringify(request.headers) });
  const tag = () => ({ etag: `"${held.version}"` });
  if (request.method === "GET") return response.writeHead(200, { ...CORS, ...tag(), "content-type": "application/json" }).end(held.body);
  if (request.headers["if-match"] !== tag().etag) return response.writeHead(412, CORS).end();
  held = { version: held.version + 1, body };
  response.writeHead(204, { ...CORS, ...tag() }).end();
}

before(async () => {
  bare = await startBare(answer);
});

after(() => bare?.stop());

beforeEach(() => {
  held = { version: 1, body: '{"a":1}' };
  asked = [];
});

test("a redirected document is saved without the caller's fields, and a warning names the other origin", async () => {
  const page = await bare.open();
  const found = await page.evaluate(async (headers) => {
    const warnings = [];
    const http = mergefetch.createClient({ on: { warning: ({ code, message }) => warnings.push(`${code} ${message}`) } });
    const base = await http.get("/doc/moved", { headers });
    const saved = await http.save(base, { a: 2 }, { headers });
    const copied = await http.save(structuredClone({ ...saved.snapshot }), { a: 3 }, { headers });
    return { kinds: [saved.kind, copied.kind], url: base.url, warnings };
  }, SECRETS);
  assert.deepEqual(found.kinds, ["saved", "saved"]);
  assert.equal(found.url, bare.otherOrigin("/doc/there"));
  const writes = asked.filter(({ method }) => method === "PUT");
  assert.equal(writes.length, 2);
  assert.ok(writes.every(({ fields }) => !fields.includes("secret")), JSON.stringify(writes));
  assert.ok(found.warnings.some((warning) => warning.startsWith("fields-withheld") && warning.includes("localhost")), `${found.warnings}`);
});

test("the Location of a creation at another origin is read without the caller's fields", async () => {
  const page = await bare.open();
  const kind = await page.evaluate(async (headers) => (await mergefetch.createClient().create("/doc/items", { a: 1 }, { method: "POST", headers })).kind, SECRETS);
  assert.equal(kind, "created");
  assert.ok(asked.length > 0 && asked.every(({ fields }) => !fields.includes("secret")), JSON.stringify(asked));
});
