/** The script that a page loads with the engine: merges and conflicts. */
export { ConflictHandle } from "../client/conflict.js";
export * from "./merging.js";
export { useCore } from "./core-calls.js";
export { changesOf } from "./packed.js";
export { found, restored, told } from "../client/restore.js";
export { ConflictCore, DocumentCore, OutboxCore, openDocument, outbox, respelled } from "./wire-engine.js";
