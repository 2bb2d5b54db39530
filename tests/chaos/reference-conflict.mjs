// A conflict of the reference client: decisions stand while theirs at their place stays as it is.
import { merged, same } from "./reference-merge.mjs";
import { snapshotOf, unknown } from "./reference.mjs";

let count = 0;
const ROUNDS = 5;

export class ReferenceConflict {
  id = `conflict-${(count += 1)}`;
  #client;
  #init;
  /** The documents that this client sent from the base, for later saves. */
  #sent;
  /** The documents that it had sent before this conflict; people are asked about a later value. */
  #own;
  /** By path: `{ value, theirs }`. */
  #decisions = new Map();
  #asked = new Set();
  /** The result, once it is saved. */
  #result;

  constructor(client, { kind, url, base, mine, theirs, init, sent }) {
    Object.assign(this, { kind, url, base: base && snapshotOf(base), mine, theirs: theirs.value === null ? null : snapshotOf(theirs) });
    this.#client = client;
    this.#init = { headers: init.headers };
    this.#sent = sent;
    this.#own = [...sent];
  }

  get #isWhole() {
    return this.theirs === null || this.mine === null || this.base === null;
  }

  get #conflicts() {
    if (this.#isWhole) return [{ path: "", base: this.base?.value, mine: this.mine ?? undefined, theirs: this.theirs?.value }];
    const { conflicts } = merged(this.base.value, this.mine, this.theirs.value, this.#own);
    for (const { path } of conflicts) this.#asked.add(path);
    // A question stays a question, even if theirs becomes equal to base.
    const at = (value, path) => value[path.slice(1)];
    const more = [...this.#asked].filter((path) => !conflicts.some((change) => change.path === path));
    return [...conflicts, ...more.map((path) => ({ path, base: at(this.base.value, path), mine: at(this.mine, path), theirs: at(this.theirs.value, path) }))];
  }

  #decided({ path, theirs }) {
    const decision = this.#decisions.get(path);
    return decision !== undefined && same(decision.theirs, theirs) ? decision : undefined;
  }

  get changes() {
    return this.#conflicts.map((change) => ({ ...change, id: change.path, state: "conflict", op: "replace", clash: "edit-edit", decision: this.#decided(change)?.choice ?? null }));
  }

  get unresolved() {
    return this.#conflicts.filter((change) => this.#decided(change) === undefined).length;
  }

  get merged() {
    const decided = (change) => this.#decided(change) ?? { value: change.mine };
    if (this.#isWhole) return decided(this.#conflicts[0]).value ?? null;
    const { value } = merged(this.base.value, this.mine, this.theirs.value, this.#own);
    for (const change of this.#conflicts) {
      const now = decided(change).value;
      if (now === undefined) delete value[change.path.slice(1)];
      else value[change.path.slice(1)] = now;
    }
    return value;
  }

  take(choice, id) {
    for (const change of this.#conflicts) {
      if (id === undefined ? this.#decided(change) === undefined : change.path === id) this.#decisions.set(change.path, { choice, value: change[choice], theirs: change.theirs });
    }
    return this;
  }

  set(id, value) {
    const change = this.#conflicts.find(({ path }) => path === id);
    if (change !== undefined) this.#decisions.set(id, { choice: "custom", value, theirs: change.theirs });
    return this;
  }

  submit() {
    return this.#client.sendFor(this, async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        // Again right before sending: another call may have moved theirs meanwhile.
        if (this.#result !== undefined) return this.#result;
        if (this.unresolved > 0) return this.#waiting();
        const result = await this.#send(this.merged);
        if (result !== undefined) return result;
      }
      return this.#waiting();
    });
  }

  overwrite() {
    return this.#client.sendFor(this, async () => {
      if (this.#result !== undefined) return this.#result;
      return (await this.#send(this.mine)) ?? this.#waiting();
    });
  }

  #waiting() {
    return { ok: false, kind: "conflict", conflict: this };
  }

  /** Sends `value`; undefined where theirs has moved, and was read again. */
  async #send(value) {
    const theirs = this.theirs ?? { value: null, version: null };
    if (value === null ? theirs.value === null : same(value, theirs.value)) return (this.#result = { ok: true, kind: "unchanged", snapshot: this.theirs });
    const answer = await this.#client.write(this.url, value, theirs, this.#init);
    if (answer === "unknown") return unknown(this.mine);
    // Only a value that differs from theirs is an own value.
    if (answer === "done" && value !== null && typeof value !== "string") this.#sent.push(Object.fromEntries(Object.entries(value).filter(([key, member]) => !same(member, theirs.value?.[key]))));
    if (answer === "done") return (this.#result = value === null ? { ok: true, kind: "removed", snapshot: null } : await this.#client.done("saved", this.url, this.#init, this.theirs));
    if (!(await this.#moved())) return unknown(this.mine, "stale-read");
    return undefined;
  }

  async #moved() {
    const now = await this.#client.readOrNull(this.url, this.#init);
    if (now === null || now.version === (this.theirs?.version ?? null)) return false;
    this.theirs = now.value === null ? null : snapshotOf(now);
    // A decision about the whole is none about another whole.
    this.#decisions.delete("");
    return true;
  }

  async refresh() {
    return { moved: this.#result === undefined && (await this.#moved()), reopened: [] };
  }
}

export const sameText = same;
