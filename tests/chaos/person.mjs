// One form of a client: a person who reads, edits, saves, decides, leaves, and does things twice.
import { noted, seenIn } from "./actor.mjs";
import { created, edited } from "./edits.mjs";
import { textOf, tokensIn } from "./tokens.mjs";

const JSON_TYPE = { "content-type": "application/json" };

/** The actions of people, and their frequency, by kind of document. */
const HABITS = {
  json: [["look", 4], ["edit", 22], ["twice", 8], ["forms", 5], ["update", 6], ["put", 8]],
  set: [["edit", 20], ["twice", 6], ["update", 6]],
  patch: [["edit", 20], ["twice", 6], ["update", 4], ["patch", 8]],
  text: [["look", 3], ["edit", 20], ["twice", 6], ["forms", 4], ["put", 4]],
  count: [["count", 20], ["edit", 4], ["look", 2]],
  likes: [["like", 20], ["edit", 4], ["look", 2]],
  switch: [["toggle", 20]],
  slot: [["create", 10], ["remove", 7], ["edit", 8], ["delete", 3]],
  private: [["own", 12], ["leave", 3]],
  pointer: [["follow", 1]],
};

export class Person {
  /** Snapshots that stand in the form, by document. */
  #held = new Map();

  constructor(actor, random) {
    this.actor = actor;
    this.random = random;
    this.choices = actor.plan.documents.map((document) => [document, document.weight]);
  }

  /** Does one thing; how many saves that were. */
  async step() {
    const document = this.random.weighted(this.choices);
    const before = this.actor.saves;
    await this[this.random.weighted(HABITS[document.kind])](document);
    await this.actor.pause(30);
    return this.actor.saves - before;
  }

