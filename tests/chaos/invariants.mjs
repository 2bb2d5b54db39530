// The conditions that hold after each round, despite all faults. Each check explains a violation.
import { authorOf, baseStateOf, shownBy, shownTo, tokensOf, WRITES } from "./history.mjs";
import { pathOf, textOf, valueAt } from "./tokens.mjs";

/** A promise of an aborted call settles at once; this much later it was not heard. */
const ABORT_MS = 2000;

/** A request that was aborted may still arrive. */
const SLACK_MS = 200;

/** All violations of a round: `{ kind, document, at, text, call? }`. */
export function violationsOf(history) {
  const found = [];
  const report = (kind, document, at, text, call) => found.push({ kind, document: document?.name ?? call?.document, at, text, call });
  for (const call of history.calls) checkCall(history, call, report);
  for (const document of history.documents.values()) {
    checkVanished(document, report);
    checkTwice(document, report);
    checkNumbers(document, history, report);
    checkOrder(document, report);
  }
  return found;
}

/** Async functions are a kind of their own: 0.1.0 does not await them. */
function opOf({ op, isAsync }) {
  return isAsync ? `${op}, async` : op;
}

function checkCall(history, call, report) {
  const document = history.documents.get(call.document);
  checkSettled(call, report);
  if (document === undefined) return;
  checkKept(call, report);
  checkShownStates(document, call, report);
  checkPointer(document, history, call, report);
  checkUsers(document, call, report);
  if (call.outcome === "ok") {
    checkAcknowledged(document, call, report);
    checkSnapshot(document, call, report);
  }
  checkWarned(document, history, call, report);
  checkEcho(document, call, report);
  checkUndecided(document, call, report);
}

/** Every promise settles, an abort ends its call, and each error is an error of the package or the reason of the caller. */
function checkSettled(call, report) {
  const { op, outcome, error, abortedAt, end } = call;
  if (outcome === "hung" || outcome === "pending") report(`never settles (${op})`, null, call.at, `${call.id} has not settled`, call);
  if (abortedAt !== undefined && end > abortedAt + ABORT_MS) {
    report(
      `abort not heard (${op})`,
      null,
      abortedAt,
      `${call.id} settled ${Math.round(end - abortedAt)} ms after its abort`,
      call,
    );
  }
  if (op === "fetch GET" && call.kind === "304") report(`a 304 reaches the caller (${op})`, null, end, `${call.id} was answered 304`, call);
  if (outcome !== "rejected" || error.isOwn || error.isTyped) return;
  // `client.fetch` has the errors of `fetch`.
  if (op.startsWith("fetch") && error.name === "TypeError") return;
  report(
    `raw error (${op}: ${error.name})`,
    null,
    end,
    `${call.id} was rejected with ${error.name}: ${error.message}\n${error.stack}`,
    call,
  );
}

/** An edit that was not acknowledged comes back. */
function checkKept(call, report) {
  const { outcome, op, mine, back, merged, conflict } = call;
  if (outcome === "conflict" && op !== "fetch" && mine !== undefined && conflict.mine !== mine) {
    report(
      `mine is changed in the conflict (${opOf(call)})`,
      null,
      call.end,
      `${call.id} gave ${mine}, and the conflict has ${conflict.mine}`,
      call,
    );
  }
  if (outcome === "refused" && op !== "fetch" && op !== "remove" && WRITES.includes(op) && back !== mine && back !== merged) {
    report(`mine does not come back (${opOf(call)})`, null, call.end, `${call.id} gave ${mine}, and the refusal has ${back}`, call);
  }
}

/** A snapshot is a state that the server once held, with the version that it had. */
function checkShownStates(document, call, report) {
  const shown = [call.snapshot, call.conflict?.theirs];
  for (const snapshot of shown) {
    if (!snapshot || document.stateOf(snapshot, call.end) !== undefined) continue;
    const isKnown = document.byText.has(snapshot.text);
    report(
      isKnown ? `snapshot with a version of another state (${call.op})` : `snapshot that the server never held (${call.op})`,
      document,
      call.end,
      `${call.id} shows ${snapshot.version}: ${snapshot.text}`,
      call,
    );
  }
}

