// Half of the clients, in a process of their own: plays each round that the parent names, and sends the journals back.

import { forgetDatabases, installIndexedDb } from "./indexed-db.mjs";
import { planOf } from "./plan.mjs";
import { namesOf, played } from "./round.mjs";

/** The package, or its substitute. */
installIndexedDb();
const library = await import(process.argv[2]);
const rejections = [];
const noted = (error) => rejections.push({ name: error?.name, stack: String(error?.stack ?? error) });
process.on("unhandledRejection", noted);
process.on("uncaughtException", noted);

process.on("message", async ({ settings, origins, round, from, to, share }) => {
  forgetDatabases();
  const plan = planOf({ ...settings, round, saves: settings.savesPerRound });
  const journal = await played({ plan, names: namesOf(from, to), share, library, originOf: (style) => origins[style], pace: 0.3 });
  process.send({ ...journal, rejections: rejections.splice(0) });
});
process.on("disconnect", () => process.exit());
await library.init();
process.send("ready");
