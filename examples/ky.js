import { settlingFetch } from "./settling-fetch.js";

/** `ky.extend({ hooks: { beforeRequest: [mergefetch(http, decide)] } })`; ky takes the answer that a hook gives for the server's. */
export function mergefetch(http, decide) {
  const fetch = settlingFetch(http, decide);
  return ({ request }) => fetch(request);
}
