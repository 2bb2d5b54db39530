// The client is an argument, as benches/js uses this file with a client from another place.

/** A conflict with `count` changes, at a server in this process. */
export async function conflictOf(createClient, count) {
  const made = (value) => JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, value])));
  let [version, held] = [1, made(0)];
  const fetch = async (request) => {
    if (request.method !== "GET") return new Response(null, { status: 412 });
    return new Response(held, { headers: { etag: `"${version}"`, "content-type": "application/json" } });
  };
  const client = createClient({ fetch, retry: { rounds: 0, baseDelayMs: 0 } });
  const note = await client.get("http://host/x");
  [version, held] = [2, made(1)];
  return (await client.save(note, JSON.parse(made(2)))).conflict;
}