  /** One write of the package. */
  #write(op, document, details, run) {
    this.actor.saves += 1;
    return this.actor.call(op, document, details, run);
  }

  async #get(document, init = {}, user) {
    return this.actor.call("get", document, { user, sort: "read" }, (signal) => this.actor.http.get(this.actor.urlOf(document), { ...init, signal }));
  }

  /** The snapshot of the form: an old one, or a new one. */
  async #opened(document) {
    const held = this.#held.get(document.name);
    if (held !== undefined && this.random.chance(0.6)) return held;
    const read = await this.#get(document);
    if (read !== null) this.#held.set(document.name, read);
    return read;
  }

  look(document) {
    return this.#get(document);
  }

  /** Reads the document at an address, and sometimes edits it. */
  async follow(document) {
    const { actor } = this;
    let entry;
    const base = await actor.call("get", document, { sort: "read", pointer: document.name }, (signal, made) => {
      entry = made;
      return actor.http.get(actor.urlOf(document), { signal });
    });
    if (base === null) return;
    entry.document = base.url.slice(base.url.lastIndexOf("/") + 1);
    const target = actor.plan.documents.find(({ name }) => name === entry.document);
    if (this.random.chance(0.3)) await this.#saved(target, base, edited(base.value, target.format, this.random, actor.next));
  }

  async edit(document) {
    const base = await this.#opened(document);
    if (base === null || base.value === null) return;
    const edit = edited(base.value, document.format, this.random, this.actor.next);
    await this.actor.pause(20);
    await this.#saved(document, base, edit);
  }

  /** Saves an edit, and goes on until there is nothing more to do about it. */
  async #saved(document, base, edit, init = {}, user) {
    const details = { user, base: noted(base), mine: textOf(edit.mine), added: edit.added, removed: edit.removed, likes: edit.likes };
    const result = await this.#write("save", document, details, (signal) => this.actor.http.save(base, edit.mine, { ...init, signal }));
    const entry = this.actor.calls.findLast((call) => call.added === edit.added);
    if (result?.ok) {
      this.#adopt(document, result.snapshot);
      // Whoever has saved likes to see it.
      if (user === undefined && this.random.chance(0.25)) await this.#get(document);
    } else if (result?.kind === "conflict") await this.#decide(document, result.conflict, entry);
    // The guide: save it again from the same snapshot when the network is back.
    else if (result?.kind === "unknown" && this.random.chance(0.5) && edit.likes === undefined) {
      const again = await this.#write("save", document, { ...details, isAgain: true }, (signal) => this.actor.http.save(base, edit.mine, { ...init, signal }));
      if (again?.ok) this.#adopt(document, again.snapshot);
    }
    return result;
  }

  #adopt(document, snapshot) {
    if (snapshot === null) this.#held.delete(document.name);
    // Some forms keep their base, and save from it again.
    else if (this.random.chance(0.75)) this.#held.set(document.name, snapshot);
  }

  /** Two saves from one snapshot: one after the other, or at once. */
  async twice(document) {
    const base = await this.#opened(document);
    if (base === null) return;
    const save = () => this.#saved(document, base, edited(base.value, document.format, this.random, this.actor.next));
    if (this.random.chance(0.5)) await Promise.all([save(), save()]);
    else for (let i = 0; i < 2; i += 1) await save();
  }

  /** Two forms of one page, which were opened one after the other. */
  async forms(document) {
    const forms = [await this.#get(document), await this.#get(document)];
    if (forms.includes(null)) return;
    const edits = forms.map((base) => edited(base.value, document.format, this.random, this.actor.next));
    await this.actor.pause(30);
    for (const [i, base] of forms.entries()) await this.#saved(document, base, edits[i]);
  }

  async update(document) {
    const isAsync = this.random.chance(0.3);
    const added = [this.actor.next()];
    const isList = this.random.chance(0.5);
    await this.#updated(document, isAsync, { added, removed: [] }, (draft) => {
      if (isList && Array.isArray(draft.list)) draft.list.push(added[0]);
      else draft.title = added[0];
    });
  }

  async count(document) {
    // Only async functions count one of the documents, so that their effect hides nothing in the other documents.
    const isAsync = document.index % 3 === 2;
    await this.#updated(document, isAsync, { added: [], removed: [], counts: 1 }, (draft) => void (draft.count += 1));
  }

  #updated(document, isAsync, details, change) {
    const { actor } = this;
    const made = { base: null, seen: [], isAsync, ...details };
    return this.#write("update", document, made, (signal, entry) => {
      const apply = (draft) => {
        // A replay starts from another draft; an earlier one may have been sent.
        entry.seen.push(...tokensIn(draft));
        change(draft);
        entry.mine = textOf(draft);
      };
      const later = async (draft) => {
        await actor.pause(10);
        apply(draft);
      };
      return actor.http.update(actor.urlOf(document), isAsync ? later : apply, { signal });
    });
  }

  /** A like for each version: from one version, two likes of one page could as well be one like, sent twice. */
  async like(document) {
    const base = await this.#get(document);
    const key = `${document.name} ${base?.version}`;
    if (base === null || typeof base.value.likes !== "number" || this.actor.liked.has(key)) return;
    this.actor.liked.add(key);
    const mine = structuredClone(base.value);
    mine.likes += 1;
    // If answers get lost, only a value of one's own shows whose edit it is.
    const added = this.actor.plan.profile === "calm" && this.random.chance(0.5) ? [] : [this.actor.next()];
    if (added.length > 0) mine.note = added[0];
    await this.#saved(document, base, { mine, added, removed: [], likes: 1 });
  }

  async toggle(document) {
    const base = await this.#opened(document);
    if (base === null) return;
    const member = this.random.one(["done", "open"]);
    const mine = { ...base.value, [member]: !base.value[member] };
    await this.#saved(document, base, { mine, added: [], removed: [] });
  }

  async create(document) {
    const { mine, added, removed } = created(this.actor.next);
    const details = { base: null, mine: textOf(mine), added, removed };
    const result = await this.#write("create", document, details, (signal) => this.actor.http.create(this.actor.urlOf(document), mine, { signal }));
    if (result?.ok) this.#adopt(document, result.snapshot);
    else if (result?.kind === "conflict") await this.#decide(document, result.conflict, this.actor.calls.findLast((call) => call.added === added));
  }

  async remove(document) {
    const base = await this.#opened(document);
    if (base === null) return;
    const details = { base: noted(base), mine: null, added: [], removed: [], removes: true };
    const result = await this.#write("remove", document, details, (signal) => this.actor.http.remove(base, { signal }));
    if (result?.ok) this.#held.delete(document.name);
    else if (result?.kind === "conflict") await this.#decide(document, result.conflict, this.actor.calls.findLast((call) => call.op === "remove"));
  }

  /** A page with calls of its own: its reads through `client.fetch`. */
  async #fetched(document) {
    const { actor } = this;
    let text = null;
    await actor.call("fetch GET", document, { sort: "read" }, async (signal, entry) => {
      const response = await actor.http.fetch(actor.urlOf(document), { signal });
      text = response.ok ? await response.text() : null;
      entry.text = text;
      return response;
    });
    // A page that cannot read the document does not write it.
    return text !== null && document.format !== "text" && parsed(text) === undefined ? null : text;
  }

  async #sent(document, method, body, edit, type) {
    const { actor } = this;
    const details = { base: null, mine: method === "PUT" ? textOf(edit.mine) : null, added: edit.added, removed: [], method };
    const headers = body === undefined ? {} : { "content-type": type };
    const response = await this.#write("fetch", document, details, (signal) => actor.http.fetch(actor.urlOf(document), { method, body, headers, signal }));
    if (response === null || ![409, 412].includes(response.status)) return response !== null;
    const written = actor.calls.findLast((call) => call.added === edit.added);
    const conflict = await actor.call("conflictOf", document, { sort: "read", conflictOf: written.id, mine: details.mine ?? undefined }, async () => {
      const found = await actor.http.conflictOf(response);
      return found && { kind: "conflict", conflict: found };
    });
    if (conflict !== null) await this.#decide(document, conflict.conflict, written);
    return false;
  }

  async put(document) {
    const { session } = this.actor;
    const text = await this.#fetched(document);
    if (text === null) return;
    const value = document.format === "text" ? text : parsed(text);
    await this.actor.pause(20);
    for (let i = this.random.chance(0.3) ? 2 : 1, now = value; i > 0; i -= 1) {
      // The client of another user knows nothing of these reads.
      if (this.actor.session !== session) return;
      const edit = edited(now, document.format, this.random, this.actor.next);
      now = edit.mine;
      // A decided value is not typed again.
      const isSent = await this.#sent(document, "PUT", textOf(edit.mine), edit, document.format === "text" ? "text/plain" : JSON_TYPE["content-type"]);
      if (!isSent) return;
    }
  }

  async patch(document) {
    const { session } = this.actor;
    if ((await this.#fetched(document)) === null || this.actor.session !== session) return;
    const added = [this.actor.next()];
    const body = JSON.stringify({ [this.random.one(["title", "note"])]: added[0] });
    await this.#sent(document, "PATCH", body, { added, mine: null }, "application/merge-patch+json");
  }

  async delete(document) {
    const { session } = this.actor;
    if ((await this.#fetched(document)) === null || this.actor.session !== session) return;
    await this.#sent(document, "DELETE", undefined, { added: [], mine: null });
  }

  /** The document of the user who is signed in: the same address for everybody. */
  async own(document) {
    const { user } = this.actor;
    const init = { headers: { authorization: `Bearer ${user}` } };
    const base = await this.#get(document, init, user);
    if (base === null || this.actor.user !== user || this.random.chance(0.5)) return;
    // The document of a user gets only text that this user typed.
    const added = [this.actor.next()];
    await this.#saved(document, base, { mine: { ...base.value, title: added[0] }, added, removed: [] }, init, user);
  }

  leave() {
    return this.actor.switchUser(this.random.chance(0.5));
  }

  /** Looks at a conflict, decides, and sends, up to three times. */
  async #decide(document, conflict, from) {
    const { random } = this;
    for (let round = 0; round < 3; round += 1) {
      await this.actor.pause(60);
      const isNumber = ["count", "likes", "switch"].includes(document.kind);
      const way = random.weighted([["submit", 14], ["overwrite", isNumber ? 0 : 2], ["refresh", 3], ["abandon", 1]]);
      if (way === "abandon" || conflict.changes.some(({ path, state }) => state === "conflict" && /^\/(count|likes)/.test(path))) return;
      if (way === "refresh") await this.actor.call("refresh", document, { sort: "read", user: from.user, conflictOf: from.id }, () => conflict.refresh());
      const results = way === "overwrite" ? [await this.#overwritten(document, conflict, from)] : await this.#submitted(document, conflict, from);
      const ok = results.find((result) => result?.ok);
      if (ok !== undefined) return this.#adopt(document, ok.snapshot);
      if (!results.some((result) => result?.kind === "conflict")) return;
    }
  }

  #overwritten(document, conflict, from) {
    const details = { ...originOf(from), added: from.added, removed: [], seen: seenIn(conflict), conflictId: conflict.id };
    return this.#write("overwrite", document, details, () => conflict.overwrite());
  }

  async #submitted(document, conflict, from) {
    // A choice that cannot be made is an error of its own in the journal.
    let failed;
    try {
      this.#choose(conflict);
    } catch (error) {
      failed = error;
    }
    if (failed !== undefined) await this.actor.call("decide", document, { sort: "read" }, () => Promise.reject(failed));
    if (conflict.unresolved > 0) return [];
    const merged = conflict.merged;
    const chosen = tokensIn(merged);
    const theirs = new Set(tokensIn(conflict.theirs?.value));
    // The values of this edit, and the text typed into the conflict.
    const added = chosen.filter((token) => !theirs.has(token) && (from.added.includes(token) || this.actor.typed.has(token)));
    const rejected = from.added.filter((token) => !chosen.includes(token));
    const details = { ...originOf(from), merged: textOf(merged), added, removed: [], rejected, seen: seenIn(conflict), conflictId: conflict.id };
    const submit = () => this.#write("submit", document, { ...details }, () => conflict.submit());
    if (this.random.chance(0.3)) return Promise.all([submit(), submit()]);
    return [await submit()];
  }

  /** Decides the open changes: each one, or all of them with one button. */
  #choose(conflict) {
    const { random, actor } = this;
    if (random.chance(0.4)) return void conflict.take(random.one(["mine", "theirs"]));
    for (const { id, state, path, clash, mine, theirs, decision } of conflict.changes) {
      if (state !== "conflict" || (decision !== null && random.chance(0.7))) continue;
      const isText = typeof mine === "string" && typeof theirs === "string" && /^\/(title|note|place)$/.test(path);
      const way = random.weighted([["mine", 4], ["theirs", 4], ["set", isText ? 2 : 0], ["both", clash === "insert-insert" && !shares(mine, theirs) ? 4 : 0]]);
      if (way !== "set") conflict.take(way, id);
      else {
        const made = actor.next();
        conflict.set(id, made);
        actor.typed.add(made);
      }
    }
  }
}

function shares(mine, theirs) {
  const known = new Set(tokensIn(theirs));
  return tokensIn(mine).some((token) => known.has(token));
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The data that a submit takes from the save that met the conflict. They belong to the memory of that save, even after a sign-out. */
function originOf({ user, id, base, mine, session, since }) {
  return { user, from: id, base, mine, session, since };
}
