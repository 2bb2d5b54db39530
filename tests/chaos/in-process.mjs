// A `fetch` that asks the server in this process: no sockets, yet redirects, aborts, cut bodies and lost answers as `fetch` has them.

const NO_BODY = [204, 205, 304];
const REDIRECTS = [301, 302, 303, 307, 308];

/** `fetch` for URLs of `http://STYLE.test/`, answered by `serverOf()`. */
export function fetchOf(serverOf) {
  // Node.js refers to requests weakly where one follows the signal of another: a collected one would hear of no abort.
  const held = new Set();
  return async (input, init) => {
    const request = new Request(input, init);
    const both = [input, request];
    held.add(both);
    try {
      return await exchange(request, serverOf);
    } finally {
      held.delete(both);
    }
  };
}

async function exchange(request, serverOf) {
  const { signal } = request;
  if (signal.aborted) throw signal.reason;
  const asked = { method: request.method, headers: Object.fromEntries(request.headers), body: request.body === null ? undefined : await request.text() };
  const left = new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
  left.catch(() => {});
  let { url } = request;
  for (let hops = 0; hops < 20; hops += 1) {
    if (signal.aborted) throw signal.reason;
    const answer = await Promise.race([serverOf().handle({ ...asked, path: new URL(url).pathname }), left]);
    if (answer.stall) await left;
    if (answer.reset) throw failed("other side closed");
    if (!REDIRECTS.includes(answer.status)) return responseOf(answer, url, hops > 0);
    url = new URL(answer.headers.location, url).href;
    // The Fetch standard drops the fields of the body, and keeps preconditions.
    if (answer.status === 303 && asked.method !== "GET") {
      asked.method = "GET";
      asked.body = undefined;
      for (const name of ["content-type", "content-length", "content-encoding"]) delete asked.headers[name];
    }
  }
  throw failed("redirect count exceeded");
}

function failed(message) {
  return new TypeError("fetch failed", { cause: new Error(message) });
}

function responseOf(answer, url, redirected) {
  const { status, headers, body, cutAt, length } = answer;
  answer.arrived?.();
  const isCut = cutAt !== undefined || (length !== undefined && length > body.length);
  const sent = cutAt !== undefined ? body.slice(0, cutAt) : length !== undefined ? body.slice(0, length) : body;
  const content = NO_BODY.includes(status) ? null : isCut ? cut(sent) : sent;
  const response = new Response(content, { status, headers });
  Object.defineProperty(response, "url", { value: url });
  Object.defineProperty(response, "redirected", { value: redirected });
  return response;
}

/** A body whose connection ends before it does. */
function cut(text) {
  const chunks = text === "" ? [] : [new TextEncoder().encode(text)];
  return new ReadableStream({
    pull(controller) {
      const chunk = chunks.shift();
      if (chunk === undefined) controller.error(new TypeError("terminated"));
      else controller.enqueue(chunk);
    },
  });
}
