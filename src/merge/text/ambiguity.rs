//! What a merge by alignment cannot know: blocks that both sides moved, and alignments that are luck.

use super::blocks::{Block, Triple, sweep};
use super::diff::Compare;
use super::{Adjacency, RegionKind};
use crate::gather::Gather;
use text_diff::{Comparison, Hunk, Sequence, Span};

/// How often each token stands in base, in mine and in theirs.
struct Counts(Vec<[u32; 3]>);

impl Counts {
    fn new(triple: &Triple, tokens: usize) -> Self {
        let mut counts = vec![[0; 3]; tokens];
        let documents = [&triple.base, &triple.mine, &triple.theirs];
        for (document, sequence) in documents.into_iter().enumerate() {
            for token in &sequence.tokens {
                if let Some(count) = counts.get_mut(*token as usize) {
                    count[document] += 1;
                }
            }
        }
        Self(counts)
    }

    fn of(&self, token: u32) -> [u32; 3] {
        self.0.get(token as usize).copied().unwrap_or_default()
    }
}

/// The comparisons base→mine and base→theirs, how they were made, and how many distinct tokens there are.
pub(super) struct Found<'a> {
    pub(super) comparisons: [&'a Comparison; 2],
    pub(super) compare: Compare,
    pub(super) adjacency: Adjacency,
    pub(super) tokens: usize,
}

/// Marks blocks whose result is in doubt, and turns a block that both sides moved to different places into conflicts.
pub(super) fn examine(triple: &Triple, found: &Found<'_>, blocks: &mut [Block]) {
    let hunks = found.comparisons.map(|comparison| comparison.hunks.as_slice());
    if hunks.iter().any(|hunks| hunks.is_empty()) {
        return;
    }
    mark_where_cut(found, blocks);
    let has = |kind| blocks.iter().any(|block| block.kind == kind);
    let clean_kinds =
        [RegionKind::Mine, RegionKind::Theirs, RegionKind::Both].into_iter().filter(|kind| has(*kind)).count();
    let counts = Counts::new(triple, found.tokens);
    if clean_kinds == 0 || is_only_alignment(triple, &counts, hunks) {
        return;
    }
    // Where only one side has clean changes a person looks at the rest in any case.
    if clean_kinds > 1 && !found.comparisons.iter().any(|comparison| comparison.spent) {
        mark_where_mirror_differs(triple, found, blocks);
    }
    check_counts(triple, &counts, hunks, blocks);
}

/// S10: what a search that stopped at a limit has aligned is in doubt; where the budget ran out, that is all.
fn mark_where_cut(found: &Found<'_>, blocks: &mut [Block]) {
    for comparison in found.comparisons {
        let mut cut = comparison.cut.iter().peekable();
        for block in blocks.iter_mut() {
            while cut.next_if(|cut| cut.before.end < block.base.start).is_some() {}
            let inside = cut.peek().is_some_and(|cut| cut.before.start <= block.base.end);
            block.ambiguous |= (inside || comparison.spent) && block.kind != RegionKind::Unchanged;
        }
    }
}

/// Whether no other alignment keeps as many lines: nothing that one side deleted or inserted stands anywhere in the other document.
fn is_only_alignment(triple: &Triple, counts: &Counts, hunks: [&[Hunk]; 2]) -> bool {
    hunks.iter().zip([&triple.mine, &triple.theirs]).enumerate().all(|(side, (hunks, document))| {
        hunks.iter().all(|hunk| {
            let deleted = triple.base.tokens(hunk.before);
            let inserted = document.tokens(hunk.after);
            deleted.iter().all(|token| counts.of(*token)[side + 1] == 0)
                && inserted.iter().all(|token| counts.of(*token)[0] == 0)
        })
    })
}

