/**
 * The same as `mergefetch`, with the WebAssembly modules inside: for pages that cannot load other files. Each is unpacked when it is
 * first needed, not when this is imported.
 *
 * @packageDocumentation
 */
import { PACKED_ENGINE, PACKED_MODULE } from "./core/inline.js";
import { modulesFrom } from "./load.js";

async function unpacked(module: string): Promise<ArrayBuffer> {
  const packed = Uint8Array.from(atob(module), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

modulesFrom({ core: () => unpacked(PACKED_MODULE), engine: () => unpacked(PACKED_ENGINE) }, true);

export * from "./api.js";