/** The document at an address is one of the documents to which the address led meanwhile. */
function checkPointer(document, { log }, call, report) {
  if (call.pointer === undefined || call.outcome !== "ok") return;
  const asked = log.filter((request) => request.client === call.client && request.name === call.pointer && request.at >= call.at - document.skewMs && request.at <= call.end + document.skewMs);
  if (asked.length === 0 || asked.some(({ target }) => target === document.name)) return;
  report(
    "an address shows a document that it does not lead to",
    document,
    call.end,
    `${call.id} shows ${document.name}, and ${call.pointer} led to ${asked[0].target}`,
    call,
  );
}

/** A read or an edit of one user never appears to another user. */
function checkUsers(document, call, report) {
  if (document.plan.kind !== "private") return;
  const owner = call.user;
  for (const text of [call.snapshot?.text, call.conflict?.theirs?.text]) {
    if (!text || text.includes(`"of":"${owner}"`)) continue;
    report("another user's document is shown", document, call.end, `${call.id} is of ${owner}, and shows ${text}`, call);
  }
}

/** An acknowledged edit was committed before. */
function checkAcknowledged(document, call, report) {
  const { op, added = [], removed = [], end } = call;
  if (!WRITES.includes(op)) return;
  for (const token of added) {
    const first = document.firsts.get(token);
    if (first === undefined || first.at > end + document.skewMs) {
      report(
        `acknowledged but not in the history (${opOf(call)}, ${call.kind})`,
        document,
        end,
        `${call.id} is "${call.kind}", but ${token} ${first ? "came later" : "never came"}`,
        call,
      );
    }
  }
  const base = baseStateOf(document, call);
  if (base === undefined) return;
  const later = document.states.filter((state) => state.index > base.index && state.at <= end + document.skewMs);
  for (const token of removed) {
    if (!later.some(({ tokens }) => !tokens.has(token))) {
      report(
        `acknowledged but not in the history (${op}, ${call.kind}, removed)`,
        document,
        end,
        `${call.id} is "${call.kind}", but ${token} is still there`,
        call,
      );
    }
  }
  if (call.removes && !later.some(({ text }) => text === null)) {
    report(
      `acknowledged but not in the history (remove, ${call.kind})`,
      document,
      end,
      `${call.id} is "${call.kind}", but the document was there all the time`,
      call,
    );
  }
  if (document.plan.kind === "switch" && op === "save") checkSwitch(call, later, report, document);
}

/** Values that come back have no token: some state since base has the switch as it was set. */
function checkSwitch(call, later, report, document) {
  const [base, mine] = [JSON.parse(call.base.text), JSON.parse(call.mine)];
  const member = ["done", "open"].find((name) => base[name] !== mine[name]);
  if (later.some(({ text }) => JSON.parse(text)[member] === mine[member])) return;
  report(
    `acknowledged but not in the history (switch, ${call.kind})`,
    document,
    call.end,
    `${call.id} is "${call.kind}", but ${member} was never ${mine[member]} since its base`,
    call,
  );
}

/** The snapshot of an acknowledged save has its edit, or is of a later state. */
function checkSnapshot(document, call, report) {
  const { op, snapshot, added = [] } = call;
  if (!WRITES.includes(op) || !snapshot) return;
  const held = new Set(tokensOf(snapshot.text));
  const state = document.stateOf(snapshot, call.end);
  if (state === undefined) return;
  for (const token of added) {
    const first = document.firsts.get(token);
    // Of a state that a client reads for the first time, it cannot know that it is old.
    if (held.has(token) || first === undefined || state.index > first.index || !isKnown(document, call, state, first.at)) continue;
    report(
      `snapshot without its own edit (${opOf(call)}, ${call.kind})`,
      document,
      call.end,
      `${call.id} has committed ${token} in state ${first.index}, and shows state ${state.index}`,
      call,
    );
  }
}

