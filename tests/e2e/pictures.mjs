/**
 * Makes docs/pictures/conflict-light.png and conflict-dark.png from the real page. Needs a built package and server:
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

async function play(page) {
  const person = (name) => page.getByRole("region", { name, exact: true });
  const edit = async (name, changes) => {
    const text = person(name).getByLabel("Text", { exact: true });
    const before = await text.inputValue();
    await text.fill(changes.reduce((now, [from, to]) => now.replace(from, to), before));
    await person(name).getByRole("button", { name: "Save", exact: true }).click();
  };
  await edit("Ann", [["April to October", "May to October"], ["Tools are", "All tools are"]]);
  await person("Ann").getByText(/^Saved/).waitFor();
  await edit("Ben", [["April to October", "April to November"], ["bake cakes", "bake bread"]]);
  const conflict = page.getByRole("region", { name: /your decision$/ });
  await conflict.waitFor();
  await conflict.getByRole("radio", { name: "Put the words of both together" }).check();
  await conflict.getByText("Everything is decided.").waitFor();
  return conflict;
}

const [server, browser] = await Promise.all([Server.start(), launch()]);
try {
  await mkdir(root("docs/pictures"), { recursive: true });
  for (const colorScheme of ["light", "dark"]) {
    await server.reset();
    const page = await browser.newPage({ viewport: VIEWPORT, colorScheme, reducedMotion: "reduce" });
    await page.goto(`${server.url}/#shared-text`);
    await page.locator("html[data-ready]").waitFor();
    const conflict = await play(page);
    const path = root(`docs/pictures/conflict-${colorScheme}.png`);
    await conflict.screenshot({ path });
    console.log(path);
    await page.close();
  }
} finally {
  await browser.close();
  await server.stop();
}
