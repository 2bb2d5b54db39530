/** What a page loads with the engine: merges and conflicts. */
// All that a page has by then, so that the build puts it into one script: many small ones compress worse.
import "./api.js";
export { ConflictHandle } from "../client/conflict.js";
export * from "../engine/merging.js";
export { changesOf } from "../engine/packed.js";
export { ConflictCore, respelled } from "../engine/wire-engine.js";
