/** The page's own calls of the example server, about what is no document: locks, switches, the log. */

/** @type {() => void} */
let afterCall = () => {};

/** Sets what happens after every call. */
export function onCall(/** @type {() => void} */ listener) {
  afterCall = listener;
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @returns {Promise<{ ok: boolean, status: number, body: any }>}
 */
export async function call(method, path, body) {
  const init = body === undefined ? { method } : { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(path, { ...init, cache: "no-store" });
  const text = await response.text();
  if (!path.startsWith("/api/log")) afterCall();
  return { ok: response.ok, status: response.status, body: text === "" ? null : JSON.parse(text) };
}
