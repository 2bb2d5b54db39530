/**
 * The merge calls of `mergefetch` off the main thread: each returns a promise, and a 10 MB document does
 * not freeze the page. Nothing is loaded before the first call, which starts a worker; `init()` is not needed.
 *
 * @packageDocumentation
 */
// All that a page has by then, so that the build puts it into one script: many small ones compress worse.
import "./api.js";
import { checkMethods, checkObject } from "../types/arguments.js";
import { type ErrorCode, MergefetchError, wrong } from "../types/errors.js";
import { jsonText } from "../types/json-text.js";
import { checkKeys } from "../types/options.js";
import { textMergeOf } from "../engine/text-merge.js";
import type { JsonMerge, JsonMergeOptions, JsonOperation, TextChange, TextMerge, TextMergeOptions } from "../types/types.js";
import { jsonValue } from "../types/values.js";
import type { Answer, Calls, Job } from "./worker-thread.js";

export { type ErrorCode, MergefetchError } from "../types/errors.js";
export { mapOffset } from "../engine/offsets.js";

/** Every call takes one beside its own options. An abort rejects with the signal's own reason, and really ends the work. */
export interface Abortable {
  /** Ends the work. */
  readonly signal?: AbortSignal | undefined;
}

/** The source of a WebAssembly module for a worker: a source of `init` that can be sent. */
export type WorkerModule = string | URL | BufferSource | WebAssembly.Module;

/** Parts of a worker that the tools of a page do not find by themselves. */
export interface MergeWorkerOptions {
  /** Makes the worker, where the page's tools cannot: a module worker that runs `mergefetch/worker-thread`. */
  readonly worker?: (() => Worker) | undefined;
  /** Where the worker finds the WebAssembly modules, as for `init`. */
  readonly module?: WorkerModule | { readonly core?: WorkerModule | undefined; readonly engine?: WorkerModule | undefined } | undefined;
}

/** The calls of `mergefetch` in a worker. They wait for each other, in the order in which they were made. */
export interface MergeWorker {
  /** As `mergeText`. `mapOffset` works on the result, also where the page itself has not started `mergefetch`. */
  mergeText(base: string | null, mine: string, theirs: string, options?: TextMergeOptions & Abortable): Promise<TextMerge>;
  /** As `mergeJson`. */
  mergeJson<T = unknown>(base: T | undefined, mine: T, theirs: T, options?: JsonMergeOptions & Abortable): Promise<JsonMerge<T>>;
  /** As `mergeJsonText`. */
  mergeJsonText(
    base: string | null,
    mine: string,
    theirs: string,
    options?: JsonMergeOptions & Abortable,
  ): Promise<Omit<JsonMerge, "value"> & { readonly text: string }>;
  /** As `diffText`. */
  diffText(before: string, after: string, options?: { readonly granularity?: "line" | "word" | "grapheme" | undefined } & Abortable): Promise<readonly TextChange[]>;
  /** As `diffJson`. */
  diffJson(before: unknown, after: unknown, options?: Pick<JsonMergeOptions, "rules"> & Abortable): Promise<readonly JsonOperation[]>;
  /** Ends the worker; calls under way reject with an `AbortError`. The next call starts another worker. */
  terminate(): void;
}

interface Waiting extends Job {
  readonly settle: (outcome: { readonly value: unknown } | { readonly reason: unknown }) => void;
}

/**
 * A worker of one's own, beside the one that the functions of this module share.
 *
 * @throws {MergefetchError} `invalid-argument`: an option that is none.
 */
export function createMergeWorker(options: MergeWorkerOptions = {}): MergeWorker {
  checkKeys(options, ["worker", "module"], "the options of a worker");
  if (options.worker !== undefined && typeof options.worker !== "function") throw wrong("worker to be a function", options.worker);
  return new Thread(options);
}

class Thread implements MergeWorker {
  readonly #options: MergeWorkerOptions;
  #worker: Worker | undefined;
  #running: Waiting | undefined;
  #waiting: Waiting[] = [];

  constructor(options: MergeWorkerOptions) {
    this.#options = options;
  }

