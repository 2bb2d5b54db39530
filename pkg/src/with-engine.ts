/** What a page loads with the engine: merges and conflicts. */
import "./api.js";
export { ConflictHandle } from "./conflict.js";
export * from "./merging.js";
export { changesOf } from "./packed.js";
