// The answers of servers to writes, and their effect on the page.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, test } from "node:test";

import { createClient, kubernetes, odata } from "mergefetch";
import { autosave, editing } from "mergefetch/helpers";

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const servers = [];
after(() => servers.forEach((server) => (server.close(), server.closeAllConnections())));

async function serve(handler) {
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const { status, headers = {}, body = "" } = handler(request, Buffer.concat(parts).toString());
    response.writeHead(status, headers).end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push(server);
  return `http://127.0.0.1:${server.address().port}/`;
}

const json = (fields) => ({ "content-type": "application/json", ...fields });
const patient = () => createClient({ retry: { baseDelayMs: 1 } });

/**
 * A server that trims and lower-cases texts, reorders members, and adds a time. `answer` makes the answer to a PUT from the new tag and
 * document.
 */
async function normalising(document, answer, { weak = false } = {}) {
  const state = { document, version: 1, puts: 0 };
  const etag = () => `${weak ? "W/" : ""}"${state.version}"`;
  const spell = (value) => (typeof value === "string" ? value.trim().toLowerCase() : value);
  state.theirs = (change) => {
    state.document = { ...state.document, ...change };
    state.version++;
  };
  state.url = await serve((request, body) => {
    if (request.method === "GET") return { status: 200, headers: json({ etag: etag() }), body: JSON.stringify(state.document) };
    if (request.headers["if-match"] !== etag()) return { status: 412 };
    const members = Object.entries(JSON.parse(body)).reverse();
    state.document = { ...Object.fromEntries(members.map(([name, value]) => [name, spell(value)])), updatedAt: ++state.puts };
    state.version++;
    return answer(etag(), JSON.stringify(state.document));
  });
  return state;
}

const ANSWERS = {
  "200 with the document and its tag": (etag, body) => ({ status: 200, headers: json({ etag }), body }),
  "200 with the document": (_etag, body) => ({ status: 200, headers: json(), body }),
  "200 with an envelope and the tag": (etag, body) => ({ status: 200, headers: json({ etag }), body: `{"status":"success","data":${body}}` }),
  "200 with a report": () => ({ status: 200, headers: json(), body: '{"ok":true}' }),
  204: () => ({ status: 204 }),
  "204 with the tag": (etag) => ({ status: 204, headers: { etag } }),
};
const WORDS = ["The ", "Quick  ", "Brown ", "FOX ", "jumps"];
const EXPECTED = "the quick  brown fox jumps";

for (const [name, answer] of Object.entries(ANSWERS)) {
  for (const weak of [false, true]) {
    const what = `${name}${weak ? ", weak tags" : ""}`;

    test(`a form that saves itself has no conflict with itself and loses no word where a normalising server answers ${what}`, async () => {
      for (const others of [false, true]) {
        const server = await normalising({ body: "", name: "Ann", updatedAt: 0 }, answer, { weak });
        const form = editing(patient(), server.url);
        await form.load();
        const stop = autosave(form, { delayMs: 5 });
        for (const [at, word] of WORDS.entries()) {
          if (others && at % 2 === 1) server.theirs({ note: `n${at}` });
          const { draft } = form.current();
          form.type({ ...draft, body: draft.body + word });
          await pause(60);
          while (form.current().isSaving) await pause(5);
          assert.equal(form.current().conflict, null, JSON.stringify(form.current().conflict?.changes));
          assert.equal(form.current().problem, null);
        }
        stop();
        assert.equal(form.current().draft.body, WORDS.join(""), "nothing that was typed is taken back");
        assert.equal(server.document.body, EXPECTED);
        if (others) assert.equal(server.document.note, "n3");
      }
    });

    test(`saves from the first snapshot, and from each result, end the same where a normalising server answers ${what}`, async () => {
      for (const isFromResult of [false, true]) {
        for (const others of [false, true]) {
          const server = await normalising({ body: "", name: "Ann", updatedAt: 0 }, answer, { weak });
          const http = patient();
          let base = await http.get(server.url);
          let body = "";
          for (const [at, word] of WORDS.entries()) {
            if (others && at % 2 === 1) server.theirs({ note: `n${at}` });
            body += word;
            const result = await http.save(base, { ...base.value, body });
            assert.ok(result.ok, `${result.kind} at ${word}: ${JSON.stringify(result.conflict?.changes)}`);
            if (isFromResult) base = result.snapshot;
          }
          assert.equal(server.document.body, EXPECTED);
          if (others) assert.equal(server.document.note, "n3");
        }
      }
    });
  }
}

