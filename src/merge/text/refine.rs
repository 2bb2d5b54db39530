//! What Git does with conflicts after it has found them: refining, fusing, stripping.
//!
//! Presentation only: resolving every conflict to mine, or to theirs, gives the same text before and after.

use super::RegionKind;
use super::blocks::{Block, Triple};
use text_diff::{Comparison, Hunk, Parts, Span};

/// Up to this many common lines between two conflicts join them: the markers would take more room (Git's figure).
const FUSED_LINES: u32 = 3;

/// Style *merge*, first half: compares mine with theirs inside each conflict and keeps only what differs.
///
/// Where the search that found the conflicts ran out of steps, this one gets none beyond what it needs.
pub(super) fn refine(triple: &Triple, blocks: Vec<Block>, comparisons: [&Comparison; 2]) -> Vec<Block> {
    let spent = comparisons.iter().any(|comparison| comparison.spent);
    let mut refiner = Refiner { triple, spent, parts: Parts::default(), refined: Vec::with_capacity(blocks.len()) };
    let [mut to_mine, mut to_theirs] = comparisons.map(|comparison| comparison.hunks.as_slice());
    for block in blocks {
        let inside = [
            split_off_hunks(&mut to_mine, block.base.end, block.mine.end),
            split_off_hunks(&mut to_theirs, block.base.end, block.theirs.end),
        ];
        if block.is_conflict() && !block.moved && !block.mine.is_empty() && !block.theirs.is_empty() {
            refiner.conflict(&block, inside);
        } else {
            refiner.refined.push(block);
        }
    }
    refiner.refined
}

fn split_off_hunks<'h>(hunks: &mut &'h [Hunk], base_end: u32, side_end: u32) -> &'h [Hunk] {
    let belongs = |hunk: &&Hunk| hunk.before.end <= base_end && hunk.after.end <= side_end;
    let (inside, rest) = hunks.split_at(hunks.iter().take_while(belongs).count());
    *hunks = rest;
    inside
}

struct Refiner<'a> {
    triple: &'a Triple,
    spent: bool,
    parts: Parts,
    refined: Vec<Block>,
}

impl Refiner<'_> {
    fn conflict(&mut self, block: &Block, inside: [&[Hunk]; 2]) {
        let mine = self.triple.mine.tokens(block.mine);
        let theirs = self.triple.theirs.tokens(block.theirs);
        let alignments = [Alignment::new(block, inside[0], block.mine), Alignment::new(block, inside[1], block.theirs)];
        let first = self.refined.len();
        // Where the last part ended in base, mine and theirs.
        let mut at = (block.base.start, block.mine.start, block.theirs.start);
        for hunk in self.parts.compare(mine, theirs, self.spent.then_some(0)).hunks {
            let start = (block.mine.start + hunk.before.start, block.theirs.start + hunk.after.start);
            if start.0 > at.1 {
                at = self.agreement(block, &alignments, at, start, first);
            }
            let end = (block.mine.start + hunk.before.end, block.theirs.start + hunk.after.end);
            let (mine, theirs) = (Span::new(start.0, end.0), Span::new(start.1, end.1));
            self.refined.push(Block { base: Span::new(at.0, at.0), mine, theirs, ..*block });
            at = (at.0, end.0, end.1);
        }
        if at.1 < block.mine.end {
            self.agreement(block, &alignments, at, (block.mine.end, block.theirs.end), first);
        }
        if let Some(last) = self.refined.last_mut() {
            last.base.end = block.base.end;
            if !last.is_conflict() {
                let unchanged = self.triple.base.tokens(last.base) == self.triple.mine.tokens(last.mine);
                last.kind = if unchanged { RegionKind::Unchanged } else { RegionKind::Both };
            }
        }
    }

    /// Adds the lines from `at` to `end` (in mine and theirs) that are equal on both sides; returns where they end.
    fn agreement(
        &mut self,
        block: &Block,
        alignments: &[Alignment; 2],
        at: (u32, u32, u32),
        end: (u32, u32),
        first: usize,
    ) -> (u32, u32, u32) {
        let mine = Span::new(at.1, end.0);
        let after_conflict = self.refined.len() > first;
        let lines = [mine, Span::new(at.2, end.1)];
        let [by_mine, by_theirs] =
            [0, 1].map(|side| alignments[side].base_of(lines[side], at.0, block.base.end, after_conflict));
        // Where the sides see different lines of base here, the same ones whichever side is called mine (L3): those that are equal, else
        // all that either sees.
        let is_equal = |base: &Span| self.triple.base.tokens(*base) == self.triple.mine.tokens(mine);
        let both = Span::new(by_mine.start.min(by_theirs.start), by_mine.end.max(by_theirs.end));
        let equal = [by_mine, by_theirs].into_iter().filter(is_equal).min_by_key(|base| base.start);
        let base = equal.unwrap_or(both);
        // The lines of base in front of the agreement go with the conflict in front of it.
        if let Some(last) = self.refined.last_mut()
            && after_conflict
        {
            last.base.end = base.start;
        }
        let unchanged = self.triple.base.tokens(base) == self.triple.mine.tokens(mine);
        let kind = if unchanged { RegionKind::Unchanged } else { RegionKind::Both };
        let agreement = Block::new(kind, base, mine, Span::new(at.2, end.1));
        self.refined.push(Block { ambiguous: block.ambiguous, ..agreement });
        (base.end, end.0, end.1)
    }
}