/** Whether a client had read a state by this time, and so can know that it is old later. */
function isKnown(document, { client, since }, state, at) {
  // The read of an aborted call may have reached nobody.
  const isLeft = ({ at: asked }) =>
    document.calls.some((call) => call.client === client && call.abortedAt !== undefined && call.at <= asked + SLACK_MS && call.end >= asked - SLACK_MS);
  const isOf = (request) => request.client === client && request.arrived && request.served === state.index && !request.path.includes("/alt/");
  return document.requests.some((request) => isOf(request) && request.at > since + document.skewMs && request.at < at - document.skewMs && !isLeft(request));
}

/** An unprotected write is reported. */
function checkWarned(document, history, call, report) {
  const isSent = ["saved", "removed", "merged"].includes(call.kind) || call.op === "fetch";
  if (document.plan.style !== "none" || call.outcome !== "ok" || !isSent || !WRITES.includes(call.op) || call.op === "create") return;
  if (call.snapshot?.protection === "none") return;
  const isWarned = history.warnings.some((warning) => warning.client === call.client && warning.code === "unprotected" && warning.at <= call.end);
  if (!isWarned) {
    report(
      "no word about a write without protection",
      document,
      call.end,
      `${call.id} says ${call.snapshot?.protection}`,
      call,
    );
  }
}

/** Theirs of a conflict is never an edit that only this client sent from that base. */
function checkEcho(document, call, report) {
  if (call.outcome !== "conflict" || call.op !== "save" || !call.base || !document.plan.isProtected) return;
  const { base, client, user, session } = call;
  const isSibling = (other) => other.client === client && other.session === session && other.user === user && other.op === "save";
  const isOfBase = (other) => other.base?.version === base.version && other.base.url === base.url;
  const siblings = document.calls.filter((other) => other !== call && isSibling(other) && isOfBase(other) && other.order < call.endOrder);
  // A value that met a conflict at first was sent only by a decision.
  const isSent = (other, token) => other.outcome !== "conflict" || document.calls.some((later) => later.from === other.id && later.outcome === "ok" && later.endOrder < call.endOrder && later.added.includes(token));
  const own = new Map(siblings.flatMap((other) => other.added.filter((token) => isSent(other, token)).map((token) => [token, other])));
  for (const change of call.conflict.changes) {
    if (change.state !== "conflict") continue;
    const before = new Set(tokensOf(change.base));
    const theirs = tokensOf(change.theirs).filter((token) => !before.has(token));
    if (theirs.length === 0 || call.added.includes(theirs[0]) || !theirs.every((token) => own.has(token))) continue;
    // Where somebody else has removed something beside it, the region is about that removal.
    const removed = [...before].filter((token) => !tokensOf(change.theirs).includes(token));
    if (removed.some((token) => siblings.every((other) => tokensOf(other.mine).includes(token)))) continue;
    // The same where somebody else has removed an own edit.
    const left = new Set(tokensOf(call.conflict.theirs?.text));
    if (siblings.some((other) => other.outcome === "ok" && other.added.some((token) => !left.has(token)))) continue;
    const { outcome } = own.get(theirs[0]);
    report(
      `conflict with an own edit (after ${outcome})`,
      document,
      call.end,
      `${call.id}: theirs at "${change.path}" (${change.clash}) is ${theirs}, of ${own.get(theirs[0]).id}`,
      call,
    );
  }
  for (const change of call.conflict.changes) {
    if (change.state === "conflict" && tokensOf(change.theirs).some((token) => call.added.includes(token)) && tokensOf(change.theirs).every((token) => authorOf(token) === call.client)) {
      report(
        "conflict with the very edit",
        document,
        call.end,
        `${call.id}: theirs at "${change.path}" is ${change.theirs}`,
        call,
      );
    }
  }
}

