/** Long lists leave the module as numbers and texts, and become objects here. See src/wasm/dto.rs. */
import type { Change, TextChange, TextRegion } from "../types/types.js";
import { lazily, valueOf } from "../types/values.js";
import type { Body, Format, PackedChanges } from "../types/wire.js";
import {
  CHANGE_AMBIGUOUS,
  CHANGE_CLASH,
  CHANGE_DECISION,
  CHANGE_FROM,
  CHANGE_INTO,
  CHANGE_KINDS,
  CHANGE_OP,
  CHANGE_REGION,
  CHANGE_REGION_SUGGESTION,
  CHANGE_TEXTS,
  CLASHES,
  DECISIONS,
  OPS,
  REGION_AMBIGUOUS,
  REGION_KINDS,
  REGION_NUMBERS,
  STATES,
  TEXT_CHANGE_IMPRECISE,
} from "./wire-engine.js";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const TEXTS = ["base", "mine", "theirs", "suggestion"] as const;

/** The region whose numbers begin at `next`. @internal */
export function regionAt(numbers: Uint32Array, next: number): Mutable<TextRegion> {
  const at = (index: number): number => numbers[next + index] ?? 0;
  const region: Mutable<TextRegion> = {
    kind: REGION_KINDS[at(0) & 7] ?? "unchanged",
    base: [at(1), at(2)],
    mine: [at(3), at(4)],
    theirs: [at(5), at(6)],
  };
  if (at(0) >> REGION_AMBIGUOUS) region.ambiguous = true;
  return region;
}

/** A change as it leaves the module: values are texts, long ones as UTF-8. */
interface RawChange extends Omit<Change, "base" | "mine" | "theirs" | "suggestion"> {
  readonly base?: Body;
  readonly mine?: Body;
  readonly theirs?: Body;
  readonly suggestion?: Body;
}

/** Long values are decoded and parsed on their first use: the order of a long array has the array three times. */
function changeOf(raw: RawChange, format: Format): Change {
  const change: { -readonly [K in keyof Change]: Change[K] } = { ...raw };
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
    // Short texts are never bytes.
    const text = (): string => String(value());
    const [id, path, decision] = [text(), text(), DECISIONS[(bits >> CHANGE_DECISION) & 15] ?? null];
    const change: Mutable<RawChange> = { id, path, state: STATES[bits & 7] ?? "mine", op: OPS[(bits >> CHANGE_OP) & 7] ?? "replace", decision };
    const clash = CLASHES[(bits >> CHANGE_CLASH) & 15];
    if (clash !== undefined) change.clash = clash;
    if (has(CHANGE_AMBIGUOUS)) change.ambiguous = true;
    if (has(CHANGE_FROM)) change.from = text();
    const [mine, theirs] = [CHANGE_INTO, CHANGE_INTO + 1].map((bit) => (has(bit) ? text() : undefined));
    if (mine !== undefined || theirs !== undefined) change.into = { ...(mine !== undefined && { mine }), ...(theirs !== undefined && { theirs }) };
    TEXTS.forEach((name, place) => {
      if (has(CHANGE_TEXTS + place)) change[name] = value();
    });
    if (has(CHANGE_REGION)) {
      const region = regionAt(numbers, next);
      next += REGION_NUMBERS;
      if (has(CHANGE_REGION_SUGGESTION)) region.suggestion = text();
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
    if (bits >> TEXT_CHANGE_IMPRECISE) change.precise = false;
    changes.push(change);
  }
  return changes;
}
