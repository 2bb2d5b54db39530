/** What the tabs of an origin tell each other about a document: versions only, as every user of the origin can listen. */
import { attempted } from "../types/errors.js";

/** The message to other tabs after a save. @internal */
export interface Told {
  /** The version that the save replaced; null if the result also has other edits. */
  readonly from: string | null;
  readonly to: string | null;
}

/** @internal */
export interface Tabs {
  /** Listens at the document; undefined ends this. */
  attend(url: string | undefined): void;
  tell(url: string | undefined, told: Told): void;
  /** Whether saves of other tabs lead from one version to another. */
  leads(from: string | null, to: string | null): boolean;
}

function open(url: string): BroadcastChannel | undefined {
  if (typeof BroadcastChannel === "undefined") return undefined;
  try {
    const opened = new BroadcastChannel(`mergefetch ${url}`);
    // The channel must not keep a Node.js process alive.
    (opened as { unref?: () => void }).unref?.();
    return opened;
  } catch {
    // Without a channel, other tabs are not told.
    return undefined;
  }
}

/** @internal */
export function tabsOf(heard: (told: Told) => void): Tabs {
  let channel: BroadcastChannel | undefined;
  /** Saves of other tabs: the version that each save replaced, and its new version. */
  const saved = new Map<string, string | null>();
  return {
    attend(url) {
      if (url === undefined) {
        channel?.close();
        channel = undefined;
      } else if (channel === undefined) {
        channel = open(url);
        channel?.addEventListener("message", ({ data }) => {
          const told = data as Told;
          if (told.from !== null) saved.set(told.from, told.to);
          heard(told);
        });
      }
    },
    tell(url, told) {
      const to = channel ?? (url === undefined ? undefined : open(url));
      // If the channel fails, other tabs are not told, but the save goes on.
      attempted(() => to?.postMessage(told), () => {});
      if (to !== channel) to?.close();
    },
    leads(from, to) {
      let version = from;
      for (let steps = saved.size; steps > 0 && version !== null && version !== to; steps--) version = saved.get(version) ?? null;
      return version !== null && version === to;
    },
  };
}
