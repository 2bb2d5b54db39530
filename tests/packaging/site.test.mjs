// The documentation site: every link leads somewhere, nothing comes from another host, and its live example works.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join, posix } from "node:path";
import { after, test } from "node:test";

import { chromium } from "playwright-core";

import { ARGUMENTS, serve } from "./support.mjs";

const SITE = process.env.MERGEFETCH_SITE;
const files = new Set((await readdir(SITE, { withFileTypes: true, recursive: true })).filter((entry) => entry.isFile()).map((entry) => posix.join("/", entry.parentPath.slice(SITE.length), entry.name)));
/** Made by TypeDoc and rustdoc, which check their own links. */
const isMade = (file) => /^\/(reference|rust|mergefetch)\//.test(file);
const pages = [...files].filter((file) => file.endsWith(".html") && !isMade(file));
const texts = new Map(await Promise.all(pages.map(async (page) => [page, await readFile(join(SITE, page), "utf8")])));

const plain = (text) => text.replaceAll("&amp;", "&").replaceAll("&#39;", "'").replaceAll("&quot;", '"');
const ids = new Map([...texts].map(([page, text]) => [page, new Set([...text.matchAll(/ id="([^"]*)"/g)].map(([, id]) => plain(id)))]));

test("every link of the site leads to a file, and to a place in it", () => {
  const lost = [];
  let count = 0;
  for (const [page, text] of texts) {
    for (const [, found] of text.matchAll(/ (?:href|src)="([^"]*)"/g)) {
      const link = plain(found);
      if (/^(https?|mailto|data):/.test(link)) continue;
      count += 1;
      const [path, anchor] = link.split("#");
      const at = path === "" ? page : posix.join(path.startsWith("/") ? "/" : posix.dirname(page), decodeURI(path.replace(/\?.*$/, "")));
      const file = at.endsWith("/") ? `${at}index.html` : at;
      const isThere = files.has(file) && (!anchor || !ids.has(file) || ids.get(file).has(decodeURIComponent(anchor)));
      if (!isThere) lost.push(`${page}: ${link}`);
    }
  }
  assert.deepEqual(lost, []);
  assert.ok(count > 1_000, `${count} links`);
});

test("the sidebar names every page of the guide", async () => {
  const guide = await readdir(join(process.env.MERGEFETCH_ROOT, "docs/guide"));
  const named = texts.get("/docs/guide/README.html");
  const missing = guide.filter((name) => !named.includes(`href="/docs/guide/${name.replace(/\.md$/, ".html")}"`));
  assert.deepEqual(missing, []);
});

const browser = await chromium.launch({ executablePath: process.env.CHROME, args: ARGUMENTS });
after(() => browser.close());

/** A page of the site, with the addresses of its requests. */
async function open(path, options = {}) {
  const address = await serve(SITE);
  const page = await browser.newPage(options);
  const requests = [];
  const complaints = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(`${address}${path}`, { waitUntil: "networkidle" });
  return { page, complaints, foreign: () => requests.filter((url) => !url.startsWith(address) && !url.startsWith("data:")) };
}

test("the first page, the search and the dark mode need no other host", async () => {
  const { page, complaints, foreign } = await open("index.html", { colorScheme: "light" });
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByRole("searchbox").or(page.locator("#localsearch-input")).first().fill("If-Match");
  await page.locator(".result").first().waitFor();
  await page.keyboard.press("Escape");
  await page.locator(".VPSwitchAppearance:visible").first().click();
  assert.equal(await page.evaluate(() => document.documentElement.classList.contains("dark")), true);
  assert.deepEqual([complaints, foreign()], [[], []]);
});

for (const viewport of [{ width: 1280, height: 900 }, { width: 360, height: 740 }]) {
  test(`the live example merges, asks, and saves, ${viewport.width} pixels wide`, async () => {
    const { page, complaints, foreign } = await open("live.html", { viewport });
    const form = (name) => page.locator("form").filter({ hasText: name });
    const save = (name) => page.getByRole("button", { name: `Save as ${name}` }).click();
    const said = (name, text) => form(name).locator("output", { hasText: text }).waitFor();
    await form("Ben").getByLabel("Guests").fill("30");
    await save("Ben");
    await said("Ben", "Saved.");
    await form("Ann").getByLabel("Title").fill("Garden party");
    await save("Ann");
    await said("Ann", "Saved, together with the other edit.");
    assert.equal(await form("Ann").getByLabel("Guests").inputValue(), "30");
    await form("Ben").getByLabel("Title").fill("Summer feast");
    await save("Ben");
    await said("Ben", "decide below");
    const view = page.locator("merge-conflict");
    await view.getByRole("radio", { name: "Your version" }).first().check();
    await view.getByRole("button", { name: "Save" }).click();
    await said("Ben", "Saved");
    assert.equal(await view.count(), 0);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
    assert.deepEqual([complaints, foreign()], [[], []]);
  });
}
