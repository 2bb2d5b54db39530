//! Two edits of one base by one person, where both changed one place. Both insertions stay; where both replaced units, the later
//! edit stays.

use std::ops::Range;

use crate::gather::Gather;
use text_diff::{Hunk, Span, compare};

/// The result of two edits by one person at a place that both changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Combined {
    /// The earlier edit, which is theirs, then mine.
    Both,
    /// A value that holds parts of both: a JSON text for JSON documents, plain text for texts.
    Value(String),
}

/// A unit of the result, by its number in the edit that it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Earlier(usize),
    Later(usize),
}

/// Base and both edits in units; equal units have equal tokens.
pub(super) struct Edits<'a> {
    pub base: &'a [u32],
    pub earlier: &'a [u32],
    pub later: &'a [u32],
    /// Whether the second unit, of the later edit, extends the first unit, of the earlier edit.
    pub continues: &'a dyn Fn(usize, usize) -> bool,
    /// Whether the second unit, of the earlier edit, probably revises the first unit, of base.
    pub revises: &'a dyn Fn(usize, usize) -> bool,
}

/// The number of units that are searched for an extension of one unit; comparing all pairs would take quadratic time.
const BESIDE: usize = 64;

/// A twin at another place of the later edit.
const ELSEWHERE: usize = usize::MAX;

/// The fate of a unit of base in one edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Kept(usize),
    /// Replaced one by one.
    Edited(usize),
    Gone,
}

fn units_of(span: Span) -> Range<usize> {
    span.start as usize..span.end as usize
}

/// One edit, seen from base.
struct Side {
    fates: Vec<Fate>,
    /// The units inserted before each unit of base, and behind the last.
    inserted: Vec<Range<usize>>,
    /// How many units of base, from here on, the insertion replaced.
    replaced: Vec<usize>,
}

impl Side {
    /// `others` are the hunks of the other edit. Where a hunk replaced units by another number of units, they have no one-to-one
    /// counterparts.
    fn new(base: usize, hunks: &[Hunk], others: &[Hunk]) -> Self {
        let mut is_uneven = vec![false; base];
        for hunk in others.iter().filter(|hunk| hunk.before.len() != hunk.after.len()) {
            is_uneven[units_of(hunk.before)].fill(true);
        }
        let gaps = base + 1;
        let mut side = Self { fates: Vec::with_capacity(gaps), inserted: vec![0..0; gaps], replaced: vec![0; gaps] };
        let mut next = 0;
        for hunk in hunks {
            let (before, after) = (units_of(hunk.before), units_of(hunk.after));
            side.keep(before.start, &mut next);
            next = after.end;
            if before.len() == after.len() && !is_uneven[before.clone()].contains(&true) {
                side.fates.extend(after.map(Fate::Edited));
            } else {
                side.inserted[before.start] = after;
                side.replaced[before.start] = before.len();
                side.fates.resize(before.end, Fate::Gone);
            }
        }
        side.keep(base, &mut next);
        side
    }

    fn keep(&mut self, until: usize, next: &mut usize) {
        while self.fates.len() < until {
            self.fates.push(Fate::Kept(*next));
            *next += 1;
        }
    }

    /// The units that base lacks, in order.
    fn new_units(&self, count: usize) -> Vec<usize> {
        let mut is_new = vec![true; count];
        for fate in &self.fates {
            if let Fate::Kept(unit) = fate {
                is_new[*unit] = false;
            }
        }
        (0..count).filter(|&unit| is_new[unit]).gather()
    }

    /// Which units of base were replaced by units that the other edit lacks.
    fn contested(&self, is_matched: &[bool]) -> Vec<bool> {
        let mut contested = vec![false; self.fates.len() + 1];
        for (at, fate) in self.fates.iter().enumerate() {
            if let Fate::Edited(unit) = fate {
                contested[at] = !is_matched[*unit];
            }
            let is_own = self.inserted[at].clone().any(|unit| !is_matched[unit]);
            contested[at..at + self.replaced[at]].fill(is_own);
        }
        contested
    }
}

