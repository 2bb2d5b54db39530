// Random faults of a request.

const READS = [
  ["reset", 3],
  ["cut", 2],
  ["long", 1],
  ["short", 1],
  ["moved", 3],
  ["lag", 5],
  ["unasked-304", 2],
  ["busy", 2],
  ["error", 1],
  ["slow", 2],
  ["stall", 0.3],
];

const WRITES = [
  ["reset-before", 3],
  ["reset-after", 4],
  ["late", 4],
  ["error-before", 1],
  ["error-after", 2],
  ["gateway-after", 1],
  ["busy", 2],
  ["moved", 2],
  ["see-other", 2],
  ["cut", 1],
  ["long", 1],
  ["slow", 2],
  ["stall-after", 0.3],
  ["stall-before", 0.3],
];

/** The fault of one request; null where all goes well. */
export function faultOf(random, probability, method) {
  if (!random.chance(probability)) return null;
  return random.weighted(method === "GET" || method === "HEAD" ? READS : WRITES);
}

/** 503 or 429 with one of the forms of Retry-After, or none. */
export function busy(random, nowMs) {
  const after = random.one([null, "0", "0", "1", new Date(nowMs + 1000).toUTCString()]);
  return { status: random.one([503, 429]), headers: after === null ? {} : { "retry-after": after }, body: "" };
}
