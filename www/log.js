/** The exchanges since the page was opened, as the server saw them. */
import { call } from "./api.js";
import { el, fill, say } from "./dom.js";
import { count } from "./words.js";

/** Longer lists help nobody. */
const MAX_ROWS = 60;

/** Calls in quick succession are shown at once. */
const QUIET_MS = 60;

/**
 * @typedef {{ n: number, method: string, url: string, if_match: string | null, if_none_match: string | null, status: number | null, etag: string | null }} Exchange
 */

const MEANING = new Map([
  [200, "OK"],
  [201, "created"],
  [204, "done"],
  [304, "not modified"],
  [404, "not found"],
  [409, "refused: conflict"],
  [412, "refused: precondition failed"],
  [423, "refused: locked"],
  [428, "refused: precondition required"],
]);

export function makeLog() {
  /** @type {Map<number, Exchange>} */
  const exchanges = new Map();
  const rows = el("tbody");
  const summary = el("p", { class: "quiet" });
  let since = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  async function load() {
    const waiting = [...exchanges.values()].filter(({ status }) => status === null).map(({ n }) => n - 1);
    const { body } = await call("GET", `/api/log?since=${Math.min(since, ...waiting)}`);
    for (const exchange of /** @type {Exchange[]} */ (body)) {
      since = Math.max(since, exchange.n);
      if (isWorthShowing(exchange)) exchanges.set(exchange.n, exchange);
    }
    const newest = [...exchanges.values()].sort((a, b) => b.n - a.n).slice(0, MAX_ROWS);
    fill(rows, ...newest.map(rowOf));
    say(summary, newest.length === 0 ? "Nothing was sent yet." : `${count(newest.length, "exchange")}, the newest first.`);
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

  const head = el("tr", {}, ...["Who", "Request", "Condition", "Answer", "ETag"].map((name) => el("th", { scope: "col" }, name)));
  const table = el("table", {}, el("thead", {}, head), rows);
  const element = el("section", { class: "log", "aria-labelledby": "log-title" }, el("h2", { id: "log-title" }, "What went over the wire"), summary, table);
  return { element, refresh, start };
}

function isWorthShowing(/** @type {Exchange} */ { url }) {
  return !url.startsWith("/api/switches") && !url.startsWith("/api/reset");
}

function rowOf(/** @type {Exchange} */ { method, url, if_match: ifMatch, if_none_match: ifNoneMatch, status, etag }) {
  const { pathname, searchParams } = new URL(url, location.href);
  const who = searchParams.get("as") ?? "";
  const condition = [ifMatch && `If-Match: ${ifMatch}`, ifNoneMatch && `If-None-Match: ${ifNoneMatch}`].filter(Boolean).join(", ");
  const tone = status === null || status >= 400 ? "bad" : "good";
  const answer = el("span", { class: `answer answer-${tone}` }, status === null ? "no answer" : `${status} ${MEANING.get(status) ?? ""}`);
  const cell = (/** @type {string} */ name, /** @type {Node | string} */ content) => el("td", { "data-name": name }, content);
  const request = el("span", {}, el("strong", {}, method), " ", el("code", {}, pathname));
  return el("tr", {}, cell("Who", who), cell("Request", request), cell("Condition", el("code", {}, condition)), cell("Answer", answer), cell("ETag", el("code", {}, etag ?? "")));
}
