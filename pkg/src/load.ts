import { engineImports } from "./core/link.js";
import start, {
  ClientCore,
  diffJsonText,
  diffText,
  engineIsLoaded,
  mergeJsonText,
  mergeText,
  offsetMap,
  respelled,
} from "./core/mergefetch.js";
import { MergefetchError } from "./errors.js";

/** What of the module is used; the rest of the glue is left out of the package. */
const core = { ClientCore, diffJsonText, diffText, mergeJsonText, mergeText, offsetMap, respelled };

/** The module's exports. @internal */
export type Core = typeof core;

/** What {@link init} takes. */
export type ModuleSource = string | URL | Request | Response | BufferSource | WebAssembly.Module;

/** The two modules of the package, each with a source of its own. */
export interface ModuleSources {
  /** For reads and saves. */
  readonly core?: ModuleSource;
  /** For merges and conflicts. It must be of the same build as the core. */
  readonly engine?: ModuleSource;
}

type Files = Record<keyof ModuleSources, () => Promise<ModuleSource>>;

let files: Files | undefined;
let starting: Promise<Record<string, WebAssembly.ExportValue>> | undefined;
let started: Core | undefined;
let engineStarting: Promise<Core> | undefined;
let isEngineStarted = false;

/**
 * Says where the modules come from by default. Each entry point does; one that is preferred replaces what another one said.
 *
 * @internal
 */
export function modulesFrom(given: Files, isPreferred = false): void {
  if (isPreferred) files = given;
  files ??= given;
}

/**
 * Loads the WebAssembly modules. Optional: everything async does it by itself; the merge functions need it first.
 *
 * Safe to call twice: the first call wins. After a failure the next call tries again.
 *
 * @param module Where they come from: one source is that of the core. By default files beside the package's own, or, with
 *   `mergefetch/inline`, those files themselves.
 * @throws {MergefetchError} `not-started`, with the cause, when a module cannot be loaded or compiled, or when the engine is of another
 *   build than the core.
 */
export async function init(module?: ModuleSource | ModuleSources): Promise<void> {
  const given = sourcesOf(module);
  await loaded(given.core);
  await engineLoaded(given.engine);
}

function sourcesOf(module: ModuleSource | ModuleSources | undefined): ModuleSources {
  if (module === undefined) return {};
  return typeof module === "object" && ("core" in module || "engine" in module) ? module : { core: module as ModuleSource };
}

/** The core: for reads and saves. @internal */
export async function loaded(module?: ModuleSource): Promise<Core> {
  starting ??= load(module).catch((cause: unknown) => {
    starting = undefined;
    throw notStarted(cause);
  });
  await starting;
  return core;
}

/** Core and engine: for merges and conflicts. @internal */
export function engineLoaded(module?: ModuleSource): Promise<Core> {
  engineStarting ??= loadEngine(module).catch((cause: unknown) => {
    engineStarting = undefined;
    throw cause instanceof MergefetchError ? cause : notStarted(cause);
  });
  return engineStarting;
}

/** Whether the core is there. @internal */
export function isStarted(): boolean {
  return started !== undefined;
}

/** Whether core and engine are there. @internal */
export function isEngineLoaded(): boolean {
  return isEngineStarted;
}

/** Core and engine, for the calls that cannot wait. @internal */
export function startedCore(): Core {
  if (started === undefined || !isEngineStarted) {
    throw new MergefetchError("not-started", "expected `await init()` before this call, but the WebAssembly modules are not loaded");
  }
  return started;
}

async function load(module?: ModuleSource): Promise<Record<string, WebAssembly.ExportValue>> {
  if (typeof WebAssembly === "undefined") throw new Error("this browser has no WebAssembly, or forbids it");
  const exports = await start({ module_or_path: await loadable(module ?? (await files?.core()) ?? missing()) });
  started = core;
  return exports as unknown as Record<string, WebAssembly.ExportValue>;
}

/** Puts the engine into the memory and the table of the core, once: a second instance would overwrite what the first has written. */
async function loadEngine(module?: ModuleSource): Promise<Core> {
  await loaded();
  const exports = await starting;
  if (engineImports !== undefined && exports !== undefined) {
    const compiled = await compile(module ?? (await files?.engine()) ?? missing());
    await WebAssembly.instantiate(compiled, engineImports(exports)).catch((cause: unknown) => {
      throw new Error(`the merge engine is of another build than the core: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    });
    engineIsLoaded();
  }
  isEngineStarted = true;
  return core;
}

/** A source without an address: what is behind an address is requested here. */
async function loadable(source: ModuleSource): Promise<Response | BufferSource | WebAssembly.Module> {
  return typeof source === "string" || source instanceof URL || source instanceof Request ? fetched(source) : source;
}

/** The answer to a request for a module, which must not delay the documents of the page. */
async function fetched(address: string | URL | Request): Promise<Response> {
  const response = await fetch(address, { priority: "low" });
  const isPage = /html/i.test(response.headers.get("content-type") ?? "");
  if (response.ok && !isPage) return response;
  const found = response.ok ? "is HTML" : `was answered with ${response.status}`;
  throw new Error(`${response.url || String(address)} ${found}. Import \`mergefetch/inline\`, or give the right address to \`init\``);
}

async function compile(source: ModuleSource): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  const given = await loadable(source);
  if (given instanceof ArrayBuffer || ArrayBuffer.isView(given)) return WebAssembly.compile(given as BufferSource);
  const response = given as Response;
  const isTyped = response.headers.get("content-type")?.startsWith("application/wasm");
  return isTyped ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}

function notStarted(cause: unknown): MergefetchError {
  return new MergefetchError("not-started", explain(cause), {}, cause);
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
