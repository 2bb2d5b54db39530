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
    await b.showBase();
    assert.equal(await b.side(title, "base").innerText(), "Summer fair");
    assert.equal(await b.seen(b.side(title, "mine")), "Summer fairmarket");
    assert.equal(await b.seen(b.side(title, "mine").locator("ins")), "market");
    assert.equal(await b.seen(b.side(title, "theirs").locator("ins")), "Autumn");
    assert.equal(await b.seen(b.side(title, "theirs").locator("del")), "Summer");
    await b.merged.locator("summary").click();
    await hasText(b.merged.locator("li"), /Due date yours/);
    await hasText(b.merged.locator("li"), /Description by Ann/);
    assert.ok(await b.saveResult.isDisabled());

    await b.choose(title, /’s version/);
    await hasText(b.conflict, "Everything is decided");
    await b.openResult();
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
    assert.equal(await b.seen(b.side(line, "mine").locator("ins")), "November");
    assert.equal(await b.seen(b.side(line, "theirs").locator("ins")), "May");
    await b.merged.locator("summary").click();
    await hasText(b.merged.locator("li"), /Line 8 by Ann/);
    await hasText(b.merged.locator("li"), /Line 11 yours/);

    await b.choose(line, "Both edits together");
    await b.openResult();
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
  await b.openResult();
  const at = (month) => `The garden behind the library is open from ${month} to October.`;
  const results = [["As it was before", [at("April")]], [/^Your version/, [at("March")]], [/’s version/, [at("May")]], ["Keep both, yours first", [at("March"), at("May")]], ["Keep both, Ann’s first", [at("May"), at("March")]]];
  for (const [choice, lines] of results) {
    await b.choose(line, choice);
    await hasText(b.result.locator(".part.fromDecided"), new RegExp(`^\\s*${lines.join("\\s+")}`));
  }
  await b.choose(line, "Write it yourself");
  await line.getByLabel("Your own version").fill("It is always open.");
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
  await b.choose(budget, "Write it yourself");
  const own = budget.getByRole("group", { name: "Your own version" });
  await own.getByLabel("Budget").fill("a lot");
  await hasText(budget, "a value of the same kind is needed");
  assert.ok(await b.saveResult.isDisabled());
  await own.getByLabel("Budget").fill("600");
  await own.getByLabel("Currency").fill("CHF");
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
  await b.choose(b.clash("Title"), /^Your version/);
  await b.choose(b.clash("Owner"), /^Your version/);
  await a.field("Owner").fill("Fay");
  await a.saves();
  await b.saveResult.click();
  await hasText(b.conflict, "saved once more while you decided");
  assert.ok(await b.clash("Title").getByRole("radio", { name: /^Your version/ }).isChecked());
  assert.equal(await b.clash("Owner").getByRole("radio", { checked: true }).count(), 0);
  assert.equal(await b.seen(b.side(b.clash("Owner"), "theirs").locator("ins")), "Fay");
  await b.choose(b.clash("Owner"), /’s version/);
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
  assert.equal(await b.seen(b.side(b.clash("Title"), "mine").locator("ins")), "Winter market");
});

story("a decision that the server's rules forbid is refused in its words, and can be made anew", async ({ ann, ben, server }) => {
  const [a, b] = [await ann("order-state"), await ben("order-state")];
  await a.field("State").selectOption("shipped");
  await a.saves();
  await b.field("State").selectOption("cancelled");
  await b.meetsConflict();
  const state = b.clash("State");
  await b.choose(state, /^Your version/);
  await b.saveResult.click();
  await hasText(b.conflict, "an order that is shipped cannot become cancelled");
  await hasText(b.conflict, /Possible next\s*delivered/);
  await b.choose(state, /’s version/);
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
  await b.choose(b.clash("Title"), "Write it yourself");
  await b.clash("Title").getByLabel("Your own version").fill("Autumn and winter fair");
  await server.kill();
  await b.saveResult.click();
  await hasText(b.conflict, "It is not known whether this was saved");
  await server.restart();
  await b.conflict.getByRole("button", { name: "Try again" }).click();
  await b.told("Saved");
  const now = await server.json("/api/documents/shared-json");
  assert.deepEqual([now.title, now.owner], ["Autumn and winter fair", "Emil"]);
});