/// S3, S4: a line that stands once in each document and twice in the result was moved by both sides. For lines that repeat, a count
/// that no combination of the two edits explains is a doubt.
fn check_counts(triple: &Triple, counts: &Counts, hunks: [&[Hunk]; 2], blocks: &mut [Block]) {
    let merged = merged_counts(triple, counts, blocks);
    let moved = moved_by_both(triple, counts, hunks);
    let doubtful = |token: &u32| {
        let [base, mine, theirs] = counts.of(*token).map(i64::from);
        let Some(Some(merged)) = merged.get(*token as usize) else {
            return false;
        };
        let (mine, theirs) = (mine - base, theirs - base);
        let change = i64::from(*merged) - base;
        let least = (mine + theirs).min(mine).min(theirs).min(0);
        let most = (mine + theirs).max(mine).max(theirs).max(0);
        !(least..=most).contains(&change)
    };
    for block in blocks {
        let lines = match block.kind {
            RegionKind::Mine => triple.mine.tokens(block.mine),
            RegionKind::Theirs => triple.theirs.tokens(block.theirs),
            RegionKind::Unchanged | RegionKind::Both | RegionKind::Conflict => continue,
        };
        let deleted = triple.base.tokens(block.base);
        if lines.iter().any(|token| moved.get(*token as usize) == Some(&true)) {
            block.kind = RegionKind::Conflict;
            block.moved = true;
        } else if lines.iter().chain(deleted).any(doubtful) {
            block.ambiguous = true;
        }
    }
}

/// How often each token stands in the clean part of the result; `None` where a conflict holds it too.
fn merged_counts(triple: &Triple, counts: &Counts, blocks: &[Block]) -> Vec<Option<u32>> {
    let mut merged = vec![Some(0); counts.0.len()];
    for block in blocks {
        let lines = match block.kind {
            RegionKind::Theirs => triple.theirs.tokens(block.theirs),
            _ => triple.mine.tokens(block.mine),
        };
        let others = if block.is_conflict() { triple.theirs.tokens(block.theirs) } else { &[] };
        for token in lines.iter().chain(others) {
            if let Some(count) = merged.get_mut(*token as usize) {
                *count = if block.is_conflict() { None } else { count.map(|count| count + 1) };
            }
        }
    }
    merged
}

/// The tokens that stand once in each document and that both sides took from their place, each to another one.
fn moved_by_both(triple: &Triple, counts: &Counts, [mine, theirs]: [&[Hunk]; 2]) -> Vec<bool> {
    let mut moved = vec![false; counts.0.len()];
    let mut theirs = theirs.iter().peekable();
    for hunk in mine {
        while theirs.next_if(|other| other.before.end <= hunk.before.start).is_some() {}
        let mut overlapping = theirs.clone();
        while let Some(other) = overlapping.next_if(|other| other.before.start < hunk.before.end) {
            let both = Span::new(hunk.before.start.max(other.before.start), hunk.before.end.min(other.before.end));
            for token in triple.base.tokens(both) {
                if counts.of(*token) == [1, 1, 1]
                    && let Some(moved) = moved.get_mut(*token as usize)
                {
                    *moved = true;
                }
            }
        }
    }
    moved
}

/// L4, S9: merges the reversed documents too, and marks what comes out differently.
fn mark_where_mirror_differs(triple: &Triple, found: &Found<'_>, blocks: &mut [Block]) {
    let reversed = |sequence: &Sequence| sequence.tokens.iter().rev().copied().gather();
    let [base, mine, theirs] = [&triple.base, &triple.mine, &triple.theirs].map(reversed);
    let mirrored = sweep(
        triple,
        &mirrored_hunks(found.compare, &base, &mine),
        &mirrored_hunks(found.compare, &base, &theirs),
        found.adjacency,
    );
    drop((base, mine, theirs));
    let mut here = Path::new(blocks.iter().copied().enumerate().gather());
    let mut there = Path::new(mirrored.into_iter().enumerate().gather());
    loop {
        match (here.next(), there.next()) {
            (None, None) => return,
            (Some((_, one)), Some((_, other))) if one == other => {
                here.step();
                there.step();
            }
            _ => {
                let (from_here, from_there) = (here.at, there.at);
                walk_until_they_meet(&mut here, &mut there);
                let start = here.start_of(from_here).min(there.start_of(from_there));
                let end = here.base_end.max(there.base_end);
                let (one, other) =
                    (here.result(triple, from_here, start, end), there.result(triple, from_there, start, end));
                if one != other {
                    for (index, _) in here.changed.get(from_here..here.at).unwrap_or_default() {
                        blocks[*index].ambiguous = true;
                    }
                }
            }
        }
    }
}