test("rows keep the ids that a trimming server gives them, and do not conflict with the page's own edits", async () => {
  for (const [name, answer] of Object.entries(ANSWERS)) {
    // Such a tag promises that the rows are stored as they were sent.
    if (name === "204 with the tag") continue;
    for (const others of [false, true]) {
      let [document, version, id] = [{ rows: [], note: "" }, 1, 0];
      const url = await serve((request, body) => {
        if (request.method === "GET") return { status: 200, headers: json({ etag: `"${version}"` }), body: JSON.stringify(document) };
        if (request.headers["if-match"] !== `"${version}"`) return { status: 412 };
        const sent = JSON.parse(body);
        document = { ...sent, rows: sent.rows.map((row) => ({ id: row.id ?? ++id, ...row, sku: row.sku.trim() })) };
        return answer(`"${++version}"`, JSON.stringify(document));
      });
      const http = patient();
      let base = await http.get(url);
      for (const sku of ["x ", "y ", "z"]) {
        if (others) [document, version] = [{ ...document, note: `${document.note}n` }, version + 1];
        const result = await http.save(base, { ...base.value, rows: [...base.value.rows, { sku }] });
        assert.ok(result.ok, `${name}, ${sku}: ${JSON.stringify(result.conflict?.changes)}`);
        base = result.snapshot;
      }
      const rows = ["x", "y", "z"].map((sku, at) => ({ id: at + 1, sku }));
      assert.deepEqual(document, { rows, note: others ? "nnn" : "" }, name);
    }
  }
});

/** A collection that answers each POST like this. */
const creating = async (answer) => {
  const url = await serve((request) => (request.method === "POST" ? answer : { status: 404 }));
  return createClient().create(`${url}items`, { t: "x" }, { method: "POST" });
};

test("a creation without a Location returns the answer: JSON as its value, text as text, anything else as bytes", async () => {
  for (const [headers, body, expected] of [
    [json(), '{"id":7,"t":"x"}', { id: 7, t: "x" }],
    [json(), "7", 7],
    [json(), "null", null],
    [json(), '{"data":{"id":7}}', { data: { id: 7 } }],
    [json(), "{broken", "{broken"],
    [{ "content-type": "text/plain" }, "7", "7"],
    [{ "content-type": "image/png" }, "\u0001", new Uint8Array([1])],
  ]) {
    for (const status of [200, 201]) {
      assert.deepEqual(await creating({ status, headers, body }), { ok: true, kind: "created", snapshot: null, body: expected });
    }
  }
  const empty = { ok: true, kind: "created", snapshot: null };
  assert.deepEqual(await creating({ status: 204 }), empty);
  assert.deepEqual(await creating({ status: 201, headers: json() }), empty);
});

test("a creation with a Location, or with the document of the URL that it names, gives a snapshot that the next save starts from", async () => {
  for (const name of ["location", "content-location"]) {
    for (const etag of ['"1"', undefined]) {
      const state = { document: undefined, version: 1 };
      const url = await serve((request, body) => {
        if (request.method === "POST") {
          state.document = { id: 7, ...JSON.parse(body) };
          return { status: 201, headers: json({ [name]: "/items/7", ...(etag && { etag }) }), body: JSON.stringify(state.document) };
        }
        if (request.url !== "/items/7") return { status: 404 };
        if (request.method === "GET") return { status: 200, headers: json({ etag: `"${state.version}"` }), body: JSON.stringify(state.document) };
        if (request.headers["if-match"] !== `"${state.version}"`) return { status: 412 };
        state.document = JSON.parse(body);
        return { status: 204, headers: { etag: `"${++state.version}"` } };
      });
      const http = createClient();
      const { kind, snapshot, ...rest } = await http.create(`${url}items`, { t: "x" }, { method: "POST" });
      assert.deepEqual([kind, snapshot.url, snapshot.value, snapshot.version, rest], ["created", `${url}items/7`, { id: 7, t: "x" }, '"1"', { ok: true }]);
      assert.ok((await http.save(snapshot, { ...snapshot.value, t: "y" })).ok);
      assert.deepEqual(state.document, { id: 7, t: "y" });
    }
  }
});

