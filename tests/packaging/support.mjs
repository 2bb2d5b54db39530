// What all files share: a browser, a server of built pages, and what a build must hold.
import { readFileSync } from "node:fs";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname, extname, join, normalize } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };
export const ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"];
/** For one page; each takes about a second. */
const PATIENCE_MS = 60_000;

export const root = dirname(fileURLToPath(import.meta.url));
export const app = join(root, "app");
export const server = process.env.MERGEFETCH_TEST_SERVER;

/** The file of an entry point, as package.json says. */
export function fileOf(entry) {
  const { exports } = JSON.parse(readFileSync(join(root, "node_modules/mergefetch/package.json"), "utf8"));
  const found = exports[entry];
  return join("node_modules/mergefetch", found.default ?? found);
}

/** An empty folder for what `tool` makes. */
export async function emptyFolder(tool) {
  const folder = join(root, "built", tool);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  return folder;
}

export async function writePage(folder, script, head = "") {
  await writeFile(
    join(folder, "index.html"),
    `<!doctype html><meta charset="utf-8"><title></title><link rel="icon" href="data:,">${head}<script type="module" src="${script}"></script>`,
  );
}

export async function wasmFiles(folder) {
  return (await readdir(folder, { recursive: true })).filter((file) => file.endsWith(".wasm"));
}

/** Serves a folder with these fields in every answer; its address. */
export async function serve(folder, headers = {}) {
  const answer = async (request, response) => {
    const { pathname } = new URL(request.url, "http://x");
    const file = join(folder, normalize(pathname.endsWith("/") ? `${pathname}index.html` : pathname));
    const body = await readFile(file).catch(() => undefined);
    response.writeHead(body ? 200 : 404, { ...headers, "content-type": TYPES[extname(file)] ?? "text/plain" }).end(body);
  };
  const listener = createServer((request, response) => answer(request, response).catch((error) => response.destroy(error)));
  await new Promise((resolve) => listener.listen(0, "127.0.0.1", resolve));
  after(() => {
    listener.closeAllConnections();
    listener.close();
  });
  return `http://127.0.0.1:${listener.address().port}/`;
}

let browser;
after(async () => (await browser)?.close());

const hasTitle = () => document.title !== "";

/** What the page at `address` ends with once it `isDone`; and what it fetched. Its documents are on the server `at`. */
export async function open(address, isDone = hasTitle, at = server) {
  browser ??= chromium.launch({ executablePath: process.env.CHROME, args: ARGUMENTS });
  const context = await (await browser).newContext();
  const page = await context.newPage();
  const complaints = [];
  const modules = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    // A document that is not there yet, and a refused save, are no complaint; a missing file of the page is one.
    const isAnswer = message.text().startsWith("Failed to load resource") && message.location().url.startsWith(at);
    if (message.type() === "error" && !isAnswer) complaints.push(`${message.text()} ${message.location().url}`);
  });
  context.on("request", (request) => request.url().includes(".wasm") && modules.push(request.url()));
  try {
    await page.goto(`${address}?server=${encodeURIComponent(at)}`);
    await page.waitForFunction(isDone, undefined, { timeout: PATIENCE_MS }).catch((error) => {
      throw new Error(`${error.message}: ${complaints.join("; ")}`);
    });
    return { title: await page.title(), text: await page.evaluate(() => document.body.textContent), complaints, modules };
  } finally {
    await context.close();
  }
}
