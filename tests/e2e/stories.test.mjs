/** One story for each scenario of the page, each person at a browser of their own. */
import assert from "node:assert/strict";
import { hasText, stage } from "./stage.mjs";

const story = stage();

story("shared text: edits of different lines are merged and saved without a question", async ({ ann, ben, server }) => {
  const [a, b] = [await ann("shared-text"), await ben("shared-text")];
  await a.edit("Text", "April", "May");
  await a.saves();
  await b.edit("Text", "apples", "pears");
  await b.saves("merged with what somebody else saved meanwhile: 1 change of theirs came in");
  await hasText(b.status.locator("li"), /April[^]*May/);
  const text = await server.text("/api/documents/shared-text");
  assert.match(text, /open from May to October[^]*pick the pears/);
  assert.equal(await b.field("Text").inputValue(), text);
});

story("shared form: edits of different fields are merged, and what no field shows stays to the digit", async ({ ann, ben, server }) => {
  const before = '{\n  "title": "Fair",\n  "owner": "Ann",\n  "done": false,\n  "budget": { "amount": 1.50, "currency": "EUR" },\n  "serial": 12345678901234567890\n}\n';
  await server.write("/api/documents/shared-json", "application/json", before);
  const [a, b] = [await ann("shared-json"), await ben("shared-json")];
  await a.field("Owner").fill("Dora");
  await a.saves();
  await b.field("Done").check();
  await b.saves("1 change of theirs came in");
  await hasText(b.status.locator("li"), /Owner/);
  assert.equal(await b.field("Owner").inputValue(), "Dora");
  assert.equal(await server.text("/api/documents/shared-json"), before.replace('"Ann"', '"Dora"').replace("false", "true"));
});

story("duplicate e-mail: the field is marked, the server's words stand beside it, and another address works", async ({ ann, ben, server }) => {
  const [a, b] = [await ann("duplicate-email"), await ben("duplicate-email")];
  await a.press("Create account");
  await a.told("Account created for office@example.org");
  await b.press("Create account");
  await b.told("this is taken already");
  const email = b.field("E-mail");
  assert.equal(await email.getAttribute("aria-invalid"), "true");
  assert.equal(await email.inputValue(), "office@example.org");
  await hasText(b.panel.locator(`[id="${(await email.getAttribute("aria-describedby")).split(" ").at(-1)}"]`), "Another user has this e-mail address");
  assert.ok(await email.evaluate((field) => field === document.activeElement), "the focus is on what must be mended");
  await email.fill("ben.miller@example.org");
  assert.equal(await email.getAttribute("aria-invalid"), null);
  await b.press("Create account");
  await b.told("Account created for ben.miller@example.org");
  assert.equal((await server.json("/api/users")).length, 4);
});

story("order state: what is too late is refused with the state now and those possible, and the edit stays", async ({ ann, ben, server }) => {
  const [a, b] = [await ann("order-state"), await ben("order-state")];
  await a.field("State").selectOption("shipped");
  await a.saves();
  await b.field("Address").fill("4 Oak Road");
  await b.save();
  await b.told("not possible right now");
  await b.told(/State now\s*shipped/);
  await b.told(/Possible next\s*delivered/);
  assert.equal(await b.field("Address").inputValue(), "4 Oak Road");
  assert.equal((await server.json("/api/orders/1001")).address, "12 Lime Street");
  await b.press("Show the newest order");
  await b.told("Opened");
  assert.equal(await b.field("State").inputValue(), "shipped");
  await b.field("State").selectOption("delivered");
  await b.saves();
  assert.equal((await server.json("/api/orders/1001")).state, "delivered");
});

story("last place: the second to book is told that the room is full", async ({ ann, ben, server }) => {
  const [a, b] = [await ann("last-slot"), await ben("last-slot")];
  await hasText(b.panel, "1 place left of 4");
  await a.press("Book a place");
  await a.told("Booked: Ann has a place");
  await b.press("Book a place");
  await b.told("Not booked: the room is full");
  await b.told("the last place is taken");
  assert.equal(await b.field("Guest").inputValue(), "Ben");
  await b.status.getByRole("button", { name: "Look again" }).click();
  await hasText(b.panel, "no place left of 4");
  assert.deepEqual((await server.json("/api/rooms/garden")).guests, ["Dora", "Emil", "Fay", "Ann"]);
});

story("locked document: the edit waits in the form until the holder releases the lock", async ({ ann, ben, server }) => {
  const [a, b] = [await ann("locked"), await ben("locked")];
  await b.field("Rules").fill("No ball games.");
  await b.save();
  await b.told("Not saved: Cara holds the lock");
  await a.button("Let Cara release it").click();
  await a.button("Lock it for me").click();
  await hasText(a.panel, "You hold the lock");
  await b.press("Try again");
  await b.told("Not saved: Ann holds the lock");
  assert.equal(await b.field("Rules").inputValue(), "No ball games.");
  await a.button("Release my lock").click();
  await hasText(a.panel, "Nobody holds the lock");
  await b.press("Try again");
  await b.told("Saved");
  assert.equal((await server.json("/api/documents/locked")).text, "No ball games.");
});
