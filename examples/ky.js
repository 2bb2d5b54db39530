import { settlingFetch } from "mergefetch/helpers";

/** `ky.extend({ hooks: { beforeRequest: [mergefetch(http, decide)] } })`; ky takes the answer that a hook gives for the server's. */
export function mergefetch(http, decide) {
  const fetch = settlingFetch(http, decide);
  return ({ request }) => fetch(request);
}
