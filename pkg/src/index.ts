/**
 * `fetch` with ETag caching, conflict detection and three-way merges of text and JSON.
 *
 * @packageDocumentation
 */
import { modulesFrom } from "./load.js";
import { moduleFiles } from "./module-file.js";

modulesFrom(moduleFiles);

export * from "./api.js";
