/** The observers of a client: they hear of events and failures. */
import { MergefetchError, attempted, redacted } from "../types/errors.js";
import type { Observers, Warn } from "../types/types.js";

/** Tells the observers of one client. @internal */
export class Reporter {
  readonly #observers: Observers | undefined;
  readonly #warned = new Set<string>();

  constructor(observers: Observers | undefined) {
    this.#observers = observers;
  }

  /** An observer that throws or rejects ends no call. The client reports it once. A warning that nobody observes goes to the console. */
  tell(name: keyof Observers, event: unknown): void {
    const { url, message, code } = event as { url: string; message?: string; code?: string };
    // The URL of a conflict is needed for requests. All other events are for logs.
    if (name !== "conflict") event = { ...(event as object), url: redacted(url), ...(message !== undefined && { message: redacted(message) }) };
    const observers = this.#observers;
    const observe = observers?.[name] as ((event: unknown) => unknown) | undefined;
    if (observe !== undefined) attempted(() => observe.call(observers, event), (error) => this.failed(`the observer \`${name}\``, error, name === "warning"));
    else if (name === "warning") this.#print(`${code} ${/^\w+:..[^/]*/.exec(url)}`, `[${code}] ${message} ${url}`);
  }

  /** Reports that a function of the page has thrown. */
  failed(what: string, error: unknown, isOfWarnings = false): void {
    const message = `${what} failed: ${error instanceof Error ? error.message : String(error)}`;
    if (isOfWarnings) this.#print(message, message);
    else this.warnOnce("callback", message);
  }

  #print(key: string, message: string): void {
    if (this.#warned.has(key)) return;
    this.#warned.add(key);
    console.warn(`mergefetch: ${redacted(message)}`);
  }

  warnOnce(code: string, message: string): void {
    if (this.#warned.has(code)) return;
    this.#warned.add(code);
    this.tell("warning", { url: "", code, message });
  }
}

/** Warnings from parts that may outlive the client, such as its drafts. They do not hold the client. @internal */
export function warningsOf(reporter: WeakRef<Reporter>): Warn {
  return (message, error, code) => {
    const isFull = error instanceof MergefetchError && error.details["isFull"] === true;
    reporter.deref()?.warnOnce(code ?? (isFull ? "storage-full" : "store"), message);
  };
}