/// Both edits, and their overlaps.
struct Met {
    earlier: Side,
    later: Side,
    twins: Vec<Option<usize>>,
    /// Which units of base the later edit replaced by units that the earlier edit lacks.
    contested: Vec<bool>,
}

impl Edits<'_> {
    /// The units of the result; `None` if they equal the later edit.
    pub(super) fn combined(&self) -> Option<Vec<Unit>> {
        let [before, now] = [self.earlier, self.later].map(|edit| compare(self.base, edit).hunks);
        let base = self.base.len();
        let (earlier, later) = (Side::new(base, &before, &now), Side::new(base, &now, &before));
        let (twins, is_matched) = self.twins(&earlier, &later);
        let met = Met { contested: later.contested(&is_matched), earlier, later, twins };
        let mut units = Vec::with_capacity(self.earlier.len() + self.later.len());
        for at in 0..=self.base.len() {
            self.fill(at, &met, &mut units);
            let (before, now) = (met.earlier.fates.get(at), met.later.fates.get(at));
            if let Some(Fate::Edited(unit)) = before {
                // The later edit replaced the unit too, or removed the unit that this one revises.
                let is_obsolete = met.contested[at] || (now == Some(&Fate::Gone) && (self.revises)(at, *unit));
                if met.twins[*unit].is_none() && !is_obsolete {
                    units.push(Unit::Earlier(*unit));
                }
            }
            match (before, now) {
                (_, Some(Fate::Edited(unit))) | (Some(Fate::Kept(_)), Some(Fate::Kept(unit))) => {
                    units.push(Unit::Later(*unit));
                }
                _ => {}
            }
        }
        let is_later = units.len() == self.later.len() && units.iter().all(|unit| matches!(unit, Unit::Later(_)));
        (!is_later).then_some(units)
    }

    /// Adds the insertions of both before the unit `at` of base.
    fn fill(&self, at: usize, met: &Met, units: &mut Vec<Unit>) {
        let mut rest = met.later.inserted[at].clone();
        let inserted = met.earlier.inserted[at].clone();
        let replaced = at..at + met.earlier.replaced[at];
        let is_changed = |unit: &usize| !matches!(met.later.fates[*unit], Fate::Kept(_));
        // The later edit replaced these units too: it wins, unless it contains a part of this insertion.
        let is_obsolete = inserted.len() <= replaced.len()
            && inserted.clone().all(|unit| met.twins[unit].is_none())
            && replaced.clone().all(|unit| is_changed(&unit))
            && replaced.clone().any(|unit| met.contested[unit]);
        // An insertion longer than the units it replaced also has new units: those that revise no replaced unit.
        let candidates = || replaced.clone().filter(is_changed).take(BESIDE);
        let mut revisions = candidates().count();
        for unit in inserted.filter(|_| !is_obsolete) {
            match met.twins[unit] {
                Some(twin) if rest.contains(&twin) => {
                    units.extend((rest.start..=twin).map(Unit::Later));
                    rest.start = twin + 1;
                }
                Some(_) => {}
                None if revisions > 0 && candidates().any(|old| (self.revises)(old, unit)) => revisions -= 1,
                None => units.push(Unit::Earlier(unit)),
            }
        }
        units.extend(rest.map(Unit::Later));
    }

    /// For each unit of the earlier edit, the unit of the later edit with its content; and which units of the later edit have
    /// content of the earlier one.
    fn twins(&self, earlier: &Side, later: &Side) -> (Vec<Option<usize>>, Vec<bool>) {
        let new = [earlier.new_units(self.earlier.len()), later.new_units(self.later.len())];
        let tokens_of = |all: &[u32], new: &[usize]| new.iter().map(|&unit| all[unit]).gather();
        let tokens = [tokens_of(self.earlier, &new[0]), tokens_of(self.later, &new[1])];
        let (mut twins, mut is_matched) = (vec![None; self.earlier.len()], vec![false; self.later.len()]);
        let hunks = compare(&tokens[0], &tokens[1]).hunks;
        let (mut old, mut next) = (0, 0);
        let mut pair = |until: u32, old: &mut u32, next: &mut u32| {
            while *old < until {
                twins[new[0][*old as usize]] = Some(new[1][*next as usize]);
                *old += 1;
                *next += 1;
            }
        };
        for hunk in &hunks {
            pair(hunk.before.start, &mut old, &mut next);
            (old, next) = (hunk.before.end, hunk.after.end);
        }
        pair(new[0].len() as u32, &mut old, &mut next);
        for hunk in &hunks {
            let mut from = hunk.after.start as usize;
            for &unit in &new[0][units_of(hunk.before)] {
                let beside = &new[1][from..(from + BESIDE).min(hunk.after.end as usize)];
                if let Some(found) = beside.iter().position(|&other| (self.continues)(unit, other)) {
                    twins[unit] = Some(beside[found]);
                    is_matched[beside[found]] = true;
                    from += found + 1;
                }
            }
        }
        // A unit that occurs elsewhere in the later edit, at least as often, was moved.
        let count = tokens.iter().flatten().max().map_or(0, |&max| max as usize + 1);
        let [before, now] = [0, 1].map(|side| {
            let mut counts = vec![0_u32; count];
            tokens[side].iter().for_each(|&token| counts[token as usize] += 1);
            counts
        });
        for (&unit, &token) in new[0].iter().zip(&tokens[0]) {
            if twins[unit].is_none() && now[token as usize] >= before[token as usize] {
                twins[unit] = Some(ELSEWHERE);
            }
        }
        for (&unit, &token) in new[1].iter().zip(&tokens[1]) {
            is_matched[unit] |= before[token as usize] > 0;
        }
        (twins, is_matched)
    }
}

