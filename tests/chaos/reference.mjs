// A client that takes no chances, with the API of the package: where it does not know, it says so. The checks must find nothing in it.
import { Exchange, versionOf } from "./reference-http.mjs";
import { ReferenceConflict, sameText } from "./reference-conflict.mjs";
import { merged } from "./reference-merge.mjs";

export class MergefetchError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

export const init = async () => {};

export function createClient(options) {
  return new ReferenceClient(options);
}

const ROUNDS = 5;

class ReferenceClient {
  #http;
  #queues = new Map();
  /** The documents that were sent from a base, by URL and version: own edits are no conflict. */
  #sent = new Map();
  /** The last document that the caller of `fetch` has read, by URL. */
  #read = new Map();
  #refused = new WeakMap();
  #warning;

  constructor({ fetch = globalThis.fetch, timeoutMs, on }) {
    this.#http = new Exchange(fetch, timeoutMs);
    this.#warning = on?.warning;
  }

  async clear() {
    this.#read.clear();
  }

  async get(url, init = {}) {
    const read = await this.#http.read(url, init);
    if (read.value === null) throw new MergefetchError("http", "the document is not there");
    return snapshotOf(read);
  }

  save(base, mine, init = {}) {
    const value = structuredClone(mine);
    return this.#inTurn(base.url, init, () => this.#saved(base, value, init));
  }

