// All clients and the server in one process, without sockets, on a clock that jumps.
import { fetchOf } from "./in-process.mjs";
import { forgetDatabases, installIndexedDb } from "./indexed-db.mjs";
import { CLIENTS, planOf } from "./plan.mjs";
import { namesOf, played } from "./round.mjs";
import { Server } from "./server.mjs";
import { startVirtualTime } from "./virtual-time.mjs";

/** Prepares the package, and returns the function that runs one round. */
export async function inProcess({ seed, trouble, savesPerRound, module }) {
  const time = startVirtualTime(seed);
  installIndexedDb();
  const library = await import(module);
  await library.init();
  let server;
  const fetch = fetchOf(() => server);
  return {
    async round(round) {
      const plan = planOf({ seed, round, trouble, saves: savesPerRound });
      time.restart(`${seed} ${round}`);
      forgetDatabases();
      server = new Server(plan);
      let journal;
      const playing = played({ plan, names: namesOf(0, CLIENTS), share: plan.saves, library, originOf: (style) => `http://${style}.test/`, fetch });
      playing.then((made) => (journal = made), (error) => (journal = error));
      const isOver = await time.run(() => journal !== undefined && server.isIdle);
      if (journal instanceof Error) throw journal;
      if (!isOver) throw new Error("nothing moves any more");
      return { plan, documents: server.documents, log: server.log, isOneProcess: true, ...journal };
    },
    async close() {},
  };
}
