/**
 * Makes the pictures of docs/pictures, for both themes, from the real page: a text and a form in conflict, and the page as it opens.
 * Needs a built package and server:
 *
 *     cargo xtask build && cargo build -p example-server && node tests/e2e/pictures.mjs
 */
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { launch } from "./stage.mjs";
import { Server } from "./server.mjs";

const root = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
process.env.EXAMPLE_SERVER_BIN ||= root("target/debug/example-server");
process.env.WWW_DIR ||= root("www");
process.env.PKG_DIR ||= root("pkg/dist");

/** Wide enough for three columns, and still readable when a README shows it at 830 pixels. */
const VIEWPORT = { width: 1060, height: 900 };

const person = (page, name) => page.getByRole("region", { name, exact: true });

async function save(page, name) {
  await person(page, name).getByRole("button", { name: "Save", exact: true }).click();
}

async function text(page) {
  const edit = async (name, changes) => {
    const area = person(page, name).getByLabel("Text", { exact: true });
    const before = await area.inputValue();
    await area.fill(changes.reduce((now, [from, to]) => now.replace(from, to), before));
    await save(page, name);
  };
  await edit("Ann", [["April to October", "May to October"], ["Tools are", "All tools are"]]);
  await person(page, "Ann").getByText(/^Saved/).waitFor();
  await edit("Ben", [["April to October", "April to November"], ["bake cakes", "bake bread"]]);
  const conflict = page.locator("merge-conflict");
  await conflict.getByRole("radio", { name: "Both edits together" }).check();
  await conflict.getByText("Everything is decided.").waitFor();
  return conflict;
}

async function form(page) {
  const fill = async (name, values) => {
    for (const [label, value] of Object.entries(values)) await person(page, name).getByLabel(label, { exact: true }).fill(value);
    await save(page, name);
  };
  await fill("Ann", { Title: "Autumn fair", "Due date": "2031-09-20", Budget: "500" });
  await person(page, "Ann").getByText(/^Saved/).waitFor();
  await person(page, "Ben").getByLabel("Currency", { exact: true }).selectOption("USD");
  await fill("Ben", { Title: "Summer market", "Due date": "2031-07-05", Description: "Cakes, music and a flea market." });
  const conflict = page.locator("merge-conflict");
  await conflict.getByRole("region", { name: "Title" }).getByRole("radio", { name: /^Your version/ }).check();
  return conflict;
}

async function twoPeople(page) {
  await person(page, "Ann").getByLabel("Title", { exact: true }).fill("Autumn fair");
  await save(page, "Ann");
  await person(page, "Ben").getByText(/Ann has saved/).waitFor();
  return page.locator("body");
}

/** The subject of each picture, and its story. */
const PICTURES = [
  ["conflict", "shared-text", text],
  ["form", "shared-json", form],
  ["page", "shared-json", twoPeople],
];

const [server, browser] = await Promise.all([Server.start(), launch()]);
try {
  await mkdir(root("docs/pictures"), { recursive: true });
  for (const colorScheme of ["light", "dark"]) {
    for (const [name, story, play] of PICTURES) {
      await server.reset();
      const page = await browser.newPage({ viewport: VIEWPORT, colorScheme, reducedMotion: "reduce" });
      await page.goto(`${server.url}/#${story}`);
      await page.locator("html[data-ready]").waitFor();
      const subject = await play(page);
      const path = root(`docs/pictures/${name}-${colorScheme}.png`);
      // A new message does not fade in, but the log comes a moment later.
      await page.getByRole("cell", { name: "saved", exact: false }).first().waitFor();
      await subject.screenshot({ path });
      console.log(path);
      await page.close();
    }
  }
} finally {
  await browser.close();
  await server.stop();
}
