//! The comparison of two sequences of tokens: Myers' search from both ends, in linear space, with Git's limits.
//!
//! E. W. Myers, *An O(ND) Difference Algorithm and Its Variations* (1986), section 4b. Git stops that search where it gets dear, at
//! places that this search stops at too, so that the answer is Git's to the byte. Above that it has a budget of steps, so that no
//! input takes more than in proportion to its length. Both are said: [`Comparison::cut`].

use crate::prune::{Kept, counted, kept, rough_root};
use crate::slide::{hunks_of_marks, slid_marks};
use crate::{Hunk, Span};

/// From so many edits on, a long run of equal units is taken for an anchor (Git's figure).
const ANCHORS_FROM: i32 = 256;

/// The shortest run that may be an anchor (Git's figure).
const ANCHOR: i32 = 20;

/// An anchor must be so many units further than edits (Git's figure).
const ANCHOR_PROGRESS: i32 = 4;

/// The least number of edits after which the search settles for the furthest point (Git's figure).
const LEAST_LIMIT: i32 = 256;

/// The same number when the budget is spent.
const SPENT_LIMIT: i32 = 10;

/// The budget: steps that every comparison may take, and more for each distinct unit. If a few units occur again and again, any
/// alignment is luck; documents of people take less (`docs/DESIGN.md`, "Budgets").
const STEPS: u64 = 1 << 19;
const STEPS_PER_UNIT: u64 = 64;

/// Farther than any document reaches.
const BEYOND: i32 = i32::MAX / 2;

/// The common units of two sequences, and whether a limit stopped the search.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// The hunks that turn the first into the second, in order, with at least one equal unit between any two.
    pub hunks: Vec<Hunk>,
    /// Where the search stopped at a limit: inside of these, in order, another alignment may keep more.
    pub cut: Vec<Hunk>,
    /// How many steps it took: diagonals looked at, and equal units by eights.
    pub steps: u64,
    /// The budget of steps ran out.
    pub spent: bool,
}

/// Compares two sequences of tokens as Git compares lines: hunks slid down, no indent heuristic.
pub fn compare(before: &[u32], after: &[u32]) -> Comparison {
    compare_within(before, after, None)
}

/// The same with another budget of steps.
pub fn compare_within(before: &[u32], after: &[u32], budget: Option<u64>) -> Comparison {
    let (removed, added, mut found) = marked(before, after, budget);
    found.hunks = slid_marks(removed, added, before, after);
    found
}

/// The hunks as the search finds them. A hunk with several possible places is at any of them.
pub fn align(before: &[u32], after: &[u32]) -> Vec<Hunk> {
    let (removed, added, _) = marked(before, after, None);
    hunks_of_marks(removed, added, before, after)
}

/// 1 for each unit of either sequence that the other does not have.
fn marked(before: &[u32], after: &[u32], budget: Option<u64>) -> (Vec<u8>, Vec<u8>, Comparison) {
    let head = common_head(before, after);
    let tail = common_tail(&before[head..], &after[head..]);
    let ends = (before.len() - tail, after.len() - tail);
    let (mut removed, mut added) = (vec![0; before.len()], vec![0; after.len()]);
    let mut found = Comparison::default();
    if head == ends.0 || head == ends.1 {
        removed[head..ends.0].fill(1);
        added[head..ends.1].fill(1);
    } else {
        let counts = (counted(before), counted(after));
        let old = kept(before, head, ends.0, &counts.1, &mut removed);
        let new = kept(after, head, ends.1, &counts.0, &mut added);
        let distinct = |counts: &[u32]| counts.iter().filter(|count| **count > 0).count() as u64;
        let budget = budget.unwrap_or_else(|| STEPS + STEPS_PER_UNIT * (distinct(&counts.0) + distinct(&counts.1)));
        let mut search = Search::new(&old, &new, budget);
        search.run(&mut removed, &mut added);
        found.steps = search.steps;
        found.spent = search.steps > budget;
        found.cut = search.cut;
    }
    (removed, added, found)
}

fn common_head(one: &[u32], other: &[u32]) -> usize {
    let mut length = 0;
    for (one, other) in one.iter().zip(other) {
        if one != other {
            break;
        }
        length += 1;
    }
    length
}

fn common_tail(one: &[u32], other: &[u32]) -> usize {
    let mut length = 0;
    for (one, other) in one.iter().rev().zip(other.iter().rev()) {
        if one != other {
            break;
        }
        length += 1;
    }
    length
}

/// A part of both sequences that is still to be compared.
#[derive(Debug, Clone, Copy)]
struct Area {
    before: (i32, i32),
    after: (i32, i32),
    /// No limit: the parent found out that few edits are enough.
    exact: bool,
}

