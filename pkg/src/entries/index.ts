/**
 * `fetch` with ETag caching, conflict detection and three-way merges of text and JSON.
 *
 * @packageDocumentation
 */
import { loadFrom } from "../client/load.js";
import { moduleFiles } from "./module-file.js";

loadFrom({
  ...moduleFiles,
  withCore: () => import("./with-core.js"),
  withEngine: () => import("./with-engine.js"),
  ownAdapter: () => import("./own-adapter.js"),
  database: () => import("./database.js"),
});

export * from "./api.js";
