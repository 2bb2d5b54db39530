import start, { ClientCore, diffJsonText, diffText, mergeJsonText, mergeText, offsetMap, respelled } from "./core/mergefetch.js";
import { MergefetchError } from "./errors.js";

/** What of the module is used; the rest of the glue is left out of the package. */
const core = { ClientCore, diffJsonText, diffText, mergeJsonText, mergeText, offsetMap, respelled };

/** The module's exports. @internal */
export type Core = typeof core;

/** What {@link init} takes. */
export type ModuleSource = string | URL | Request | Response | BufferSource | WebAssembly.Module;

let source: (() => Promise<ModuleSource>) | undefined;
let starting: Promise<Core> | undefined;
let started: Core | undefined;

/**
 * Says where the module comes from by default. Each entry point does; one that is preferred replaces what another one said.
 *
 * @internal
 */
export function moduleFrom(given: () => Promise<ModuleSource>, isPreferred = false): void {
  if (isPreferred) source = given;
  source ??= given;
}

/**
 * Loads the WebAssembly module. Optional: everything async does it by itself; the merge functions need it first.
 *
 * Safe to call twice: the first call wins. After a failure the next call tries again.
 *
 * @param module Where the module comes from; by default `mergefetch.wasm` beside the package's own files, or, with
 *   `mergefetch/inline`, those files themselves.
 * @throws {MergefetchError} `not-started`, with the cause, when the module cannot be loaded or compiled.
 */
export async function init(module?: ModuleSource): Promise<void> {
  await loaded(module);
}

/** The started module. @internal */
export function loaded(module?: ModuleSource): Promise<Core> {
  starting ??= load(module).catch((cause: unknown) => {
    starting = undefined;
    throw new MergefetchError("not-started", explain(cause), {}, cause);
  });
  return starting;
}

/** Whether the module is there. @internal */
export function isStarted(): boolean {
  return started !== undefined;
}

/** The module, for the calls that cannot wait. @internal */
export function startedCore(): Core {
  if (started === undefined) {
    throw new MergefetchError("not-started", "expected `await init()` before this call, but the WebAssembly module is not loaded");
  }
  return started;
}

async function load(module?: ModuleSource): Promise<Core> {
  if (typeof WebAssembly === "undefined") throw new Error("this browser has no WebAssembly, or forbids it");
  const given = module ?? (await source?.()) ?? missing();
  await start({ module_or_path: typeof given === "string" || given instanceof URL || given instanceof Request ? await fetched(given) : given });
  started = core;
  return core;
}

/** The answer to a request for the module, which must not delay the documents of the page. */
async function fetched(address: string | URL | Request): Promise<Response> {
  const response = await fetch(address, { priority: "low" });
  const url = response.url || String(address);
  if (!response.ok) throw new Error(`${url} was answered with ${response.status}`);
  if (/html/i.test(response.headers.get("content-type") ?? "")) {
    throw new Error(`${url} is HTML. In Vite add \`optimizeDeps: { exclude: ["mergefetch"] }\`, or give the right address to \`init\``);
  }
  return response;
}

function missing(): never {
  throw new Error("no entry point of the package said where it is: import `mergefetch` or `mergefetch/inline`");
}

function explain(cause: unknown): string {
  const words = cause instanceof Error ? cause.message : String(cause);
  if (typeof WebAssembly !== "undefined" && cause instanceof WebAssembly.CompileError && /unsafe-eval|content security policy|\bCSP\b/i.test(words)) {
    return `the page's Content-Security-Policy forbids WebAssembly: add 'wasm-unsafe-eval' to its script-src (${words})`;
  }
  return `the WebAssembly module could not be loaded: ${words}`;
}
