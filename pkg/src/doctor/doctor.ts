/** Checks a server: what it lacks for edits of several people. */
import { MergefetchError } from "../entries/engine.js";
import { conclude } from "./conclude.js";
import { observe } from "./observe.js";
import type { Report } from "./report.js";

/** How a server is checked; all optional. */
export interface DoctorOptions {
  /**
   * Used in place of the global `fetch`.
   *
   * @default globalThis.fetch
   */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /**
   * Sent with each request, for credentials. The report does not contain them.
   *
   * @default {}
   */
  readonly headers?: HeadersInit | undefined;
  /**
   * Whether a PUT of the bytes that were just read may go to the document, with an `If-Match` that no document has. A server that ignores `If-Match`
   * carries it out, and an edit that somebody saved since the read is then lost. `scratch` answers the same question without this risk.
   *
   * @default false
   */
  readonly write?: boolean | undefined;
  /**
   * The address of a document that does not exist. The check creates it, writes it and removes it. Only so are removals and creations checked, and
   * then no PUT goes to the document itself.
   *
   * @default undefined
   */
  readonly scratch?: string | URL | undefined;
  /**
   * The origin of the pages that are to use the server, for a check of CORS outside of browsers.
   *
   * @default undefined
   */
  readonly origin?: string | undefined;
  /** Ends the check: it rejects with the signal's own reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * How long each request may take, in milliseconds.
   *
   * @default 10_000
   */
  readonly timeoutMs?: number | undefined;
}

const KEYS = ["fetch", "headers", "write", "scratch", "origin", "signal", "timeoutMs"];

function wrong(message: string, url?: string): Error {
  return new MergefetchError("invalid-argument", `expected ${message}`, url === undefined ? {} : { url });
}

function resolved(url: unknown): string {
  const base = globalThis.document?.baseURI ?? globalThis.location?.href;
  try {
    const address = new URL(String(url), base);
    address.hash = "";
    return address.href;
  } catch {
    throw wrong("an absolute URL, or in a page a relative one", String(url));
  }
}

/**
 * Reads a document, sends requests that change nothing, and says what the server lacks.
 *
 * @throws {MergefetchError} `invalid-argument`: no URL, or a wrong option. What the server does never throws.
 * @example
 * const { ok, text } = await doctor("https://api.example.org/notes/7", { scratch: "https://api.example.org/notes/doctor" });
 */
export async function doctor(url: string | URL, options: DoctorOptions = {}): Promise<Report> {
  if (typeof options !== "object" || options === null) throw wrong("options of `doctor`");
  const unknown = Object.keys(options).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) throw wrong(`the options of \`doctor\` to be among ${KEYS.join(", ")}, but found "${unknown}"`);
  const { fetch = globalThis.fetch, headers, write = false, scratch, origin, signal, timeoutMs = 10_000 } = options;
  if (typeof fetch !== "function") throw wrong("fetch to be a function");
  if (!(Number.isInteger(timeoutMs) && timeoutMs > 0 && timeoutMs < 2 ** 31)) throw wrong("timeoutMs to be a whole number above 0");
  let fields: Headers;
  try {
    fields = new Headers(headers);
  } catch {
    throw wrong("header fields as `fetch` takes them");
  }
  const address = resolved(url);
  const away = scratch === undefined ? null : resolved(scratch);
  if (away === address) throw wrong("scratch to be another address than the document", away);
  signal?.throwIfAborted();
  const by = { fetch, headers: fields, origin: origin ?? null, signal: signal ?? null, timeoutMs };
  const observations = await observe(by, address, { write, scratch: away });
  const { findings, unchecked } = conclude(observations);
  const { put } = observations;
  const lines = [
    ...findings.map(({ level, message, next, guide }) => `${level}: ${message} ${next} (${guide})`),
    ...unchecked.map(({ check, message, next }) => `not checked: ${check}: ${message} ${next}`),
  ];
  return {
    url: address,
    ok: findings.every(({ level }) => level !== "fault"),
    wrote: put?.status != null && put.status >= 200 && put.status < 300,
    text: lines.join("\n"),
    findings,
    unchecked,
    observations,
  };
}
