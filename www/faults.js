/** Misbehaviour of the example server, of servers and networks as they are: asked for by query parameters of a request. */

/**
 * @typedef {object} Faults
 * @property {typeof globalThis.fetch} fetch
 * @property {(parameter: string, times: number) => void} arm What happens to the next requests: "refuse=lost", "answer=html"; "" for nothing.
 * @property {() => string} armed
 */

let count = 0;

/** @param {() => void} onChange Called when a fault was used up. @returns {Faults} */
export function makeFaults(onChange) {
  let parameter = "";
  let left = 0;
  return {
    arm(one, times) {
      [parameter, left] = [one, one === "" ? 0 : times];
      onChange();
    },
    armed: () => (left > 0 ? parameter : ""),
    async fetch(input, init) {
      const request = new Request(input, init);
      const isRead = request.method === "GET" || request.method === "HEAD";
      if (left === 0 || parameter.startsWith("answer=") !== isRead) return fetch(request);
      left -= 1;
      if (left === 0) onChange();
      const url = new URL(request.url);
      // A browser sends a request again by itself where its connection was cut: that one must not be hit anew.
      url.search += `&${parameter}&times=1&key=${Date.now()}-${++count}`;
      // With the body as octets: a request made of another one would have it as a stream, which HTTP/1.1 does not take.
      const body = isRead ? null : await request.arrayBuffer();
      const { method, headers: sent, cache, credentials, mode, redirect, signal } = request;
      const response = await fetch(url, { method, headers: sent, cache, credentials, mode, redirect, signal, body });
      const { status, statusText, headers } = response;
      // Without the address of the faulty request, which is not that of the document.
      return [101, 204, 205, 304].includes(status) ? response : new Response(response.body, { status, statusText, headers });
    },
  };
}
