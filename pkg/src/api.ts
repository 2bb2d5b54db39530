/** What every entry point of the package exports; they differ in where the WebAssembly module comes from. */
export { couchdb, etag, fhir, field, header, kubernetes, lastModified, odata, type VersionAdapter } from "./adapters.js";
export { createClient } from "./client.js";
export { type ErrorCode, MergefetchError } from "./errors.js";
export { type ModuleSource, type ModuleSources, init } from "./load.js";
export { type JsonTextMerge, diffJson, diffText, mergeJson, mergeJsonText, mergeText } from "./merge.js";
export { mapOffset } from "./offsets.js";
export { indexedDb } from "./indexed-db.js";
export type { RefusalCount } from "./stats.js";
export { type Store, memory } from "./store.js";
export type {
  Author,
  Change,
  Choice,
  Client,
  ClientOptions,
  Conflict,
  Draft,
  Drafts,
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
  StandardResult,
  StandardSchema,
  TextChange,
  TextMerge,
  TextMergeOptions,
  TextRegion,
} from "./types.js";
