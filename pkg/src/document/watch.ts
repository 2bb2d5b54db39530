/** Learns of the saves of others, and lets them into a document. */
import { checkFunction, checkMethods, resolvedUrl } from "../types/arguments.js";
import { wrong } from "../types/errors.js";
import { checkKeys } from "../types/options.js";
import { type OpenDocument, insides } from "./document.js";
import { type Told, listen } from "./feed.js";

/** Where changes are learnt from. */
export interface WatchOptions {
  /**
   * The URL of a stream of server-sent events with `{"url": …, "version": …}` as their data, or a function of the page's own, for a WebSocket say: it
   * gets `changed`, and returns a function that ends it.
   */
  readonly events?: string | URL | ((changed: Changed) => () => void);
  /**
   * How often the document is asked for while the page is visible, in milliseconds, give or take a fifth; default 30,000, or, with `events`, 300,000. 0
   * means never. If nothing has changed, the answer is a 304.
   */
  readonly intervalMs?: number;
}

/** Something has changed: the document at a URL, if one is named. A known version causes no read. */
export type Changed = (url?: string | URL, version?: string | null) => void;

/** Returns to a page come in bursts: focus, visibility, network. */
const BURST_MS = 1_000;

/**
 * Keeps a document current: saves of others are read when `events` tells of them, when the page gets the focus, becomes visible or online, and at
 * intervals. Reads are conditional. All tabs of an origin share one connection to a URL of `events`. A hidden page asks for nothing at intervals.
 *
 * @returns A function that ends this.
 * @throws {MergefetchError} `invalid-argument`: no document of `openDocument`, or an option that is none.
 */
export function watch<T>(document: OpenDocument<T>, options: WatchOptions = {}): () => void {
  checkMethods(document, ["current", "subscribe", "load"], "what `openDocument` makes");
  checkKeys(options, ["events", "intervalMs"], "the options of `watch`");
  const { events, intervalMs = events === undefined ? 30_000 : 300_000 } = options;
  if (!(typeof intervalMs === "number" && intervalMs >= 0)) throw wrong("intervalMs to be a number of milliseconds", intervalMs);
  const inside = insides.get(document as unknown as OpenDocument<never>);
  if (inside === undefined) throw wrong("what `openDocument` makes", document);
  const page = globalThis.document as Document | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let lastMs = 0;
  /** What came during a save of this page: most often its own result. */
  let waiting: Told | undefined;

  const isVisible = () => page?.visibilityState !== "hidden";
  const plan = () => {
    clearTimeout(timer);
    if (intervalMs > 0 && isVisible()) timer = setTimeout(ask, intervalMs * (0.8 + Math.random() * 0.4));
    (timer as { unref?: () => void } | undefined)?.unref?.();
  };
  const ask = () => {
    lastMs = Date.now();
    plan();
    if (document.current().base !== null) void inside.reread();
  };
  const told = (change: Told) => {
    const { base, theirs, isSaving } = document.current();
    if (base === null || (change.url !== null && !isOf(change.url, base.url))) return;
    if (isSaving) waiting = waiting === undefined ? change : { url: null, version: null };
    else if (change.version === null || ![base.version, theirs?.version].includes(change.version)) ask();
  };
  const returned = () => {
    if (!isVisible()) clearTimeout(timer);
    else if (Date.now() - lastMs > BURST_MS) ask();
  };
  const stops: (() => void)[] = [
    document.subscribe(({ isSaving }) => {
      if (isSaving || waiting === undefined) return;
      const change = waiting;
      waiting = undefined;
      told(change);
    }),
  ];
  for (const [target, name] of [[globalThis, "focus"], [globalThis, "online"], [globalThis, "pageshow"], [page, "visibilitychange"]] as const) {
    target?.addEventListener?.(name, returned);
    stops.push(() => target?.removeEventListener?.(name, returned));
  }
  const changed: Changed = (url, version = null) => told({ url: url === undefined ? null : resolvedUrl(url), version });
  if (typeof events === "function") {
    const stop = events(changed);
    checkFunction(stop, "the result of `events`");
    stops.push(stop);
  } else if (events !== undefined && typeof EventSource !== "undefined") {
    stops.push(listen(resolvedUrl(events), told));
  }
  plan();
  return () => {
    clearTimeout(timer);
    for (const stop of stops.splice(0)) stop();
  };
}

/** Whether a change of one URL is one of the document. A query chooses a representation. */
function isOf(changed: string, url: string): boolean {
  return changed === url || changed === url.split("?")[0];
}
