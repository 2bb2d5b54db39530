/** The parts below the stories: the log, the switches, the way back to the start. */
import assert from "node:assert/strict";
import { shortTag } from "../../www/words.js";
import { hasText, stage } from "./stage.mjs";

const story = stage();

story("the log shows who sent what on which condition, and what came of it", async ({ ann, ben, server }) => {
  const [a, b] = [await ann("shared-text"), await ben("shared-text")];
  await a.edit("Text", "April", "May");
  await a.saves();
  await b.edit("Text", "apples", "pears");
  await b.saves();
  const [first, refused, second] = (await server.log("/api/documents/shared-text")).filter(({ method }) => method === "PUT");
  const row = (who, version, answer) => hasText(b.page.getByRole("row"), new RegExp(`${who}\\s*PUT /api/documents/shared-text\\s*If-Match: ${version}\\s*${answer}`, "i"));
  // The first request of Ben's client asks whether this server compares versions: see docs/HTTP.md.
  await row("Ben", shortTag(refused.if_match), "409 refused: conflict");
  await row("Ben", shortTag(second.if_match), `204 done\s*${shortTag(second.etag)}\s*saved; with 1 change of theirs merged in`);
  assert.equal(refused.if_match, '"mergefetch-probe"');
  await hasText(a.page.getByRole("row"), new RegExp(`Ann\s*PUT /api/documents/shared-text\s*If-Match: ${shortTag(first.if_match)}\s*204 done\s*${shortTag(first.etag)}\s*saved`, "i"));
});

story("the switches change how the server refuses, and are shown as they are on the next visit", async ({ ann, ben, server }) => {
  const a = await ann("shared-text");
  await a.page.getByRole("radio", { name: "412 Precondition Failed" }).check();
  await hasText(a.page.getByRole("status"), "now refused with 412");
  const b = await ben("shared-text");
  assert.ok(await b.page.getByRole("radio", { name: "412 Precondition Failed" }).isChecked());
  await a.edit("Text", "April", "May");
  await a.saves();
  await b.edit("Text", "apples", "pears");
  await b.saves("1 change of theirs came in");
  const writes = (await server.log("/api/documents/shared-text")).filter(({ method }) => method === "PUT");
  assert.deepEqual(writes.map(({ status }) => status), [204, 412, 204]);
});

story("a story that starts again has its data as at the first time, also with a decision open", async ({ ann, ben, server }) => {
  const [a, b] = [await ann("shared-json"), await ben("shared-json")];
  await a.field("Title").fill("Autumn fair");
  await a.saves();
  await b.field("Title").fill("Winter fair");
  await b.meetsConflict();
  await b.page.getByRole("button", { name: "Start this story again" }).click();
  await hasText(b.page.getByRole("status"), "The story starts again");
  await b.conflict.waitFor({ state: "detached" });
  assert.equal(await b.field("Title").inputValue(), "Summer fair");
  await b.field("Title").fill("Winter fair");
  await b.saves();
  assert.equal((await server.json("/api/documents/shared-json")).title, "Winter fair");
});
