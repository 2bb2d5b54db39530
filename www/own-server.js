/** A server inside the page, with ETags and preconditions, for documents that nobody should have to send anywhere. */

/** @returns {{ fetch: typeof globalThis.fetch, put: (path: string, body: string, type: string) => void }} */
export function ownServer() {
  /** @type {Map<string, { body: string, type: string, tag: string }>} */
  const documents = new Map();
  let version = 0;
  const put = (/** @type {string} */ path, /** @type {string} */ body, /** @type {string} */ type) => void documents.set(path, { body, type, tag: `"${++version}"` });
  return {
    put,
    async fetch(input, init) {
      const request = new Request(input, init);
      const path = new URL(request.url).pathname;
      const held = documents.get(path);
      if (held === undefined) return new Response(null, { status: 404 });
      if (request.method === "GET") {
        const isSame = request.headers.get("if-none-match") === held.tag;
        return new Response(isSame ? null : held.body, { status: isSame ? 304 : 200, headers: { etag: held.tag, "content-type": held.type } });
      }
      if (request.headers.get("if-match") !== held.tag) return new Response(null, { status: 412 });
      put(path, await request.text(), held.type);
      return new Response(null, { status: 204, headers: { etag: documents.get(path)?.tag ?? "" } });
    },
  };
}
