/** The main story: two people edit the same, the second decides, and nobody loses a word. For every way a server refuses. */
import assert from "node:assert/strict";
import { assertNoVersionSentAgain, hasText, stage } from "./stage.mjs";

const story = stage();
const REFUSALS = ["409", "412", "problem"];
const STATUS = { 409: 409, 412: 412, problem: 409 };

for (const refusal of REFUSALS) {
  story(`JSON, refused with ${refusal}: one conflict, the separate edit merged, and the decision is saved`, async ({ ann, ben, server }) => {
    await server.switches({ refusal });
    const [a, b] = [await ann("shared-json"), await ben("shared-json")];
    await a.field("Title").fill("Autumn fair");
    await a.field("Description").fill("Cakes and music.");
    await a.saves();
    await b.field("Title").fill("Summer market");
    await b.field("Due date").fill("2031-07-05");
    await b.meetsConflict();

    assert.equal(await b.clashes.count(), 1);
    const title = b.clash("Title");
    assert.equal(await b.side(title, "base").innerText(), "Summer fair");
    assert.equal(await b.side(title, "mine").innerText(), "Summer fairmarket");
    assert.equal(await b.side(title, "mine").locator("ins").innerText(), "market");
    assert.equal(await b.side(title, "theirs").locator("ins").innerText(), "Autumn");
    assert.equal(await b.side(title, "theirs").locator("del").innerText(), "Summer");
    await b.merged.locator("summary").click();
    await hasText(b.merged.locator("li"), /Due date yours/);
    await hasText(b.merged.locator("li"), /Description theirs/);
    assert.ok(await b.saveResult.isDisabled());

    await b.choose(title, /^Theirs/);
    await hasText(b.conflict, "Everything is decided");
    await hasText(b.result, /Title your decision\s*Autumn fair/);
    await b.saveResult.click();
    await b.told("Saved");
    await b.conflict.waitFor({ state: "detached" });
    const now = await server.json("/api/documents/shared-json");
    assert.deepEqual([now.title, now.description, now.dueDate], ["Autumn fair", "Cakes and music.", "2031-07-05"]);
    assert.equal(await b.field("Description").inputValue(), "Cakes and music.");
    await checkLog(server, "/api/documents/shared-json", refusal);
  });

  story(`text, refused with ${refusal}: one conflict, the separate edit merged, and the decision is saved`, async ({ ann, ben, server }) => {
    await server.switches({ refusal });
    const [a, b] = [await ann("shared-text"), await ben("shared-text")];
    await a.edit("Text", "April to October", "May to October");
    await a.edit("Text", "Tools are", "All tools are");
    await a.saves();
    await b.edit("Text", "April to October", "April to November");
    await b.edit("Text", "bake cakes", "bake bread");
    await b.meetsConflict();

    assert.equal(await b.clashes.count(), 1);
    const line = b.clash("Line 3");
    await b.showBase();
    assert.equal(await b.side(line, "base").innerText(), "The garden behind the library is open from April to October.");
    assert.equal(await b.side(line, "mine").locator("ins").innerText(), "November");
    assert.equal(await b.side(line, "theirs").locator("ins").innerText(), "May");
    await b.merged.locator("summary").click();
    await hasText(b.merged.locator("li"), /Line 8 theirs/);
    await hasText(b.merged.locator("li"), /Line 11 yours/);

    await b.choose(line, "Put the words of both together");
    await hasText(b.result.locator(".part.fromDecided"), "open from May to November");
    await b.saveResult.click();
    await b.told("Saved");
    const now = await server.text("/api/documents/shared-text");
    assert.match(now, /open from May to November\.\n[^]*All tools are[^]*bake bread/);
    assert.equal(await b.field("Text").inputValue(), now);
    await checkLog(server, "/api/documents/shared-text", refusal);
  });
}

/** Ann's write; Ben's, refused; Ben's with his decision. Each with another version. */
async function checkLog(server, path, refusal) {
  const log = await server.log(path);
  const writes = log.filter(({ method }) => method === "PUT");
  assert.deepEqual(writes.map(({ status }) => status), [204, STATUS[refusal], 204]);
  assertNoVersionSentAgain(log);
  assert.equal(writes[2].if_match, writes[0].etag);
}

story("every way to decide a line gives the result that it names", async ({ ann, ben, server }) => {
  const [a, b] = [await ann("shared-text"), await ben("shared-text")];
  await a.edit("Text", "from April", "from May");
  await a.saves();
  await b.edit("Text", "from April", "from March");
  await b.meetsConflict();
  const line = b.clash("Line 3");
  const at = (month) => `The garden behind the library is open from ${month} to October.`;
  const results = [[/^Base/, [at("April")]], [/^Mine/, [at("March")]], [/^Theirs/, [at("May")]], ["Keep both, mine first", [at("March"), at("May")]], ["Keep both, theirs first", [at("May"), at("March")]]];
  for (const [choice, lines] of results) {
    await b.choose(line, choice);
    await hasText(b.result.locator(".part.fromDecided"), new RegExp(`^\\s*${lines.join("\\s+")}`));
  }
  await b.choose(line, "Edit by hand");
  await line.getByLabel("Your own value").fill("It is always open.");
  await hasText(b.result.locator(".part.fromDecided"), "It is always open.");
  await b.saveResult.click();
  await b.told("Saved");
  assert.match(await server.text("/api/documents/shared-text"), /library\n\nIt is always open\.\nEverybody/);
});

