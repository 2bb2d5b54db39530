/** The modules as text in a script. */
import { PACKED_ENGINE, PACKED_MODULE } from "../core/inline.js";

async function unpacked(module: string): Promise<ArrayBuffer> {
  const packed = Uint8Array.from(atob(module), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

/**
 * The modules as text in a script. Each is unpacked when it is first needed, not when this is imported.
 *
 * @internal
 */
export const moduleText = { core: () => unpacked(PACKED_MODULE), engine: () => unpacked(PACKED_ENGINE) };
