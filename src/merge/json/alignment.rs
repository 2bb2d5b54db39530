//! Matches the elements of arrays with repeated values, by an alignment.

use crate::gather::Gather;
use std::ops::Range;

use super::identity::{Elements, Tokens};
use super::roster::{Element, Policy, Roster};
use super::sides::{NONE, Side};

/// For each position of `edit`, the position of the same element in `base` or [`NONE`].
fn align(base: &[u32], edit: &[u32]) -> Vec<u32> {
    let mut found = vec![NONE; edit.len()];
    let mut equal = |old: Range<u32>, new: Range<u32>| {
        for (old, new) in old.zip(new) {
            found[new as usize] = old;
        }
    };
    let (mut old, mut new) = (0, 0);
    for hunk in text_diff::align(base, edit) {
        equal(old..hunk.before.start, new..hunk.after.start);
        (old, new) = (hunk.before.end, hunk.after.end);
    }
    equal(old..base.len() as u32, new..edit.len() as u32);
    found
}

/// Matches elements in order by an alignment. Then matches elements that occur once on each side, wherever they are.
fn matched(tokens: &Tokens, counts: &[Vec<u32>; 3], side: usize) -> Vec<u32> {
    let (base, edit) = (&tokens.of[0], &tokens.of[side]);
    let mut found = align(base, edit);
    let mut free = vec![true; base.len()];
    for &at in found.iter().filter(|&&at| at != NONE) {
        free[at as usize] = false;
    }
    let mut only = vec![NONE; tokens.count];
    for (at, &token) in (0_u32..).zip(base) {
        if free[at as usize] && counts[0][token as usize] == 1 && counts[side][token as usize] == 1 {
            only[token as usize] = at;
        }
    }
    for (slot, &token) in found.iter_mut().zip(edit) {
        if *slot == NONE {
            *slot = only[token as usize];
        }
    }
    found
}

/// For each element of the second side, the position of the same element on the first or [`NONE`]. No position occurs twice.
pub(super) fn align_once(tokens: &Tokens) -> Vec<u32> {
    let counts = [0, 1, 2].map(|side| tokens.counts(side));
    matched(tokens, &counts, 1)
}

/// Whether an alignment from the other end has another result, and which elements of base this side keeps.
fn direction(tokens: &Tokens, side: usize) -> (bool, Vec<bool>) {
    let reversed = |side: usize| tokens.of[side].iter().rev().copied().gather();
    let forward = align(&tokens.of[0], &tokens.of[side]);
    let last = tokens.of[0].len() as u32;
    let backward = align(&reversed(0), &reversed(side));
    let mut kept = vec![false; tokens.of[0].len()];
    let mut depends = false;
    for (&at, &mirrored) in forward.iter().zip(backward.iter().rev()) {
        depends |= at != if mirrored == NONE { NONE } else { last - 1 - mirrored };
        if at != NONE {
            kept[at as usize] = true;
        }
    }
    (depends, kept)
}

/// Whether another alignment of the same quality might lead to another merge result.
fn is_ambiguous(tokens: &Tokens) -> bool {
    let ((depends, mine), (depends_too, theirs)) = (direction(tokens, 1), direction(tokens, 2));
    // A side kept one of two equal neighbours, and it is unclear which one. The other side did not keep both.
    let slides = |at: usize| {
        let [one, other] = [&mine, &theirs].map(|kept| u8::from(kept[at - 1]) + u8::from(kept[at]));
        tokens.of[0][at] == tokens.of[0][at - 1] && one + other < 3 && (one == 1 || other == 1)
    };
    depends || depends_too || (1..mine.len()).any(slides)
}

/// Identifies elements by an alignment, for arrays with repeated values. With `adds`, equal new elements of both sides may be two
/// increments of one old element, so they are not united.
pub(super) fn by_alignment(elements: &Elements<'_>, tokens: &Tokens, adds: bool) -> Roster {
    let counts = [0, 1, 2].map(|side| tokens.counts(side));
    let repeated = counts.iter().any(|counts| counts.iter().any(|&count| count > 1));
    let edited = |side: usize| tokens.of[side] != tokens.of[0];
    let ambiguous = repeated && edited(1) && edited(2) && is_ambiguous(tokens);
    let mut roster = Roster::new(Policy::Sequence);
    let mut both = vec![NONE; tokens.count];
    for (at, side) in [(0, Side::Base), (1, Side::Mine), (2, Side::Theirs)] {
        let found = if at == 0 { (0..tokens.of[0].len() as u32).gather() } else { matched(tokens, &counts, at) };
        let mut occurrences = vec![0; tokens.count];
        for ((position, element), found) in elements.side(at).enumerate().zip(found) {
            let token = tokens.of[at][position] as usize;
            let mut item = if at == 0 { NONE } else { found };
            let shared = !adds && counts[0][token] == 0 && counts[1][token] == 1 && counts[2][token] == 1;
            if item == NONE && shared {
                item = both[token];
            }
            if item == NONE {
                item = roster.elements.len() as u32;
                let prefix = if shared { "" } else { ["", "mine", "theirs"][at] };
                roster.add(Element::new(prefix, occurrences[token], element.hash(), ambiguous), token as u32);
                occurrences[token] += 1;
                if shared {
                    both[token] = item;
                }
            }
            roster.elements[item as usize].nodes.set(side, element.node);
            roster.orders[at].push(item);
        }
    }
    roster
}