/// Where an area is parted in two.
struct Split {
    before: i32,
    after: i32,
    /// Which halves need no limit.
    exact: (bool, bool),
    /// A limit said so.
    cut: bool,
}

/// The diagonals that a search has reached.
#[derive(Debug, Clone, Copy)]
struct Reach {
    low: i32,
    high: i32,
}

struct Search<'t> {
    before: &'t Kept,
    after: &'t Kept,
    /// For each diagonal how far in `before` the search from the start has come, and that from the end.
    forward: Vec<i32>,
    backward: Vec<i32>,
    /// Of diagonal 0 in both.
    origin: i32,
    limit: i32,
    steps: u64,
    budget: u64,
    cut: Vec<Hunk>,
    /// Where the last area that was cut ends.
    cut_end: (i32, i32),
}

impl<'t> Search<'t> {
    fn new(before: &'t Kept, after: &'t Kept, budget: u64) -> Self {
        let diagonals = before.tokens.len() + after.tokens.len() + 3;
        Self {
            before,
            after,
            forward: vec![0; diagonals],
            backward: vec![0; diagonals],
            origin: after.tokens.len() as i32 + 1,
            limit: (rough_root(diagonals) as i32).max(LEAST_LIMIT),
            steps: 0,
            budget,
            cut: Vec::new(),
            cut_end: (0, 0),
        }
    }

    fn run(&mut self, removed: &mut [u8], added: &mut [u8]) {
        let (before, after) = (self.before, self.after);
        let whole =
            Area { before: (0, before.tokens.len() as i32), after: (0, after.tokens.len() as i32), exact: false };
        let mut waiting = vec![whole];
        while let Some(area) = waiting.pop() {
            let area = self.without_common_ends(area);
            if area.before.0 == area.before.1 {
                mark(added, after, area.after);
                continue;
            }
            if area.after.0 == area.after.1 {
                mark(removed, before, area.before);
                continue;
            }
            let split = self.split(&area);
            if split.cut {
                self.note_cut(&area);
            }
            let (first, second) = split.exact;
            waiting.push(Area {
                before: (split.before, area.before.1),
                after: (split.after, area.after.1),
                exact: second,
            });
            waiting.push(Area {
                before: (area.before.0, split.before),
                after: (area.after.0, split.after),
                exact: first,
            });
        }
    }

    fn without_common_ends(&self, mut area: Area) -> Area {
        let head = common_head(self.before.part(area.before), self.after.part(area.after)) as i32;
        area.before.0 += head;
        area.after.0 += head;
        let tail = common_tail(self.before.part(area.before), self.after.part(area.after)) as i32;
        area.before.1 -= tail;
        area.after.1 -= tail;
        area
    }

    /// Once for an area and all its parts, which follow it.
    fn note_cut(&mut self, area: &Area) {
        if area.before.1 <= self.cut_end.0 && area.after.1 <= self.cut_end.1 {
            return;
        }
        self.cut_end = (area.before.1, area.after.1);
        self.cut.push(Hunk { before: self.before.span(area.before), after: self.after.span(area.after) });
    }

    /// Searches from both ends, one edit further each round, until the two meet or a limit is reached.
    fn split(&mut self, area: &Area) -> Split {
        let (first, last) = (area.before.0 - area.after.0, area.before.1 - area.after.1);
        let odd = (first - last) & 1 != 0;
        let mut ahead = Reach { low: first, high: first };
        let mut back = Reach { low: last, high: last };
        self.set_forward(first, area.before.0);
        self.set_backward(last, area.before.1);
        let mut edits = 0;
        loop {
            edits += 1;
            self.widen(area, &mut ahead, true);
            let (met, ran) = self.round_forward(area, ahead, odd.then_some(back));
            if let Some((before, after)) = met {
                return Split { before, after, exact: (true, true), cut: false };
            }
            self.widen(area, &mut back, false);
            let (met, ran_back) = self.round_backward(area, back, (!odd).then_some(ahead));
            if let Some((before, after)) = met {
                return Split { before, after, exact: (true, true), cut: false };
            }
            self.steps += (ahead.high - ahead.low + back.high - back.low) as u64 / 2 + 2;
            if area.exact {
                continue;
            }
            if edits > ANCHORS_FROM && (ran || ran_back) {
                if let Some((before, after)) = self.anchor_forward(area, ahead, edits) {
                    return Split { before, after, exact: (true, false), cut: false };
                }
                if let Some((before, after)) = self.anchor_backward(area, back, edits) {
                    return Split { before, after, exact: (false, true), cut: false };
                }
            }
            if edits >= self.limit || (self.steps > self.budget && edits >= SPENT_LIMIT) {
                return self.furthest(area, ahead, back);
            }
        }
    }

