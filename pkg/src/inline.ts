/**
 * The same as `mergefetch`, with the WebAssembly module inside: for pages that cannot load a second file. The module is unpacked
 * with the first call, not when this is imported.
 *
 * @packageDocumentation
 */
import { PACKED_MODULE } from "./core/inline.js";
import { moduleFrom } from "./load.js";

async function unpackedModule(): Promise<ArrayBuffer> {
  const packed = Uint8Array.from(atob(PACKED_MODULE), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

moduleFrom(unpackedModule, true);

export * from "./api.js";
