/** Asks before people leave a page on which something typed is neither saved nor kept. */
import { checkMethods } from "../types/arguments.js";
import { type OpenDocument, insides } from "./document.js";

/** A document, as far as a guard looks at it. */
export interface Guarded {
  /** The state now. */
  current(): { readonly isSafeToLeave: boolean };
  /** Calls the listener after each change, until the returned function is called. */
  subscribe(listener: () => void): () => void;
}

/** What a router needs to know; made by {@link guardLeave}. */
export interface LeaveGuard {
  /** Everything that was typed is saved, or kept as a draft. */
  isSafe(): boolean;
  /**
   * For a router, before it shows another page: keeps what is typed at once, if the client has `drafts`. If something is still neither saved nor kept,
   * `ask` decides.
   *
   * @param ask Asks the person; by default nobody is asked, and the result is false.
   * @returns Whether the page may go.
   */
  leave(ask?: () => boolean | Promise<boolean>): Promise<boolean>;
  /** Ends the guard. */
  stop(): void;
}

/**
 * Guards the page with these documents: the browser asks before it closes, reloads or leaves the page, but only while something typed is neither saved
 * nor kept.
 *
 * @throws {MergefetchError} `invalid-argument`: no documents.
 */
export function guardLeave(...documents: readonly Guarded[]): LeaveGuard {
  for (const document of documents) checkMethods(document, ["current", "subscribe"], "what `openDocument` makes");
  const isSafe = () => documents.every((document) => document.current().isSafeToLeave);
  const ask = (event: Event) => {
    if (isSafe()) return;
    event.preventDefault();
    // Older browsers ask only for this.
    (event as BeforeUnloadEvent).returnValue = true;
  };
  // Only while it is needed: a page with such a listener may not return from the browser's cache of pages.
  const changed = () => {
    if (isSafe()) globalThis.removeEventListener?.("beforeunload", ask);
    else globalThis.addEventListener?.("beforeunload", ask);
  };
  const stops = documents.map((document) => document.subscribe(changed));
  changed();
  return {
    isSafe,
    leave: async (confirm = () => false) => {
      await Promise.all(documents.map((document) => insides.get(document as unknown as OpenDocument<never>)?.keep()));
      return isSafe() || confirm();
    },
    stop: () => {
      for (const stop of stops) stop();
      globalThis.removeEventListener?.("beforeunload", ask);
    },
  };
}
