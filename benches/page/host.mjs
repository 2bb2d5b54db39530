// A host that serves files well, and documents with versions. A second writer changes each document right after its first save.
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".wasm": "application/wasm" };

/** One line, as servers write JSON. */
const NOTE = {
  title: "Plan",
  text: "What we do next week, and who does it. ".repeat(20).trim(),
  tags: ["week", "team"],
  tasks: Array.from({ length: 10 }, (_, at) => ({ id: at + 1, name: `Task ${at + 1}`, done: at % 3 === 0 })),
};

/** As hosts pack files that do not change. */
export const packed = (bytes) =>
  brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });

function html(name, scripts) {
  const [app, ...chunks] = scripts;
  // What bundlers write for chunks, so that they do not wait for each other.
  const links = chunks.map((chunk) => `<link rel="modulepreload" href="${chunk}">`).join("");
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${name}</title><link rel="icon" href="data:,">${links}<script type="module" src="${app}"></script><body><main></main></body></html>`;
}

/** Everything below `folder`, packed once. */
async function filesOf(folder) {
  const files = new Map();
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(path.slice(folder.length), fileOf(await readFile(path), path));
  }
  return files;
}

function fileOf(bytes, path) {
  const body = packed(bytes);
  const etag = `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 16)}-br"`;
  return { body, etag, type: TYPES[extname(path)] ?? "text/plain" };
}

function sendFile({ headers }, response, { body, etag, type }) {
  response.setHeader("etag", etag).setHeader("cache-control", "no-cache").setHeader("vary", "accept-encoding");
  if (headers["if-none-match"] === etag) return response.writeHead(304).end();
  // Packed bytes only: whoever cannot read them would be measured on other sizes.
  if (!/\bbr\b/.test(headers["accept-encoding"] ?? "")) return response.writeHead(406).end();
  response.writeHead(200, { "content-type": type, "content-encoding": "br", "content-length": body.length }).end(body);
}

async function sendDocument(request, response, document) {
  const etag = () => `"${document.version}"`;
  if (request.method === "GET") {
    return response.writeHead(200, { etag: etag(), "content-type": "application/json", "cache-control": "no-cache" }).end(document.body);
  }
  let body = "";
  for await (const part of request) body += part;
  if (request.headers["if-match"] !== etag()) return response.writeHead(412).end();
  document.version += 1;
  response.writeHead(204, { etag: etag() }).end();
  document.version += 1;
  document.body = JSON.stringify({ ...JSON.parse(body), title: "Theirs" });
}

/**
 * Serves the pages below `folder`; `scripts` has the scripts of each page by its name.
 *
 * Returns the origin, the bytes of a file as they are sent, and what ends the host.
 */
export async function host(folder, scripts) {
  const files = await filesOf(folder);
  for (const [name, names] of Object.entries(scripts)) files.set(`/${name}/`, fileOf(Buffer.from(html(name, names)), "index.html"));
  const documents = new Map();
  const documentOf = (path) => {
    if (!documents.has(path)) documents.set(path, { version: 1, body: JSON.stringify(NOTE) });
    return documents.get(path);
  };
  const answer = async (request, response) => {
    const { pathname } = new URL(request.url, "http://host");
    if (pathname.startsWith("/documents/")) return sendDocument(request, response, documentOf(pathname));
    const file = files.get(pathname);
    if (file === undefined) return response.writeHead(404).end();
    sendFile(request, response, file);
  };
  const server = createServer((request, response) => answer(request, response).catch((error) => response.destroy(error)));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    bytesOf: (path) => files.get(path).body.length,
    files: () => [...files.keys()],
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
