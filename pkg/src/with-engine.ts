/** What a page loads with the engine: merges and conflicts. */
// All that a page has by then, so that the build puts it into one script: many small ones compress worse.
import "./api.js";
export { ConflictHandle } from "./conflict.js";
export * from "./merging.js";
export { changesOf } from "./packed.js";
export { ConflictCore, respelled } from "./wire-engine.js";
