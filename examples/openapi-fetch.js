import { settled } from "./settling-fetch.js";

/** `createClient<paths>({ fetch: (request) => http.fetch(request) }).use(mergefetch(http, decide))` */
export function mergefetch(http, decide) {
  return { onResponse: ({ response }) => settled(http, response, decide) };
}