/// Whether the units are all units of the earlier edit, then all units of the later edit.
pub(super) fn is_both(units: &[Unit], earlier: usize, later: usize) -> bool {
    let all = (0..earlier).map(Unit::Earlier).chain((0..later).map(Unit::Later));
    units.iter().copied().eq(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One character is one unit.
    fn combined(base: &str, earlier: &str, later: &str) -> String {
        let tokens = |text: &str| text.bytes().map(u32::from).collect::<Vec<_>>();
        let (base, first, second) = (tokens(base), tokens(earlier), tokens(later));
        let edits =
            Edits { base: &base, earlier: &first, later: &second, continues: &|_, _| false, revises: &|_, _| false };
        let letter = |unit: &Unit| match unit {
            Unit::Earlier(at) => earlier.as_bytes()[*at],
            Unit::Later(at) => later.as_bytes()[*at],
        };
        edits
            .combined()
            .map_or_else(|| later.to_owned(), |units| units.iter().map(|unit| letter(unit) as char).collect())
    }

    #[test]
    fn insertions_stay_and_replacements_give_way() {
        for (base, earlier, later, expected) in [
            ("", "x", "y", "xy"),
            ("", "x", "xy", "xy"),
            ("", "x", "yx", "yx"),
            ("", "xy", "y", "xy"),
            ("", "xy", "yx", "yx"),
            ("", "xz", "yz", "xyz"),
            ("ab", "axb", "ayb", "axyb"),
            // Both replaced one unit.
            ("a", "x", "y", "y"),
            ("ab", "xb", "yb", "yb"),
            ("ab", "xz", "yb", "yz"),
            ("ab", "x", "yz", "yz"),
            // One replaced, the other inserted beside it.
            ("a", "x", "ay", "xy"),
            ("a", "xa", "y", "xy"),
            ("a", "ax", "y", "yx"),
            // More than were replaced: either may be the new one.
            ("a", "xz", "y", "xzy"),
            // Removed, or replaced by one and removed by the other.
            ("ab", "b", "ayb", "yb"),
            ("a", "x", "", "x"),
            // Saved once more.
            ("ab", "xy", "y", "xy"),
            ("a", "yx", "y", "yx"),
            ("a", "", "y", "y"),
            ("ab", "x", "ay", "xy"),
            // Moved.
            ("abc", "bca", "abxc", "bxca"),
            ("abc", "bca", "bac", "bac"),
        ] {
            assert_eq!(combined(base, earlier, later), expected, "{base:?} {earlier:?} {later:?}");
        }
    }
}
