// The states of the server and the views of the clients, joined for the checks of one round.
import { authorOf, textOfBody, tokensOf } from "./tokens.mjs";

/** Two processes on one machine see one event at most this far apart. */
const SKEW_MS = 20;

/** Calls that send something. */
export const WRITES = ["save", "create", "remove", "update", "submit", "overwrite", "fetch"];

/**
 * @param documents The server's, by name.
 * @param calls Of all clients.
 */
export function historyOf({ plan, documents, log, calls, warnings, isOneProcess }) {
  const byDocument = new Map();
  const skewMs = isOneProcess ? 0 : SKEW_MS;
  for (const document of documents.values()) byDocument.set(document.name, new Document(document, log, skewMs));
  for (const call of calls) byDocument.get(call.document)?.calls.push(call);
  for (const document of byDocument.values()) document.calls.sort((a, b) => a.at - b.at);
  return { plan, log, calls, warnings, documents: byDocument };
}

class Document {
  calls = [];

  constructor({ name, plan, states }, log, skewMs) {
    this.name = name;
    this.skewMs = skewMs;
    this.plan = plan;
    this.requests = log.filter((request) => request.name === name);
    this.states = states.map((state) => {
      const text = textOfBody(state.body, plan.format);
      return { ...state, text, tokens: new Set(tokensOf(text)), request: state.by === null ? null : log[state.by] };
    });
    /** Where each token was committed first. */
    this.firsts = new Map();
    for (const state of this.states) for (const token of state.tokens) if (!this.firsts.has(token)) this.firsts.set(token, state);
    /** States by text, in their order. */
    this.byText = new Map();
    for (const state of this.states) this.byText.set(state.text, [...(this.byText.get(state.text) ?? []), state]);
  }

  /** The states that a snapshot can be of. */
  statesOf({ text, version }) {
    const found = this.byText.get(text) ?? [];
    const isTagged = ["counter", "hash", "weak", "ignoring"].includes(this.plan.style);
    return isTagged && version !== null ? found.filter(({ tag }) => tag === version) : found;
  }

  /** The newest state that a snapshot can be of at this time; undefined where there is none. */
  stateOf(snapshot, at) {
    return this.statesOf(snapshot).findLast((state) => state.at <= at + this.skewMs);
  }
}

/** The state that a call started from: the newest of that text that its client had surely been given; else the oldest. */
export function baseStateOf(document, { base, client, at }) {
  if (!base) return undefined;
  const given = new Set(document.requests.filter((request) => request.client === client && request.at <= at).flatMap(({ served, committed }) => [served, committed]));
  const states = document.statesOf(base).filter((state) => state.at <= at + document.skewMs);
  return states.findLast((state) => given.has(state.index) && state.at < at - document.skewMs) ?? states[0];
}

/** The view of the page that made this call: its base, its draft, and the conflict that it decided. */
export function shownTo(call) {
  return new Set([...tokensOf(call.base?.text), ...(call.seen ?? [])]);
}

/** The view of the page at the end of a call. */
export function shownBy(call) {
  const { snapshot, conflict, text, seen } = call;
  const parts = [snapshot?.text, text, conflict?.theirs?.text, ...(conflict?.changes.map(({ theirs }) => theirs) ?? [])];
  return [...parts.flatMap(tokensOf), ...(seen ?? [])];
}

export { authorOf, tokensOf };