test("a creation at a known URL gives a snapshot with the members of the server, also where it cannot be read", async () => {
  for (const [etag, reads, version] of [['"1"', 404, '"1"'], [undefined, 200, '"1"'], [undefined, 403, null]]) {
    let document;
    const url = await serve((request, body) => {
      if (request.method === "GET") {
        if (document === undefined) return { status: 404 };
        return { status: reads, headers: json({ etag: '"1"' }), body: reads === 200 ? document : "" };
      }
      document = JSON.stringify({ id: 7, ...JSON.parse(body) });
      return { status: 201, headers: json(etag && { etag }), body: document };
    });
    const result = await createClient().create(`${url}items/7`, { t: "x" });
    assert.deepEqual([result.kind, result.snapshot.value, result.snapshot.version], ["created", { id: 7, t: "x" }, version]);
  }
});

test("no report becomes the document: after any answer the next save keeps every member of the server", async () => {
  for (const [name, reported] of [
    ["an empty object", () => "{}"],
    ["a list", (document) => `[${document}]`],
    ["a word", () => '"saved"'],
    ["a message", () => '{"message":"saved"}'],
    ["an envelope", (document) => `{"data":${document}}`],
    ["a part", () => '{"t":"b"}'],
  ]) {
    let [document, version] = [{ t: "a", list: [], id: 7 }, 1];
    const url = await serve((request, body) => {
      const etag = `"${version}"`;
      if (request.method === "GET") return { status: 200, headers: json({ etag }), body: JSON.stringify(document) };
      if (request.headers["if-match"] !== etag) return { status: 412 };
      document = { secret: version, ...JSON.parse(body) };
      return { status: 200, headers: json({ etag: `"${++version}"` }), body: reported(JSON.stringify(document)) };
    });
    const http = createClient();
    const first = await http.save(await http.get(url), { t: "b", list: [], id: 7 });
    assert.deepEqual(first.snapshot.value, { secret: 1, t: "b", list: [], id: 7 }, name);
    await http.save(first.snapshot, { ...first.snapshot.value, t: "c" });
    assert.deepEqual(document, { secret: 1, t: "c", list: [], id: 7 }, name);
  }
});

test("an empty document that is answered with itself or a report is read: members that the server adds are not lost", async () => {
  for (const empty of [{}, []]) {
    for (const report of ["{}", "[]", JSON.stringify(empty)]) {
      let [document, version] = [JSON.stringify(empty) === "[]" ? [1] : { t: "a" }, 1];
      const url = await serve((request, body) => {
        const etag = `"${version}"`;
        if (request.method === "GET") return { status: 200, headers: json({ etag }), body: JSON.stringify(document) };
        if (request.headers["if-match"] !== etag) return { status: 412 };
        const sent = JSON.parse(body);
        document = Array.isArray(sent) ? [...sent, "default"] : { id: 7, ...sent };
        return { status: 200, headers: json({ etag: `"${++version}"` }), body: report };
      });
      const http = createClient();
      const { snapshot } = await http.save(await http.get(url), empty);
      assert.deepEqual(snapshot.value, Array.isArray(empty) ? ["default"] : { id: 7 }, report);
    }
  }
});

test("a report that has a version is no document, also with a preset that reads versions of answers", async () => {
  for (const [version, first, report] of [
    [odata(), { "@odata.etag": '"1"', title: "a" }, { "@odata.etag": '"2"', message: "saved" }],
    [kubernetes(), { metadata: { resourceVersion: "1" }, spec: { a: 1 } }, { metadata: { resourceVersion: "2" }, message: "saved" }],
  ]) {
    let stored = first;
    const url = await serve(({ method }, body) => {
      if (method === "PUT") stored = { ...first, ...JSON.parse(body), ...("metadata" in report ? { metadata: report.metadata } : { "@odata.etag": '"2"' }) };
      return { status: 200, headers: json(), body: JSON.stringify(method === "PUT" ? report : stored) };
    });
    const client = createClient({ retry: { baseDelayMs: 1 }, routes: [{ match: /./, version }] });
    const base = await client.get(url);
    const { snapshot } = await client.save(base, { ...base.value, added: 1 });
    assert.deepEqual(snapshot.value, stored);
  }
});
