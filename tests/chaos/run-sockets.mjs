// The server in this process, on raw sockets, and the clients in two other ones.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import { sleep } from "./clock.mjs";
import { CLIENTS, planOf, STYLES } from "./plan.mjs";
import { Server } from "./server.mjs";
import { listen } from "./sockets.mjs";

const PROCESSES = 2;

/** Starts listeners and processes, and returns the function that runs one round. */
export async function onSockets(settings) {
  let server;
  const listeners = await Promise.all(STYLES.map(() => listen(() => server)));
  const origins = Object.fromEntries(STYLES.map((style, i) => [style, `http://127.0.0.1:${listeners[i].port}/`]));
  const script = fileURLToPath(new URL("clients.mjs", import.meta.url));
  const children = Array.from({ length: PROCESSES }, () => fork(script, [settings.module]));
  let isClosing = false;
  for (const child of children) {
    child.on("exit", (code) => {
      if (isClosing) return;
      process.stderr.write(`chaos: a process of clients has ended with ${code}\n`);
      process.exit(1);
    });
  }
  await Promise.all(children.map((child) => once(child, "message")));
  const size = CLIENTS / PROCESSES;
  return {
    async round(round) {
      const plan = planOf({ ...settings, round, saves: settings.savesPerRound });
      server = new Server(plan);
      const share = Math.ceil(plan.saves / PROCESSES);
      const answers = children.map((child) => once(child, "message"));
      for (const [i, child] of children.entries()) child.send({ settings, origins, round, from: i * size, to: (i + 1) * size, share });
      const journals = (await Promise.all(answers)).map(([journal]) => journal);
      while (!server.isIdle) await sleep(10);
      const both = (name) => journals.flatMap((journal) => journal[name]);
      return { plan, documents: server.documents, log: server.log, calls: both("calls"), warnings: both("warnings"), rejections: both("rejections"), saves: journals.reduce((sum, { saves }) => sum + saves, 0) };
    },
    async close() {
      isClosing = true;
      for (const child of children) child.disconnect();
      for (const listener of listeners) listener.close();
    },
  };
}