story("values that belong together are decided as one, and a value of one's own must be of their kind", async ({ ann, ben, server }) => {
  const [a, b] = [await ann("shared-json"), await ben("shared-json")];
  await a.field("Budget").fill("500");
  await a.saves();
  await b.field("Currency").selectOption("USD");
  await b.meetsConflict();
  assert.equal(await b.clashes.count(), 1);
  const budget = b.clash("Budget and currency");
  await b.choose(budget, "Write something else");
  const own = budget.getByLabel("Your own value");
  await own.fill("a lot");
  await hasText(budget, "not a value of the same kind");
  assert.ok(await b.saveResult.isDisabled());
  await own.fill('{ "amount": 600, "currency": "CHF" }');
  await b.saveResult.click();
  await b.told("Saved");
  assert.deepEqual((await server.json("/api/documents/shared-json")).budget, { amount: 600, currency: "CHF" });
});

story("when the document moves once more, decisions that still hold are kept, and the others are asked again", async ({ ann, ben, server }) => {
  const [a, b] = [await ann("shared-json"), await ben("shared-json")];
  await a.field("Title").fill("Autumn fair");
  await a.field("Owner").fill("Dora");
  await a.saves();
  await b.field("Title").fill("Winter fair");
  await b.field("Owner").fill("Emil");
  await b.meetsConflict();
  await b.choose(b.clash("Title"), /^Mine/);
  await b.choose(b.clash("Owner"), /^Mine/);
  await a.field("Owner").fill("Fay");
  await a.saves();
  await b.saveResult.click();
  await hasText(b.conflict, "changed once more while you decided");
  assert.ok(await b.clash("Title").getByRole("radio", { name: /^Mine/ }).isChecked());
  assert.equal(await b.clash("Owner").getByRole("radio", { checked: true }).count(), 0);
  assert.equal(await b.side(b.clash("Owner"), "theirs").locator("ins").innerText(), "Fay");
  await b.choose(b.clash("Owner"), /^Theirs/);
  await b.saveResult.click();
  await b.told("Saved");
  const now = await server.json("/api/documents/shared-json");
  assert.deepEqual([now.title, now.owner], ["Winter fair", "Fay"]);
  assertNoVersionSentAgain(await server.log("/api/documents/shared-json"));
});

story("going back to editing keeps the edit, and saving it meets the same conflict", async ({ ann, ben }) => {
  const [a, b] = [await ann("shared-json"), await ben("shared-json")];
  await a.field("Title").fill("Autumn fair");
  await a.saves();
  await b.field("Title").fill("Winter fair");
  await b.meetsConflict();
  assert.ok(await b.field("Title").isDisabled());
  await b.conflict.getByRole("button", { name: "Back to editing" }).click();
  await b.conflict.waitFor({ state: "detached" });
  assert.equal(await b.field("Title").inputValue(), "Winter fair");
  await b.field("Title").fill("Winter market");
  await b.meetsConflict();
  assert.equal(await b.side(b.clash("Title"), "mine").locator("ins").innerText(), "Winter market");
});

story("a decision that the server's rules forbid is refused in its words, and can be made anew", async ({ ann, ben, server }) => {
  const [a, b] = [await ann("order-state"), await ben("order-state")];
  await a.field("State").selectOption("shipped");
  await a.saves();
  await b.field("State").selectOption("cancelled");
  await b.meetsConflict();
  const state = b.clash("State");
  await b.choose(state, /^Mine/);
  await b.saveResult.click();
  await hasText(b.conflict, "an order that is shipped cannot become cancelled");
  await hasText(b.conflict, /Possible from there\s*delivered/);
  await b.choose(state, /^Theirs/);
  assert.equal(await b.conflict.locator(".refusal").count(), 0, "the refusal was of another decision");
  await b.saveResult.click();
  await b.told("There is nothing to save");
  assert.equal(await b.field("State").inputValue(), "shipped");
  assert.equal((await server.json("/api/orders/1001")).state, "shipped");
});

story("the server is killed while somebody decides: the decisions stay, and are saved after the restart", async ({ ann, ben, server }) => {
  const [a, b] = [await ann("shared-json"), await ben("shared-json")];
  await a.field("Title").fill("Autumn fair");
  await a.saves();
  await b.field("Title").fill("Winter fair");
  await b.field("Owner").fill("Emil");
  await b.meetsConflict();
  await b.choose(b.clash("Title"), "Write something else");
  await b.clash("Title").getByLabel("Your own value").fill("Autumn and winter fair");
  await server.kill();
  await b.saveResult.click();
  await hasText(b.conflict, "It is not known whether this was saved");
  await server.restart();
  await b.conflict.getByRole("button", { name: "Try again" }).click();
  await b.told("Saved");
  const now = await server.json("/api/documents/shared-json");
  assert.deepEqual([now.title, now.owner], ["Autumn and winter fair", "Emil"]);
});