  async mergeText(base: string | null, mine: string, theirs: string, options?: TextMergeOptions & Abortable): Promise<TextMerge> {
    return textMergeOf(await this.#call("mergeText", options, (rest) => [base, mine, theirs, rest]));
  }

  async mergeJson<T = unknown>(base: T | undefined, mine: T, theirs: T, options?: JsonMergeOptions & Abortable): Promise<JsonMerge<T>> {
    const texts = [base === undefined ? null : jsonText(base), jsonText(mine), jsonText(theirs)] as const;
    const { text, ...merge } = await this.mergeJsonText(...texts, options);
    return { ...merge, value: jsonValue<T>(text) };
  }

  mergeJsonText(
    base: string | null,
    mine: string,
    theirs: string,
    options?: JsonMergeOptions & Abortable,
  ): Promise<Omit<JsonMerge, "value"> & { readonly text: string }> {
    return this.#call("mergeJsonText", options, (rest) => [base, mine, theirs, rest]);
  }

  diffText(
    before: string,
    after: string,
    options?: { readonly granularity?: "line" | "word" | "grapheme" | undefined } & Abortable,
  ): Promise<readonly TextChange[]> {
    return this.#call("diffText", options, (rest) => [before, after, rest]);
  }

  async diffJson(before: unknown, after: unknown, options?: Pick<JsonMergeOptions, "rules"> & Abortable): Promise<readonly JsonOperation[]> {
    const texts = [jsonText(before), jsonText(after)] as const;
    return this.#call("diffJsonText", options, (rest) => [...texts, rest]);
  }

  terminate(): void {
    const ended = [this.#running, ...this.#waiting];
    this.#waiting = [];
    this.#end();
    for (const job of ended) job?.settle({ reason: new DOMException("the worker was terminated", "AbortError") });
  }

  #call<Name extends keyof Calls, Options extends Abortable>(
    name: Name,
    options: Options | undefined,
    args: (rest: Omit<Options, "signal"> | undefined) => Parameters<Calls[Name]>,
  ): Promise<ReturnType<Calls[Name]>> {
    return new Promise((resolve, reject) => {
      if (options !== undefined) checkObject(options, "options to be an object");
      const { signal, ...rest } = options ?? ({} as Options);
      if (signal !== undefined) checkMethods(signal, ["addEventListener"], "signal to be an AbortSignal");
      if (signal?.aborted) return reject(signal.reason);
      const aborted = () => {
        if (this.#running === job) this.#end();
        else this.#waiting = this.#waiting.filter((other) => other !== job);
        job.settle({ reason: signal?.reason });
        this.#next();
      };
      const job: Waiting = {
        name,
        args: args(options && rest),
        module: this.#options.module,
        settle: (outcome) => {
          signal?.removeEventListener("abort", aborted);
          if ("value" in outcome) resolve(outcome.value as ReturnType<Calls[Name]>);
          else reject(outcome.reason);
        },
      };
      signal?.addEventListener("abort", aborted);
      this.#waiting.push(job);
      this.#next();
    });
  }

  #next(): void {
    const job = this.#running === undefined ? this.#waiting.shift() : undefined;
    if (job === undefined) return;
    this.#running = job;
    const { settle: _here, module, ...rest } = job;
    try {
      this.#worker ??= this.#start();
      this.#worker.postMessage({ ...rest, module: sendable(module) });
    } catch (cause) {
      this.#done(job, { reason: cause instanceof MergefetchError ? cause : notSent(cause) });
    }
  }

  #done(job: Waiting, outcome: Parameters<Waiting["settle"]>[0]): void {
    this.#running = undefined;
    job.settle(outcome);
    this.#next();
  }

  #start(): Worker {
    if (this.#options.worker === undefined && typeof Worker === "undefined") {
      throw new MergefetchError("not-started", "expected a browser's `Worker`, but there is none here: call the functions of `mergefetch` instead");
    }
    // In one expression, as bundlers look for it.
    const worker = this.#options.worker?.() ?? new Worker(new URL("./worker-thread.js", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      if (this.#running !== undefined) this.#done(this.#running, "value" in data ? data : { reason: errorOf(data.error) });
    };
    worker.onerror = (event) => {
      event.preventDefault();
      const job = this.#running;
      this.#end();
      const words = event.message || "its script could not be loaded: make the worker yourself, for `createMergeWorker({ worker })`; or the page's Content-Security-Policy forbids it (worker-src)";
      if (job !== undefined) this.#done(job, { reason: new MergefetchError("not-started", `the worker failed: ${words}`) });
    };
    return worker;
  }

  #end(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#running = undefined;
  }
}

/** An address cannot be sent as a `URL`. */
function sendable(module: MergeWorkerOptions["module"]): Job["module"] {
  if (module instanceof URL) return module.href;
  if (typeof module !== "object" || !("core" in module || "engine" in module)) return module as WorkerModule | undefined;
  return Object.fromEntries(Object.entries(module).map(([part, source]) => [part, source instanceof URL ? source.href : source]));
}

function errorOf({ code, message, details }: { code: string; message: string; details: Readonly<Record<string, unknown>> }): MergefetchError {
  return new MergefetchError(code as ErrorCode, message, details);
}

/** `postMessage` refuses only values that cannot be cloned. A worker that cannot be made is an error of the page. */
function notSent(cause: unknown): MergefetchError {
  const words = cause instanceof Error ? cause.message : String(cause);
  const isArgument = cause instanceof DOMException && cause.name === "DataCloneError";
  return new MergefetchError(isArgument ? "invalid-argument" : "not-started", `the worker could not be asked: ${words}`, {}, cause);
}

const shared = new Thread({});

/** {@link MergeWorker.mergeText} in a worker that all of the page shares. */
export const mergeText: MergeWorker["mergeText"] = (...args) => shared.mergeText(...args);
/** {@link MergeWorker.mergeJson} in the shared worker. */
export const mergeJson: MergeWorker["mergeJson"] = (...args) => shared.mergeJson(...args);
/** {@link MergeWorker.mergeJsonText} in the shared worker. */
export const mergeJsonText: MergeWorker["mergeJsonText"] = (...args) => shared.mergeJsonText(...args);
/** {@link MergeWorker.diffText} in the shared worker. */
export const diffText: MergeWorker["diffText"] = (...args) => shared.diffText(...args);
/** {@link MergeWorker.diffJson} in the shared worker. */
export const diffJson: MergeWorker["diffJson"] = (...args) => shared.diffJson(...args);
/** Ends the shared worker; calls under way reject with an `AbortError`. */
export const terminate = (): void => shared.terminate();
