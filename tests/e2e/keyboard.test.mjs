/** Everything without a mouse, and nothing that only colour or sight would tell. */
import assert from "node:assert/strict";
import { becomes, hasText, stage } from "./stage.mjs";

const story = stage();

/** More stops than any page of the example has. */
const MAX_STOPS = 60;

/** Presses Tab, or Shift+Tab for an earlier place, until the focus is on `locator`. */
async function tabTo(page, locator, key = "Tab") {
  for (let stops = 0; stops < MAX_STOPS; stops++) {
    await page.keyboard.press(key);
    if (await hasFocus(locator)) return;
  }
  throw new Error(`expected Tab to reach ${locator} within ${MAX_STOPS} stops`);
}

const hasFocus = (locator) => locator.evaluate((element) => element.matches(":focus"));

story("a conflict is met, decided and saved by keyboard alone, and the focus is never lost", async ({ ann, ben, server }) => {
  const [a, b] = [await ann("shared-json"), await ben("shared-json")];
  await a.field("Title").fill("Autumn fair");
  await a.field("Owner").fill("Dora");
  await a.saves();

  const { keyboard } = b.page;
  await tabTo(b.page, b.field("Title"));
  await keyboard.press("Control+A");
  await keyboard.type("Winter fair");
  await tabTo(b.page, b.field("Owner"));
  await keyboard.press("Control+A");
  await keyboard.type("Emil");
  await tabTo(b.page, b.button("Save"));
  await keyboard.press("Enter");

  const heading = b.page.getByRole("heading", { name: "2 decisions to make" });
  await heading.waitFor();
  await becomes(b.page, () => document.activeElement?.shadowRoot?.activeElement?.matches("h2"));
  await hasText(b.conflict.getByRole("status"), "2 decisions still to make");

  const titles = b.clash("Title").getByRole("radio");
  await tabTo(b.page, titles.nth(0));
  assert.ok(await hasFocus(titles.nth(0)), "the first decision is reached by Tab");
  await keyboard.press("ArrowDown");
  assert.ok(await titles.nth(1).isChecked());
  await hasText(b.conflict.getByRole("status"), "1 decision still to make");
  await tabTo(b.page, b.clash("Owner").getByRole("button", { name: "Other choices" }));
  await keyboard.press("Enter");
  await keyboard.press("Alt+ArrowDown");
  assert.ok(await hasFocus(b.clash("Owner").getByRole("radio").nth(0)), "the open place is reached by its key");
  await keyboard.press("ArrowUp");
  const own = b.clash("Owner").getByLabel("Your own version");
  await tabTo(b.page, own);
  await keyboard.press("Control+A");
  await keyboard.type("Dora and Emil");
  await hasText(b.conflict.getByRole("status"), "Everything is decided");
  await tabTo(b.page, b.saveResult);
  await keyboard.press("Enter");

  await b.told("Saved");
  await becomes(b.page, () => document.activeElement?.matches(".person button[type=submit]"));
  const now = await server.json("/api/documents/shared-json");
  assert.deepEqual([now.title, now.owner], ["Autumn fair", "Dora and Emil"]);
});

story("stories are changed by keyboard, and what was typed is there on the way back", async ({ ben }) => {
  const b = await ben("shared-json");
  await b.field("Title").fill("Half a thought");
  await tabTo(b.page, b.page.getByRole("link", { name: "Last place" }), "Shift+Tab");
  await b.page.keyboard.press("Enter");
  await b.button("Book a place").waitFor();
  await tabTo(b.page, b.page.getByRole("link", { name: "Shared form" }), "Shift+Tab");
  await b.page.keyboard.press("Enter");
  await b.field("Title").waitFor();
  assert.equal(await b.field("Title").inputValue(), "Half a thought");
});

story("the skip link leads to the story and does not change it", async ({ ben }) => {
  const b = await ben("last-slot");
  await b.page.keyboard.press("Tab");
  await b.page.keyboard.press("Enter");
  await becomes(b.page, () => document.activeElement?.id === "stage");
  assert.ok(await b.button("Book a place").isVisible());
});
