/** The observers of a client: they hear of events and failures. */
import { MergefetchError, attempted, redacted } from "../types/errors.js";
import type { Observers, Warn, WarningCode } from "../types/types.js";

/** The events, by the name of their observer. */
type Observed = { readonly [Name in keyof Observers]-?: Parameters<NonNullable<Observers[Name]>>[0] };

/** The observers, in a form that the compiler can match with an event. */
type Observing = { readonly [Name in keyof Observed]?: ((event: Observed[Name]) => unknown) | undefined };

/** An event for logs: without secrets in its URL and its message. */
function loggable<E extends { readonly url: string; readonly message?: string }>(event: E): E {
  const { url, message } = event;
  return { ...event, url: redacted(url), ...(message !== undefined && { message: redacted(message) }) };
}

/** Tells the observers of one client. @internal */
export class Reporter {
  readonly #observers: Observing | undefined;
  readonly #warned = new Set<string>();

  constructor(observers: Observers | undefined) {
    this.#observers = observers;
  }

  /** An observer that throws or rejects ends no call. The client reports it once. A warning that nobody observes goes to the console. */
  tell<Name extends keyof Observed>(name: Name, event: Observed[Name]): void {
    // The URL of a conflict is needed for requests. All other events are for logs.
    const told = name === "conflict" ? event : loggable(event);
    const observers = this.#observers;
    const observe = observers?.[name];
    if (observe !== undefined) attempted(() => observe.call(observers, told), (error) => this.failed(`the observer \`${name}\``, error, name === "warning"));
    else if (name === "warning") {
      const { url, code, message } = told as Observed["warning"];
      const origin = url.split("/", 3).join("/");
      this.#print(code + origin, `[${code}] ${message} ${url}`);
    }
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

  warnOnce(code: WarningCode, message: string): void {
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