/** A value that people decided against is not sent. */
function checkUndecided(document, call, report) {
  for (const token of call.rejected ?? []) {
    const first = document.firsts.get(token);
    if (first === undefined || first.request.at <= call.at || first.request.client !== call.client) continue;
    const isChosen = document.calls.some((other) => other.order > call.order && other.at <= first.at && other.client === call.client && other.added?.includes(token));
    if (!isChosen && !isSettled(document, call, first, token)) {
      report(
        "submit sends what nobody chose",
        document,
        first.at,
        `${call.id} decided against ${token}, and state ${first.index} has it`,
        call,
      );
    }
  }
}

/** Whether theirs is equal to base again, or gone: then this place has no conflict any more. */
function isSettled(document, call, state, token) {
  const before = document.states[state.index - 1].text;
  if (before === null || document.plan.format === "text") return before === null;
  if (!call.base) return false;
  const path = pathOf(JSON.parse(state.text), token);
  return textOf(valueAt(JSON.parse(before), path)) === textOf(valueAt(JSON.parse(call.base.text), path));
}

/** Nothing vanishes but by somebody who had seen it. */
function checkVanished(document, report) {
  if (!document.plan.isProtected) return;
  const owners = new Map();
  for (const call of document.calls) for (const token of call.added ?? []) owners.set(token, [...(owners.get(token) ?? []), call]);
  for (const [k, state] of document.states.slice(1).entries()) {
    const before = document.states[k];
    const vanished = [...before.tokens].filter((token) => !state.tokens.has(token));
    if (vanished.length === 0) continue;
    const { client } = state.request;
    const writers = writersOf(document, before, state, owners);
    const seen = new Set(writers.flatMap((call) => [...shownTo(call)]));
    // The conflict behind a refused `fetch` is one of that page, too.
    const isOfFetch = (id) => document.calls.some((call) => call.id === id && call.op === "fetch");
    const isFetch = writers.some(({ op, from }) => op === "fetch" || isOfFetch(from));
    if (isFetch) {
      // A page with calls of its own may have built its document from all documents that it has seen.
      for (const call of document.calls) if (call.client === client && call.end <= state.at) for (const token of shownBy(call)) seen.add(token);
    }
    for (const token of vanished) {
      if (seen.has(token)) continue;
      const isOwn = authorOf(token) === client;
      if (isOwn && (isFetch || isReplaced(document, before, state, token))) continue;
      const ops = [...new Set(writers.map(opOf))].sort().join("+");
      report(
        `${isOwn ? "own earlier edit" : "edit of somebody else"} vanished unseen (${ops})`,
        document,
        state.at,
        `state ${state.index} by ${client} (${writers.map(({ id }) => id).join(", ")}) has lost ${token}`,
        writers[0],
      );
    }
  }
}

/** The calls that a commit can be of: of those under way when it was asked for, those whose values it brings; else all of them. */
function writersOf(document, before, state, owners) {
  const { client, at, method } = state.request;
  const isOf = ({ op, method: own, removes }) => (method === "DELETE" ? op === "remove" || own === "DELETE" || op === "submit" || op === "overwrite" || removes : WRITES.includes(op));
  const slackOf = (call) => (call.abortedAt === undefined ? document.skewMs : SLACK_MS);
  const underWay = document.calls.filter((call) => call.client === client && isOf(call) && call.at <= at + document.skewMs && !(call.end < at - slackOf(call)));
  const brought = new Set([...state.tokens].filter((token) => !before.tokens.has(token)).flatMap((token) => owners.get(token) ?? []));
  const bringing = underWay.filter((call) => brought.has(call));
  return bringing.length > 0 ? bringing : underWay;
}

/** Whether the later value of a client is in the place of its earlier value: of two edits of one place, the later one wins. */
function isReplaced(document, before, state, token) {
  if (state.text === null || document.plan.format === "text") return true;
  const path = pathOf(JSON.parse(before.text), token);
  if (path.startsWith("/list")) return false;
  const now = valueAt(JSON.parse(state.text), path);
  return typeof now === "string" && tokensOf(now).some((made) => made !== token && authorOf(made) === authorOf(token));
}

