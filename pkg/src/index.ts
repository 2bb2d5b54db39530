/**
 * `fetch` with ETag caching, conflict detection and three-way merges of text and JSON.
 *
 * @packageDocumentation
 */
import { moduleFrom } from "./load.js";
import { moduleFile } from "./module-file.js";

moduleFrom(moduleFile);

export * from "./api.js";
