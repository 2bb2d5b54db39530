/** What there may be thousands of leaves the module as numbers and texts; here it becomes objects. See src/wasm/dto.rs. */
import type { Change, TextChange, TextRegion } from "../types/types.js";
import { type Body, type Format, lazily, valueOf } from "../types/values.js";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

// In the order in which the module numbers them.
const REGION_KINDS = ["unchanged", "mine", "theirs", "both", "conflict"] as const;
const CHANGE_KINDS = ["equal", "insert", "delete", "replace"] as const;
const STATES = ["mine", "theirs", "same", "conflict", "ignored"] as const;
const OPS = ["add", "remove", "replace", "move", "text"] as const;
const CLASHES = [
  undefined,
  "edit-edit",
  "edit-delete",
  "delete-edit",
  "add-add",
  "insert-insert",
  "type",
  "move-move",
  "order",
  "group",
  "no-base",
  "invalid",
] as const;
const TEXTS = ["base", "mine", "theirs", "suggestion"] as const;

/** @internal */
export const DECISIONS = [null, "auto", "base", "mine", "theirs", "both", "both-reversed", "suggested", "custom"] as const;

/** The numbers of a region. @internal */
export const REGION_NUMBERS = 7;

/** The region whose numbers begin at `next`. @internal */
export function regionAt(numbers: Uint32Array, next: number): Mutable<TextRegion> {
  const at = (index: number): number => numbers[next + index] ?? 0;
  const region: Mutable<TextRegion> = {
    kind: REGION_KINDS[at(0) & 7] ?? "unchanged",
    base: [at(1), at(2)],
    mine: [at(3), at(4)],
    theirs: [at(5), at(6)],
  };
  if (at(0) >= 8) region.ambiguous = true;
  return region;
}

/** @internal */
export interface PackedChanges {
  readonly numbers: Uint32Array;
  readonly texts: readonly Body[];
}

/** A change as it leaves the module: values are texts, long ones as UTF-8. */
interface RawChange extends Omit<Change, "base" | "mine" | "theirs" | "suggestion"> {
  readonly base?: Body;
  readonly mine?: Body;
  readonly theirs?: Body;
  readonly suggestion?: Body;
}

/** What is long is decoded and parsed when somebody looks at it: the order of a long array has the array three times. */
function changeOf(raw: RawChange, format: Format): Change {
  const change: { -readonly [K in keyof Change]: Change[K] } = { ...(raw as Change) };
  for (const side of ["base", "mine", "theirs", "suggestion"] as const) {
    const body = raw[side];
    if (typeof body === "string") change[side] = valueOf(body, format);
    else if (body !== undefined) lazily(change, side, () => valueOf(new TextDecoder("utf-8", { ignoreBOM: true }).decode(body), format));
  }
  return change;
}

/** @internal */
export function changesOf({ numbers, texts }: PackedChanges, format: Format): readonly Change[] {
  const changes: Change[] = [];
  let [next, at] = [0, 0];
  while (next < numbers.length) {
    const bits = numbers[next++] ?? 0;
    const has = (place: number): boolean => (bits & (1 << place)) !== 0;
    const value = (): Body => texts[at++] ?? "";
    const text = value as () => string;
    const [id, path, decision] = [text(), text(), DECISIONS[(bits >> 18) & 15] as RawChange["decision"]];
    const change: Mutable<RawChange> = { id, path, state: STATES[bits & 7] ?? "mine", op: OPS[(bits >> 3) & 7] ?? "replace", decision };
    const clash = CLASHES[(bits >> 6) & 15];
    if (clash !== undefined) change.clash = clash;
    if (has(10)) change.ambiguous = true;
    if (has(11)) change.from = text();
    const [mine, theirs] = [22, 23].map((bit) => (has(bit) ? text() : undefined));
    if (mine !== undefined || theirs !== undefined) change.into = { ...(mine !== undefined && { mine }), ...(theirs !== undefined && { theirs }) };
    TEXTS.forEach((name, place) => {
      if (has(12 + place)) change[name] = value();
    });
    if (has(16)) {
      const region = regionAt(numbers, next);
      next += REGION_NUMBERS;
      if (has(17)) region.suggestion = text();
      change.region = region;
    }
    changes.push(changeOf(change, format));
  }
  return changes;
}

/** @internal */
export function textChangesOf(numbers: Uint32Array): readonly TextChange[] {
  const changes: Mutable<TextChange>[] = [];
  let next = 0;
  const number = (): number => numbers[next++] ?? 0;
  const pair = (): Pick<TextChange, "before" | "after"> => ({ before: [number(), number()], after: [number(), number()] });
  while (next < numbers.length) {
    const bits = number();
    const change: Mutable<TextChange> = { kind: CHANGE_KINDS[bits & 3] ?? "equal", ...pair() };
    const count = number();
    if (count > 0) change.detail = Array.from({ length: count }, pair);
    if (bits >= 4) change.precise = false;
    changes.push(change);
  }
  return changes;
}
