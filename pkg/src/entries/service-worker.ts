/**
 * For a service worker: sends the edits of an outbox while no page is open (Background Sync).
 *
 * @packageDocumentation
 */
import "./api.js";
import "./document.js";
import "./outbox.js";
import { SYNC_TAG, hasUnsent, openOutbox } from "../drafts/outbox.js";
import { checkFunction } from "../types/arguments.js";
import type { Client } from "../types/types.js";

export { openOutbox } from "../drafts/outbox.js";
export { keepDrafts } from "../drafts/drafts.js";

/** A sync event may take some seconds. */
const TRIES = 3;
const PAUSE_MS = 1_000;

/** A `sync` event (WICG Background Synchronization), which TypeScript does not know. */
interface SyncEvent extends Event {
  readonly tag: string;
  waitUntil(work: Promise<unknown>): void;
}

/**
 * Sends the edits of pages that are gone when the browser says that there is a network. Browsers without Background Sync never call it; the next page
 * sends the edits. A service worker cannot load scripts later, so bundle it into one file, or import `mergefetch/inline` there.
 *
 * @param makeClient Makes the client of the user who is signed in, with the drafts of the page.
 * @throws {MergefetchError} `invalid-argument`: no function.
 * @example
 * import "mergefetch/inline";
 * import { createClient, indexedDb } from "mergefetch";
 * import { keepDrafts, sendInBackground } from "mergefetch/service-worker";
 *
 * sendInBackground(() => createClient({ drafts: keepDrafts(indexedDb({ name: "drafts", partition: () => user })) }));
 */
export function sendInBackground(makeClient: () => Client | Promise<Client>): void {
  checkFunction(makeClient, "makeClient");
  addEventListener("sync", (event) => {
    const { tag } = event as SyncEvent;
    if (tag === SYNC_TAG) (event as SyncEvent).waitUntil(sent(makeClient));
  });
}

async function sent(makeClient: () => Client | Promise<Client>): Promise<void> {
  const client = await makeClient();
  const outbox = openOutbox(client);
  try {
    // A page that has just gone may still hold its lock.
    for (let tries = 0; tries < TRIES; tries++) {
      await outbox.send();
      if (!(await hasUnsent(client))) return;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  } finally {
    outbox.stop();
  }
  // The browser repeats the event later.
  throw new Error("mergefetch: edits still have no answer");
}
