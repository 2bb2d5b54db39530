/** The exchanges since the page was opened, as the server saw them, and what the clients of this page concluded from each. */
import { call } from "./api.js";
import { el, fill, say } from "./dom.js";
import { count, shortTag } from "./words.js";

/** Longer lists help nobody. */
const MAX_ROWS = 60;

/** Calls in quick succession are shown at once. */
const QUIET_MS = 60;

/**
 * @typedef {{ n: number, method: string, url: string, if_match: string | null, if_none_match: string | null, status: number | null, etag: string | null, time_ms: number }} Exchange
 * @typedef {{ method: string, path: string, status: number | null, words: string, n: number | null }} Told What a client has made of one of its requests.
 * @typedef {ReturnType<typeof makeLog>} Log
 */

const MEANING = new Map([
  [200, "OK"],
  [201, "created"],
  [204, "done"],
  [304, "not modified"],
  [404, "not found"],
  [409, "refused: conflict"],
  [412, "refused: precondition failed"],
  [422, "refused: a rule"],
  [423, "refused: locked"],
  [428, "refused: precondition required"],
]);

export function makeLog() {
  /** @type {Map<number, Exchange>} */
  const exchanges = new Map();
  /** By the name of the person. @type {Map<string, Told[]>} */
  const told = new Map();
  /** By path. @type {Map<string, import("./people.js").Write>} */
  const writes = new Map();
  /** @type {Set<() => void>} */
  const listeners = new Set();
  const rows = el("tbody");
  const summary = el("p", { class: "quiet" });
  let since = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  async function load() {
    const waiting = [...exchanges.values()].filter(({ status }) => status === null).map(({ n }) => n - 1);
    const { body } = await call("GET", `/api/log?since=${Math.min(since, ...waiting)}`);
    const newest = /** @type {Exchange[]} */ (body).at(-1)?.time_ms ?? 0;
    for (const exchange of /** @type {Exchange[]} */ (body)) {
      since = Math.max(since, exchange.n);
      if (isWorthShowing(exchange)) exchanges.set(exchange.n, exchange);
      rememberWrite(exchange, Date.now() - (newest - exchange.time_ms));
    }
    show();
    for (const listener of listeners) listener();
  }

  function rememberWrite(/** @type {Exchange} */ exchange, /** @type {number} */ when) {
    const { method, status, etag } = exchange;
    if (!["PUT", "POST", "PATCH", "DELETE"].includes(method) || status === null || status >= 300) return;
    const { who, path } = partsOf(exchange);
    writes.set(path, { who, when, etag: method === "DELETE" ? null : etag });
  }

  function show() {
    match();
    const newest = [...exchanges.values()].sort((a, b) => b.n - a.n).slice(0, MAX_ROWS);
    const words = new Map([...told.values()].flat().map((one) => [one.n, one.words]));
    fill(rows, ...newest.map((exchange) => rowOf(exchange, words.get(exchange.n) ?? "")));
    say(summary, newest.length === 0 ? "Nothing was sent yet." : `${count(newest.length, "exchange")}, the newest first.`);
  }

  /** Finds for each request of a client its row: the next of the same person, method, address and status. */
  function match() {
    for (const [name, list] of told) {
      const taken = new Set(list.map(({ n }) => n));
      for (const one of list) {
        if (one.n !== null) continue;
        const found = [...exchanges.values()].find((exchange) => {
          const { who, path } = partsOf(exchange);
          return !taken.has(exchange.n) && who === name && path === one.path && exchange.method === one.method && exchange.status === one.status;
        });
        one.n = found?.n ?? null;
        taken.add(one.n);
      }
    }
  }

  function refresh() {
    clearTimeout(timer);
    // The log is only shown: where it cannot be read now, the next exchange brings it.
    timer = setTimeout(() => load().catch(() => {}), QUIET_MS);
  }

  /** Forgets what was before. */
  async function start() {
    const { body } = await call("GET", "/api/log");
    since = Math.max(0, .../** @type {Exchange[]} */ (body).map(({ n }) => n));
    exchanges.clear();
    refresh();
  }

  const head = el("tr", {}, ...["Who", "Request", "Condition", "Answer", "ETag", "The client concludes"].map((name) => el("th", { scope: "col" }, name)));
  const table = el("table", {}, el("thead", {}, head), rows);
  const element = el("section", { class: "log", "aria-labelledby": "log-title" }, el("h2", { id: "log-title" }, "What went over the wire"), summary, table);
  return {
    element,
    refresh,
    start,
    /** Looks at once; where the log cannot be read, what is known stays. */
    now: () => load().catch(() => {}),
    /** A request of a person's client has ended. */
    exchange(/** @type {string} */ name, /** @type {string} */ method, /** @type {string} */ url, /** @type {number | null} */ status) {
      const list = told.get(name) ?? [];
      told.set(name, list);
      const path = new URL(url, location.href).pathname;
      list.push({ method, path, status, words: conclusion(method, status, list.findLast((one) => one.path === path)), n: null });
      refresh();
    },
    /** What a person's client made of its last request. */
    conclude(/** @type {string} */ name, /** @type {string} */ words) {
      const last = told.get(name)?.at(-1);
      if (last !== undefined) last.words = last.words === "" ? words : `${last.words}; ${words}`;
      refresh();
    },
    /** @returns {import("./people.js").Write | null} */
    lastWrite: (/** @type {string} */ path) => writes.get(path) ?? null,
    onWrite: (/** @type {() => void} */ listener) => void listeners.add(listener),
  };
}