/** Nothing is applied twice. */
function checkTwice(document, report) {
  for (const state of document.states) {
    if (state.text === null || state.request === null) continue;
    const all = tokensOf(state.text);
    if (all.length === state.tokens.size) continue;
    const doubled = all.filter((token, i) => all.indexOf(token) !== i && !document.states[state.index - 1].text?.includes(`${token}`));
    for (const token of doubled) report("applied twice", document, state.at, `state ${state.index} has ${token} twice`);
  }
}

/** Counters count each acknowledged increment, and at most those besides whose fate is unknown. */
function checkNumbers(document, { plan }, report) {
  const member = { count: "count", likes: "likes" }[document.plan.kind];
  if (member === undefined || !document.plan.isProtected) return;
  const increments = document.calls.filter((call) => call.counts || call.likes);
  // A decision about an increment sends it, too.
  const isSure = (call) => document.calls.some((other) => other.outcome === "ok" && (other === call || other.from === call.id));
  const sure = increments.filter(isSure).length;
  // Each call whose fate is unknown may count besides, also where one of the same edit was acknowledged later.
  const isOfIncrement = (call) => call.counts || call.likes || increments.some(({ id }) => id === call.from);
  const unsure = document.calls.filter((call) => isOfIncrement(call) && ["refused", "rejected", "hung", "pending"].includes(call.outcome)).length + increments.filter((call) => call.outcome === "conflict" && !isSure(call)).length;
  const isCalm = plan.profile === "calm";
  const isAsync = increments.some((call) => call.isAsync) ? ", async" : "";
  const last = document.states.at(-1);
  const found = JSON.parse(last.text)[member];
  // A counter by rule may count an edit twice whose answer was lost, and that somebody wrote over: nobody can tell then. `update` says "unknown".
  const most = !isCalm && member === "likes" ? Infinity : sure + unsure;
  if (found === undefined || found < sure) {
    report(
      `lost increments (${member}${isAsync})`,
      document,
      last.at,
      `${sure} increments are acknowledged, and ${member} is ${found}`,
    );
  }
  else if (found > most) {
    report(
      `too many increments (${member}${isAsync})`,
      document,
      last.at,
      `${sure} increments are acknowledged, ${unsure} are unknown, and ${member} is ${found}`,
    );
  }
}

/** After an acknowledged save no read of this client shows an older state, where the client can know that it is older. */
function checkOrder(document, report) {
  if (!document.plan.isProtected || document.plan.kind === "private") return;
  const newest = new Map();
  const events = document.calls.filter(({ end }) => end !== undefined).flatMap((call) => [{ at: call.at, order: call.order, call, isStart: true }, { at: call.end, order: call.endOrder, call }]);
  events.sort((a, b) => a.at - b.at || a.order - b.order);
  for (const { call, isStart } of events) {
    const key = `${call.client} ${call.session}`;
    if (isStart) {
      call.newest = newest.get(key);
      continue;
    }
    const state = call.snapshot && document.stateOf(call.snapshot, call.end);
    if (!state || call.outcome !== "ok") continue;
    if (call.op === "get" && call.newest !== undefined && state.index < call.newest.index && call.snapshot.url === call.newest.url && isKnown(document, call, state, call.newest.at)) {
      report(
        "a read takes back an own save",
        document,
        call.end,
        `${call.id} shows state ${state.index} after ${call.newest.id} has saved state ${call.newest.index}`,
        call,
      );
    }
    if (WRITES.includes(call.op) && call.added?.length > 0) {
      const own = Math.max(...call.added.map((token) => document.firsts.get(token)?.index ?? -1));
      if (own > (newest.get(key)?.index ?? -1)) newest.set(key, { index: own, id: call.id, url: call.snapshot.url, at: document.states[own].at });
    }
  }
}
