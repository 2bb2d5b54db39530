/** The gallery of all views of the elements, served under the strictest policy, in Chromium or Firefox. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { launch } from "./stage.mjs";

const TYPES = { ".css": "text/css", ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };
const FOLDER = fileURLToPath(new URL("gallery/", import.meta.url));

/** No inline styles, and no strings as scripts or markup; the elements must work under this policy. */
export const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

const AXE = fileURLToPath(import.meta.resolve("axe-core"));

const answer = async (request, response) => {
  const { pathname } = new URL(request.url, "http://x");
  const path = normalize(pathname === "/" ? "/index.html" : pathname);
  const file = path === "/axe.js" ? AXE : path.startsWith("/mergefetch/") ? join(process.env.PKG_DIR, path.slice("/mergefetch".length)) : join(FOLDER, path);
  const body = await readFile(file).catch(() => null);
  response.writeHead(body === null ? 404 : 200, { "content-type": TYPES[extname(file)] ?? "text/plain", "content-security-policy": POLICY }).end(body);
};

/** @param {"chromium" | "firefox"} name */
export async function openGallery(name) {
  const server = createServer((request, response) => answer(request, response).catch((error) => response.destroy(error)));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${server.address().port}/`;
  const browser = await launch(name);
  return {
    url,
    /** A page of its own; `complaints` are the messages in its console. */
    async page(options = {}) {
      const context = await browser.newContext({ locale: "en-GB", ...options });
      const page = await context.newPage();
      const complaints = [];
      page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
      page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(`${message.type()}: ${message.text()}`));
      await page.goto(url);
      await page.locator("html[data-ready]").waitFor({ state: "attached" });
      return { page, complaints, show: (view, how) => page.evaluate(([one, given]) => globalThis.gallery.show(one, given).then(() => {}), [view, how]) };
    },
    async close() {
      await browser.close();
      server.closeAllConnections();
      server.close();
    },
  };
}
