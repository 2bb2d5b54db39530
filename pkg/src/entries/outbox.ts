/**
 * Sends edits again whose saves got no answer.
 *
 * @packageDocumentation
 */
// All that a page has by then, so that the build puts it into one script: many small ones compress worse.
import "./api.js";
import "./document.js";

export { type Outbox, type OutboxEdit, type OutboxOptions, type OutboxState, openOutbox } from "../drafts/outbox.js";
export { keepDrafts } from "../drafts/drafts.js";
