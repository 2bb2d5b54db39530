//! Regions in units: two lists of hunks swept once, in the order of base.

use super::{Adjacency, RegionKind};
use text_diff::{Hunk, Sequence, Span};

/// The three documents, cut into units with common numbers.
#[derive(Debug, Default)]
pub(super) struct Triple {
    pub(super) base: Sequence,
    pub(super) mine: Sequence,
    pub(super) theirs: Sequence,
}

/// A region in units. The blocks of a merge tile all three documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) kind: RegionKind,
    pub(super) base: Span,
    pub(super) mine: Span,
    pub(super) theirs: Span,
    /// Both sides moved something that stands in here, to different places.
    pub(super) moved: bool,
    /// Another alignment, just as good, would have given another result.
    pub(super) ambiguous: bool,
    /// Conflicts at its two ends stay apart.
    pub(super) barrier: bool,
    /// Its line ends are settled.
    pub(super) verbatim: bool,
}

impl Block {
    pub(super) const fn new(kind: RegionKind, base: Span, mine: Span, theirs: Span) -> Self {
        Self { kind, base, mine, theirs, moved: false, ambiguous: false, barrier: false, verbatim: false }
    }

    pub(super) fn is_conflict(&self) -> bool {
        self.kind == RegionKind::Conflict
    }
}

/// Builds the blocks of a merge from the hunks base→mine and base→theirs, both in order.
///
/// Under [`Adjacency::Git`], hunks of different sides belong to one block when `end1 >= start2 && end2 >= start1` in base.
pub(super) fn sweep(triple: &Triple, mine: &[Hunk], theirs: &[Hunk], adjacency: Adjacency) -> Vec<Block> {
    let mut sweep = Sweep { triple, blocks: Vec::new(), base: 0, mine: 0, theirs: 0 };
    let (mut mine, mut theirs) = (mine.iter().peekable(), theirs.iter().peekable());
    let mut group = Group::default();
    loop {
        // An insertion comes before a replacement that starts at the same point.
        let next_is_mine = match (mine.peek(), theirs.peek()) {
            (None, None) => break,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(m), Some(t)) => (m.before.start, m.before.end) <= (t.before.start, t.before.end),
        };
        let next = if next_is_mine { mine.next() } else { theirs.next() };
        let Some(hunk) = next else { break };
        if !group.is_touched_by(hunk, adjacency) {
            sweep.finish_group(&group);
            group = Group::default();
        }
        group.add(hunk, next_is_mine);
    }
    sweep.finish_group(&group);
    sweep.push_unchanged(triple.base.len());
    sweep.blocks
}

/// Hunks that touch each other.
#[derive(Debug, Default)]
struct Group {
    base: Span,
    mine: Option<Growth>,
    theirs: Option<Growth>,
    /// An insertion stands at the end.
    ends_with_insertion: bool,
}

/// By how much the hunks of one side make the group longer.
#[derive(Debug, Default, Clone, Copy)]
struct Growth {
    removed: u32,
    added: u32,
}

impl Group {
    fn is_empty(&self) -> bool {
        self.mine.is_none() && self.theirs.is_none()
    }

    fn is_touched_by(&self, hunk: &Hunk, adjacency: Adjacency) -> bool {
        if self.is_empty() || hunk.before.start < self.base.end {
            return true;
        }
        let touches = hunk.before.start == self.base.end;
        match adjacency {
            Adjacency::Git => touches,
            Adjacency::Touch => touches && (self.ends_with_insertion || hunk.before.is_empty()),
        }
    }

    fn add(&mut self, hunk: &Hunk, is_mine: bool) {
        let insertion = hunk.before.is_empty();
        if self.is_empty() {
            self.base = hunk.before;
            self.ends_with_insertion = insertion;
        } else if hunk.before.end > self.base.end {
            self.base.end = hunk.before.end;
            self.ends_with_insertion = insertion;
        } else if hunk.before.end == self.base.end {
            self.ends_with_insertion |= insertion;
        }
        let growth = if is_mine { &mut self.mine } else { &mut self.theirs };
        let growth = growth.get_or_insert_default();
        growth.removed += hunk.before.len();
        growth.added += hunk.after.len();
    }
}

struct Sweep<'a> {
    triple: &'a Triple,
    blocks: Vec<Block>,
    /// Where the next block starts in each document.
    base: u32,
    mine: u32,
    theirs: u32,
}

impl Sweep<'_> {
    fn push_unchanged(&mut self, base_end: u32) {
        let length = base_end - self.base;
        if length > 0 {
            self.push(RegionKind::Unchanged, base_end, self.mine + length, self.theirs + length);
        }
    }

    fn push(&mut self, kind: RegionKind, base_end: u32, mine_end: u32, theirs_end: u32) {
        let base = Span::new(self.base, base_end);
        let mine = Span::new(self.mine, mine_end);
        let theirs = Span::new(self.theirs, theirs_end);
        self.blocks.push(Block::new(kind, base, mine, theirs));
        (self.base, self.mine, self.theirs) = (base_end, mine_end, theirs_end);
    }

    fn finish_group(&mut self, group: &Group) {
        if group.is_empty() {
            return;
        }
        self.push_unchanged(group.base.start);
        let end_of = |start: u32, growth: Option<Growth>| {
            let growth = growth.unwrap_or_default();
            start + group.base.len() - growth.removed + growth.added
        };
        let mine_end = end_of(self.mine, group.mine);
        let theirs_end = end_of(self.theirs, group.theirs);
        let kind = match (group.mine, group.theirs) {
            (Some(_), None) => RegionKind::Mine,
            (None, Some(_)) => RegionKind::Theirs,
            _ => {
                let mine = self.triple.mine.tokens(Span::new(self.mine, mine_end));
                let theirs = self.triple.theirs.tokens(Span::new(self.theirs, theirs_end));
                if mine == theirs { RegionKind::Both } else { RegionKind::Conflict }
            }
        };
        self.push(kind, group.base.end, mine_end, theirs_end);
        // Git finds such an agreement only when it compares the two sides of a conflict, and then never fuses across it.
        let is_one_hunk = |growth: Option<Growth>| growth.is_none_or(|growth| growth.removed == group.base.len());
        if let Some(block) = self.blocks.last_mut() {
            block.barrier = !(is_one_hunk(group.mine) && is_one_hunk(group.theirs));
        }
    }
}
