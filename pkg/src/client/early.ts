/** Reads before the module is loaded: the requests, and the answers that the module takes over. */
import { MergefetchError, attempted, redacted } from "../types/errors.js";
import type { Answer } from "./first-read.js";
import { within } from "./waits.js";
import { type Fetch, MAX_BYTES, OF_MODULE, type RawCall } from "../types/wire.js";
import type { ClientCore } from "./wire-core.js";
import type { Store } from "../types/types.js";

interface Sent {
  readonly answer: Promise<Response>;
  readonly controller: AbortController;
  readonly sinceMs: number;
}

/** An answer that the page has got from the facade. */
interface Answered {
  readonly url: string;
  readonly bytes: number;
  readonly adopt: (core: ClientCore) => unknown;
  readonly drop: () => unknown;
}

/** The bytes of answers that wait for the module, at most. A dropped answer is only read again. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
/** The approximate size of an answer without its body. */
const ANSWER_BYTES = 1_000;

/** @internal */
export class EarlyReads {
  readonly #fetch: Fetch;
  readonly #store: Store;
  /** By the init of a call: the module hands that very object back with each of its requests. */
  readonly #sent = new WeakMap<object, Sent>();
  /** The start of each read that was handed over, by URL, for events with its duration. */
  readonly #sinceMs = new Map<string, number>();
  /** The oldest first. */
  readonly #answered = new Set<Answered>();
  #bytes = 0;
  /** Whether the module reads only answers that the observers know. */
  isAdopting = false;
  /** Whether the module is there, and has taken over the answers. */
  isReady = false;

  constructor(fetch: Fetch, store: Store) {
    this.#fetch = fetch;
    this.#store = store;
  }

  /** Whether neither store nor facade has an answer of `url`. */
  async isUnknown(url: string): Promise<boolean> {
    // The module's key for responses; see `response_key` in src/client/keys.rs.
    return ![...this.#answered].some((answered) => answered.url === url) && (await this.#isMissing(`GET ${url}`));
  }

  /** Whether no facts about the origin of `url` are stored, which decide about the protection by a version. */
  isOriginUnknown(url: string): Promise<boolean> {
    // See `origin_key` in src/client/keys.rs.
    return this.#isMissing(`ORIGIN ${new URL(url).origin}`);
  }

  async #isMissing(key: string): Promise<boolean> {
    return (await this.#store.get(key).catch(() => null)) === null;
  }

  /** Sends the request that the module would send first for this call. */
  send(url: string, { headers, init, options, signal }: RawCall): void {
    const fields = new Headers(headers);
    fields.delete("content-type");
    const controller = new AbortController();
    follow(signal, controller);
    let request: Request;
    try {
      request = new Request(url, { headers: fields, cache: options.isNoStore ? "no-store" : "no-cache", signal: controller.signal });
    } catch {
      // A URL with a password, say: the module finds the words for it.
      return;
    }
    this.#hand(init, this.#fetch(request, init), controller, Date.now());
  }

  /** `answer` is the answer to the next request of the call with this init. */
  #hand(init: RequestInit, answer: Promise<Response>, controller: AbortController, sinceMs: number): void {
    // The module that takes it over reports the error.
    answer.catch(() => {});
    this.#sent.set(init, { answer, controller, sinceMs });
  }

