import { show } from "./loop.js";

show(async (server) => {
  await navigator.serviceWorker.register("./service-worker.js", { type: "module" });
  const { active } = await navigator.serviceWorker.ready;
  const answered = new Promise((resolve) => navigator.serviceWorker.addEventListener("message", ({ data }) => resolve(data), { once: true }));
  active.postMessage(server);
  return answered;
});
