//! What Git does with conflicts after it has found them: refining, fusing, stripping.
//!
//! Presentation only: resolving every conflict to mine, or to theirs, gives the same text before and after.

use super::RegionKind;
use super::blocks::{Block, Triple};
use super::diff::{Hunk, line_hunks};
use super::lines::Span;

/// Up to this many common lines between two conflicts join them: the markers would take more room (Git's figure).
const FUSED_LINES: u32 = 3;

/// Style *merge*, first half: compares mine with theirs inside each conflict and keeps only what differs.
pub(super) fn refine(triple: &Triple, blocks: Vec<Block>, mine_hunks: &[Hunk]) -> Vec<Block> {
    let mut refined = Vec::with_capacity(blocks.len());
    let mut hunks = mine_hunks;
    for block in blocks {
        let inside = split_off_hunks(&mut hunks, block.base.end, block.mine.end);
        if block.is_conflict() && !block.moved && !block.mine.is_empty() && !block.theirs.is_empty()
        {
            refine_conflict(triple, &block, inside, &mut refined);
        } else {
            refined.push(block);
        }
    }
    refined
}

fn split_off_hunks<'h>(hunks: &mut &'h [Hunk], base_end: u32, mine_end: u32) -> &'h [Hunk] {
    let count = hunks
        .iter()
        .take_while(|hunk| hunk.before.end <= base_end && hunk.after.end <= mine_end)
        .count();
    let (inside, rest) = hunks.split_at(count);
    *hunks = rest;
    inside
}

fn refine_conflict(triple: &Triple, block: &Block, inside: &[Hunk], refined: &mut Vec<Block>) {
    let mine = triple.mine.tokens(block.mine);
    let theirs = triple.theirs.tokens(block.theirs);
    let aligned = align(block, inside);
    let mut at = Block {
        base: Span::new(block.base.start, block.base.start),
        ..*block
    };
    at.mine.end = at.mine.start;
    at.theirs.end = at.theirs.start;
    let common = |at: &mut Block,
                  mine_end: u32,
                  theirs_end: u32,
                  after_conflict: bool,
                  refined: &mut Vec<Block>| {
        let base = common_base(block, &aligned, mine_end, at, after_conflict);
        // The lines of base in front of the agreement go with the conflict in front of it.
        if let Some(last) = refined.last_mut()
            && after_conflict
        {
            last.base.end = base.start;
        }
        let mine = Span::new(at.mine.end, mine_end);
        let theirs = Span::new(at.theirs.end, theirs_end);
        let unchanged = triple.base.tokens(base) == triple.mine.tokens(mine);
        let kind = if unchanged {
            RegionKind::Unchanged
        } else {
            RegionKind::Both
        };
        *at = Block {
            ambiguous: block.ambiguous,
            ..Block::new(kind, base, mine, theirs)
        };
        refined.push(*at);
    };
    let mut first = true;
    for hunk in line_hunks(mine, theirs) {
        let mine = Span::new(
            block.mine.start + hunk.before.start,
            block.mine.start + hunk.before.end,
        );
        let theirs = Span::new(
            block.theirs.start + hunk.after.start,
            block.theirs.start + hunk.after.end,
        );
        if mine.start > at.mine.end {
            common(&mut at, mine.start, theirs.start, !first, refined);
        }
        at = Block {
            base: Span::new(at.base.end, at.base.end),
            mine,
            theirs,
            kind: RegionKind::Conflict,
            ..*block
        };
        refined.push(at);
        first = false;
    }
    if at.mine.end < block.mine.end {
        common(&mut at, block.mine.end, block.theirs.end, !first, refined);
    }
    if let Some(last) = refined.last_mut() {
        last.base.end = block.base.end;
        if last.kind == RegionKind::Unchanged && last.base.len() != last.mine.len() {
            last.kind = RegionKind::Both;
        }
    }
}

/// For each line of mine in the conflict, the line of base that it is.
fn align(block: &Block, inside: &[Hunk]) -> Vec<Option<u32>> {
    let mut aligned = Vec::with_capacity(block.mine.len() as usize);
    let mut base = block.base.start;
    for hunk in inside {
        aligned.extend((base..hunk.before.start).map(Some));
        aligned.extend((0..hunk.after.len()).map(|_| None));
        base = hunk.before.end;
    }
    aligned.extend((base..block.base.end).map(Some));
    aligned
}

/// The lines of base that go with an agreement which reaches from the end of `at` to `mine_end`.
fn common_base(
    block: &Block,
    aligned: &[Option<u32>],
    mine_end: u32,
    at: &Block,
    after_conflict: bool,
) -> Span {
    let from = (at.mine.end - block.mine.start) as usize;
    let to = (mine_end - block.mine.start) as usize;
    let inside = aligned.get(from..to).unwrap_or_default();
    let first = inside.iter().flatten().next();
    let last = inside.iter().flatten().next_back();
    if let (Some(first), Some(last)) = (first, last) {
        return Span::new(if after_conflict { *first } else { at.base.end }, last + 1);
    }
    let point = if after_conflict {
        aligned
            .get(to..)
            .unwrap_or_default()
            .iter()
            .flatten()
            .next()
            .copied()
            .unwrap_or(block.base.end)
    } else {
        at.base.end
    };
    Span::new(point, point)
}

/// Style *merge*, second half: joins conflicts that stand close together.
///
/// Close is up to three lines, or any number of lines without an ASCII letter or digit.
pub(super) fn fuse(triple: &Triple, mine: &str, blocks: Vec<Block>) -> Vec<Block> {
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
            if gap.len() <= FUSED_LINES || !has_letter_or_digit(triple.mine.slice(mine, gap)) {
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
        let (mine, theirs) = (
            triple.mine.tokens(block.mine),
            triple.theirs.tokens(block.theirs),
        );
        let head = equal_run(mine.iter(), theirs.iter());
        let (mine, theirs) = (&mine[head as usize..], &theirs[head as usize..]);
        let tail = equal_run(mine.iter().rev(), theirs.iter().rev());
        let mut push = |kind, base, mine: (u32, u32), theirs: (u32, u32)| {
            let (mine, theirs) = (Span::new(mine.0, mine.1), Span::new(theirs.0, theirs.1));
            stripped.push(Block {
                ambiguous: block.ambiguous,
                ..Block::new(kind, base, mine, theirs)
            });
        };
        let Block {
            base, mine, theirs, ..
        } = block;
        let (mine_head, theirs_head) = (mine.start + head, theirs.start + head);
        let (mine_tail, theirs_tail) = (mine.end - tail, theirs.end - tail);
        if head > 0 {
            let point = Span::new(base.start, base.start);
            push(
                RegionKind::Both,
                point,
                (mine.start, mine_head),
                (theirs.start, theirs_head),
            );
        }
        push(
            RegionKind::Conflict,
            base,
            (mine_head, mine_tail),
            (theirs_head, theirs_tail),
        );
        if tail > 0 {
            let point = Span::new(base.end, base.end);
            push(
                RegionKind::Both,
                point,
                (mine_tail, mine.end),
                (theirs_tail, theirs.end),
            );
        }
    }
    stripped
}

fn equal_run<'a>(one: impl Iterator<Item = &'a u32>, other: impl Iterator<Item = &'a u32>) -> u32 {
    one.zip(other)
        .take_while(|(one, other)| one == other)
        .count() as u32
}
