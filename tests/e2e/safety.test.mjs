/** Hostile values, a server that dies, slow answers, small screens. */
import assert from "node:assert/strict";
import { hasText, stage } from "./stage.mjs";

const story = stage();
const EVIL = `<img src=x onerror="alert(1)"><script>alert(2)</script><b>bold</b>`;

story("markup in values stays text, in forms, conflicts, results, messages and the log", async ({ ann, ben, server }) => {
  const [a, b] = [await ann("shared-json"), await ben("shared-json")];
  await a.field("Title").fill(`${EVIL} theirs`);
  await a.field("Owner").fill(EVIL);
  await a.saves();
  await b.field("Title").fill(`${EVIL} mine`);
  await b.meetsConflict();
  const title = b.clash("Title");
  await hasText(b.side(title, "theirs"), `${EVIL} theirs`);
  await b.merged.locator("summary").click();
  await hasText(b.merged, EVIL);
  assert.equal(await b.page.locator("main :is(img, script, b, iframe), main [onerror]").count(), 0);
  await b.choose(title, /’s version/);
  await b.saveResult.click();
  await b.told("There is nothing to save: the server holds the same");
  assert.equal(await b.field("Title").inputValue(), `${EVIL} theirs`);
  await b.field("Title").fill("plain");
  await a.field("Tags").fill(EVIL);
  await a.saves();
  await b.saves("came in");
  await hasText(b.status, EVIL);
  assert.equal(await b.page.locator("main :is(img, script, b, iframe), main [onerror]").count(), 0);
  assert.equal((await server.json("/api/documents/shared-json")).owner, EVIL);
});

story("markup in a server's refusal stays text", async ({ ben }) => {
  const b = await ben("last-slot");
  await b.field("Guest").fill(EVIL);
  await b.press("Book a place");
  await b.told("Booked");
  await b.press("Book a place");
  await b.told(`${EVIL} has a place in the room already`);
  await hasText(b.panel.getByRole("listitem"), EVIL);
  assert.equal(await b.page.locator("main :is(img, script, b, iframe)").count(), 0);
});

story("the page forbids itself inline scripts, inline styles and strangers", async ({ ben }) => {
  const b = await ben("shared-text");
  const policy = await b.page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute("content");
  assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|\*|data:|blob:|https?:/);
  assert.match(policy, /default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'/);
});

story("the server is killed: the edit stays, the refusal says so, and after the restart it is saved", async ({ ben, server }) => {
  const b = await ben("shared-json");
  await b.field("Title").fill("Typed before the crash");
  await b.hasEngine();
  await server.kill();
  await b.save();
  await b.told("It is not known whether this was saved");
  await b.told("Your edit is still here");
  assert.equal(await b.field("Title").inputValue(), "Typed before the crash");
  await server.restart();
  await b.press("Try again");
  await b.told("Saved");
  assert.equal((await server.json("/api/documents/shared-json")).title, "Typed before the crash");
});

story("the server is killed before a story opens: the page says so, and opens it after the restart", async ({ ben, server }) => {
  const b = await ben("shared-text");
  await server.kill();
  await b.page.getByRole("link", { name: "Shared form" }).click();
  await b.told("The server cannot be reached");
  await server.restart();
  await b.panel.getByRole("button", { name: "Look again" }).click();
  await b.told("Opened");
  assert.equal(await b.field("Title").inputValue(), "Summer fair");
});

story("while a save is under way the fields cannot be typed in, so that its result overwrites nothing", async ({ ann, ben, server }) => {
  const [a, b] = [await ann("shared-json"), await ben("shared-json")];
  await a.field("Owner").fill("Dora");
  await a.saves();
  await server.switches({ delay_ms: 400 });
  await b.field("Title").fill("Winter fair");
  await b.button("Save").click();
  await b.panel.and(b.page.locator("[aria-busy]")).waitFor();
  assert.ok(await b.field("Title").isDisabled());
  await b.told("came in");
  assert.ok(await b.field("Title").isEnabled());
});

story("nothing is cut off on a screen of 320 pixels, in any story and in a conflict", async ({ open, server }) => {
  const size = { viewport: { width: 320, height: 640 } };
  const b = await open("b", "shared-text", size);
  const overflow = () => b.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  for (const link of await b.page.getByRole("navigation").getByRole("link").all()) {
    await link.click();
    await b.page.getByRole("heading", { name: await link.innerText(), level: 2 }).waitFor();
    assert.equal(await overflow(), 0, await link.innerText());
  }
  await b.page.getByRole("link", { name: "Shared form" }).click();
  const document = await server.json("/api/documents/shared-json");
  await server.write("/api/documents/shared-json", "application/json", JSON.stringify({ ...document, title: "T".repeat(300) }));
  await b.field("Title").fill("M".repeat(300));
  await b.meetsConflict();
  assert.equal(await overflow(), 0, "conflict");
});
