// One client of the package, and a journal of every call: its arguments, the content of the page, and its outcome.
import { now, sleep } from "./clock.mjs";
import { ROUTES } from "./plan.mjs";
import { textOf, token, tokensIn } from "./tokens.mjs";

/** A promise that has not settled by then never will. */
const WATCHDOG_MS = 30_000;
/** Long beside an answer, short beside the watchdog. */
const TIMEOUT_MS = 1500;


export class Actor {
  /** Every call, in order. */
  calls = [];
  warnings = [];
  /** How many writes it has asked for. */
  saves = 0;
  /** Versions from which it has counted a like. */
  liked = new Set();
  /** Values that people typed into conflicts. */
  typed = new Set();
  /** Where the calls of this client stand among each other. */
  #order = 0;
  #tokens = 0;
  #clears = 0;
  #switches = 0;
  /** Who is signed in. */
  user = "ann";
  /** The memory of a client lasts for one such span: its number, and its beginning. */
  #session = { number: 0, since: 0 };

  /**
   * @param originOf The address of the server for a style of documents.
   * @param pace How long people think: 1 is up to a few dozen milliseconds.
   */
  constructor({ name, plan, library, originOf, random, fetch, pace }) {
    Object.assign(this, { name, plan, library, originOf, random, pace });
    // Every other page keeps its reads in a store that all users of the browser share.
    this.isPartitioned = library.indexedDb !== undefined && Number(name.slice(1)) % 2 === 1;
    this.fetch = fetch ?? globalThis.fetch;
    const store = this.isPartitioned ? { store: library.indexedDb({ name: `${name} ${plan.round}`, partition: () => this.user }) } : {};
    const warning = ({ url, code }) => this.warnings.push({ client: name, url, code, at: now() });
    this.http = library.createClient({
      ...(fetch && { fetch }),
      ...store,
      routes: ROUTES,
      retry: { rounds: 5, baseDelayMs: 5, maxDelayMs: 40 },
      timeoutMs: TIMEOUT_MS,
      on: { warning },
    });
  }

  /** A person's pause; on sockets people are quick, as the answers take long enough. */
  pause(most) {
    return sleep(this.random.next() * most * this.pace);
  }

