// Snippets in a page, with the packed package and the notes on its origin.
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { startNotes } from "./notes-server.mjs";
import { fileOf, open, root } from "./support.mjs";

const CHECK = `
const same = (one, other) => JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
const sorted = (value) => Array.isArray(value) ? value.map(sorted) : value && typeof value === "object"
  ? Object.fromEntries(Object.entries(value).sort().map(([name, one]) => [name, sorted(one)])) : value;
let count = 0;
globalThis.check = (found, expected, text) => {
  if (!same(found, expected)) throw new Error(text + "\\nexpected " + JSON.stringify(expected) + "\\nbut found " + JSON.stringify(found));
  count += 1;
};
addEventListener("error", ({ message }) => (document.title = message));
addEventListener("unhandledrejection", ({ reason }) => (document.title = String(reason)));
globalThis.ended = () => (document.title = count + " claims hold");
`;

/** What the page tells in the end whose script is `code`; `check(found, expected, text)` is there for it. */
export async function inBrowser(code) {
  const html = `<!doctype html><title></title><link rel="icon" href="data:,"><script>${CHECK}</script>
    <script type="importmap">${JSON.stringify({ imports: { mergefetch: `/${fileOf(".")}`, "mergefetch/doctor": `/${fileOf("./doctor")}`, "mergefetch/document": `/${fileOf("./document")}`, "mergefetch/helpers": `/${fileOf("./helpers")}`, "mergefetch/outbox": `/${fileOf("./outbox")}`, "mergefetch/watch": `/${fileOf("./watch")}`, "mergefetch/element": `/${fileOf("./element")}` } })}</script>
    <body><script type="module" src="/page.js"></script>`;
  const files = async (request, response) => {
    const { pathname } = new URL(request.url, "http://x");
    if (pathname === "/") return response.writeHead(200, { "content-type": "text/html" }).end(html);
    if (pathname === "/page.js") return response.writeHead(200, { "content-type": "text/javascript" }).end(`${code}\nended();\n`);
    const type = pathname.endsWith(".wasm") ? "application/wasm" : "text/javascript";
    response.writeHead(200, { "content-type": type }).end(await readFile(join(root, pathname)));
  };
  return open(`${await startNotes(undefined, files)}/`);
}
