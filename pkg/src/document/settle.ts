/** The draft after a save, in which the person may go on typing. */
import type { Change } from "../types/types.js";

/** The person typed where the document has changed, too, so only a merge can decide. @internal */
export const UNSURE = Symbol();

type Plain = Readonly<Record<string, unknown>>;

/** A document at four moments. @internal */
export interface Moments {
  /** As it was read, before this person edited it. */
  readonly before: unknown;
  /** As it was sent. */
  readonly sent: unknown;
  /** The current draft, perhaps edited since. */
  readonly now: unknown;
  /** As the server holds it. */
  readonly stored: unknown;
}

/** A copy of a document for later comparisons. A document that JSON cannot represent equals no copy. @internal */
export function copyOf(value: unknown): unknown {
  if (value instanceof Uint8Array) return value.slice();
  try {
    return JSON.parse(JSON.stringify(value)) as unknown;
  } catch {
    return Symbol();
  }
}

/** Whether two copies are equal. @internal */
export function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (one instanceof Uint8Array) return other instanceof Uint8Array && one.length === other.length && one.every((octet, at) => octet === other[at]);
  const names = Object.keys(one);
  if (names.length !== Object.keys(other).length || Array.isArray(one) !== Array.isArray(other)) return false;
  return names.every((name) => Object.hasOwn(other, name) && isSame((one as Plain)[name], (other as Plain)[name]));
}

/**
 * The draft after a save: with all changes of the server or another person, except that members which the server only respelled stay as
 * typed.
 *
 * @param changes The changes of the merge.
 * @returns The draft, or {@link UNSURE}.
 * @internal
 */
export function settle(moments: Moments, changes: readonly Change[] = [], path = ""): unknown {
  const { before, sent, now, stored } = moments;
  if (isSame(sent, stored)) return now;
  const isTheirs = changes.some((change) => change.state !== "mine" && (isWithin(change.path, path) || isWithin(path, change.path)));
  const inside = (name: string) => {
    const at = { before: member(before, name), sent: member(sent, name), now: member(now, name), stored: member(stored, name) };
    return settle(at, changes, `${path}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`);
  };
  if (isPlain(sent) && isPlain(now) && isPlain(stored)) return byMember([now, stored], inside);
  const isTyped = !isSame(sent, now);
  if (areRows(sent, stored) && !isTyped && !isTheirs) return sent.map((_, at) => inside(String(at)));
  // The server may have added members to an object; a draft that started from `sent` lacks them.
  const isRespelled = !isTheirs && (typeof sent !== "object" || sent === null) && isSpelling(sent, stored);
  if (isTyped) return isRespelled ? now : UNSURE;
  return isRespelled && !isSame(before, sent) ? now : stored;
}

/**
 * Applies the edits between two documents to a third document.
 *
 * @param clash The result where both edits changed one value; by default the value of `to`.
 * @internal
 */
export function carried(from: unknown, to: unknown, onto: unknown, clash: unknown = to): unknown {
  if (isSame(from, to)) return onto;
  if (isSame(from, onto)) return to;
  const inside = (name: string) => {
    const value = member(to, name);
    return carried(member(from, name), value, member(onto, name), clash === UNSURE ? UNSURE : value);
  };
  if (isPlain(from) && isPlain(to) && isPlain(onto)) return byMember([to, onto], inside);
  const areAlike = Array.isArray(from) && Array.isArray(to) && Array.isArray(onto) && from.length === to.length && to.length === onto.length;
  if (!areAlike) return clash;
  const items = to.map((_, at) => inside(String(at)));
  return items.includes(UNSURE) ? UNSURE : items;
}

function byMember(objects: readonly Plain[], inside: (name: string) => unknown): unknown {
  const members = [...new Set(objects.flatMap(Object.keys))].map((name) => [name, inside(name)] as const);
  if (members.some(([, value]) => value === UNSURE)) return UNSURE;
  return Object.fromEntries(members.filter(([, value]) => value !== undefined));
}

function isPlain(value: unknown): value is Plain {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name) ? (value as Plain)[name] : undefined;
}

/** Whether `path` is `other`, or lies inside it. */
function isWithin(path: string, other: string): boolean {
  return path === other || path.startsWith(`${other}/`);
}

/** Whether both hold the same rows in the same order, as far as a page can know. */
function areRows(sent: unknown, stored: unknown): sent is readonly unknown[] {
  if (!Array.isArray(sent) || !Array.isArray(stored) || sent.length !== stored.length) return false;
  return sent.every((row, at) => isSpelling(row, stored[at]) || ["id", "_id", "key"].some((name) => isNamed(row, stored[at], name)));
}

function isNamed(one: unknown, other: unknown, name: string): boolean {
  return member(one, name) !== undefined && member(one, name) === member(other, name);
}

/**
 * Whether `stored` may be the server's spelling of `sent`: fewer letters and digits, another case, other characters between
 * them, leading zeros; the same or a rounded number; additional members.
 */
function isSpelling(sent: unknown, stored: unknown): boolean {
  if (isSame(sent, stored)) return true;
  if (typeof sent === "object" && sent !== null) {
    const isAlike = Array.isArray(sent) ? areRows(sent, stored) : isPlain(stored);
    return isAlike && Object.keys(sent).every((name) => isSpelling(member(sent, name), member(stored, name)));
  }
  if (sent === undefined || stored === undefined || (typeof stored === "object" && stored !== null)) return false;
  const [one, other] = [numberOf(sent), numberOf(stored)];
  // 1.239 and 1.24 differ by less than one unit in the last decimal of `stored`.
  if (!Number.isNaN(one) && !Number.isNaN(other)) return Math.abs(one - other) < 10 ** -(String(stored).split(".")[1]?.length ?? 0) || one === other;
  const left = lettersOf(stored);
  let found = 0;
  for (const letter of lettersOf(sent)) if (letter === left[found]) found++;
  return found === left.length;
}

function numberOf(value: unknown): number {
  return typeof value === "number" || (typeof value === "string" && value.trim() !== "") ? Number(value) : NaN;
}

function lettersOf(value: unknown): readonly string[] {
  const letters = String(value ?? "").normalize("NFKD").toLowerCase();
  return [...letters.replace(/\b0+(?=\d)/g, "").replace(/[^\p{L}\p{N}]/gu, "")];
}