  async #saved(base, mine, init) {
    const { url } = base;
    const sent = this.#sentFrom(base);
    // An edit of a base from which this client has saved before is merged with the result of that save.
    let [theirs, value] = [base, mine];
    if (sent.length > 0) {
      theirs = await this.#http.readOrNull(url, init);
      if (theirs === null) return unknown(mine);
      if (theirs.value !== null && !sameText(theirs.value, base.value)) {
        const made = merged(base.value, mine, theirs.value, sent);
        if (made.conflicts.length > 0) return this.#conflict("edit-edit", base, mine, theirs, init, sent);
        value = made.value;
      }
    }
    sent.push(mine);
    for (let round = 0; round < ROUNDS; round += 1) {
      if (theirs.value === null) return this.#conflict("edit-delete", base, mine, theirs, init, sent);
      const answer = await this.#http.write("PUT", url, value, conditionOf(theirs), init);
      if (answer === "unknown") return unknown(mine);
      if (answer === "done") return this.#done(round > 0 || theirs !== base ? "merged" : "saved", url, init, theirs);
      const refused = theirs;
      theirs = await this.#http.readOrNull(url, init);
      if (theirs === null || (theirs.version === refused.version && theirs.value !== null)) return unknown(mine, "stale-read");
      if (theirs.value === null) continue;
      const made = merged(base.value, mine, theirs.value, sent);
      if (made.conflicts.length > 0) return this.#conflict("edit-edit", base, mine, theirs, init, sent);
      value = made.value;
    }
    return unknown(mine, "busy");
  }

  #sentFrom({ url, version }) {
    const key = `${url} ${version}`;
    if (version === null) return [];
    if (!this.#sent.has(key)) this.#sent.set(key, []);
    return this.#sent.get(key);
  }

  #conflict(kind, base, mine, theirs, init, sent = []) {
    return { ok: false, kind: "conflict", conflict: new ReferenceConflict(this, { kind, url: theirs.url, base, mine, theirs, init, sent }) };
  }

  async #done(kind, url, init, from) {
    if (from !== null && from.version === null) this.#warning?.({ url, code: "unprotected", message: "the write named no version" });
    const now = await this.#http.readOrNull(url, init);
    return { ok: true, kind, snapshot: now === null || now.value === null ? null : snapshotOf(now), changes: [] };
  }

  create(url, value, init = {}) {
    return this.#inTurn(url, init, async () => {
      const answer = await this.#http.write("PUT", url, value, { "if-none-match": "*" }, init);
      if (answer === "unknown") return unknown(value);
      if (answer === "done") return this.#done("created", url, init, null);
      const theirs = await this.#http.readOrNull(url, init);
      if (theirs === null || theirs.value === null) return unknown(value);
      return this.#conflict("create-create", null, value, theirs, init);
    });
  }

  remove(base, init = {}) {
    return this.#inTurn(base.url, init, async () => {
      const answer = await this.#http.write("DELETE", base.url, undefined, conditionOf(base), init);
      if (answer === "unknown") return unknown(base.value);
      if (answer === "done") return { ok: true, kind: "removed", snapshot: null };
      const theirs = await this.#http.readOrNull(base.url, init);
      if (theirs === null) return unknown(base.value);
      if (theirs.value === null) return { ok: true, kind: "removed", snapshot: null };
      return this.#conflict("delete-edit", base, null, theirs, init);
    });
  }

  update(url, change, init = {}) {
    return this.#inTurn(url, init, async () => {
      for (let round = 0; ; round += 1) {
        const read = await this.#http.read(url, init);
        const base = snapshotOf(read);
        const draft = structuredClone(base.value);
        const mine = (await change(draft)) ?? draft;
        const answer = await this.#http.write("PUT", read.url, mine, conditionOf(read), init);
        if (answer === "unknown") return unknown(mine);
        if (answer === "done") return this.#done("saved", read.url, init, read);
        if (round >= 20) return unknown(mine, "busy");
      }
    });
  }

  async fetch(url, init = {}) {
    const { method = "GET" } = init;
    if (method === "GET") return this.#fetchedRead(url, init);
    return this.#inTurn(url, init, () => this.#fetchedWrite(url, init, method));
  }

  async #fetchedRead(url, init) {
    const response = await this.#http.raw(url, init);
    if (response.status === 304) return new Response(null, { status: 502 });
    this.#read.delete(url);
    if (response.ok) {
      const copy = response.clone();
      const text = await copy.text().catch(() => null);
      if (text !== null) {
        this.#read.set(url, { url, version: versionOf(response), value: text });
        this.#http.note(url, versionOf(response));
      }
    }
    return response;
  }

  async #fetchedWrite(url, init, method) {
    const read = this.#read.get(url);
    // A caller must not overwrite a document that it has not read.
    if (read === undefined) return this.#kept(new Response(null, { status: 412 }), undefined, url, init);
    this.#read.delete(url);
    if (read.version === null) this.#warning?.({ url, code: "unprotected", message: "the write names no version" });
    const response = await this.#http.raw(url, { ...init, headers: { ...init.headers, ...conditionOf(read) } });
    return this.#kept(response, read, url, init, method);
  }

  #kept(response, read, url, init, method) {
    if ([409, 412].includes(response.status) && !response.redirected && method === "PUT" && read !== undefined) this.#refused.set(response, { read, url, init });
    return response;
  }

  async conflictOf(response) {
    const known = this.#refused.get(response);
    if (known === undefined) return null;
    const { read, url, init } = known;
    const theirs = await this.#http.readOrNull(url, {});
    if (theirs === null || theirs.value === null) return null;
    const parsed = (text) => (typeof theirs.value === "string" ? text : JSON.parse(text));
    return this.#conflict("edit-edit", { ...read, value: parsed(read.value) }, parsed(init.body), theirs, {}).conflict;
  }

  /** One write at a time for each document, each within the signal of its caller. */
  async #inTurn(url, { signal }, run) {
    signal?.throwIfAborted();
    const before = this.#queues.get(url) ?? Promise.resolve();
    let isLeft = false;
    const turn = before.then(() => (isLeft ? undefined : run()));
    this.#queues.set(url, turn.catch(() => {}));
    if (signal === undefined) return turn;
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => ((isLeft = true), reject(signal.reason)), { once: true });
      turn.then(resolve, reject);
    });
  }

  /** For a conflict: sends `value` with the version of theirs. */
  sendFor(conflict, run) {
    return this.#inTurn(conflict.url, {}, run);
  }

  async write(url, value, theirs, init) {
    const condition = theirs.value === null ? { "if-none-match": "*" } : conditionOf(theirs);
    return this.#http.write(value === null ? "DELETE" : "PUT", url, value ?? undefined, condition, init);
  }

  readOrNull(url, init) {
    return this.#http.readOrNull(url, init);
  }

  done(kind, url, init, from) {
    return this.#done(kind, url, init, from);
  }
}

export function snapshotOf({ url, value, version, protection }) {
  return { url, value, version, protection, source: "network" };
}

export function unknown(mine, kind = "unknown") {
  return { ok: false, kind, mine, problem: { status: null, body: null } };
}

function conditionOf({ version }) {
  if (version === null) return {};
  return version.includes('"') ? { "if-match": version } : { "if-unmodified-since": version };
}

