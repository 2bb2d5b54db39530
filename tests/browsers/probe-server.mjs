// Two origins with documents that behave as the query demands, and a log of the requests.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

import { Agent } from "./minibrowser.mjs";

const TYPES = { ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };
const here = fileURLToPath(new URL(".", import.meta.url));

/** The smallest module, grown by a custom section to `bytes`. */
export function wasmOf(bytes) {
  const length = bytes - 14;
  const module = new Uint8Array(bytes);
  module.set([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 0]);
  // The section's length in five bytes of LEB128, then an empty name.
  for (let at = 0; at < 5; at++) module[9 + at] = ((length >>> (7 * at)) & 0x7f) | (at < 4 ? 0x80 : 0);
  return module;
}

const documents = new Map();
const log = [];
const tagOf = (document) => `"${document.version}"`;

async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}

/** Behaves as the query demands; probes.mjs explains each word at its use. */
async function answer(request, response, url) {
  const asked = url.searchParams;
  const path = url.pathname;
  const body = await bodyOf(request);
  log.push({ path, method: request.method, headers: request.headers, body: body.length > 200 ? `${body.length} characters` : body });
  const document = documents.get(path) ?? { version: 1 };
  documents.set(path, document);
  const cors = {};
  if (asked.has("cors")) {
    cors["access-control-allow-origin"] = asked.has("credentials") ? request.headers.origin : "*";
    if (asked.has("credentials")) cors["access-control-allow-credentials"] = "true";
    if (asked.get("cors")) cors["access-control-expose-headers"] = asked.get("cors");
  }
  if (request.method === "OPTIONS") {
    const allow = { "access-control-allow-headers": asked.get("allow") ?? "", "access-control-allow-methods": "PUT, PATCH, DELETE" };
    return response.writeHead(204, { ...cors, ...allow }).end();
  }
  if (request.method === "GET") return read(request, response, asked, document, cors);
  const wanted = request.headers["if-match"];
  const creates = request.headers["if-none-match"] === "*" && !asked.has("creates");
  if ((wanted !== undefined && wanted !== tagOf(document)) || creates) return response.writeHead(412, cors).end();
  document.version += 1;
  if (asked.has("json")) document.json = body;
  if (asked.has("slow")) await new Promise((resolve) => setTimeout(resolve, 5_000).unref());
  if (asked.has("redirect")) return response.writeHead(303, { ...cors, location: asked.get("redirect") }).end();
  response.writeHead(200, { ...cors, etag: tagOf(document), "content-type": "text/plain" }).end("written");
}

function read(request, response, asked, document, cors) {
  const wanted = request.headers["if-match"];
  if (wanted !== undefined && wanted !== tagOf(document)) return response.writeHead(412, cors).end();
  if (asked.has("moved")) return response.writeHead(302, { ...cors, location: asked.get("moved") }).end();
  // A time beside the tag would be another precondition to try.
  const headers = { ...cors, etag: tagOf(document), ...(!asked.has("json") && { "last-modified": "Thu, 01 Jan 2026 00:00:00 GMT" }) };
  if (asked.has("age")) headers["cache-control"] = `max-age=${asked.get("age")}`;
  if (request.headers["if-none-match"] === tagOf(document)) {
    return response.writeHead(304, asked.has("bare304") ? { etag: tagOf(document) } : headers).end();
  }
  const json = asked.has("json") && (document.json ?? '{"title":"first","n":1}');
  response.writeHead(200, { ...headers, "content-type": json ? "application/json" : "text/plain" }).end(json || `version ${document.version}`);
}

async function file(response, path, headers = {}) {
  const body = await readFile(path).catch(() => undefined);
  response.writeHead(body ? 200 : 404, { "content-type": TYPES[extname(path)] ?? "text/plain", ...headers }).end(body);
}

async function serve(request, response, agent) {
  if (await agent.handle(request, response)) return;
  const url = new URL(request.url, "http://x");
  const { pathname } = url;
  if (pathname.startsWith("/doc/")) return answer(request, response, url);
  if (pathname.startsWith("/log/")) {
    const about = pathname.slice("/log".length);
    return response.writeHead(200, { "cache-control": "no-store", "content-type": "application/json" }).end(JSON.stringify(log.filter(({ path }) => path === about)));
  }
  // Somebody else has written, past this browser.
  if (pathname.startsWith("/bump/")) {
    documents.get(pathname.slice("/bump".length)).version += 1;
    return response.writeHead(204, { "cache-control": "no-store" }).end();
  }
  if (pathname.startsWith("/mergefetch/")) return file(response, join(process.env.PKG_DIR, normalize(pathname.slice("/mergefetch".length))));
  if (pathname.endsWith(".mjs") || pathname.endsWith(".js")) return file(response, join(here, normalize(pathname)), { "cache-control": "no-store" });
  if (pathname === "/wasm") return response.writeHead(200, { "content-type": "application/wasm" }).end(wasmOf(Number(url.searchParams.get("bytes"))));
  const policy = url.searchParams.get("policy");
  const script = policy ? "/policy.js" : pathname === "/agent" ? "/agent.js" : undefined;
  response.writeHead(200, { "content-type": "text/html", ...(policy && { "content-security-policy": policy }) });
  response.end(`<!doctype html><title>probe</title>${script ? `<script type="module" src="${script}"></script>` : ""}`);
}

/** An origin: its address without a final slash, and the source of the tasks for its page. */
export async function startOrigin() {
  const agent = new Agent();
  const server = createServer((request, response) => serve(request, response, agent).catch((error) => response.destroy(error)));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${server.address().port}`, agent, stop };
}
