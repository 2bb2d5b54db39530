/** The page as a shop window: live state, faults on demand, documents of one's own, a copy of a deleted document. */
import assert from "node:assert/strict";
import axe from "axe-core";
import { violations } from "./axe.mjs";
import { hasText, stage } from "./stage.mjs";

const story = stage();
const region = (page, name) => page.getByRole("region", { name, exact: true });

story("with both people on one page, each sees what the other has saved meanwhile", async ({ ben, server }) => {
  const { page } = await ben("shared-json");
  await page.goto(`${server.url}/?both#shared-json`);
  await page.locator("html[data-ready]").waitFor();
  const [ann, other] = [region(page, "Ann"), region(page, "Ben")];
  await ann.getByLabel("Owner", { exact: true }).fill("Dora");
  await hasText(ann.locator(".version"), "Edited · from version");
  await ann.getByRole("button", { name: "Save", exact: true }).click();
  await hasText(other.locator(".version.behind"), "Ann has saved");
  await other.getByRole("button", { name: "Load the newest" }).click();
  await hasText(other.locator(".version:not(.behind)"), "Version");
  assert.equal(await other.getByLabel("Owner", { exact: true }).inputValue(), "Dora");
});

story("a fault hits one request, the log names it and what the client concluded, and nothing is saved twice", async ({ ben, server }) => {
  const b = await ben("shared-json");
  await b.page.getByLabel("It goes wrong, once").selectOption({ label: "write: a bare 200 without ETag" });
  await b.field("Owner").fill("Emil");
  await b.saves();
  await hasText(b.page.getByRole("row"), /PUT \/api\/documents\/shared-json bare-ok/);
  assert.equal(await b.page.getByLabel("It goes wrong, once").inputValue(), "", "it was used up");
  await b.page.getByLabel("It goes wrong, once").selectOption({ label: "write: 409 as an HTML page" });
  await b.field("Owner").fill("Fay");
  await b.save();
  await hasText(b.page.getByRole("row"), /PUT \/api\/documents\/shared-json html-409/);
  await hasText(b.page.getByRole("row"), "refused: read the newest and compare");
  assert.equal(await b.field("Owner").inputValue(), "Fay", "what was typed stays");
  await b.saves();
  assert.equal((await server.json("/api/documents/shared-json")).owner, "Fay");
});

story("one's own text and JSON are merged in the page, decided, and shown; nothing of them is sent", async ({ ben, server }) => {
  const b = await ben("shared-text");
  await b.page.getByRole("link", { name: "Try your own" }).click();
  const own = region(b.page, "Try your own");
  const before = (await server.json("/api/log")).length;
  await own.getByRole("button", { name: "Merge" }).click();
  await b.conflict.getByRole("heading", { name: "2 decisions to make" }).waitFor();
  await b.conflict.locator("details.tools > summary").click();
  await b.conflict.getByRole("button", { name: "The other version for the rest" }).click();
  await b.saveResult.click();
  await hasText(own.locator("pre"), "Serve with maple syrup");
  await own.getByRole("button", { name: "A JSON document" }).click();
  await own.getByLabel(/^The other version/).fill('{"title": "Team day by the lake", "date": "2031-05-02", "guests": ["Ann"], "lunch": true, "budget": 300}');
  await own.getByLabel(/^Your version/).fill('{"title": "Team day", "date": "2031-05-09", "guests": ["Ann", "Ben", "Cara"], "lunch": true, "budget": 300}');
  await own.getByRole("button", { name: "Merge" }).click();
  await own.getByText("Merged as JSON").waitFor();
  await hasText(own.locator("pre"), /Team day by the lake[^]*2031-05-09/);
  assert.equal((await server.json("/api/log")).length, before);
});

story("what somebody deleted meanwhile can be saved as a copy", async ({ ann, ben, server }) => {
  const [a, b] = [await ann("shared-text"), await ben("shared-text")];
  await b.edit("Text", "apples", "pears");
  await a.press("Delete");
  await a.told("deleted");
  await b.meetsConflict();
  await b.choose(b.conflict, "Save a copy");
  await b.saveResult.click();
  await b.told("Saved as a copy: /api/documents/shared-text-copy-");
  const [, path] = /(\/api\/documents\/shared-text-copy-\d+)/.exec(await b.status.innerText());
  assert.match(await server.text(path), /pick the pears/);
  assert.equal(await server.status("/api/documents/shared-text"), 404);
});

for (const colorScheme of ["light", "dark"]) {
  story(`axe-core finds nothing on the page, in any story, with a conflict and with a refusal: ${colorScheme}`, async ({ open, ann, server }) => {
    const a = await ann("shared-json");
    // A colour on its way to another one is nobody's fault: buttons that are just enabled fade in.
    const b = await open("b", "shared-json", { colorScheme, reducedMotion: "reduce" });
    const check = async (what) => {
      await b.page.evaluate(axe.source);
      assert.deepEqual(await violations(b.page, "html"), [], what);
    };
    for (const link of await b.page.getByRole("navigation").getByRole("link").all()) {
      await link.click();
      await b.page.getByRole("heading", { name: await link.innerText(), level: 2 }).waitFor();
      await check(await link.innerText());
    }
    await b.page.getByRole("link", { name: "Locked document" }).click();
    await b.field("Title").fill("Rules");
    await b.save();
    await b.told("holds the lock");
    await check("a refusal");
    await b.page.getByRole("link", { name: "Shared form" }).click();
    await a.field("Title").fill("Autumn fair");
    await a.saves();
    await b.field("Title").fill("Winter fair");
    await b.meetsConflict();
    await check("a conflict");
    assert.ok(server.url);
  });
}
