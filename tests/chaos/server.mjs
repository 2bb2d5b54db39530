// The server: it keeps every state of every document, compares preconditions before each commit, and misbehaves by chance.
import { createHash } from "node:crypto";

import { now, sleep } from "./clock.mjs";
import { busy, faultOf } from "./faults.mjs";
import { initialOfUser } from "./plan.mjs";
import { randomOf } from "./random.mjs";

const TYPES = { json: "application/json", text: "text/plain; charset=utf-8" };
/** A date distinguishes two states only if they are a second apart; the clock of each document takes two for each. */
const TICK_MS = 2000;
/** A replica lags once, and then not again for a while: no client can know a state that it is never shown. */
const LAG_REST = 4;

/** The documents of one round. */
export class Server {
  /** Every request with its fate, in the order of arrival. */
  log = [];
  /** By name: `{ name, plan, states, … }`. */
  documents = new Map();
  #plan;
  #random;
  #pending = 0;

  constructor(plan) {
    this.#plan = plan;
    this.#random = randomOf("server", plan.seed, plan.round);
    for (const document of plan.documents) {
      if (document.kind === "pointer") continue;
      if (document.kind !== "private") this.#open(document.name, document, document.initial);
      else for (const user of ["ann", "ben"]) this.#open(`${document.name}@${user}`, document, initialOfUser(document.name, user));
    }
  }

  /** Whether commits are still to come. */
  get isIdle() {
    return this.#pending === 0;
  }

