/** The sources of modules and later scripts. A page shows its first document without any of them. */
import { MergefetchError } from "../types/errors.js";
import type { ModuleSource, ModuleSources } from "../types/modules.js";
import type * as Database from "../stores/database.js";
import type * as OwnAdapter from "../adapters/own-adapter.js";
import type * as WithCore from "./core-script.js";
import type * as WithEngine from "../engine/engine-script.js";

/** The modules, and the scripts that a page needs after its first document. @internal */
export interface Sources extends Record<keyof ModuleSources, () => Promise<ModuleSource>> {
  readonly withCore: () => Promise<typeof WithCore>;
  readonly withEngine: () => Promise<typeof WithEngine>;
  readonly ownAdapter: () => Promise<typeof OwnAdapter>;
  readonly database: () => Promise<typeof Database>;
}

let sources: Sources | undefined;
let starting: Promise<typeof WithCore> | undefined;
let started: typeof WithCore | undefined;
let engineStarting: Promise<typeof WithEngine> | undefined;
let engineStarted: typeof WithEngine | undefined;

/**
 * Sets the default sources of modules and scripts. Each entry point calls this; a preferred source replaces the source of another entry point.
 *
 * @internal
 */
export function loadFrom(given: Sources, isPreferred = false): void {
  if (isPreferred) sources = given;
  sources ??= given;
}

/**
 * Loads the WebAssembly modules. Optional: everything async does it by itself; the merge functions need it first.
 *
 * Safe to call twice: the first call wins. After a failure the next call tries again.
 *
 * @param module The sources; a single source is the source of the core. By default files beside the package's own, or, with
 *   `mergefetch/inline`, those files themselves.
 * @throws {MergefetchError} `not-started`, with the cause, when a module cannot be loaded or compiled, or when the engine is of another
 *   build than the core.
 */
export async function init(module?: ModuleSource | ModuleSources): Promise<void> {
  const { core, engine } = sourcesOf(module);
  await loaded(core);
  await engineLoaded(engine);
}

function sourcesOf(module: ModuleSource | ModuleSources | undefined): ModuleSources {
  if (module === undefined || module === null) return {};
  return typeof module === "object" && ("core" in module || "engine" in module) ? module : { core: module as ModuleSource };
}

/** The core, with the scripts that call it: for reads and saves. @internal */
export function loaded(module?: ModuleSource): Promise<typeof WithCore> {
  starting ??= (async () => {
    const from = known();
    const scripts = await from.withCore();
    await scripts.startCore(module ?? from.core);
    return (started = scripts);
  })().catch((cause: unknown) => {
    starting = undefined;
    throw notStarted(cause);
  });
  return starting;
}

/** Core and engine, with the scripts that call them: for merges and conflicts. @internal */
export function engineLoaded(module?: ModuleSource): Promise<typeof WithEngine> {
  engineStarting ??= (async () => {
    const { startEngine } = await loaded();
    const from = known();
    return (engineStarted = await startEngine(module ?? from.engine, from.withEngine()));
  })().catch((cause: unknown) => {
    engineStarting = undefined;
    throw notStarted(cause);
  });
  return engineStarting;
}

/** A script that needs no module. @internal */
export async function scriptLoaded<Name extends "ownAdapter" | "database">(name: Name): Promise<Awaited<ReturnType<Sources[Name]>>> {
  try {
    return (await known()[name]()) as Awaited<ReturnType<Sources[Name]>>;
  } catch (cause) {
    throw notStarted(cause);
  }
}

/** Whether the core is there. @internal */
export function isStarted(): boolean {
  return started !== undefined;
}

/** Whether core and engine are there. @internal */
export function isEngineLoaded(): boolean {
  return engineStarted !== undefined;
}

/** The scripts of the core, for those who come after it. @internal */
export function withCore(): typeof WithCore {
  return started ?? early();
}

/** The scripts of core and engine, for the calls that cannot wait. @internal */
export function withEngine(): typeof WithEngine {
  return engineStarted ?? early();
}

function early(): never {
  throw new MergefetchError("not-started", "expected `await init()` before this call, but the WebAssembly modules are not loaded");
}

function known(): Sources {
  if (sources === undefined) throw new Error("import `mergefetch` or `mergefetch/inline`");
  return sources;
}

/** Messages about modules that cannot be loaded. */
function notStarted(cause: unknown): unknown {
  if (cause instanceof MergefetchError) return cause;
  const words = cause instanceof Error ? cause.message : String(cause);
  return new MergefetchError("not-started", `a script of the package could not be loaded: ${words}`, {}, cause);
}
