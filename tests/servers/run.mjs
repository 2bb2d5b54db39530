// Runs the loop against one running server, in Node.js and in Chromium: `node run.mjs NAME ORIGIN`, lines of tab-separated cells.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { pathToFileURL } from "node:url";

import { chromium } from "playwright-core";

import { loop, names } from "./loop.mjs";

const [server, origin] = process.argv.slice(2);
const pkg = process.env.PKG_DIR;
const TYPES = { ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };

/** The page stands on an origin of its own, so that every exchange is cross-origin. */
async function servePage() {
  const pages = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://page");
    const file = pathname.startsWith("/mergefetch/")
      ? join(pkg, normalize(pathname.slice("/mergefetch".length)))
      : pathname === "/loop.mjs"
        ? new URL("loop.mjs", import.meta.url)
        : undefined;
    if (file === undefined) return response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>servers</title>");
    response.writeHead(200, { "content-type": TYPES[extname(String(file))] ?? "text/plain" }).end(await readFile(file));
  });
  await new Promise((listening) => pages.listen(0, "127.0.0.1", listening));
  return pages;
}

async function inNode(name) {
  const [mergefetch, { doctor }] = await Promise.all(["node.js", "doctor.js"].map((entry) => import(pathToFileURL(join(pkg, entry)))));
  return loop({ ...mergefetch, doctor }, name, origin, "node");
}

async function inChromium(name) {
  const pages = await servePage();
  const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-component-update"];
  const browser = await chromium.launch({ executablePath: process.env.CHROME, args });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${pages.address().port}/`);
    return await page.evaluate(async ([name, origin]) => {
      const [mergefetch, { doctor }, { loop }] = await Promise.all([import("/mergefetch/index.js"), import("/mergefetch/doctor.js"), import("/loop.mjs")]);
      return loop({ ...mergefetch, doctor }, name, origin, "chromium");
    }, [name, origin]);
  } finally {
    await browser.close();
    pages.close();
  }
}

for (const name of names.filter((one) => one.split(" ")[0] === server)) {
  for (const [runtime, run] of [["node", inNode], ["chromium", inChromium]]) {
    for (const { step, result, requests, protection, log } of await run(name)) {
      console.log([name, runtime, step, result.replaceAll(/\s+/g, " "), requests, protection].join("\t"));
      if (process.env.VERBOSE || result.startsWith("FAILED")) for (const line of log) console.error(`    ${line}`);
    }
  }
}
