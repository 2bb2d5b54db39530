// Law J18: the digits that JavaScript cannot hold stay with their record, whichever call writes them.
import assert from "node:assert/strict";
import { test } from "node:test";

import { createClient } from "mergefetch";

import { isError, makeDocument, octets, theirs } from "./support.mjs";

// JavaScript reads both as 1234567890123456800.
const [A, B] = ["1234567890123456789", "1234567890123456788"];
const row = (id, name) => `{"id":${id},"name":"${name}"}`;
const rows = (...all) => `{"rows":[${all.join(",")}]}`;
const both = rows(row(A, "ann"), row(B, "ben"));

/** The ways in which a page writes the result of an edit in place. */
const WRITES = [
  ["save", async (client, url, edit) => client.save(await client.get(url), edit((await client.get(url)).value))],
  ["save of a copied snapshot", async (client, url, edit) => {
    const copy = JSON.parse(JSON.stringify(await createClient().get(url)));
    return client.save(copy, edit(structuredClone(copy.value)));
  }],
  ["update", (client, url, edit) => client.update(url, edit)],
];

for (const [name, write] of WRITES) {
  test(`${name}: rows whose ids share a double never swap them`, async () => {
    for (const [edit, expected] of [
      [({ rows: [, ben] }) => ({ rows: [ben] }), rows(row(B, "ben"))],
      [({ rows: [ann, ben] }) => ({ rows: [ben, ann] }), rows(row(B, "ben"), row(A, "ann"))],
      [({ rows: [ann, ben] }) => ({ rows: [{ id: 7, name: "new" }, ann, { ...ben, name: "bea" }] }), rows(row(7, "new"), row(A, "ann"), row(B, "bea"))],
      [({ rows: [ann, ben] }) => ({ rows: [ben], left: [ann] }), `${rows(row(B, "ben")).slice(0, -1)},"left":[${row(A, "ann")}]}`],
    ]) {
      const url = await makeDocument(both);
      assert.ok((await write(createClient(), url, edit)).ok);
      assert.equal(await octets(url), expected);
    }
  });

  test(`${name}: a row that may be one of two is an error, and the document stays`, async () => {
    const url = await makeDocument(both);
    const client = createClient();
    const unclear = ({ rows: [ann] }) => ({ rows: [{ ...ann, name: "cleo" }] });
    const error = await write(client, url, unclear).then(() => undefined, (error) => error);
    assert.ok(isError("invalid-argument")(error) && /1234567890123456800/.test(error.message), `${error}`);
    assert.equal(await octets(url), both);
    assert.ok((await write(client, url, ({ rows: [ann, ben] }) => ({ rows: [ann, { ...ben, name: "cleo" }] }))).ok, "the client works on");
    assert.equal(await octets(url), rows(row(A, "ann"), row(B, "cleo")));
  });
}

test("a copied snapshot of an older version keeps the digits of the edited row, and of theirs", async () => {
  const url = await makeDocument(both);
  const copy = JSON.parse(JSON.stringify(await createClient().get(url)));
  await theirs(url, rows(row(A, "anna"), row(B, "ben")));
  const { rows: [ann, ben] } = copy.value;
  assert.ok((await createClient().save(copy, { rows: [ann, { ...ben, name: "bea" }] })).ok);
  assert.equal(await octets(url), rows(row(A, "anna"), row(B, "bea")));
});

test("a value of the user's own keeps the digits of the row", async () => {
  const url = await makeDocument(both);
  const client = createClient();
  const note = await client.get(url);
  await theirs(url, rows(row(B, "ben")));
  const { conflict } = await client.save(note, { rows: [{ ...note.value.rows[0], name: "anne" }, note.value.rows[1]] });
  const change = conflict.changes.find((change) => change.state === "conflict");
  assert.ok((await conflict.set(change.id, { ...change.mine, name: "anna" }).submit()).ok);
  assert.equal(await octets(url), rows(row(A, "anna"), row(B, "ben")));
});

test("`fetch` sends the octets of the page", async () => {
  const url = await makeDocument(both);
  const client = createClient();
  const body = await (await client.fetch(url)).text();
  await client.fetch(url, { method: "PUT", body: body.replace("ben", "bea"), headers: { "content-type": "application/json" } });
  assert.equal(await octets(url), rows(row(A, "ann"), row(B, "bea")));
});
