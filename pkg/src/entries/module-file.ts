/**
 * The modules as files beside the package's own: bundlers see their addresses and bring the files along.
 *
 * @internal
 */
export const moduleFiles = {
  core: async () => new URL("./core/mergefetch_bg.wasm", import.meta.url),
  engine: async () => new URL("./core/engine.wasm", import.meta.url),
};
