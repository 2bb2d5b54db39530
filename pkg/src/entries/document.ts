/**
 * Documents that stay current while people type, and outlive the page.
 *
 * @packageDocumentation
 */
// All that a page has by then, so that the build puts it into one script: many small ones compress worse.
import "./api.js";

export { type DocumentOptions, type DocumentState, type News, type OpenDocument, openDocument } from "../document/document.js";
export { keepDrafts } from "../drafts/drafts.js";
export { type TextField, bindText } from "../document/bind-text.js";
export { type Guarded, type LeaveGuard, guardLeave } from "../document/guard.js";
