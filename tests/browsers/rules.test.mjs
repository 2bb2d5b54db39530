// The table of docs/BROWSERS.md, measured again.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { PROBES, measure } from "./probes.mjs";
import { startOrigin } from "./probe-server.mjs";
import { Browser, engines } from "./webdriver.mjs";

const FILE = join(process.env.MERGEFETCH_ROOT, "docs/BROWSERS.md");
const [START, END] = ["<!-- measured -->\n", "<!-- end -->"];
const RUNTIMES = ["Chromium", "Firefox", "WebKit", "Node.js"];

const document = await readFile(FILE, "utf8");
const start = document.indexOf(START) + START.length;
const table = document.slice(start, document.indexOf(END));
/** "WebKit 2.50" → the cells of its column, by probe. */
const columns = new Map();
const [heading, , ...rows] = table.trim().split("\n").map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim()));
heading.slice(2).forEach((name, index) => columns.set(name, new Map(rows.map((row) => [row[1], row[index + 2]]))));
const columnOf = (runtime) => [...columns].find(([name]) => name.startsWith(`${runtime} `)) ?? [`${runtime} ?`, new Map()];

const measured = new Map();

async function twoOrigins(t) {
  const origins = [await startOrigin(), await startOrigin()];
  t.after(() => origins.forEach(({ stop }) => stop()));
  return origins;
}

/** What the client relies on holds in every version; the rest is as written in those versions that the table names. */
function compare(t, runtime, version, found) {
  measured.set(runtime, { version, found });
  PROBES.forEach(({ name, relied }, index) => {
    if (relied && found[index] !== "") assert.match(found[index], relied, name);
  });
  const [written, cells] = columnOf(runtime);
  const differences = PROBES.flatMap(({ name }, index) => (cells.get(name) === found[index] ? [] : [`${name}: ${cells.get(name)} → ${found[index]}`]));
  if (process.env.MERGEFETCH_WRITE) return;
  if (written === `${runtime} ${version}`) assert.deepEqual(differences, [], `${FILE} says otherwise: MERGEFETCH_WRITE=1 cargo xtask test browsers`);
  else t.diagnostic(`${written} in the table, ${version} here: ${differences.length === 0 ? "no difference" : differences.join("; ")}`);
}

for (const engine of engines) {
  test(`${engine} does what the table says`, async (t) => {
    const [page, other] = await twoOrigins(t);
    const browser = await Browser.cached(engine, page);
    t.after(() => browser.stop());
    const found = [];
    for (const index of PROBES.keys()) {
      found.push(await browser.run(async (index, a, b) => (await import("/probes.mjs")).measure(index, a, b), index, page.url, other.url));
    }
    compare(t, engine, browser.version, found);
  });
}

test("Node.js does what the table says", async (t) => {
  const [page, other] = await twoOrigins(t);
  const found = [];
  for (const [index, { browser }] of PROBES.entries()) found.push(browser ? "" : await measure(index, page.url, other.url));
  compare(t, "Node.js", process.versions.node.split(".")[0], found);
});

test("the table has a row for each probe, and no other", async () => {
  if (process.env.MERGEFETCH_WRITE) {
    const line = (cells) => `| ${cells.join(" | ")} |`.replaceAll("|  |", "| |").replaceAll("|  |", "| |");
    const names = RUNTIMES.map((runtime) => (measured.has(runtime) ? `${runtime} ${measured.get(runtime).version}` : columnOf(runtime)[0]));
    const cell = (runtime, index) => measured.get(runtime)?.found[index] ?? columnOf(runtime)[1].get(PROBES[index].name) ?? "";
    const lines = PROBES.map(({ rule, name }, index) => line([rule, name, ...RUNTIMES.map((runtime) => cell(runtime, index))]));
    const made = `${[line(["rule", "probe", ...names]), "|---|---|---|---|---|---|", ...lines].join("\n")}\n`;
    await writeFile(FILE, document.slice(0, start) + made + document.slice(document.indexOf(END)));
    return;
  }
  assert.deepEqual(rows.map(([rule, name]) => [rule, name]), PROBES.map(({ rule, name }) => [rule, name]));
});
