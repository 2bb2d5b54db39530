/**
 * The same as `mergefetch`, with the WebAssembly modules inside: for pages that cannot load other files. Each is unpacked when it is
 * first needed, not when this is imported.
 *
 * @packageDocumentation
 */
import { PACKED_ENGINE, PACKED_MODULE } from "./core/inline.js";
import * as database from "./database.js";
import * as ownAdapter from "./own-adapter.js";
import * as withCore from "./with-core.js";
import * as withEngine from "./with-engine.js";

async function unpacked(module: string): Promise<ArrayBuffer> {
  const packed = Uint8Array.from(atob(module), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

withCore.loadFrom(
  {
    core: () => unpacked(PACKED_MODULE),
    engine: () => unpacked(PACKED_ENGINE),
    withCore: async () => withCore,
    withEngine: async () => withEngine,
    ownAdapter: async () => ownAdapter,
    database: async () => database,
  },
  true,
);

export * from "./api.js";
