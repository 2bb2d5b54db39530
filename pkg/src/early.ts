/** Reads that go out before the module is there, so that no request waits for it. */
import type { Call } from "./calls.js";
import type { Store } from "./store.js";

/** @internal */
export type Fetch = (input: Request, init?: RequestInit) => Promise<Response>;

interface Sent {
  readonly answer: Promise<Response>;
  readonly controller: AbortController;
  readonly sinceMs: number;
}

/** @internal */
export class EarlyReads {
  readonly #fetch: Fetch;
  readonly #store: Store;
  /** By the init of a call: the module hands that very object back with each of its requests. */
  readonly #sent = new WeakMap<object, Sent>();
  /** When the reads that were handed over were sent, by URL, for those who are told how long they took. */
  readonly #sinceMs = new Map<string, number>();

  constructor(fetch: Fetch, store: Store) {
    this.#fetch = fetch;
    this.#store = store;
  }

  /** Whether nothing is stored of `url`, so that a read of it has no condition that only the module could state. */
  async isUnknown(url: string): Promise<boolean> {
    // The module's key for responses; see `response_key` in src/client/keys.rs.
    return (await this.#store.get(`GET ${url}`).catch(() => null)) === null;
  }

  /** Sends the request that the module would send first for this call. */
  send(url: string, { headers, init, options, signal }: Call): void {
    const fields = new Headers(headers);
    fields.delete("content-type");
    const controller = new AbortController();
    follow(signal, controller);
    let request: Request;
    try {
      request = new Request(url, { headers: fields, cache: options["isNoStore"] ? "no-store" : "no-cache", signal: controller.signal });
    } catch {
      // A URL with a password, say: the module finds the words for it.
      return;
    }
    const answer = this.#fetch(request, init);
    // Whoever takes it over hears of it.
    answer.catch(() => {});
    this.#sent.set(init, { answer, controller, sinceMs: Date.now() });
  }

  /** Nobody will ask for it any more. */
  drop(init: RequestInit): void {
    this.#sent.get(init)?.controller.abort();
    this.#sent.delete(init);
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

function follow(signal: AbortSignal | null | undefined, controller: AbortController): void {
  if (signal?.aborted) controller.abort(signal.reason);
  else signal?.addEventListener("abort", () => controller.abort(signal.reason), { once: true });
}
