// A server of notes with ETags, for pages of any origin.
import { createServer } from "node:http";

const ALLOWED = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET, PUT",
  "access-control-allow-headers": "content-type, if-match, if-none-match, cache-control",
  "access-control-expose-headers": "etag",
};

/** Starts one, until the test ends: its address, and how many saves it has refused. */
export async function startNotes(t) {
  const notes = new Map();
  const tags = new Set();
  let refused = 0;
  const answer = async (request, response) => {
    const note = notes.get(request.url) ?? { version: 1, text: '{"mine":0,"theirs":0}' };
    notes.set(request.url, note);
    const tag = () => `"${note.version}"`;
    tags.add(tag());
    const send = (status, text) => response.writeHead(status, { ...ALLOWED, etag: tag(), "content-type": "application/json" }).end(text);
    if (request.method === "OPTIONS") return response.writeHead(204, ALLOWED).end();
    if (request.method === "GET") return send(200, note.text);
    const parts = [];
    for await (const part of request) parts.push(part);
    const expected = request.headers["if-match"];
    if (expected !== tag()) {
      // The client also asks with an ETag that no version has: whether the server compares them.
      if (tags.has(expected)) refused += 1;
      return send(412);
    }
    note.version += 1;
    note.text = Buffer.concat(parts).toString();
    return send(204);
  };
  const listener = createServer((request, response) => answer(request, response).catch((error) => response.destroy(error)));
  await new Promise((resolve) => listener.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    listener.closeAllConnections();
    listener.close();
  });
  return { address: `http://127.0.0.1:${listener.address().port}`, refused: () => refused };
}
