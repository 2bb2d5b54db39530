// The behaviour of browsers for conditional requests: HTTP-RULES, section 4.3 and appendix A. Runs in a page, and in Node.js.

const MODES = ["default", "no-cache", "no-store", "reload", "force-cache"];
const CONDITIONS = [
  ["no condition", {}],
  ["If-Match", { "if-match": '"1"' }],
  ["If-None-Match: *", { "if-none-match": "*" }],
  ["If-Unmodified-Since", { "if-unmodified-since": "Thu, 01 Jan 2026 00:00:00 GMT" }],
  ["X-Version", { "x-version": "1" }],
];
const FRESH = "?age=600";

const named = (error) => error.name;
const text = async (url, init) => (await fetch(url, init)).text();
/** One word where all are alike. */
const summary = (entries) => {
  const words = new Set(entries.map(([, word]) => word));
  return words.size === 1 ? [...words][0] : entries.map(([name, word]) => `${name}: ${word}`).join(", ");
};

/** The tools of one run of one probe: addresses on origin `a` (the page's) and `b`, of which nobody has heard before. */
function tools(a, b, id) {
  let count = 0;
  return {
    a,
    b,
    path: () => `/doc/${id}-${(count += 1)}`,
    log: async (path) => (await fetch(`${a}/log${path}`)).json(),
    bump: (path) => fetch(`${a}/bump${path}`),
  };
}

/** The result of a read after `act`, of a document that is fresh for ten minutes. */
async function after({ a, path, log, bump }, init, options = "") {
  const at = path();
  const url = `${a}${at}${FRESH}${options}`;
  await text(url);
  if (init.bumped) await bump(at);
  await text(url, init);
  const now = `version ${init.bumped || (await log(at)).some(({ method }) => method === init.method) ? 2 : 1}`;
  const seen = async (cache) => ((await text(url, { cache })) === now ? "new" : "stale");
  return { plain: await seen("default"), healed: `${await seen("no-cache")}, then ${await seen("default")}` };
}

