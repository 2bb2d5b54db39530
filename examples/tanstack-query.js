// Without a network the library would hold calls back. The client answers at once: a save keeps its draft, and is `unknown`.
const ALWAYS = { networkMode: "always" };

/** A document as a query: its data is a snapshot. */
export function documentQuery(http, url) {
  // A snapshot that the cache rebuilds from equal parts is a copy, which has lost what stands behind it.
  return { queryKey: ["document", url], queryFn: ({ signal }) => http.get(url, { signal }), structuralSharing: false, ...ALWAYS };
}

/** A save as a mutation of `{ base, mine }`; a conflict is its data. No optimistic update is needed: the form holds what is typed. */
export function saveMutation(http, queries) {
  return {
    mutationFn: ({ base, mine }) => http.save(base, mine),
    retry: false,
    ...ALWAYS,
    onSuccess: (result, { base }) => {
      if (result.ok && result.snapshot) queries.setQueryData(["document", base.url], result.snapshot);
    },
  };
}