  /** The answer to the request of a call, with its body if it is a 200; undefined if only the module can decide about it. */
  async answer({ init, options: { url } }: RawCall, timeoutMs: number): Promise<(Answer & { readonly ms: number }) | undefined> {
    const sent = this.#sent.get(init);
    if (sent === undefined) return undefined;
    const { controller, sinceMs } = sent;
    const late = () => Object.assign(new Error("no answer came in time"), { name: OF_MODULE });
    const body = async (response: Response): Promise<ArrayBuffer | undefined> => {
      const isWanted = response instanceof Response && response.status === 200 && !(Number(response.headers.get("content-length")) > MAX_BYTES);
      return isWanted ? response.arrayBuffer() : undefined;
    };
    try {
      const response = await within(timeoutMs, sent.answer, late);
      const reading = body(response);
      const bytes = await within(timeoutMs - (Date.now() - sinceMs), reading, late).catch((error: unknown) => {
        controller.abort();
        this.#hand(init, Promise.resolve(whole(response, Promise.reject(error))), controller, sinceMs);
      });
      if (bytes === undefined) return undefined;
      this.#hand(init, Promise.resolve(whole(response, Promise.resolve(bytes))), controller, sinceMs);
      const { status, headers } = response;
      return { status, url: (response.url || url).replace(/#.*/s, ""), headers, bytes, ms: Date.now() - sinceMs };
    } catch (error) {
      controller.abort();
      this.#hand(init, Promise.reject(error), controller, sinceMs);
      return undefined;
    }
  }

  /** Nobody will ask for the answer any more. Returns the error of a request without an answer. */
  async drop({ init, options: { url } }: RawCall): Promise<MergefetchError | undefined> {
    const sent = this.#sent.get(init);
    this.#sent.delete(init);
    sent?.controller.abort();
    const words = (error: unknown): string => (error instanceof Error && error.name === OF_MODULE ? error.message : "no answer came: no connection, or CORS");
    return sent?.answer.then(
      () => undefined,
      (error: unknown) => new MergefetchError("network", `GET ${redacted(url)} failed: ${words(error)}`, { url }, error),
    );
  }

  /** The page has got the answer to the read of this call. */
  keep(call: RawCall, { bytes }: Answer): void {
    const sent = this.#sent.get(call.init);
    this.#sent.delete(call.init);
    if (sent === undefined) return;
    const adopt = (core: ClientCore): unknown => {
      this.#sent.set(call.init, sent);
      return core.read(call);
    };
    this.#wait({ url: call.options.url, bytes: ANSWER_BYTES + bytes.byteLength, adopt, drop: () => {} });
  }

  /** The caller of `fetch` has got this answer. */
  keepCopy(call: RawCall, copy: Response): void {
    const adopt = (core: ClientCore): unknown => core.keep(call, copy);
    this.#wait({ url: call.options.url, bytes: ANSWER_BYTES + (Number(copy.headers.get("content-length")) || 0), adopt, drop: () => copy.body?.cancel() });
  }

  #wait(answered: Answered): void {
    this.#answered.add(answered);
    this.#bytes += answered.bytes;
    for (const oldest of this.#answered) {
      if (this.#bytes <= MAX_WAITING_BYTES || oldest === answered) break;
      this.#forget(oldest);
      attempted(() => oldest.drop(), () => {});
    }
  }

  #forget(answered: Answered): void {
    if (this.#answered.delete(answered)) this.#bytes -= answered.bytes;
  }

  /** Gives the answers to the module, in their order: it remembers them as if it had read them itself. */
  async adopt(core: ClientCore): Promise<void> {
    this.isAdopting = true;
    // Also those that come meanwhile.
    for (const answered of this.#answered) {
      // The answer of a user who has signed out, say, is not taken over.
      await (async () => answered.adopt(core))().catch(() => {});
      this.#forget(answered);
    }
    this.isAdopting = false;
    this.isReady = true;
  }

  /** The client's `fetch`: the first request of a call whose read is under way gets that one's answer. */
  readonly fetch: Fetch = (request, init) => {
    const sent = init === undefined ? undefined : this.#sent.get(init);
    if (init === undefined || sent === undefined) return this.#fetch(request, init);
    this.#sent.delete(init);
    this.#sinceMs.set(request.url, sent.sinceMs);
    follow(request.signal, sent.controller);
    return sent.answer;
  };

  /** The duration of a read of `url`, which the module measures from the moment at which it took over. */
  duration(url: string, ms: number): number {
    const sinceMs = this.#sinceMs.get(url);
    this.#sinceMs.delete(url);
    return sinceMs === undefined ? ms : Date.now() - sinceMs;
  }
}

/** A response whose body was read already. */
function whole({ status, url, redirected, headers }: Response, bytes: Promise<ArrayBuffer>): Response {
  bytes.catch(() => {});
  return { status, url, redirected, headers, arrayBuffer: () => bytes } as Response;
}

function follow(signal: AbortSignal | null | undefined, controller: AbortController): void {
  if (signal?.aborted) controller.abort(signal.reason);
  else signal?.addEventListener("abort", () => controller.abort(signal.reason), { once: true });
}
