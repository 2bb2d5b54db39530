// Answers what is below /doc/worker from what it has seen first, whatever the page asks for: HTTP-RULES F15.
const seen = new Map();
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  if (method !== "GET" || !new URL(url).pathname.startsWith("/doc/worker")) return;
  const first = seen.get(url) ?? fetch(event.request);
  seen.set(url, first.then((response) => response.clone()));
  event.respondWith(first);
});