  #open(name, plan, body) {
    const document = { name, plan, states: [], served: new Map(), rest: new Map() };
    this.documents.set(name, document);
    this.#commit(document, body, null);
  }

  #commit(document, body, by) {
    const { plan, states } = document;
    const index = states.length;
    // Removed and made again is another version, whatever it holds.
    const hash = () => createHash("md5").update(body).digest("hex").slice(0, 10);
    const tags = { counter: () => `"${index}"`, ignoring: () => `"${index}"`, weak: () => `W/"${index}"`, hash: () => `"${hash()}"` };
    const tag = body === null ? null : (tags[plan.style]?.() ?? null);
    const modifiedMs = Math.max((states.at(-1)?.modifiedMs ?? 0) + TICK_MS, Math.floor(Date.now() / 1000) * 1000 - 60_000);
    states.push({ index, at: now(), body, tag, modifiedMs, by });
    return states[index];
  }

  /** The answer to a request; `{ reset: true }` and `{ stall: true }` are none. */
  async handle(request) {
    this.#pending += 1;
    try {
      return await this.#answer(request);
    } finally {
      this.#pending -= 1;
    }
  }

  async #answer(request) {
    const { method, path, headers, body } = request;
    const [, client, ...rest] = path.split("/");
    if (rest[0] === "forget") {
      for (const { served } of this.documents.values()) served.delete(client);
      return { status: 204, headers: {}, body: "" };
    }
    const isAlias = rest[0] === "alt";
    const name = rest.at(-1);
    const user = /^Bearer (\w+)$/.exec(headers.authorization ?? "")?.[1];
    const document = this.documents.get(name) ?? this.documents.get(`${name}@${user}`);
    const entry = { id: this.log.length, at: now(), client, name: document?.name ?? name, method, path, conditions: conditionsOf(headers), user };
    this.log.push(entry);
    await sleep(this.#random.chance(0.1) ? this.#random.between(5, 40) : this.#random.between(0, 4));
    const pointer = this.#plan.documents.find((one) => one.name === name && one.kind === "pointer");
    if (pointer !== undefined) {
      entry.target = pointer.targets[Math.floor(this.log.length / 20) % 2];
      return this.#told(entry, { status: 302, headers: { location: `/${client}/${rest.slice(0, -1).join("/")}/${entry.target}` }, body: "" });
    }
    if (document === undefined) return this.#told(entry, { status: this.#plan.documents.some((one) => one.name === name) ? 401 : 404, headers: {}, body: "" });
    // Also for private documents: their tags meet, and nothing else goes wrong with them.
    let fault = faultOf(this.#random, this.#plan.faults, method);
    // The knowledge of a client belongs to an address: at another address it could not know that a state is old.
    if (isAlias && (fault === "moved" || fault === "lag")) fault = null;
    entry.fault = fault;
    const context = { document, client, method, headers, body, path, entry };
    if (fault === "busy") return this.#told(entry, busy(this.#random, Date.now()));
    if (fault === "slow") await sleep(this.#random.between(50, 250));
    if (fault === "moved") return this.#told(entry, { status: 307, headers: { location: `/${client}/alt/${rest.join("/")}` }, body: "" });
    return this.#told(entry, await (method === "GET" ? this.#read(context, fault) : this.#write(context, fault)));
  }

  #told(entry, answer) {
    entry.status = answer.reset ? "reset" : answer.stall ? "stall" : answer.status;
    return answer;
  }

  #read(context, fault) {
    const { document, client, headers, entry } = context;
    if (fault === "reset") return { reset: true };
    if (fault === "stall") return { stall: true };
    if (fault === "error") return { status: 500, headers: {}, body: "broken" };
    const isAsked = headers["if-none-match"] !== undefined || headers["if-modified-since"] !== undefined;
    if (fault === "unasked-304" && !isAsked) return { status: 304, headers: {}, body: "" };
    const state = this.#visible(document, client, fault === "lag");
    entry.served = state.index;
    if (!isMet(headers, state, document.plan)) return this.#refusal(document);
    if (state.body === null) return { status: 404, headers: {}, body: "" };
    const fields = fieldsOf(document.plan, state);
    if (isUnchanged(headers, state, document.plan)) return { status: 304, headers: fields, body: "" };
    const answer = { status: 200, headers: { ...fields, "content-type": TYPES[document.plan.format] }, body: state.body };
    return this.#spoiled({ ...answer, arrived: () => this.#saw(document, client, state, entry) }, fault, document.plan);
  }

  /** The state that a read finds: the newest, or an older one where a replica lags. */
  #visible(document, client, isLagging) {
    const newest = document.states.at(-1);
    const rest = document.rest.get(client) ?? 0;
    document.rest.set(client, Math.max(0, rest - 1));
    // Without versions nobody could know that a state is old.
    if (!isLagging || rest > 0 || newest.body === null || document.plan.style === "none") return newest;
    const known = document.served.get(client) ?? new Set();
    // Of a state that it never saw, a client cannot know that it is old.
    const older = document.states.filter(({ index, body }) => index < newest.index && body !== null && known.has(index));
    if (older.length === 0) return newest;
    document.rest.set(client, LAG_REST);
    return this.#random.one(older.slice(-3));
  }

  #saw(document, client, state, entry) {
    entry.arrived = true;
    if (entry.path.includes("/alt/")) return;
    if (!document.served.has(client)) document.served.set(client, new Set());
    document.served.get(client).add(state.index);
  }

  async #write(context, fault) {
    if (fault === "reset-before") return { reset: true };
    if (fault === "stall-before") return { stall: true };
    if (fault === "error-before") return { status: 500, headers: {}, body: "broken" };
    if (fault === "late") {
      // Nobody waits for it, and it is compared when it comes.
      this.#pending += 1;
      setTimeout(() => {
        this.#pending -= 1;
        context.entry.late = this.#carryOut(context).status;
      }, this.#random.between(10, 400));
      return { reset: true };
    }
    const answer = this.#carryOut(context);
    if (fault === "reset-after") return { reset: true };
    if (fault === "stall-after") return { stall: true };
    if (answer.status >= 300) return answer;
    if (fault === "error-after") return { status: 500, headers: {}, body: "broken" };
    if (fault === "gateway-after") return { status: this.#random.one([502, 504]), headers: {}, body: "" };
    if (fault === "see-other") return { status: 303, headers: { location: context.path }, body: "" };
    return this.#spoiled(answer, fault, context.document.plan);
  }

  /** Compares, writes, and answers: all in one step, as in a transaction. */
  #carryOut({ document, client, method, headers, body, entry }) {
    const { plan, states } = document;
    const newest = states.at(-1);
    const isIgnoring = plan.style === "ignoring" && headers["if-none-match"] === undefined;
    const hasCondition = ["if-match", "if-none-match", "if-unmodified-since"].some((name) => headers[name] !== undefined);
    if (!isIgnoring && !isMet(headers, newest, plan)) return this.#refusal(document);
    if (plan.needsPrecondition && !hasCondition && newest.body !== null) return { status: 428, headers: {}, body: "" };
    if (newest.body === null && method !== "PUT") return { status: 404, headers: {}, body: "" };
    const written = method === "DELETE" ? null : method === "PATCH" ? patched(newest.body, body) : body;
    if (method !== "DELETE" && plan.format === "json" && !isJson(written)) return { status: 400, headers: {}, body: "" };
    const state = this.#commit(document, written, entry.id);
    entry.committed = state.index;
    if (method === "DELETE") return { status: 204, headers: {}, body: "" };
    const status = newest.body === null ? 201 : plan.answers === "body" || plan.answers === "report" ? 200 : 204;
    const tagged = fieldsOf(plan, state);
    if (plan.answers === "bare") return { status, headers: {}, body: "" };
    if (plan.answers === "report" && status === 200) return { status, headers: { ...tagged, "content-type": TYPES.json }, body: '{"status":"stored"}' };
    if (plan.answers === "body" && status === 200) return { status, headers: { ...tagged, "content-type": TYPES[plan.format] }, body: state.body };
    return { status, headers: tagged, body: "" };
  }

  #refusal({ plan, states }) {
    const { status, body } = plan.refuses;
    const newest = states.at(-1);
    if (body === "problem") return { status, headers: { "content-type": "application/problem+json" }, body: '{"title":"the document has changed"}' };
    if (body === "current" && newest.body !== null) return { status, headers: { ...fieldsOf(plan, newest), "content-type": TYPES[plan.format] }, body: newest.body };
    return { status, headers: {}, body: "" };
  }

  /** A body that is cut, or whose length is wrong. A text that is cut and says so nowhere is beyond anybody's knowledge. */
  #spoiled(answer, fault, plan) {
    if (answer.body.length < 4) return answer;
    if (["cut", "long", "short"].includes(fault)) delete answer.arrived;
    if (fault === "cut") return { ...answer, cutAt: this.#random.below(answer.body.length) };
    if (fault === "long") return { ...answer, length: answer.body.length + this.#random.between(1, 50) };
    if (fault === "short" && plan.format === "json") return { ...answer, length: answer.body.length - this.#random.between(1, 3) };
    return answer;
  }
}

function conditionsOf(headers) {
  return ["if-match", "if-none-match", "if-unmodified-since", "if-modified-since"].filter((name) => headers[name] !== undefined).map((name) => `${name}: ${headers[name]}`).join(", ");
}

function fieldsOf(plan, state) {
  const fields = {};
  if (state.tag !== null) fields.etag = state.tag;
  if (plan.hasModified && plan.style !== "none") {
    fields["last-modified"] = new Date(state.modifiedMs).toUTCString();
    fields.date = new Date(Math.max(Date.now(), state.modifiedMs + TICK_MS)).toUTCString();
  }
  if (plan.hasVary) fields.vary = "Authorization";
  return fields;
}

const tagsOf = (field) => field.match(/(?:W\/)?"[^"]*"|\*/g) ?? [];

/** RFC 9110 §13.2.2, but that weak tags are compared as strings, as Express does. */
function isMet(headers, state, plan) {
  const exists = state.body !== null;
  const tags = headers["if-match"];
  if (tags !== undefined) {
    if (!exists || !tagsOf(tags).some((tag) => tag === "*" || tag === state.tag)) return false;
  } else if (headers["if-unmodified-since"] !== undefined && plan.hasModified) {
    if (!exists || state.modifiedMs > Date.parse(headers["if-unmodified-since"])) return false;
  }
  return !(headers["if-none-match"]?.trim() === "*" && exists);
}

function isUnchanged(headers, state, plan) {
  const weakly = (tag) => tag.replace(/^W\//, "");
  const tags = headers["if-none-match"];
  if (tags !== undefined) return state.tag !== null && tagsOf(tags).some((tag) => weakly(tag) === weakly(state.tag));
  return plan.hasModified && headers["if-modified-since"] !== undefined && state.modifiedMs <= Date.parse(headers["if-modified-since"]);
}

function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** JSON Merge Patch (RFC 7396). */
function patched(text, patch) {
  const merge = (target, change) => {
    if (typeof change !== "object" || change === null || Array.isArray(change)) return change;
    const merged = typeof target === "object" && target !== null && !Array.isArray(target) ? { ...target } : {};
    for (const [key, value] of Object.entries(change)) {
      if (value === null) delete merged[key];
      else merged[key] = merge(merged[key], value);
    }
    return merged;
  };
  return isJson(patch) ? JSON.stringify(merge(JSON.parse(text), JSON.parse(patch))) : patch;
}