    fn forward(&self, diagonal: i32) -> i32 {
        self.forward[(self.origin + diagonal) as usize]
    }

    fn set_forward(&mut self, diagonal: i32, before: i32) {
        self.forward[(self.origin + diagonal) as usize] = before;
    }

    fn backward(&self, diagonal: i32) -> i32 {
        self.backward[(self.origin + diagonal) as usize]
    }

    fn set_backward(&mut self, diagonal: i32, before: i32) {
        self.backward[(self.origin + diagonal) as usize] = before;
    }

    /// One diagonal more on either side; at the edge of the area one less, as every second one is looked at.
    fn widen(&mut self, area: &Area, reach: &mut Reach, ahead: bool) {
        if reach.low > area.before.0 - area.after.1 {
            reach.low -= 1;
            if ahead { self.set_forward(reach.low - 1, -1) } else { self.set_backward(reach.low - 1, BEYOND) }
        } else {
            reach.low += 1;
        }
        if reach.high < area.before.1 - area.after.0 {
            reach.high += 1;
            if ahead { self.set_forward(reach.high + 1, -1) } else { self.set_backward(reach.high + 1, BEYOND) }
        } else {
            reach.high -= 1;
        }
    }

    /// Where the search from the start meets `other`, and whether a run of equal units is long enough for an anchor.
    fn round_forward(&mut self, area: &Area, reach: Reach, other: Option<Reach>) -> (Option<(i32, i32)>, bool) {
        let before = self.before.part((0, area.before.1));
        let after = self.after.part((0, area.after.1));
        let (row, opposite) = rows(&mut self.forward, &self.backward, self.origin, reach);
        let meets = other.unwrap_or(Reach { low: i32::MAX, high: i32::MIN });
        let (mut anchored, mut units) = (false, 0);
        let mut diagonal = reach.high;
        let mut index = row.len().saturating_sub(2);
        let mut above = row.last().copied().unwrap_or(0);
        while index > 0 && index < row.len() && index < opposite.len() {
            let below = row[index - 1];
            let start = above.max(below + 1);
            above = below;
            let (mut old, mut new) = (start as usize, (start - diagonal) as usize);
            while old < before.len() && new < after.len() && before[old] == after[new] {
                old += 1;
                new += 1;
            }
            let at = old as i32;
            units += at - start;
            anchored |= at - start > ANCHOR;
            row[index] = at;
            if meets.low <= diagonal && diagonal <= meets.high && opposite[index] <= at {
                return (Some((at, at - diagonal)), anchored);
            }
            diagonal -= 2;
            index = index.saturating_sub(2);
        }
        self.steps += units as u64 / 8;
        (None, anchored)
    }

    /// The same from the end.
    fn round_backward(&mut self, area: &Area, reach: Reach, other: Option<Reach>) -> (Option<(i32, i32)>, bool) {
        let before = self.before.part((0, area.before.1));
        let after = self.after.part((0, area.after.1));
        let (row, opposite) = rows(&mut self.backward, &self.forward, self.origin, reach);
        let meets = other.unwrap_or(Reach { low: i32::MAX, high: i32::MIN });
        let (mut anchored, mut units) = (false, 0);
        let mut diagonal = reach.high;
        let mut index = row.len().saturating_sub(2);
        let mut above = row.last().copied().unwrap_or(0);
        while index > 0 && index < row.len() && index < opposite.len() {
            let below = row[index - 1];
            let start = below.min(above - 1);
            above = below;
            let mut at = start;
            while at > area.before.0
                && at - diagonal > area.after.0
                && before.get(at as usize - 1) == after.get((at - diagonal) as usize - 1)
            {
                at -= 1;
            }
            units += start - at;
            anchored |= start - at > ANCHOR;
            row[index] = at;
            if meets.low <= diagonal && diagonal <= meets.high && at <= opposite[index] {
                return (Some((at, at - diagonal)), anchored);
            }
            diagonal -= 2;
            index = index.saturating_sub(2);
        }
        self.steps += units as u64 / 8;
        (None, anchored)
    }

    /// The furthest end of a run of equal units that is worth the edits before it.
    fn anchor_forward(&self, area: &Area, reach: Reach, edits: i32) -> Option<(i32, i32)> {
        let mut best = (ANCHOR_PROGRESS * edits, None);
        for diagonal in (reach.low..=reach.high).rev().step_by(2) {
            let before = self.forward(diagonal);
            let after = before - diagonal;
            let aside = (diagonal - (area.before.0 - area.after.0)).abs();
            let progress = before - area.before.0 + after - area.after.0 - aside;
            let inside = area.before.0 + ANCHOR <= before
                && before < area.before.1
                && area.after.0 + ANCHOR <= after
                && after < area.after.1;
            let run = |at: i32| (at - ANCHOR, at);
            if progress > best.0 && inside && self.before.part(run(before)) == self.after.part(run(after)) {
                best = (progress, Some((before, after)));
            }
        }
        best.1
    }