/**
 * @param {string} method
 * @param {number | null} status
 * @param {Told | undefined} before
 */
function conclusion(method, status, before) {
  if (status === null) return method === "GET" ? "no answer" : "it may or may not have been saved";
  if (method === "GET") {
    if (status === 304) return "the copy is still the newest";
    const isAgain = before !== undefined && before.method !== "GET" && (before.status === null || before.status >= 400);
    return status !== 200 ? "" : isAgain ? "this is the newest version" : "";
  }
  if (status === 409 || status === 412) return "refused: read the newest and compare";
  return status < 300 ? "saved" : "";
}

function isWorthShowing(/** @type {Exchange} */ { url }) {
  return !url.startsWith("/api/switches") && !url.startsWith("/api/reset");
}

function partsOf(/** @type {Exchange} */ { url }) {
  const { pathname, searchParams } = new URL(url, location.href);
  const as = searchParams.get("as") ?? "";
  const fault = searchParams.get("refuse") ?? searchParams.get("answer");
  return { path: pathname, who: as.charAt(0).toUpperCase() + as.slice(1), fault };
}

/** What a client sends to learn whether a server compares versions; see docs/HTTP.md. */
const PROBE = '"mergefetch-probe"';

function rowOf(/** @type {Exchange} */ exchange, /** @type {string} */ concluded) {
  const words = exchange.if_match === PROBE && exchange.status !== null && exchange.status >= 400 ? "a probe: this server compares versions" : concluded;
  const { method, if_match: ifMatch, if_none_match: ifNoneMatch, status, etag } = exchange;
  const { path, who, fault } = partsOf(exchange);
  const condition = [ifMatch && `If-Match: ${shortTag(ifMatch)}`, ifNoneMatch && `If-None-Match: ${shortTag(ifNoneMatch)}`].filter(Boolean).join(", ");
  const tone = status === null || status >= 400 ? "bad" : "good";
  const answer = el("span", { class: `answer answer-${tone}` }, status === null ? "no answer" : `${status} ${MEANING.get(status) ?? ""}`);
  const cell = (/** @type {string} */ name, /** @type {Node | string} */ content) => el("td", { "data-name": name }, content);
  const request = el("span", {}, el("strong", {}, method), " ", el("code", {}, path), fault && el("span", { class: "fault" }, ` ${fault}`));
  return el("tr", { class: `by-${who.toLowerCase()}` }, cell("Who", who), cell("Request", request), cell("Condition", el("code", {}, condition)), cell("Answer", answer), cell("ETag", el("code", { title: etag }, shortTag(etag ?? ""))), cell("The client concludes", words));
}