/** Each: the rule, what is asked, and how it is found out. `browser`: not for Node.js. `relied`: what the client relies on, in any version. */
export const PROBES = [
  {
    rule: "",
    name: "a fresh document, read twice: requests",
    browser: true,
    relied: /^1$/,
    async run({ a, path, log }) {
      const at = path();
      for (const _ of [1, 2]) await text(a + at + FRESH);
      return String((await log(at)).length);
    },
  },
  {
    rule: "F1",
    name: "own If-None-Match: what reaches the script",
    relied: /^304$|no-cache: 304/,
    async run({ a, path }) {
      const statuses = [];
      for (const cache of MODES) {
        const url = a + path() + FRESH;
        await text(url);
        statuses.push([cache, (await fetch(url, { cache, headers: { "if-none-match": '"1"' } })).status]);
      }
      return String(summary(statuses));
    },
  },
  ...["default", "no-cache", "no-store"].map((cache) => ({
    rule: cache === "no-store" ? "X8" : "F2",
    name: `own If-None-Match, cache mode \`${cache}\`: fields that are added`,
    async run({ a, path, log }) {
      const at = path();
      await text(a + at);
      await fetch(a + at, { cache, headers: { "if-none-match": '"1"' } });
      const { headers } = (await log(at)).at(-1);
      const added = ["cache-control", "pragma"].filter((name) => headers[name]).map((name) => `\`${name}: ${headers[name]}\``);
      return added.join(", ") || "none";
    },
  })),
  {
    rule: "F3",
    name: "across origins, `no-cache`, no field of one's own: preflight; revalidated with the tag",
    browser: true,
    relied: /^no; yes/,
    async run({ b, path, log }) {
      const at = path();
      const url = `${b}${at}${FRESH}&cors=ETag`;
      await text(url);
      const response = await fetch(url, { cache: "no-cache" });
      const arrived = await log(at);
      const preflight = arrived.some(({ method }) => method === "OPTIONS") ? "yes" : "no";
      return `${preflight}; ${arrived.at(-1).headers["if-none-match"] === '"1"' ? "yes" : "no"}, ${response.status}`;
    },
  },
  {
    rule: "F4",
    name: "across origins, 304 without CORS fields, own If-None-Match",
    browser: true,
    async run({ b, path }) {
      const url = `${b}${path()}?cors=ETag&bare304=1&allow=if-none-match`;
      await text(url);
      return fetch(url, { cache: "no-cache", headers: { "if-none-match": '"1"' } }).then(({ status }) => String(status), named);
    },
  },
  {
    rule: "F3, F4",
    name: "the same, the browser's own condition: status; tag",
    browser: true,
    relied: /^200; "1"$/,
    async run({ b, path, log }) {
      const at = path();
      const url = `${b}${at}${FRESH}&cors=ETag&bare304=1`;
      await text(url);
      const ended = await fetch(url, { cache: "no-cache" }).then(({ status, headers }) => `${status}; ${headers.get("etag")}`, named);
      return (await log(at)).at(-1).headers["if-none-match"] === '"1"' ? ended : `${ended}; not revalidated`;
    },
  },
  {
    rule: "F5",
    name: "after a 412, base still fresh: a read in default mode",
    async run(to) {
      return (await after(to, { method: "PUT", bumped: true, headers: { "if-match": '"1"' }, body: "mine" })).plain;
    },
  },
  {
    rule: "F5",
    name: "the same, a read with `no-cache`, then one in default mode",
    relied: /^new, then/,
    async run(to) {
      return (await after(to, { method: "PUT", bumped: true, headers: { "if-match": '"1"' }, body: "mine" })).healed;
    },
  },
  ...CONDITIONS.map(([name, headers]) => ({
    rule: "F6",
    name: `after a successful write with ${name}: a read in default mode, by method`,
    async run(to) {
      const seen = [];
      for (const method of ["PUT", "PATCH", "DELETE", "POST"]) seen.push([method, (await after(to, { method, headers, body: "mine" }, "&creates=1")).plain]);
      return summary(seen);
    },
  })),
  {
    rule: "F6",
    name: "after a successful PUT with If-Match, by the write's cache mode",
    async run(to) {
      const seen = [];
      for (const cache of MODES) seen.push([cache, (await after(to, { method: "PUT", cache, headers: { "if-match": '"1"' }, body: "mine" })).plain]);
      return summary(seen);
    },
  },
  {
    rule: "F6",
    name: "after it, a read with `no-cache`, then one in default mode",
    relied: /^new, then new$/,
    async run(to) {
      return (await after(to, { method: "PUT", headers: { "if-match": '"1"' }, body: "mine" })).healed;
    },
  },
  {
    rule: "F7",
    name: "PUT with If-Match, answered 303: the read that follows",
    async run({ a, path, log }) {
      const at = path();
      await text(a + at);
      const response = await fetch(`${a}${at}?redirect=${at}`, { method: "PUT", headers: { "if-match": '"1"' }, body: "mine" });
      const kept = (await log(at)).at(-1).headers["if-match"] ? "If-Match kept" : "If-Match dropped";
      return `${response.status}, ${kept}${response.redirected ? ", `redirected`" : ""}`;
    },
  },
  {
    rule: "F8",
    name: "a redirect to another origin: `url` of the answer; Authorization",
    async run({ a, b, path, log }) {
      const at = path();
      const target = `${b}${at}?cors=ETag&allow=authorization`;
      const from = `${a}${path()}?moved=${encodeURIComponent(target)}`;
      const response = await fetch(from, { headers: { authorization: "Basic eDp5" } }).catch(named);
      if (typeof response === "string") return response;
      const { headers } = (await log(at)).findLast(({ method }) => method === "GET");
      return `${response.url === target ? "the final one" : "the first one"}; ${headers.authorization ? "kept" : "dropped"}`;
    },
  },
  {
    rule: "F9",
    name: "`keepalive` with a body of 65536 and 65537 bytes",
    async run({ a, path }) {
      const send = (length) => fetch(a + path(), { method: "PUT", keepalive: true, body: "x".repeat(length) }).then(() => "goes out", named);
      return `${await send(65_536)}; ${await send(65_537)}`;
    },
  },
  {
    rule: "F10",
    name: "a stream as the body, over HTTP/1.1",
    async run({ a, path, log }) {
      const at = path();
      const body = new Blob(["streamed"]).stream();
      const ended = await fetch(a + at, { method: "PUT", body, duplex: "half" }).then(() => "", named);
      return ended || `sends \`${(await log(at)).at(-1).body}\``;
    },
  },
  {
    rule: "F11",
    name: "`no-cors`: type, status, tag",
    browser: true,
    relied: /^opaque, 0, none$/,
    async run({ b, path }) {
      const { type, status, headers } = await fetch(b + path(), { mode: "no-cors" });
      return `${type}, ${status}, ${headers.get("etag") ?? "none"}`;
    },
  },
  {
    rule: "F12",
    name: "a write that is aborted once it has arrived: the promise; the server",
    async run({ a, path, log }) {
      const at = path();
      const ending = new AbortController();
      const sent = fetch(`${a}${at}?slow=1`, { method: "PUT", body: "mine", signal: ending.signal }).then(() => "answered", named);
      while ((await log(at)).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
      ending.abort();
      return `${await sent}; ${(await log(at)).some(({ method }) => method === "PUT") ? "has it" : "has nothing"}`;
    },
  },
  ...[
    ["nothing exposed", "cors="],
    ["ETag exposed", "cors=ETag"],
    ["`*` exposed, without credentials", "cors=*"],
    ["`*` exposed, with credentials", "cors=*&credentials=1"],
  ].map(([name, options]) => ({
    rule: "F13",
    name: `across origins, ${name}: the tag that is read`,
    browser: true,
    async run({ b, path }) {
      const credentials = options.includes("credentials") ? "include" : "same-origin";
      return (await fetch(`${b}${path()}?${options}`, { credentials })).headers.get("etag") ?? "none";
    },
  })),
  {
    rule: "F13",
    name: "across origins, nothing exposed: Last-Modified, Cache-Control, Content-Type",
    browser: true,
    async run({ b, path }) {
      const { headers } = await fetch(`${b}${path()}${FRESH}&cors=`);
      return summary(["last-modified", "cache-control", "content-type"].map((name) => [name, headers.has(name) ? "readable" : "hidden"]));
    },
  },
  ...[
    ["which allows them", "&allow=if-match,content-type"],
    ["which does not", ""],
  ].map(([name, allow]) => ({
    rule: "F14",
    name: `across origins, If-Match needs a preflight, ${name}`,
    browser: true,
    async run({ b, path, log }) {
      const at = path();
      const put = { method: "PUT", headers: { "if-match": '"1"', "content-type": "application/json" }, body: "{}" };
      const ended = await fetch(`${b}${at}?cors=ETag${allow}`, put).then(({ status }) => String(status), named);
      return `${(await log(at)).map(({ method }) => method).join(", ")}; ${ended}`;
    },
  })),
  {
    rule: "F15",
    name: "a service worker answers with what it saw first: a read with `no-cache`; with `reload`",
    browser: true,
    async run({ a }) {
      const registration = await navigator.serviceWorker.register("/service-worker.js");
      try {
        await navigator.serviceWorker.ready;
        while (!navigator.serviceWorker.controller) await new Promise((resolve) => setTimeout(resolve, 10));
        const at = `/doc/worker-${crypto.randomUUID()}`;
        await text(a + at);
        await fetch(`${a}/bump${at}`);
        const read = async (cache) => ((await text(a + at, { cache })) === "version 1" ? "stale" : "new");
        return `${await read("no-cache")}; ${await read("reload")}`;
      } finally {
        await registration.unregister();
      }
    },
  },
  {
    rule: "D4",
    name: "Web Locks, BroadcastChannel, IndexedDB, SharedWorker, DecompressionStream",
    async run() {
      const there = { "Web Locks": globalThis.navigator?.locks, BroadcastChannel: globalThis.BroadcastChannel, IndexedDB: globalThis.indexedDB, SharedWorker: globalThis.SharedWorker, DecompressionStream: globalThis.DecompressionStream };
      const names = Object.keys(there);
      const missing = names.filter((name) => !there[name]);
      return missing.length === 0 ? "all" : `all but ${missing.join(", ")}`;
    },
  },
  ...["'self' 'wasm-unsafe-eval'", "'self'"].map((allowed) => ({
    rule: "",
    name: `WebAssembly under the policy \`script-src ${allowed}\``,
    browser: true,
    async run({ a }) {
      const frame = document.createElement("iframe");
      frame.src = `${a}/?policy=${encodeURIComponent(`default-src 'none'; script-src ${allowed}; connect-src 'self'`)}`;
      document.documentElement.append(frame);
      const told = () => frame.contentDocument?.title.split("; package: ");
      while ((told()?.length ?? 0) < 2) await new Promise((resolve) => setTimeout(resolve, 20));
      const [found] = told();
      frame.remove();
      return found;
    },
  })),
  {
    rule: "",
    name: "WebAssembly compiled at once, on the main thread: 1 MB; 9 MB",
    async run({ a }) {
      const compile = async (bytes) => {
        const module = await (await fetch(`${a}/wasm?bytes=${bytes}`)).arrayBuffer();
        try {
          return new WebAssembly.Module(module) && "compiles";
        } catch (error) {
          return error.name;
        }
      };
      return `${await compile(2 ** 20)}; ${await compile(9 * 2 ** 20)}`;
    },
  },
];

/** The finding of the probe at `index`: a short line. */
export async function measure(index, a, b) {
  const id = `${index}-${Math.random().toString(36).slice(2)}`;
  return PROBES[index].run(tools(a, b, id)).catch((error) => `failed: ${error}`);
}
