/** Undo and redo of one text field, in which others write, too: only the person's own edits are taken back. */

/** A part of a text and what takes its place. @internal */
export interface Splice {
  readonly at: number;
  readonly removed: string;
  readonly added: string;
}

/** What others wrote between two edits. */
interface Others {
  readonly splices: readonly Splice[];
}

type Entry = Splice | Others;

const isOthers = (entry: Entry): entry is Others => "splices" in entry;

/** So many edits can be taken back. */
const MOST = 200;
/** A pause that ends what is taken back at once. */
const PAUSE_MS = 1_000;

/** The one splice that makes `after` of `before`; undefined if they are equal. `caret` tells where in equal letters it ended. @internal */
export function spliceOf(before: string, after: string, caret = after.length): Splice | undefined {
  if (before === after) return undefined;
  const shorter = Math.min(before.length, after.length);
  let end = 0;
  // What follows the caret was there before.
  const most = Math.min(shorter, after.length - Math.min(caret, after.length));
  while (end < most && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  let start = 0;
  while (start < shorter - end && before[start] === after[start]) start++;
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  return { at: start, removed: before.slice(start, before.length - end), added: after.slice(start, after.length - end) };
}

/** @internal */
export const spliced = (text: string, { at, removed, added }: Splice): string => text.slice(0, at) + added + text.slice(at + removed.length);

const reversed = ({ at, removed, added }: Splice): Splice => ({ at, removed: added, added: removed });

/** Where an offset lies after a splice. Text that is put in right at the offset comes behind it, unless `isBehind`. @internal */
export function moved(offset: number, { at, removed, added }: Splice, isBehind = false): number {
  if (offset < at || (offset === at && !(isBehind && removed === ""))) return offset;
  if (offset >= at + removed.length) return offset + added.length - removed.length;
  return at + Math.min(offset - at, added.length);
}

/** `splice` after `other` was made in the same text. */
function after(splice: Splice, other: Splice): Splice {
  return { ...splice, at: moved(splice.at, other, true) };
}

/** @internal */
export class History {
  readonly #done: Entry[] = [];
  #undone: Entry[] = [];
  #lastMs = 0;

  /** The person has edited. Letters typed one after the other are taken back together. */
  edited(splice: Splice, nowMs: number): void {
    const last = this.#done.at(-1);
    const isTogether = last !== undefined && !isOthers(last) && nowMs - this.#lastMs < PAUSE_MS && isNext(last, splice);
    if (isTogether) this.#done[this.#done.length - 1] = joined(last as Splice, splice);
    else this.#done.push(splice);
    if (this.#done.length > MOST) this.#done.shift();
    this.#lastMs = nowMs;
    this.#undone = [];
  }

  /** Others have edited: splices of the text before, from its start to its end. */
  others(splices: readonly Splice[]): void {
    if (splices.length === 0) return;
    // From the end to the start, so that each is a splice of the text as it then is.
    const entry = { splices: [...splices].sort((one, other) => other.at - one.at) };
    for (const list of [this.#done, this.#undone]) if (list.length > 0) list.push(entry);
  }

  /** The splice that takes the last edit back; undefined if there is none whose text is still there. */
  undo(text: string): Splice | undefined {
    return this.#turn(text, this.#done, this.#undone, true);
  }

  /** The splice that makes an edit again. */
  redo(text: string): Splice | undefined {
    return this.#turn(text, this.#undone, this.#done, false);
  }

  #turn(text: string, from: Entry[], to: Entry[], isUndo: boolean): Splice | undefined {
    this.#lastMs = 0;
    for (;;) {
      const between: Others[] = [];
      let entry = from.pop();
      for (; entry !== undefined && isOthers(entry); entry = from.pop()) between.unshift(entry);
      if (entry === undefined) return undefined;
      let turned = isUndo ? reversed(entry) : entry;
      // What others wrote since moves the edit; and the edit, once taken back, moves what they wrote.
      const rest: Others[] = [];
      let before = turned;
      for (const { splices } of between) {
        rest.push({ splices: splices.map((splice) => after(splice, before)) });
        for (const splice of splices) turned = after(turned, splice);
        before = turned;
      }
      const isThere = text.slice(turned.at, turned.at + turned.removed.length) === turned.removed;
      // An edit that others have edited stays: for earlier ones it is theirs.
      if (from.length > 0) from.push(...(isThere ? rest : [{ splices: [isUndo ? entry : reversed(entry)] }, ...between]));
      if (!isThere) continue;
      to.push(isUndo ? reversed(turned) : turned);
      return turned;
    }
  }
}

/** Whether one letter follows the other: typed behind it, or taken away before or behind it. */
function isNext(last: Splice, next: Splice): boolean {
  if (last.removed === "" && next.removed === "") return next.at === last.at + last.added.length && !/\s\S/.test(last.added.slice(-1) + next.added);
  return last.added === "" && next.added === "" && (next.at === last.at || next.at + next.removed.length === last.at);
}

function joined(last: Splice, next: Splice): Splice {
  if (last.removed === "") return { ...last, added: last.added + next.added };
  return next.at === last.at ? { ...last, removed: last.removed + next.removed } : { ...next, removed: next.removed + last.removed };
}
