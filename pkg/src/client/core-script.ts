/** The script that a page loads with the core: it starts modules, and handles writes. */
import { build, engineImports } from "../core/link.js";
import instantiate, { type InitOutput, call } from "../core/mergefetch.js";
import { MergefetchError, wrong } from "../types/errors.js";
import type { ModuleSource } from "../types/modules.js";
import type { CoreCalls } from "../engine/core-calls.js";
import { engineIsLoaded } from "./wire-core.js";

export { call };
import { problemOf, translated } from "./problems.js";
export { errorOf } from "./problems.js";
export { problemOf, translated };
export { objectionOf } from "./validate.js";
import { count, hostOf } from "./writing.js";
export { answered, conflictOf, coreFor, count, resultOf, statsOf, updated, written } from "./writing.js";

type Source = ModuleSource | (() => Promise<ModuleSource>);

let exports: InitOutput | undefined;

/** Starts the core. @internal */
export async function startCore(source: Source): Promise<void> {
  try {
    if (typeof WebAssembly === "undefined") throw new Error("this browser has no WebAssembly, or forbids it");
    exports = await instantiate({ module_or_path: await compiled(source, "core") });
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
  try {
    const engine = await compiled(source, "engine");
    const arrived = await scripts;
    await WebAssembly.instantiate(engine, imports);
    engineIsLoaded();
    return withCalls(arrived);
  } catch (cause) {
    throw notStarted(cause);
  }
}

function withCalls<Scripts extends { useCore(calls: CoreCalls): void }>(scripts: Scripts): Scripts {
  scripts.useCore({ call, count, hostOf, problemOf, translated });
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

/** The compiled module. A module of another build, or of another program, is refused here: it would call wrong functions, or lack some. */
async function compiled(source: Source, name: string): Promise<WebAssembly.Module> {
  const given = await loadable(source);
  const module = given instanceof WebAssembly.Module ? given : await compile(given);
  if (WebAssembly.Module.customSections(module, build).length > 0) return module;
  throw new Error(`expected the ${name} of this package's build, but found a module of another build`);
}

async function compile(given: Response | BufferSource): Promise<WebAssembly.Module> {
  if (given instanceof ArrayBuffer || ArrayBuffer.isView(given)) return WebAssembly.compile(given as BufferSource);
  // A response of another realm is one, too.
  if (typeof (given as Response | undefined)?.arrayBuffer !== "function") throw wrong("a module's address, bytes, response or compiled module", given);
  const response = given as Response;
  const isTyped = response.headers.get("content-type")?.startsWith("application/wasm");
  return isTyped ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}

function notStarted(cause: unknown): MergefetchError {
  if (cause instanceof MergefetchError) return cause;
  return new MergefetchError("not-started", explain(cause), {}, cause);
}

function explain(cause: unknown): string {
  const words = cause instanceof Error ? cause.message : String(cause);
  if (typeof WebAssembly !== "undefined" && cause instanceof WebAssembly.CompileError && /unsafe-eval|content security policy|\bCSP\b/i.test(words)) {
    return `the page's Content-Security-Policy forbids WebAssembly: add 'wasm-unsafe-eval' to its script-src (${words})`;
  }
  return `the WebAssembly module could not be loaded: ${words}`;
}
