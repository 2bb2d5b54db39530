/**
 * The same as `mergefetch`, with the WebAssembly modules inside: for pages that cannot load other files. Each is unpacked when it is
 * first needed, not when this is imported.
 *
 * @packageDocumentation
 */
import { modulesFrom } from "./load.js";
import { moduleText } from "./module-text.js";

modulesFrom(moduleText, true);

export * from "./api.js";
