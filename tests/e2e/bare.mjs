// A page with nothing on it but the package, and a server of the test's own behind it.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

import { launch } from "./stage.mjs";

const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm" };

/**
 * @param {(request: import("node:http").IncomingMessage, response: import("node:http").ServerResponse, path: string) => unknown} answer
 *   Answers paths below /doc/.
 * @param {Record<string, string>} [scripts] Further scripts, by path.
 */
export async function startBare(answer, scripts = {}) {
  const serve = async (request, response) => {
    const { pathname } = new URL(request.url, "http://x");
    if (pathname.startsWith("/doc/")) return answer(request, response, pathname);
    if (scripts[pathname] !== undefined) return response.writeHead(200, { "content-type": "text/javascript" }).end(scripts[pathname]);
    if (!pathname.startsWith("/mergefetch/")) {
      return response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>bare</title>");
    }
    const file = join(process.env.PKG_DIR, normalize(pathname.slice("/mergefetch".length)));
    // Also for frames without an origin.
    response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "text/plain", "access-control-allow-origin": "*" }).end(await readFile(file));
  };
  const server = createServer((request, response) => serve(request, response).catch((error) => response.destroy(error)));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await launch();
  const context = await browser.newContext();
  return {
    /** A page whose global `mergefetch` is the package, and `helpers` its helpers. */
    async open() {
      const page = await context.newPage();
      await page.goto(`http://127.0.0.1:${server.address().port}/`);
      await page.evaluate(async () => {
        globalThis.mergefetch = await import("/mergefetch/index.js");
        globalThis.helpers = await import("/mergefetch/helpers.js");
      });
      return page;
    },
    /** The network of all pages. */
    setOffline: (isOffline) => context.setOffline(isOffline),
    /** The protocol of Chromium's developer tools. */
    protocol: (page) => context.newCDPSession(page),
    /** The same server under another origin. */
    otherOrigin(path) {
      return `http://localhost:${server.address().port}${path}`;
    },
    async stop() {
      await browser.close();
      server.closeAllConnections();
      server.close();
    },
  };
}