    /// The same from the end.
    fn anchor_backward(&self, area: &Area, reach: Reach, edits: i32) -> Option<(i32, i32)> {
        let mut best = (ANCHOR_PROGRESS * edits, None);
        for diagonal in (reach.low..=reach.high).rev().step_by(2) {
            let before = self.backward(diagonal);
            let after = before - diagonal;
            let aside = (diagonal - (area.before.1 - area.after.1)).abs();
            let progress = area.before.1 - before + area.after.1 - after - aside;
            let inside = area.before.0 < before
                && before <= area.before.1 - ANCHOR
                && area.after.0 < after
                && after <= area.after.1 - ANCHOR;
            let run = |at: i32| (at, at + ANCHOR);
            if progress > best.0 && inside && self.before.part(run(before)) == self.after.part(run(after)) {
                best = (progress, Some((before, after)));
            }
        }
        best.1
    }

    /// The furthest point that either search has come to.
    fn furthest(&self, area: &Area, ahead: Reach, back: Reach) -> Split {
        let mut from_start = (-1, -1);
        for diagonal in (ahead.low..=ahead.high).rev().step_by(2) {
            let mut before = self.forward(diagonal).min(area.before.1);
            let mut after = before - diagonal;
            if after > area.after.1 {
                (before, after) = (area.after.1 + diagonal, area.after.1);
            }
            if before + after > from_start.0 {
                from_start = (before + after, before);
            }
        }
        let mut from_end = (i32::MAX, i32::MAX);
        for diagonal in (back.low..=back.high).rev().step_by(2) {
            let mut before = self.backward(diagonal).max(area.before.0);
            let mut after = before - diagonal;
            if after < area.after.0 {
                (before, after) = (area.after.0 + diagonal, area.after.0);
            }
            if before + after < from_end.0 {
                from_end = (before + after, before);
            }
        }
        let left = area.before.1 + area.after.1 - from_end.0;
        if left < from_start.0 - (area.before.0 + area.after.0) {
            let (sum, before) = from_start;
            Split { before, after: sum - before, exact: (true, false), cut: true }
        } else {
            let (sum, before) = from_end;
            Split { before, after: sum - before, exact: (false, true), cut: true }
        }
    }
}

/// The furthest points of one search on its diagonals, with one more on either side, and those of the opposite search.
fn rows<'s>(own: &'s mut [i32], other: &'s [i32], origin: i32, reach: Reach) -> (&'s mut [i32], &'s [i32]) {
    let row = (origin + reach.low - 1) as usize..(origin + reach.high + 2) as usize;
    let opposite = other.get(row.clone()).unwrap_or_default();
    (own.get_mut(row).unwrap_or_default(), opposite)
}

impl Kept {
    fn part(&self, (start, end): (i32, i32)) -> &[u32] {
        self.tokens.get(start as usize..end as usize).unwrap_or_default()
    }

    /// Where a part that is not empty lies in the document.
    fn span(&self, (start, end): (i32, i32)) -> Span {
        let place = |at: i32| self.places.get(at as usize).copied().unwrap_or_default();
        Span::new(place(start), place(end - 1) + 1)
    }
}

fn mark(changed: &mut [u8], kept: &Kept, (start, end): (i32, i32)) {
    for place in &kept.places[start as usize..end as usize] {
        changed[*place as usize] = 1;
    }
}

/// Compares many short parts of long documents.
///
/// The search keeps tables as long as the highest token; this gives the tokens of each part low numbers of their own.
#[derive(Debug, Default)]
pub struct Parts {
    /// For each token its number in this part plus one, or 0.
    numbers: Vec<u32>,
}

impl Parts {
    /// As [`compare_within`].
    pub fn compare(&mut self, before: &[u32], after: &[u32], budget: Option<u64>) -> Comparison {
        let mut count = 0;
        let low_before = self.renumbered(before, &mut count);
        let low_after = self.renumbered(after, &mut count);
        for token in before.iter().chain(after) {
            self.numbers[*token as usize] = 0;
        }
        compare_within(&low_before, &low_after, budget)
    }

    fn renumbered(&mut self, tokens: &[u32], count: &mut u32) -> Vec<u32> {
        let mut low = Vec::with_capacity(tokens.len());
        for token in tokens {
            let index = *token as usize;
            if index >= self.numbers.len() {
                self.numbers.resize(index + 1, 0);
            }
            if self.numbers[index] == 0 {
                *count += 1;
                self.numbers[index] = *count;
            }
            low.push(self.numbers[index] - 1);
        }
        low
    }
}
