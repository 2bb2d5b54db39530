/**
 * Keeps documents of `mergefetch/document` current: learns of the saves of others.
 *
 * @packageDocumentation
 */
// All that a page has by then, so that the build puts it into one script: many small ones compress worse.
import "./api.js";
import "./document.js";

export { type Changed, type WatchOptions, watch } from "../document/watch.js";
