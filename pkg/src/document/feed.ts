/** Server-sent events about changes: one connection for all tabs of an origin. */
import { attempted } from "../types/errors.js";

/** What has changed: a URL with its version, or, without a URL, perhaps anything. @internal */
export interface Told {
  readonly url: string | null;
  readonly version: string | null;
}

interface Message extends Told {
  /** The id of the event, for the tab that listens next. */
  readonly id: string;
}

type Listener = (told: Told) => void;

/** The first pause before another connection; doubled up to the longest, with chance, so that not all come at once. */
const PAUSE_MS = 500;
const LONGEST_MS = 30_000;

const ANYTHING: Told = { url: null, version: null };

/** The feeds of this page, by address. */
const feeds = new Map<string, Feed>();

/** Listens to an address; returns a function that ends this. @internal */
export function listen(address: string, listener: Listener): () => void {
  const feed = feeds.get(address) ?? new Feed(address);
  feeds.set(address, feed);
  return feed.add(listener);
}

class Feed {
  readonly #address: string;
  readonly #listeners = new Set<Listener>();
  #channel: BroadcastChannel | undefined;
  #ending: AbortController | undefined;
  #source: EventSource | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last = "";
  #failures = 0;

  constructor(address: string) {
    this.#address = address;
  }

  add(listener: Listener): () => void {
    this.#listeners.add(listener);
    if (this.#ending === undefined) this.#start();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#stop();
    };
  }

  #start(): void {
    const ending = new AbortController();
    this.#ending = ending;
    const name = `mergefetch changes ${this.#address}`;
    attempted(() => {
      this.#channel = new BroadcastChannel(name);
      this.#channel.addEventListener("message", ({ data }) => this.#heard(data as Message));
    }, () => {});
    const held = () =>
      new Promise<void>((resolve) => {
        if (ending.signal.aborted) return resolve();
        ending.signal.addEventListener("abort", () => resolve());
        this.#connect();
      });
    // The tab that holds the lock listens for all. When it goes, the browser gives the lock to the next one.
    const request = async () => navigator.locks.request(name, { signal: ending.signal }, held);
    request().catch(() => {
      // Without locks or a channel each tab listens for itself.
      if (!ending.signal.aborted) this.#connect();
    });
  }

  #stop(): void {
    feeds.delete(this.#address);
    this.#ending?.abort();
    this.#ending = undefined;
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#channel?.close();
  }

  #connect(): void {
    const url = new URL(this.#address);
    const isFirst = this.#last === "";
    if (!isFirst) url.searchParams.set("lastEventId", this.#last);
    const source = new EventSource(url);
    this.#source = source;
    source.addEventListener("open", () => {
      this.#failures = 0;
      // Before there is an id, nobody knows what was missed.
      if (isFirst) this.#pass({ id: this.#last, ...ANYTHING });
    });
    source.addEventListener("message", ({ data, lastEventId }) => {
      attempted(() => {
        const { url, version } = JSON.parse(data as string) as Partial<Told>;
        this.#pass({ id: lastEventId, url: typeof url === "string" ? new URL(url, this.#address).href : null, version: version ?? null });
      }, () => {});
    });
    source.addEventListener("reset", ({ lastEventId }) => this.#pass({ id: lastEventId, ...ANYTHING }));
    source.addEventListener("error", () => {
      // `EventSource` comes back by itself, except after an answer that is no stream.
      if (source.readyState !== EventSource.CLOSED || this.#ending === undefined) return;
      const pause = Math.min(PAUSE_MS * 2 ** this.#failures++, LONGEST_MS);
      this.#timer = setTimeout(() => this.#connect(), pause * (0.5 + Math.random() / 2));
    });
  }

  #pass(message: Message): void {
    attempted(() => this.#channel?.postMessage(message), () => {});
    this.#heard(message);
  }

  #heard({ id, url, version }: Message): void {
    if (id !== "") this.#last = id;
    for (const listener of [...this.#listeners]) listener({ url, version });
  }
}
