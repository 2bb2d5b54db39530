/** A small HTTP server inside the page, with ETags and If-Match, for a client's `fetch`: conflicts of any documents, real ones. */
export function makeServer() {
  /** @type {Map<string, { body: string, type: string, version: number }>} */
  const documents = new Map();
  let version = 0;
  /** What the next write is refused with. @type {(() => Response) | null} */
  let refusal = null;
  const put = (path, body, type) => documents.set(path, { body, type, version: ++version });

  async function fetch(input, init) {
    const request = new Request(input, init);
    const path = new URL(request.url).pathname;
    const held = documents.get(path);
    const tag = held && `"${held.version}"`;
    if (request.method === "GET") {
      if (held === undefined) return new Response(null, { status: 404 });
      if (request.headers.get("if-none-match") === tag) return new Response(null, { status: 304, headers: { etag: tag } });
      return new Response(held.body, { headers: { etag: tag, "content-type": held.type } });
    }
    if (refusal !== null) return refusal();
    const [wants, wantsNone] = [request.headers.get("if-match"), request.headers.get("if-none-match")];
    if (wantsNone === "*" ? held !== undefined : wants !== null && wants !== tag) return new Response(null, { status: 412 });
    if (request.method === "DELETE") {
      documents.delete(path);
      return new Response(null, { status: 204 });
    }
    put(path, await request.text(), request.headers.get("content-type") ?? "application/json");
    return new Response(null, { status: 204, headers: { etag: `"${documents.get(path).version}"` } });
  }

  return { documents, put, fetch, remove: (path) => documents.delete(path), refuse: (make) => (refusal = make) };
}
