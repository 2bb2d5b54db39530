/** The script that a page loads with the core: it starts modules, and handles writes. */
import { engineImports } from "../core/link.js";
import instantiate, { type InitOutput, call } from "../core/mergefetch.js";
import { MergefetchError } from "../types/errors.js";
import type { ModuleSource } from "../types/modules.js";
import type { CoreCalls } from "../engine/core-calls.js";
import { engineIsLoaded } from "./wire-core.js";

export { call };
import { problemOf, translated } from "./problems.js";
export { errorOf } from "./problems.js";
export { problemOf, translated };
export { objectionOf } from "./validate.js";
export { answered, conflictOf, coreFor, count, resultOf, statsOf, updated, written } from "./writing.js";

type Source = ModuleSource | (() => Promise<ModuleSource>);

let exports: InitOutput | undefined;

/** Starts the core. @internal */
export async function startCore(source: Source): Promise<void> {
  try {
    if (typeof WebAssembly === "undefined") throw new Error("this browser has no WebAssembly, or forbids it");
    exports = await instantiate({ module_or_path: await loadable(source) });
  } catch (cause) {
    throw notStarted(cause);
  }
}

/**
 * Puts the engine into the memory and the table of the core, once: a second instance would overwrite the data of the first.
 *
 * @param scripts The scripts that the engine needs before it starts.
 * @internal
 */
export async function startEngine<Scripts extends { useCore(calls: CoreCalls): void }>(source: Source, scripts: Promise<Scripts>): Promise<Scripts> {
  // The module may fail first.
  scripts.catch(() => {});
  if (engineImports === undefined || exports === undefined) return withCalls(await scripts);
  const imports = engineImports(exports);
  const compiled = await compile(source).catch((cause: unknown) => {
    throw notStarted(cause);
  });
  const arrived = await scripts;
  await WebAssembly.instantiate(compiled, imports).catch((cause: unknown) => {
    throw notStarted(new Error(`the merge engine is of another build than the core: ${cause instanceof Error ? cause.message : String(cause)}`, { cause }));
  });
  engineIsLoaded();
  return withCalls(arrived);
}

function withCalls<Scripts extends { useCore(calls: CoreCalls): void }>(scripts: Scripts): Scripts {
  scripts.useCore({ call, problemOf, translated });
  return scripts;
}

/** A source without an address: a module at an address is requested here. */
async function loadable(source: Source): Promise<Response | BufferSource | WebAssembly.Module> {
  const given = typeof source === "function" ? await source() : source;
  return typeof given === "string" || given instanceof URL || given instanceof Request ? fetched(given) : given;
}

/** The answer to a request for a module, which must not delay the documents of the page. */
async function fetched(address: string | URL | Request): Promise<Response> {
  const response = await fetch(address, { priority: "low" });
  const isPage = /html/i.test(response.headers.get("content-type") ?? "");
  if (response.ok && !isPage) return response;
  const found = response.ok ? "is HTML" : `was answered with ${response.status}`;
  throw new Error(`${response.url || String(address)} ${found}. Import \`mergefetch/inline\`, or give the right address to \`init\``);
}

async function compile(source: Source): Promise<WebAssembly.Module> {
  const given = await loadable(source);
  if (given instanceof WebAssembly.Module) return given;
  if (given instanceof ArrayBuffer || ArrayBuffer.isView(given)) return WebAssembly.compile(given as BufferSource);
  const response = given as Response;
  const isTyped = response.headers.get("content-type")?.startsWith("application/wasm");
  return isTyped ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}

function notStarted(cause: unknown): MergefetchError {
  return new MergefetchError("not-started", explain(cause), {}, cause);
}

function explain(cause: unknown): string {
  const words = cause instanceof Error ? cause.message : String(cause);
  if (typeof WebAssembly !== "undefined" && cause instanceof WebAssembly.CompileError && /unsafe-eval|content security policy|\bCSP\b/i.test(words)) {
    return `the page's Content-Security-Policy forbids WebAssembly: add 'wasm-unsafe-eval' to its script-src (${words})`;
  }
  return `the WebAssembly module could not be loaded: ${words}`;
}
