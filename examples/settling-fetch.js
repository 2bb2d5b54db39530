/**
 * A `fetch` that settles conflicts.
 *
 * `decide` gets each conflict and gives the result of its `submit()`, or null to let the refusal through. Where nothing overlaps
 * nobody is asked.
 */
export function settlingFetch(http, decide) {
  return async (input, init) => settled(http, await http.fetch(input, init), decide);
}

/** The answer itself, or that to what came of its conflict. */
export async function settled(http, response, decide) {
  const conflict = await http.conflictOf(response);
  if (conflict === null) return response;
  const result = conflict.unresolved === 0 ? await conflict.submit() : await decide(conflict);
  if (!result?.ok) return response;
  if (result.snapshot === null) return new Response(null, { status: 204 });
  return Response.json(result.snapshot.value, { headers: result.snapshot.version ? { etag: result.snapshot.version } : {} });
}
