/** The parts of a story: a server, a browser, and people with a browser context each. Failures leave pictures in target/test/e2e. */
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { chromium, firefox } from "playwright-core";
import { Person } from "./person.mjs";
import { Server } from "./server.mjs";

/** For one action or condition; the slowest takes a fraction of it. */
export const PATIENCE_MS = 15_000;

const PICTURES = new URL("../../target/test/e2e/", import.meta.url);

export const ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"];

/**
 * Chromium, or what `E2E_BROWSER` names. Firefox is the system's own, driven by WebDriver BiDi. The page scrolls smoothly where people
 * want motion: on a slow machine a button would move between the press and the release of the mouse.
 */
export const launch = (name = process.env.E2E_BROWSER) =>
  name === "firefox"
    ? firefox.launch({ channel: "moz-firefox", executablePath: process.env.FIREFOX || "/usr/bin/firefox", firefoxUserPrefs: { "ui.prefersReducedMotion": 1 } })
    : chromium.launch({ executablePath: process.env.CHROME || "/usr/bin/chromium", args: ARGUMENTS });

/** Starts a server and a browser before the tests of a file, and ends both after them. The object gets both once they run. */
export function opened() {
  const both = {};
  before(async () => {
    [both.server, both.browser] = await Promise.all([Server.start(), launch()]);
  });
  after(async () => {
    await both.browser?.close();
    await both.server?.stop();
  });
  return both;
}

/**
 * Prepares a file of stories. Returns what declares one: `story(name, async ({ ann, ben, server, open }) => …)`.
 * `ann("shared-text")` opens her page in a context of her own; `open` takes options of the context, too.
 */
export function stage() {
  const both = opened();
  return (name, play) =>
    test(name, async () => {
      const { server, browser } = both;
      await server.reset();
      const people = [];
      const complaints = [];
      const open = async (id, scenario, options = {}) => {
        const context = await browser.newContext({ locale: "en-GB", reducedMotion: "reduce", ...options });
        context.setDefaultTimeout(PATIENCE_MS);
        const page = await context.newPage();
        watch(page, complaints);
        const person = new Person(page, id);
        people.push(person);
        await person.open(server.url, scenario);
        return person;
      };
      try {
        await play({ server, open, ann: (scenario) => open("a", scenario), ben: (scenario) => open("b", scenario) });
        assert.deepEqual(complaints, [], "the page complained in its console");
      } catch (error) {
        await picture(name, people);
        throw error;
      } finally {
        await Promise.all(people.map(({ page }) => page.context().close()));
      }
    });
}

/** Anything a page says is wrong: errors nobody caught, forbidden scripts and styles, dialogs. Refused requests are no complaint. */
function watch(page, complaints) {
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("dialog", async (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    await dialog.dismiss();
  });
  page.on("console", (message) => {
    const isRefusedRequest = message.text().startsWith("Failed to load resource");
    if (["error", "warning"].includes(message.type()) && !isRefusedRequest) complaints.push(`${message.type()}: ${message.text()}`);
  });
}

async function picture(name, people) {
  await mkdir(PICTURES, { recursive: true });
  for (const { page, name: who } of people) {
    const file = `${name}-${who}`.replace(/[^a-z0-9]+/gi, "-").slice(0, 120);
    await page.screenshot({ path: new URL(`${file}.png`, PICTURES).pathname, fullPage: true }).catch((error) => console.error(`no picture of ${file}: ${error.message}`));
  }
}

/** Waits until one of these has this text in it, capitals as here, any white space for white space. */
export async function hasText(locator, text) {
  await locator.filter({ hasText: pattern(text) }).first().waitFor();
}

/** Playwright's own comparison of strings would take "Not saved" for "Saved". */
export function pattern(text) {
  if (typeof text !== "string") return text;
  return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\s+/g, "\\s+"));
}

/** Waits until `check` gives something true, asked again in the page on every frame. */
export async function becomes(page, check, argument) {
  await page.waitForFunction(check, argument);
}

/** After a refusal, the version that was refused must never be sent again. */
export function assertNoVersionSentAgain(log) {
  const refused = new Set();
  for (const { method, url, if_match: version, status } of log) {
    if (version === null) continue;
    const key = `${url} ${version}`;
    assert.ok(!refused.has(key), `${method} ${url} was sent again with ${version}, which had been refused`);
    if (status === 409 || status === 412) refused.add(key);
  }
}
