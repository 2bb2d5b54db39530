/** The words of the page, in one place. "Base" is what an edit started from, "mine" is the edit, "theirs" is what the server holds now. */

/** @typedef {import("./mergefetch.js").Change} Change */
/** @typedef {import("./mergefetch.js").Problem} Problem */

export const NOTHING = "not there";

export const yesNo = (/** @type {boolean} */ value) => (value ? "yes" : "no");

/** "1 place", "2 places". */
export function count(/** @type {number} */ number, /** @type {string} */ one, many = `${one}s`) {
  return `${number} ${number === 1 ? one : many}`;
}

export const SIDES = {
  base: { name: "Base", about: "when you opened it" },
  mine: { name: "Mine", about: "your edit" },
  theirs: { name: "Theirs", about: "on the server now" },
};

/** Why a place waits, by `Change.clash`. */
export const CLASHES = {
  "edit-edit": "You and somebody else changed this in different ways.",
  "edit-delete": "You changed this; somebody else took it out.",
  "delete-edit": "You took this out; somebody else changed it.",
  "add-add": "You and somebody else both added this, with different values.",
  "insert-insert": "You and somebody else both wrote something new here.",
  type: "One of you changed what kind of value this is, the other changed what is in it.",
  "move-move": "You and somebody else moved this to different places.",
  order: "You and somebody else put these in different orders.",
  group: "These values belong together, and both of you changed some of them.",
  "no-base": "There is no common version to compare with.",
  invalid: "Put together, the two edits break a rule.",
};

/** Decisions beside the three sides. */
export const CHOICES = {
  suggested: "Put the words of both together",
  both: "Keep both, mine first",
  "both-reversed": "Keep both, theirs first",
  custom: "Write something else",
};

/** Where a part of the result comes from. */
export const ORIGINS = {
  mine: "yours",
  theirs: "theirs",
  same: "both of you",
  decided: "your decision",
  waiting: "waits for you",
};

/** What happened, where the places are decided one by one. */
export const ABOUT = {
  "edit-edit": "Somebody else saved this document while you were editing it. Where your edits do not touch, both are kept already; here they do.",
  "create-create": "Somebody else has created this document meanwhile, and the two differ.",
};

/** A conflict of whole documents: what happened, what can be done, and what the button then does. */
export const WHOLE = {
  "edit-delete": {
    title: "Somebody removed this document while you were editing it",
    about: "The server does not have it any more. Your edit is still here, and nothing happens to it until you decide.",
    mine: { label: "Restore it with my changes", about: "The document comes back as you wrote it.", save: "Restore the document", done: "Saved: the document is back, as you wrote it." },
    theirs: { label: "Let it stay removed", about: "The document stays gone. Your edit stays in the form, for you to copy.", save: "Let it stay removed", done: "The document stays removed. What you wrote is still here; saving it creates the document anew." },
  },
  "delete-edit": {
    title: "Somebody changed this document before you removed it",
    about: "It has not been removed. What they wrote would go with it, so have a look first.",
    mine: { label: "Remove it all the same", about: "Their changes go with it.", save: "Remove the document", done: "The document is removed. What you see is your copy; saving it creates the document anew." },
    theirs: { label: "Keep it, with their changes", about: "Nothing is removed.", save: "Keep the document", done: "The document is kept, as they wrote it." },
  },
};

/** The heading of a refusal, by `Refusal.kind`. */
export const REFUSALS = {
  duplicate: "Not saved: this is taken already",
  "invalid-state": "Not saved: not possible in this state",
  constraint: "Not saved: the server has a rule against it",
  locked: "Not saved: somebody holds a lock",
  busy: "Not saved yet: the server is busy",
  "version-required": "Not saved: the server wants to know which version you edited",
  "stale-read": "Not saved: the server keeps showing an old version",
  forbidden: "Not saved: you are not allowed to",
  unprotected: "Not sent: there is no version to protect it with",
  unknown: "It is not known whether this was saved",
};

/** What the person can do now, where a scenario does not say more. */
export const ADVICE = {
  duplicate: "Change the marked field and save again.",
  "invalid-state": "Choose a state that is allowed, or look at the newest version.",
  constraint: "Change what the server complains of, and save again.",
  locked: "Wait until the lock is released, then save again.",
  busy: "Wait a moment, then save again.",
  "version-required": "Load the newest version, and save again.",
  "stale-read": "Wait a moment, then save again.",
  forbidden: "Ask somebody who is allowed to. You can copy your edit from the form.",
  unprotected: "Load the newest version, and save again.",
  unknown: "Save again when the server can be reached: should the first attempt have arrived, it is not saved twice.",
};

/** The server's own words; empty where it said none. */
export function wordsOf(/** @type {Problem} */ problem) {
  return problem.detail ?? problem.title ?? "";
}

/** Status and code, for those who want to know. */
export function codeOf(/** @type {Problem} */ problem) {
  const code = problem.code ?? problem.type;
  return [problem.status === null ? "no answer" : `status ${problem.status}`, code].filter(Boolean).join(" · ");
}

/** "line 3", "lines 3 to 5", "after line 3", counted from 1. */
export function lineWords(/** @type {string} */ text, /** @type {readonly [number, number]} */ [start, end]) {
  const lines = (/** @type {string} */ part) => part.split("\n").length - 1;
  const first = lines(text.slice(0, start)) + 1;
  if (start === end) return first === 1 ? "before line 1" : `after line ${first - 1}`;
  const last = first + lines(text.slice(start, end).replace(/\n$/, ""));
  return last > first ? `lines ${first} to ${last}` : `line ${first}`;
}