fn mirrored_hunks(compare: Compare, before: &[u32], after: &[u32]) -> Vec<Hunk> {
    let back = |span: Span, length: usize| Span::new(length as u32 - span.end, length as u32 - span.start);
    let hunks = compare(before, after).hunks;
    let back = |hunk: &Hunk| Hunk { before: back(hunk.before, before.len()), after: back(hunk.after, after.len()) };
    hunks.iter().rev().map(back).gather()
}

/// The changed blocks of one merge, walked in step with those of the other.
struct Path {
    /// With the index of each among all blocks.
    changed: Vec<(usize, Block)>,
    at: usize,
    /// Where the last block that was walked ends in base.
    base_end: u32,
    /// By how much mine and theirs are ahead of base there.
    ahead: (i64, i64),
}

impl Path {
    fn new(blocks: Vec<(usize, Block)>) -> Self {
        let changed = blocks.into_iter().filter(|(_, block)| block.kind != RegionKind::Unchanged).gather();
        Self { changed, at: 0, base_end: 0, ahead: (0, 0) }
    }

    fn next(&self) -> Option<(usize, Block)> {
        self.changed.get(self.at).copied()
    }

    fn next_start(&self) -> u32 {
        self.start_of(self.at)
    }

    fn start_of(&self, index: usize) -> u32 {
        self.changed.get(index).map_or(u32::MAX, |(_, block)| block.base.start)
    }

    fn step(&mut self) {
        if let Some((_, block)) = self.next() {
            let ahead = |span: Span| i64::from(span.end) - i64::from(block.base.end);
            self.base_end = block.base.end;
            self.ahead = (ahead(block.mine), ahead(block.theirs));
            self.at += 1;
        }
    }

    /// What the blocks from `first` up to here make of the lines `start..end` of base.
    fn result(&self, triple: &Triple, first: usize, start: u32, end: u32) -> Vec<u32> {
        /// No token: between the sides of a conflict.
        const EDGE: u32 = u32::MAX;
        let mut result = Vec::new();
        let mut base = start;
        for (_, block) in self.changed.get(first..self.at).unwrap_or_default() {
            result.extend_from_slice(triple.base.tokens(Span::new(base, block.base.start)));
            let (mine, theirs) = (triple.mine.tokens(block.mine), triple.theirs.tokens(block.theirs));
            match block.kind {
                RegionKind::Theirs => result.extend_from_slice(theirs),
                RegionKind::Conflict => {
                    let head = mine.iter().zip(theirs).take_while(|(one, other)| one == other).count();
                    let (common, mine) = mine.split_at(head);
                    let theirs = &theirs[head..];
                    let tail =
                        mine.iter().rev().zip(theirs.iter().rev()).take_while(|(one, other)| one == other).count();
                    result.extend_from_slice(common);
                    result.push(EDGE);
                    result.extend_from_slice(&mine[..mine.len() - tail]);
                    result.push(EDGE);
                    result.extend_from_slice(&theirs[..theirs.len() - tail]);
                    result.push(EDGE);
                    result.extend_from_slice(&mine[mine.len() - tail..]);
                }
                _ => result.extend_from_slice(mine),
            }
            base = block.base.end;
        }
        result.extend_from_slice(triple.base.tokens(Span::new(base, end.max(base))));
        result
    }
}

/// Walks both until they stand at one and the same point of all three documents again.
fn walk_until_they_meet(here: &mut Path, there: &mut Path) {
    loop {
        let next = if here.next_start() <= there.next_start() { &mut *here } else { &mut *there };
        if next.next().is_none() {
            return;
        }
        next.step();
        let end = here.base_end.max(there.base_end);
        if here.ahead == there.ahead && here.next_start() >= end && there.next_start() >= end {
            return;
        }
    }
}
