// The server of the guides: notes with ETags, and the same with versions elsewhere.
import { createServer } from "node:http";
import { after } from "node:test";

const seed = () => ({ title: "Shopping", text: "milk\nbread\n", tags: ["home"], done: false, updatedAt: 1 });

async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return parts.length === 0 ? undefined : JSON.parse(Buffer.concat(parts));
}

/** Where each kind of document has its version: `isCurrent` for a write, `answer` for a read. */
const KINDS = {
  notes: {
    isCurrent: ({ version }, { headers }) => headers["if-match"] === `"${version}"`,
    answer: ({ version, value }) => [{ etag: `"${version}"` }, value],
  },
  plain: { isCurrent: () => true, answer: ({ value }) => [{}, value] },
  rows: {
    isCurrent: ({ version }, _request, body) => body.version === version,
    answer: ({ version, value }) => [{}, { ...value, version }],
  },
  envelopes: {
    value: () => ({ title: "Shopping", done: false }),
    isCurrent: ({ version }, request) => new URL(request.url, "http://x").searchParams.get("expect") === String(version),
    answer: ({ version, value }) => [{}, { meta: { revision: version }, data: value }],
  },
};

function answerWith(rows, before) {
  return async (request, response) => {
    if (before?.(request, response)) return;
    const { pathname } = new URL(request.url, "http://x");
    const kind = KINDS[pathname.split("/")[2]];
    if (kind === undefined) return response.writeHead(404).end();
    const row = rows.get(pathname) ?? { version: 1, value: (kind.value ?? seed)() };
    rows.set(pathname, row);
    const send = (status, headers, value) => {
      response.writeHead(status, { ...headers, ...(value && { "content-type": "application/json" }) });
      response.end(value && JSON.stringify(value));
    };
    const [headers, held] = kind.answer(row);
    if (request.method === "GET") return request.headers["if-none-match"] === headers.etag && headers.etag ? send(304, headers) : send(200, headers, held);
    const body = await bodyOf(request);
    if (!kind.isCurrent(row, request, body)) return send(412, {}, { current: held });
    row.version += 1;
    row.value = request.method === "PATCH" ? { ...row.value, ...body } : body;
    send(204, kind === KINDS.notes ? { etag: `"${row.version}"` } : {});
  };
}

/** Starts one with documents of its own; `before` may answer first. Its address. */
export async function startNotes(before, fallback) {
  const notes = answerWith(new Map(), before);
  const listener = createServer((request, response) => {
    const isNote = request.url.startsWith("/api/");
    (isNote || !fallback ? notes : fallback)(request, response).catch((error) => response.destroy(error));
  });
  await new Promise((resolve) => listener.listen(0, "127.0.0.1", resolve));
  after(() => {
    listener.closeAllConnections();
    listener.close();
  });
  return `http://127.0.0.1:${listener.address().port}`;
}