/// For each line of one side in the conflict, the line of base that it is.
struct Alignment {
    /// Where the side's part of the conflict begins.
    first: u32,
    base: Vec<Option<u32>>,
    /// From each line on: the next line of base that stands in the side.
    next: Vec<Option<u32>>,
}

impl Alignment {
    fn new(block: &Block, inside: &[Hunk], side: Span) -> Self {
        let mut aligned = Vec::with_capacity(side.len() as usize);
        let mut base = block.base.start;
        for hunk in inside {
            for line in base..hunk.before.start {
                aligned.push(Some(line));
            }
            aligned.resize(aligned.len() + hunk.after.len() as usize, None);
            base = hunk.before.end;
        }
        for line in base..block.base.end {
            aligned.push(Some(line));
        }
        let mut next = aligned.clone();
        let mut behind = None;
        for at in next.iter_mut().rev() {
            *at = at.or(behind);
            behind = *at;
        }
        Self { first: side.start, base: aligned, next }
    }

    /// The lines of base that go with `lines`, on which both sides agree; the part before ends at `at` in base.
    fn base_of(&self, lines: Span, at: u32, end: u32, after_conflict: bool) -> Span {
        let from = (lines.start - self.first) as usize;
        let next = self.next.get(from).copied().flatten().unwrap_or(end);
        let start = if after_conflict { next.max(at) } else { at };
        let inside = self.base.get(from..from + lines.len() as usize).unwrap_or_default();
        let last = inside.iter().rev().find_map(|base| *base);
        Span::new(start, last.map_or(start, |last| start.max(last + 1)))
    }
}

/// Style *merge*, second half: joins conflicts that stand close together.
///
/// Close is up to three lines, or any number of lines without an ASCII letter or digit. Lines with different ends stay apart: theirs
/// are merged on their own, whatever is decided about the conflicts around them.
pub(super) fn fuse(triple: &Triple, mine: &str, theirs: &str, blocks: Vec<Block>) -> Vec<Block> {
    let mut fused: Vec<Block> = Vec::with_capacity(blocks.len());
    // Where the conflict stands that the next one may be joined with.
    let mut open: Option<usize> = None;
    for block in blocks {
        if !block.is_conflict() {
            if block.barrier || matches!(block.kind, RegionKind::Mine | RegionKind::Theirs) {
                open = None;
            }
            fused.push(block);
            continue;
        }
        if let Some(index) = open {
            let first = fused[index];
            let gap = Span::new(first.mine.end, block.mine.start);
            let same_gap = Span::new(first.theirs.end, block.theirs.start);
            let agreed = triple.mine.slice(mine, gap);
            let is_close = gap.len() <= FUSED_LINES || !has_letter_or_digit(agreed);
            if is_close && agreed == triple.theirs.slice(theirs, same_gap) {
                fused.truncate(index + 1);
                fused[index] = join(&first, &block);
                continue;
            }
        }
        open = Some(fused.len());
        fused.push(block);
    }
    fused
}

fn has_letter_or_digit(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_alphanumeric())
}

fn join(first: &Block, last: &Block) -> Block {
    Block {
        kind: RegionKind::Conflict,
        base: Span::new(first.base.start, last.base.end),
        mine: Span::new(first.mine.start, last.mine.end),
        theirs: Span::new(first.theirs.start, last.theirs.end),
        moved: first.moved || last.moved,
        ambiguous: first.ambiguous || last.ambiguous,
        barrier: false,
        verbatim: false,
    }
}

/// Style *zdiff3*: takes lines that are equal in mine and theirs off both ends of a conflict. Base stays whole.
pub(super) fn strip_ends(triple: &Triple, blocks: Vec<Block>) -> Vec<Block> {
    let mut stripped = Vec::with_capacity(blocks.len());
    for block in blocks {
        if !block.is_conflict() || block.moved {
            stripped.push(block);
            continue;
        }
        let (mine, theirs) = (triple.mine.tokens(block.mine), triple.theirs.tokens(block.theirs));
        let head = equal_run(mine.iter(), theirs.iter());
        let (mine, theirs) = (&mine[head as usize..], &theirs[head as usize..]);
        let tail = equal_run(mine.iter().rev(), theirs.iter().rev());
        let mut push = |kind, base, mine: (u32, u32), theirs: (u32, u32)| {
            let (mine, theirs) = (Span::new(mine.0, mine.1), Span::new(theirs.0, theirs.1));
            stripped.push(Block { ambiguous: block.ambiguous, ..Block::new(kind, base, mine, theirs) });
        };
        let Block { base, mine, theirs, .. } = block;
        let (mine_head, theirs_head) = (mine.start + head, theirs.start + head);
        let (mine_tail, theirs_tail) = (mine.end - tail, theirs.end - tail);
        if head > 0 {
            let point = Span::new(base.start, base.start);
            push(RegionKind::Both, point, (mine.start, mine_head), (theirs.start, theirs_head));
        }
        push(RegionKind::Conflict, base, (mine_head, mine_tail), (theirs_head, theirs_tail));
        if tail > 0 {
            let point = Span::new(base.end, base.end);
            push(RegionKind::Both, point, (mine_tail, mine.end), (theirs_tail, theirs.end));
        }
    }
    stripped
}

fn equal_run<'a>(one: impl Iterator<Item = &'a u32>, other: impl Iterator<Item = &'a u32>) -> u32 {
    one.zip(other).take_while(|(one, other)| one == other).count() as u32
}
