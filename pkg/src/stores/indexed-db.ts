/** The store that outlives the page. */
import { checkMethods, checkTexts } from "../types/arguments.js";
import type { Entries } from "./database.js";
import { MergefetchError, wrong } from "../types/errors.js";
import { scriptLoaded } from "../client/load.js";
import { checkKeys } from "../types/options.js";
import { withPartitions } from "./store.js";
import type { Store } from "../types/types.js";

/** Browsers grant an origin far more, but the page's own data needs space, too. */
const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;

/**
 * A store that outlives the page.
 *
 * All accounts of one browser profile share it, so that every entry belongs to a partition, such as the id of the user who is
 * signed in. While `partition` returns null nothing is kept and nothing is found. Errors reject with the code `store`; the client
 * then goes on without the store, and reports a warning.
 *
 * @param options.name The name of the database, default "mergefetch".
 * @param options.partition Whose entries these are, asked with every call.
 * @param options.maxBytes The limit, accurate to a sixteenth; default 64 MiB. The least recently used entries are deleted first.
 */
export function indexedDb(options: { readonly name?: string | undefined; readonly partition: () => string | null; readonly maxBytes?: number | undefined }): Store {
  checkMethods(options, ["partition"], "options with `partition`, a function");
  checkKeys(options, ["name", "partition", "maxBytes"], "the options of a store");
  const { name = "mergefetch", partition, maxBytes = DEFAULT_MAX_BYTES } = options;
  checkTexts({ name });
  if (!(typeof maxBytes === "number" && maxBytes >= 0)) throw wrong("maxBytes to be a number of bytes", maxBytes);
  let loading: Promise<Entries> | undefined;
  const loaded = (): Promise<Entries> =>
    (loading ??= scriptLoaded("database").then(
      ({ Entries }) => new Entries(name, maxBytes),
      (cause: unknown) => {
        loading = undefined;
        throw new MergefetchError("store", "the script of the database could not be loaded", {}, cause);
      },
    ));
  // At once: a draft may have to be kept when the network is gone. A server has no database.
  if (typeof indexedDB === "object") loaded().catch(() => {});
  const of = (whose: () => string | null | undefined): Store => {
    // The user of the call, not the one who is signed in when the script has arrived.
    const call = async <R>(run: (entries: Entries, owner: string | null | undefined) => R): Promise<Awaited<R>> => {
      const owner = whose();
      return await run(await loaded(), owner);
    };
    return {
      get: (key) => call((entries, owner) => entries.get(owner, key)),
      set: (key, value) => call((entries, owner) => entries.set(owner, key, value)),
      delete: (key) => call((entries, owner) => entries.delete(owner, key)),
      keys: (start) => call((entries, owner) => entries.keys(owner, start)),
    };
  };
  return withPartitions(of(partition), { current: partition, of: (owner) => of(() => owner), clear: async (owner) => (await loaded()).clear(owner) });
}
