/**
 * `fetch` with ETag caching, conflict detection and three-way merges of text and JSON.
 *
 * @packageDocumentation
 */
export { couchdb, etag, fhir, field, header, kubernetes, lastModified, odata, type VersionAdapter } from "./adapters.js";
export { createClient } from "./client.js";
export { type ErrorCode, MergefetchError } from "./errors.js";
export { init } from "./load.js";
export { diffJson, diffText, mapOffset, mergeJson, mergeJsonText, mergeText } from "./merge.js";
export { indexedDb } from "./indexed-db.js";
export { type Store, memory } from "./store.js";
export type {
  Change,
  Choice,
  Client,
  ClientOptions,
  Conflict,
  JsonMerge,
  JsonMergeOptions,
  JsonOperation,
  JsonPointer,
  JsonRule,
  Observers,
  Problem,
  Range,
  Refusal,
  RouteRule,
  SaveResult,
  Side,
  Snapshot,
  TextChange,
  TextMerge,
  TextMergeOptions,
  TextRegion,
} from "./types.js";
