import { settled } from "mergefetch/helpers";

/** `createClient<paths>({ fetch: (request) => http.fetch(request) }).use(mergefetch(http, decide))` */
export function mergefetch(http, decide) {
  return { onResponse: ({ response }) => settled(http, response, decide) };
}
