import start, { ClientCore, diffJsonText, diffText, mergeJsonText, mergeText, offsetMap } from "./core/mergefetch.js";
import { MergefetchError } from "./errors.js";

/** What of the module is used; the rest of the glue is left out of the package. */
const core = { ClientCore, diffJsonText, diffText, mergeJsonText, mergeText, offsetMap };

/** The module's exports. @internal */
export type Core = typeof core;

/** What {@link init} takes. */
export type ModuleSource = string | URL | Request | Response | BufferSource | WebAssembly.Module;

let starting: Promise<Core> | undefined;
let started: Core | undefined;

/**
 * Loads the WebAssembly module. Optional: everything async does it by itself; the merge functions need it first.
 *
 * Safe to call twice: the first call wins. After a failure the next call tries again.
 *
 * @param module Where the module comes from; by default `mergefetch.wasm` beside the package's own files.
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

/** The module, for the calls that cannot wait. @internal */
export function startedCore(): Core {
  if (started === undefined) {
    throw new MergefetchError("not-started", "expected `await init()` before this call, but the WebAssembly module is not loaded");
  }
  return started;
}

async function load(module?: ModuleSource): Promise<Core> {
  await start({ module_or_path: module ?? (await defaultModule()) });
  started = core;
  return core;
}

async function defaultModule(): Promise<URL | BufferSource> {
  const url = new URL("./core/mergefetch_bg.wasm", import.meta.url);
  if (url.protocol !== "file:") return url;
  // Node's fetch does not read files. The name is put together here so that bundlers for the web leave the import alone.
  const name = ["node:fs", "promises"].join("/");
  const files = (await import(/* webpackIgnore: true */ /* @vite-ignore */ name)) as {
    readFile(file: URL): Promise<BufferSource>;
  };
  return files.readFile(url);
}

function explain(cause: unknown): string {
  const words = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof WebAssembly.CompileError && /unsafe-eval|Content Security Policy/i.test(words)) {
    return `the page's Content-Security-Policy forbids WebAssembly: add 'wasm-unsafe-eval' to its script-src (${words})`;
  }
  return `the WebAssembly module could not be loaded: ${words}`;
}
