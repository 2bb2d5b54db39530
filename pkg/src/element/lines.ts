/** Texts as lines, regions as blocks of them: what the text view shows, without a page. */
import type { Side, TextChange, TextMerge, TextRegion } from "../types/types.js";
import { compared } from "./differences.js";

/** The last of ascending numbers that is not above `most`; the first where all are. @internal */
export function lastUpTo(numbers: ArrayLike<number>, most: number): number {
  let [low, high] = [0, numbers.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((numbers[middle] as number) <= most) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** @internal */
export class Lines {
  readonly text: string;
  /** Where each line starts. */
  readonly #starts: number[] = [0];

  constructor(text: string) {
    this.text = text;
    for (let at = text.indexOf("\n"); at >= 0 && at + 1 < text.length; at = text.indexOf("\n", at + 1)) this.#starts.push(at + 1);
  }

  /** The line, counted from 0, that an offset stands in. */
  at(offset: number): number {
    return offset >= this.text.length && this.text.endsWith("\n") ? this.#starts.length : lastUpTo(this.#starts, offset);
  }

  start(line: number): number {
    return this.#starts[line] ?? this.text.length;
  }

  /** Lines that a range covers, in part or whole. */
  count([start, end]: readonly [number, number]): number {
    return end > start ? this.at(end - 1) - this.at(start) + 1 : 0;
  }
}

/** What one row of a block shows of one side: the offsets of its line, without the line's end. Null where the side has no such line. @internal */
export type Cell = { readonly start: number; readonly end: number; readonly line: number } | null;

/** @internal */
export type Row = Readonly<Record<Side, Cell>>;

/** One stretch of the view. @internal */
export type Block =
  /** Lines that nobody changed; `mine` and `theirs` are their first line on each side. */
  | { readonly kind: "same"; readonly mine: number; readonly theirs: number; readonly count: number }
  /** Folded lines: a run of regions, known by the number of its first, but for the lines beside its neighbours. */
  | { readonly kind: "fold"; readonly run: number; readonly count: number; readonly changes: number }
  /** A change that merged by itself. */
  | { readonly kind: "change"; readonly region: number; readonly change: number }
  /** A conflict, or a part of one that has very many lines. */
  | { readonly kind: "clash"; readonly region: number; readonly change: number };

/** Lines beside a conflict that are shown with it. */
const CONTEXT = 2;

/** Lines in one block, so that a block is never much more than a screen. */
const CHUNK = 25;

/** @internal */
export type Texts3 = Readonly<Record<Side, Lines>>;

/**
 * The blocks of a merge, in order.
 *
 * @param open The runs (by the number of their first region) that were unfolded.
 * @param isKept Whether a region is shown, where others are folded away.
 * @internal
 */
export function blocksOf({ regions }: TextMerge, texts: Texts3, open: ReadonlySet<number>, isKept: (region: TextRegion) => boolean): Block[] {
  const blocks: Block[] = [];
  // The number of each region among the changes, which have none for what nobody changed.
  let change = -1;
  for (let from = 0; from < regions.length; ) {
    const first = regions[from];
    if (first === undefined) break;
    if (isKept(first)) {
      change++;
      blocks.push({ kind: first.kind === "conflict" ? "clash" : "change", region: from, change });
      from++;
      continue;
    }
    let to = from;
    const run: Block[] = [];
    for (let region = regions[to]; region !== undefined && !isKept(region); region = regions[++to]) {
      if (region.kind !== "unchanged") run.push({ kind: "change", region: to, change: ++change });
      else run.push({ kind: "same", mine: texts.mine.at(region.mine[0]), theirs: texts.theirs.at(region.theirs[0]), count: texts.mine.count(region.mine) });
    }
    const isFolded = !open.has(from);
    const [before, after] = [from > 0, to < regions.length];
    blocks.push(...(isFolded ? folded(run, from, before, after) : run.flatMap(chunks)));
    from = to;
  }
  return blocks;
}

function chunks(block: Block): Block[] {
  if (block.kind !== "same") return [block];
  const parts: Block[] = [];
  for (let done = 0; done < block.count; done += CHUNK) {
    parts.push({ kind: "same", mine: block.mine + done, theirs: block.theirs + done, count: Math.min(CHUNK, block.count - done) });
  }
  return parts;
}

/** A run with all but a few lines beside its neighbours folded. */
function folded(run: readonly Block[], from: number, hasBefore: boolean, hasAfter: boolean): Block[] {
  const head = hasBefore ? edge(run[0], 0) : null;
  const tail = hasAfter ? edge(run.at(-1), 1) : null;
  const isOne = run.length === 1 && head !== null && tail !== null;
  let count = 0;
  for (const block of run) if (block.kind === "same") count += block.count;
  const changes = run.filter(({ kind }) => kind === "change").length;
  const shown = (head?.count ?? 0) + (tail?.count ?? 0);
  const rest = count - shown;
  // A fold of a line or two would take as much room as they do.
  if (changes === 0 && rest <= 2 && (isOne || run.length === 1)) return [...run];
  return [...(head === null ? [] : [head]), { kind: "fold", run: from, count: Math.max(0, rest), changes }, ...(tail === null ? [] : [tail])];
}

function edge(block: Block | undefined, atEnd: 0 | 1): (Block & { readonly kind: "same" }) | null {
  if (block?.kind !== "same") return null;
  const count = Math.min(CONTEXT, atEnd === 1 ? block.count - CONTEXT : block.count);
  if (count <= 0) return null;
  const skip = atEnd === 1 ? block.count - count : 0;
  return { kind: "same", mine: block.mine + skip, theirs: block.theirs + skip, count };
}

/** The lines of a range, as cells. */
function cellsOf(lines: Lines, [start, end]: readonly [number, number]): Exclude<Cell, null>[] {
  const cells: Exclude<Cell, null>[] = [];
  let line = lines.at(start);
  for (let at = start; at < end; line++) {
    const next = lines.text.indexOf("\n", at);
    const stop = next < 0 || next >= end ? end : next + 1;
    const body = stop > at && lines.text[stop - 1] === "\n" ? stop - 1 - (lines.text[stop - 2] === "\r" && stop - 2 >= at ? 1 : 0) : stop;
    cells.push({ start: at, end: body, line });
    at = stop;
  }
  return cells;
}

/** A region as rows: lines of the sides that stand for the same line of base beside each other. @internal */
export function rowsOf(region: TextRegion, texts: Texts3, shown: readonly Side[]): { readonly rows: readonly Row[]; readonly changes: Readonly<Record<"mine" | "theirs", readonly TextChange[]>> } {
  const cells = { base: cellsOf(texts.base, region.base), mine: cellsOf(texts.mine, region.mine), theirs: cellsOf(texts.theirs, region.theirs) };
  const slice = (side: Side): string => texts[side].text.slice(...region[side]);
  const base = slice("base");
  const changes = { mine: compared(base, slice("mine"), "line"), theirs: compared(base, slice("theirs"), "line") };
  // For each line of base, and for the end: the lines of each side that belong before it, and the one that stands for it.
  const slots = (side: "mine" | "theirs"): { before: Cell[]; own: Cell }[] => {
    const list = Array.from({ length: cells.base.length + 1 }, () => ({ before: [] as Cell[], own: null as Cell }));
    const indexOf = (all: readonly Exclude<Cell, null>[], from: number, offset: number): number => {
      let index = from;
      while (index < all.length && (all[index]?.start ?? 0) < offset) index++;
      return index;
    };
    let [at, is] = [0, 0];
    for (const change of changes[side]) {
      const wasEnd = indexOf(cells.base, at, region.base[0] + change.before[1]);
      const isEnd = indexOf(cells[side], is, region[side][0] + change.after[1]);
      for (; is < isEnd; is++) {
        const cell = cells[side][is] ?? null;
        const slot = list[at];
        if (slot === undefined) continue;
        if (at < wasEnd) {
          slot.own = cell;
          at++;
        } else slot.before.push(cell);
      }
      at = wasEnd;
    }
    return list;
  };
  const [mine, theirs] = [slots("mine"), slots("theirs")];
  const rows: Row[] = [];
  for (let index = 0; index <= cells.base.length; index++) {
    const [a, b] = [mine[index], theirs[index]];
    const inserted = Math.max(a?.before.length ?? 0, b?.before.length ?? 0);
    for (let extra = 0; extra < inserted; extra++) rows.push({ base: null, mine: a?.before[extra] ?? null, theirs: b?.before[extra] ?? null });
    if (index < cells.base.length) rows.push({ base: cells.base[index] ?? null, mine: a?.own ?? null, theirs: b?.own ?? null });
  }
  return { rows: rows.filter((row) => shown.some((side) => row[side] !== null)), changes };
}
