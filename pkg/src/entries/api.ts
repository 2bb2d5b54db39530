/** The exports of every entry point. Entry points differ only in the source of the WebAssembly module. */
export { couchdb, etag, fhir, field, header, kubernetes, lastModified, odata } from "../adapters/adapters.js";
export { createClient } from "../client/client.js";
export { type ErrorCode, type ErrorDetails, type ErrorWith, MergefetchError, type MergefetchErrorConstructor } from "../types/errors.js";
export { init } from "../client/load.js";
export type { ModuleSource, ModuleSources } from "../types/modules.js";
export { diffJson, diffText, mergeJson, mergeJsonText, mergeText } from "../engine/merge.js";
export { mapOffset } from "../engine/offsets.js";
export { indexedDb } from "../stores/indexed-db.js";
export { memory } from "../stores/store.js";
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
  JsonTextMerge,
  Observers,
  Problem,
  Range,
  Refusal,
  RefusalCount,
  RouteRule,
  SaveResult,
  Side,
  Snapshot,
  StandardResult,
  StandardSchema,
  Store,
  TextChange,
  TextMerge,
  TextMergeOptions,
  TextRegion,
  VersionAdapter,
  WarningCode,
} from "../types/types.js";