  next = () => token(this.name, (this.#tokens += 1));

  urlOf(document) {
    return `${this.originOf(document.style)}${this.name}/r${this.plan.round}/${document.name}`;
  }

  /**
   * Runs one call of the package and writes down how it ended; null where it was rejected or hangs.
   *
   * @param details What the journal needs to know of it: `base`, `mine`, `added`, `removed`, `seen` and the like.
   * @param run Gets a signal, which is aborted by chance.
   */
  async call(op, document, details, run) {
    const { user } = details;
    const entry = {
      id: `${this.name}#${this.calls.length}`,
      client: this.name,
      op,
      document: user ? `${document.name}@${user}` : document.name,
      at: now(),
      order: (this.#order += 1),
      outcome: "pending",
      session: this.#session.number,
      since: this.#session.since,
      ...details,
    };
    // The decisions about a conflict belong to the user who has the conflict.
    const first = details.conflictOf ?? details.from;
    entry.switches = (first && this.calls.find(({ id }) => id === first)?.switches) ?? this.#switches;
    this.calls.push(entry);
    const clears = this.#clears;
    const reason = new Error("the page has left");
    let leaving;
    // A submit has no signal of its own here: it uses the signal of the save.
    const isLeaving = !["submit", "overwrite"].includes(op) && this.random.chance(this.plan.leaves);
    // `client.fetch` has no limit of its own, as `fetch` has none.
    const isLimited = isLeaving || op.startsWith("fetch");
    const controller = isLimited || this.random.chance(0.2) ? new AbortController() : undefined;
    if (isLimited) {
      leaving = setTimeout(() => {
        entry.abortedAt = now();
        controller.abort(reason);
      }, isLeaving ? this.random.between(0, 40) : TIMEOUT_MS);
    }
    let watchdog;
    const hung = new Promise((resolve) => (watchdog = setTimeout(() => resolve("hung"), WATCHDOG_MS)));
    try {
      const result = await Promise.race([run(controller?.signal, entry), hung]);
      if (result === "hung") {
        entry.outcome = "hung";
        return null;
      }
      noteResult(entry, result);
      return result;
    } catch (error) {
      entry.outcome = "rejected";
      entry.error = this.#described(error, reason, clears !== this.#clears || (this.isPartitioned && entry.switches !== this.#switches));
      return null;
    } finally {
      clearTimeout(leaving);
      clearTimeout(watchdog);
      entry.end = now();
      entry.endOrder = this.#order += 1;
    }
  }

  /** @param wasSwitched Nothing of the previous user may be sent. */
  #described(error, reason, wasSwitched) {
    const isOwn = error === reason || (wasSwitched && error?.name === "AbortError");
    const isTyped = error instanceof this.library.MergefetchError;
    return { isOwn, isTyped, name: error?.name, code: error?.code, message: String(error?.message ?? error), stack: isOwn || isTyped ? undefined : error?.stack };
  }

  /** Changes when the client loses its memory. */
  get session() {
    return this.#session.number;
  }

  /** Somebody else signs in, on a page that may also forget its reads. */
  async switchUser(isForgetting) {
    const forgets = isForgetting || this.isPartitioned;
    // From now on the client knows nothing, also while the store is still being emptied.
    if (forgets) this.#session = { number: this.#session.number + 1, since: now() };
    if (isForgetting) {
      this.#clears += 1;
      await this.http.clear();
    }
    this.#switches += 1;
    this.user = this.user === "ann" ? "ben" : "ann";
    if (!forgets) return;
    this.#session = { number: this.#session.number + 1, since: now() };
    // The server must not count on the memory of this client.
    await this.fetch(`${this.originOf("counter")}${this.name}/forget`).then((response) => response.text());
  }
}

/** A snapshot as the journal keeps it. */
export function noted(snapshot) {
  return snapshot && { url: snapshot.url, version: snapshot.version, protection: snapshot.protection, text: textOf(snapshot.value) };
}

/** The view of a conflict on a page. */
export function notedConflict(conflict) {
  const changes = conflict.changes.map(({ path, state, clash, base, mine, theirs, decision }) => ({ path, state, clash, base: textOf(base), mine: textOf(mine), theirs: textOf(theirs), decision }));
  return { id: conflict.id, url: conflict.url, kind: conflict.kind, mine: textOf(conflict.mine), base: noted(conflict.base), theirs: noted(conflict.theirs), unresolved: conflict.unresolved, changes };
}

/** The tokens that somebody sees who looks at a conflict. */
export function seenIn(conflict) {
  return [...tokensIn(conflict.theirs?.value), ...conflict.changes.flatMap(({ theirs }) => tokensIn(theirs))];
}

function noteResult(entry, result) {
  if (result instanceof Response) {
    entry.outcome = result.ok ? "ok" : "refused";
    entry.kind = String(result.status);
  } else if (result === undefined || result === null) {
    entry.outcome = "ok";
  } else if ("moved" in result) {
    entry.outcome = "ok";
    entry.kind = `moved: ${result.moved}`;
  } else if ("version" in result) {
    entry.outcome = "ok";
    entry.snapshot = noted(result);
  } else if (result.kind === "conflict") {
    entry.outcome = "conflict";
    entry.conflict = notedConflict(result.conflict);
  } else {
    entry.outcome = result.ok ? "ok" : "refused";
    entry.kind = result.kind;
    if (result.ok) entry.snapshot = noted(result.snapshot);
    else entry.back = textOf(result.mine);
    if (!result.ok) entry.problem = result.problem?.detail ?? result.problem?.status;
  }
}
