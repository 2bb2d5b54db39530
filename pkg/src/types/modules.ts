/** Where the WebAssembly modules come from. */

/** A source of a module. */
export type ModuleSource = string | URL | Request | Response | BufferSource | WebAssembly.Module;

/** The two modules of the package, each with a source of its own. */
export interface ModuleSources {
  /** For reads and saves. */
  readonly core?: ModuleSource | undefined;
  /** For merges and conflicts. It must be of the same build as the core. */
  readonly engine?: ModuleSource | undefined;
}
