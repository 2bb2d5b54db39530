/** A document that one person removes while another edits it, both ways round. */
import assert from "node:assert/strict";
import { hasText, stage } from "./stage.mjs";

const story = stage();
const PATH = "/api/documents/shared-text";

/** Ann removes the document; Ben, who does not know, saves an edit. */
async function removedUnderBen(ann, ben) {
  const [a, b] = [await ann("shared-text"), await ben("shared-text")];
  await b.edit("Text", "apples", "pears");
  await a.press("Delete");
  await a.told("The document is deleted");
  await b.meetsConflict();
  await hasText(b.conflict, "Ann deleted this document just now while you were editing it");
  assert.equal(await b.seen(b.conflict.locator("ins")), "pears");
  assert.ok(await b.saveResult.isDisabled());
  return [a, b];
}

story("an edit of what somebody removed can bring the document back", async ({ ann, ben, server }) => {
  const [, b] = await removedUnderBen(ann, ben);
  await b.choose(b.conflict, /^Restore it with your changes/);
  assert.equal(await b.saveResult.innerText(), "Restore the document");
  await b.saveResult.click();
  await b.conflict.waitFor({ state: "detached" });
  await b.told("Saved");
  assert.match(await server.text(PATH), /pick the pears/);
});

story("an edit of what somebody removed can be let go, stays in the form, and can be created anew", async ({ ann, ben, server }) => {
  const [, b] = await removedUnderBen(ann, ben);
  await b.choose(b.conflict, /^Let it stay deleted/);
  await b.saveResult.click();
  await b.told("stays deleted");
  assert.equal(await server.status(PATH), 404);
  assert.match(await b.field("Text").inputValue(), /pick the pears/);
  await b.saves("Created");
  assert.match(await server.text(PATH), /pick the pears/);
});

/** Ann edits; Ben, who does not know, removes. */
async function editedUnderBen(ann, ben) {
  const [a, b] = [await ann("shared-text"), await ben("shared-text")];
  await a.edit("Text", "apples", "pears");
  await a.saves();
  await b.press("Delete");
  await b.conflict.waitFor();
  await hasText(b.conflict, "Ann changed this document just now before you deleted it");
  assert.equal(await b.seen(b.conflict.locator("ins")), "pears");
  return [a, b];
}

story("what somebody edited is not deleted unseen, and can be kept", async ({ ann, ben, server }) => {
  const [, b] = await editedUnderBen(ann, ben);
  await b.choose(b.conflict, /^Keep it, with the changes/);
  await b.saveResult.click();
  await b.conflict.waitFor({ state: "detached" });
  await b.told("The document is kept");
  assert.match(await server.text(PATH), /pick the pears/);
  assert.match(await b.field("Text").inputValue(), /pick the pears/);
});

story("what somebody edited can be deleted all the same", async ({ ann, ben, server }) => {
  const [, b] = await editedUnderBen(ann, ben);
  await b.choose(b.conflict, /^Delete it all the same/);
  await b.saveResult.click();
  await b.told("The document is deleted");
  assert.equal(await server.status(PATH), 404);
});

story("two people who create one document anew decide where they differ", async ({ ann, ben, server }) => {
  const [a, b] = await removedUnderBen(ann, ben);
  await b.choose(b.conflict, /^Let it stay deleted/);
  await b.saveResult.click();
  await b.told("stays deleted");
  await a.saves("Created");
  assert.match(await server.text(PATH), /pick the apples/);
  await b.meetsConflict();
  await hasText(b.conflict, "Ann created this just now");
  await b.choose(b.clashes.first(), /^Your version/);
  await b.saveResult.click();
  await b.told("Saved");
  assert.match(await server.text(PATH), /pick the pears/);
});
