// A created document is read at its `Location`, and no `Location` makes a creation fail.
import assert from "node:assert/strict";
import { test } from "node:test";

import { createClient, memory } from "mergefetch";
import { keepDrafts } from "mergefetch/helpers";

const BASE = "http://x.test/c/n";
const headers = { authorization: "Bearer secret" };

/** Creates a document below {@link BASE}; the answer has this `Location`. */
async function created(location) {
  const [reads, warnings, store] = [[], [], memory()];
  const fetch = async (request) => {
    if (request.method === "POST") return new Response('{"id":7}', { status: 201, headers: { location, "content-type": "application/json" } });
    reads.push({ url: request.url, hasToken: request.headers.has("authorization") });
    return Response.json({ t: "x" }, { headers: { etag: '"1"' } });
  };
  const http = createClient({ fetch, baseUrl: BASE, drafts: keepDrafts(store), on: { warning: (warning) => warnings.push(warning) } });
  const result = await http.create("", { t: "x" }, { method: "POST", headers });
  return { result, reads, warnings, drafts: await keepDrafts(store).list() };
}

test("a Location is resolved as `URL` resolves it, and the call's own fields are sent to its own origin only", async () => {
  const references = ["7", "./7", "../7", "..", "/../7", "/c/../7", "/c/./7/", "//x.test/7", "//evil.test/7", "?id=7", "#f", ";x", "/n/7?return=https://x.test/list"];
  references.push("http://x.test", "http://x.test:80/n", "http://X.TEST/N", "HTTP://x.test/n", "http:7", "http:/7", "https://x.test:443/n", "https://x.test:80/n", "http://x.test:8080/n");
  references.push("\\\\evil.test\\7", "/\\evil.test/7", "http:\\\\evil.test\\7", "http://evil.test\\x.test/", "http://evil.test?http://x.test/", "http://evil.test#http://x.test/", "HTTP://EVIL.test/7");
  references.push("/a b", "/%2e%2E/7", '/"<>`{}\'?"<>`{}\'', "/ä?ä", "http://[::1]:8080/7", "http://x.test./7", "/a%20b%2f", "//x.test?a", "7?a=/../b");
  for (const reference of references) {
    const expected = new URL(reference, BASE);
    expected.hash = "";
    const { result, reads } = await created(reference);
    assert.deepEqual([result.snapshot.url, reads[0].url], [expected.href, expected.href], reference);
    assert.ok(reads.every(({ hasToken }) => hasToken === (expected.origin === new URL(BASE).origin)), reference);
  }
});

test("a user in a Location is left out", async () => {
  for (const [reference, url, hasToken] of [
    ["http://u:p@x.test/n/7", "http://x.test/n/7", true],
    ["http://x.test@evil.test/n/7", "http://evil.test/n/7", false],
    ["//u:p@ss@evil.test", "http://evil.test/", false],
  ]) {
    const { result, reads } = await created(reference);
    assert.deepEqual([result.snapshot.url, reads[0]], [url, { url, hasToken }]);
  }
});

test("a creation whose Location no request can follow is a success without a snapshot", async () => {
  for (const location of ["", "http://[bad", "http://", "///", "urn:isbn:7", "ws://x.test/7", "https:7", "http://a:b/", "http://x%2Etest/7"]) {
    const { result, reads, drafts } = await created(location);
    assert.deepEqual([result.kind, result.snapshot, result.body, reads, drafts], ["created", null, { id: 7 }, [], []], location);
  }
});

test("a creation is a success even if only the platform finds that its Location is invalid", async () => {
  for (const location of ["http://[:::]/7", "http://x.test:99999/", "http://1.2.3.999/7", "http://xn--a/7"]) {
    assert.throws(() => new URL(location));
    const { result, reads, drafts } = await created(location);
    assert.deepEqual([result.kind, reads, drafts], ["created", [], []], location);
  }
});

test("a warning about withheld fields has no secret of the Location", async () => {
  for (const location of ["http://u:s3cr3t@evil.test/n", "http://evil.test?token=s3cr3t", "http://evil.test?x=s3cr3t", "http://evil.test#s3cr3t", "//u:s3cr3t@evil.test"]) {
    const { warnings } = await created(location);
    assert.deepEqual(warnings.map(({ code }) => code), ["fields-withheld"]);
    assert.match(warnings[0].message, /: http:\/\/evil\.test$/);
  }
});
