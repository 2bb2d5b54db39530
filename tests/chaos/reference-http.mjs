// The exchanges of the reference client: reads until an answer is sure, and writes once.

const READS = 8;

/** A read that never got an answer. */
export class Unknown extends Error {}

export class Exchange {
  #fetch;
  #timeoutMs;
  /** By document and user: the versions that were the newest once, and are no more. */
  #old = new Map();
  #newest = new Map();
  /** The last written document: it may have the tag of an older state. */
  #written = new Map();

  constructor(fetch, timeoutMs) {
    this.#fetch = fetch;
    this.#timeoutMs = timeoutMs;
  }

  raw(url, init) {
    return this.#fetch(url, init);
  }

  async #limited(url, init) {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(new Unknown("no answer in time")), this.#timeoutMs);
    const { signal } = init;
    const leave = () => controller.abort(signal.reason);
    signal?.addEventListener("abort", leave, { once: true });
    try {
      const response = await this.#fetch(url, { ...init, signal: controller.signal });
      return { response, text: await response.text() };
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", leave);
    }
  }

  /** The document as it is now; its value is null where there is none. Throws where nobody answers. */
  async read(url, init = {}) {
    const user = new Headers(init.headers).get("authorization");
    let stale = 0;
    for (let round = 0; round < READS; round += 1) {
      init.signal?.throwIfAborted();
      const found = await this.#once(url, init);
      if (found === null) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        continue;
      }
      // The address that answered is the document's, wherever the way to it began.
      const key = `${found.url} ${user}`;
      // A replica may lag: an old version counts when a second read confirms it.
      const isOwn = this.#written.get(key) === (typeof found.value === "string" ? found.value : JSON.stringify(found.value));
      if (!isOwn && found.version !== null && this.#old.get(key)?.has(found.version) && (stale += 1) < 2) continue;
      this.#note(key, found.version);
      return found;
    }
    const { MergefetchError } = await import("./reference.mjs");
    throw new MergefetchError("network", "no answer");
  }

  /** The document that somebody else has read. */
  note(url, version) {
    this.#note(`${url} null`, version);
  }

  #note(key, version) {
    const before = this.#newest.get(key);
    if (before === version) return;
    if (!this.#old.has(key)) this.#old.set(key, new Set());
    if (before !== undefined && before !== null) this.#old.get(key).add(before);
    this.#old.get(key).delete(version);
    this.#newest.set(key, version);
  }

  async #once(url, { headers, signal }) {
    try {
      const { response, text } = await this.#limited(url, { headers, signal });
      if (response.status === 404) return { url, value: null, version: null, protection: "none" };
      if (response.status !== 200) return null;
      const isJson = response.headers.get("content-type").includes("json");
      const version = versionOf(response);
      const protection = version === null ? "none" : version.startsWith("W/") ? "weak" : version.includes('"') ? "strong" : "date";
      return { url: response.url, value: isJson ? JSON.parse(text) : text, version, protection };
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      return null;
    }
  }

  async readOrNull(url, init) {
    try {
      return await this.read(url, init);
    } catch (error) {
      if (init.signal?.aborted) throw error;
      return null;
    }
  }

  /** "done", "refused" or "unknown". */
  async write(method, url, value, condition, { headers, signal }) {
    const key = `${url} ${new Headers(headers).get("authorization")}`;
    const isText = typeof value === "string";
    const fields = { ...headers, ...condition, ...(value !== undefined && { "content-type": isText ? "text/plain" : "application/json" }) };
    const body = value === undefined ? undefined : isText ? value : JSON.stringify(value);
    for (let round = 0; ; round += 1) {
      let response;
      try {
        ({ response } = await this.#limited(url, { method, headers: fields, body, signal }));
      } catch {
        if (signal?.aborted) throw signal.reason;
        return "unknown";
      }
      if (response.redirected && response.status !== 201 && response.status !== 204) return "unknown";
      if (response.ok) {
        // Whatever it was, it is not the newest any more.
        this.#written.set(key, body);
        const before = this.#newest.get(key);
        if (before) this.#note(key, response.headers.get("etag") ?? "");
        return "done";
      }
      if ([409, 412].includes(response.status)) return "refused";
      if (response.status === 404 && method === "DELETE") return "done";
      // Asked to come back: it was not carried out.
      if (![429, 503].includes(response.status) || round > 5) return "unknown";
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

export function versionOf(response) {
  return response.headers.get("etag") ?? response.headers.get("last-modified");
}
