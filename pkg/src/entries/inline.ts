/**
 * The same as `mergefetch`, with the WebAssembly modules inside: for pages that cannot load other files. Each is unpacked when it is
 * first needed, not when this is imported.
 *
 * @packageDocumentation
 */
import * as database from "./database.js";
import { moduleText } from "./module-text.js";
import * as ownAdapter from "./own-adapter.js";
import * as withCore from "./with-core.js";
import * as withEngine from "./with-engine.js";

withCore.loadFrom(
  {
    ...moduleText,
    withCore: async () => withCore,
    withEngine: async () => withEngine,
    ownAdapter: async () => ownAdapter,
    database: async () => database,
  },
  true,
);

export * from "./api.js";
