import useSWR from "swr";
import useSWRMutation from "swr/mutation";

/** A document; its data is a snapshot. */
export function useDocument(http, url) {
  return useSWR(url, (key) => http.get(key), { compare: (one, other) => one === other });
}

/** `trigger({ base, mine })` gives the result of the save; a conflict leaves what is shown and what is typed as they are. */
export function useSave(http, url) {
  return useSWRMutation(url, (_key, { arg: { base, mine } }) => http.save(base, mine), {
    revalidate: false,
    populateCache: (result, shown) => (result.ok && result.snapshot ? result.snapshot : shown),
  });
}
