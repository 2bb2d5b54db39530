// The same measurement in a page of Chromium.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

import { chromium } from "playwright-core";

const TYPES = { ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };

/** Serves folders under names; anything else is an empty page. */
function serve(folders) {
  const server = createServer(async (request, response) => {
    const [, name, ...rest] = normalize(new URL(request.url, "http://bench").pathname).split("/");
    if (folders[name] === undefined) return response.setHeader("content-type", "text/html").end("<!doctype html>");
    try {
      const content = await readFile(join(folders[name], ...rest));
      response.setHeader("content-type", TYPES[extname(rest.at(-1))] ?? "text/plain; charset=utf-8").end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

/** Calls `each` with the result of every case. */
export async function inChromium({ executablePath, answers, dist, cases, runs }, each) {
  const server = await serve({ answers, dist, bench: import.meta.dirname });
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(0);
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    for (const one of cases) {
      each(
        await page.evaluate(
          async ([one, runs]) => {
            const { init, mergeText } = await import("/dist/index.js");
            const { measure } = await import("/bench/measure.mjs");
            await init();
            // `text()` would take a byte order mark away.
            const decode = (bytes) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
            const read = async (file) => decode(await (await fetch(`/answers/${file}`)).arrayBuffer());
            return measure(mergeText, one, read, runs);
          },
          [one, runs],
        ),
      );
    }
  } finally {
    await browser.close();
    server.close();
  }
}
