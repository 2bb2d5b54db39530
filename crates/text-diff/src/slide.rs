//! Hunks slid to where Git puts them.
//!
//! A hunk that only inserts, or only deletes, often has several possible places, as between two equal lines. Git moves
//! each as far down as possible, unless it can be beside a change of the other document; hunks that meet on the way become one.
//! Done here, as the engine's own pass looks for the next change from each hunk anew, which is quadratic where one document only
//! inserts.

use crate::{Hunk, Span};

/// The changed lines of one document, and the document.
struct Side<'t> {
    /// 1 for each line that is changed, 0 for the others.
    changed: Vec<u8>,
    tokens: &'t [u32],
}

/// The changed lines between two unchanged ones; may be empty. Both documents have the same number of unchanged lines, so that
/// their groups go in pairs.
#[derive(Clone, Copy)]
struct Group {
    start: usize,
    end: usize,
}

impl Side<'_> {
    fn is_changed(&self, line: usize) -> bool {
        self.changed.get(line) == Some(&1)
    }

    fn mark(&mut self, line: usize, is_changed: bool) {
        if let Some(mark) = self.changed.get_mut(line) {
            *mark = u8::from(is_changed);
        }
    }

    /// How many lines, in eights, follow without a change.
    fn quiet(&self, mut line: usize) -> usize {
        let start = line;
        while let Some(Ok(eight)) = self.changed.get(line..line + 8).map(<[u8; 8]>::try_from) {
            if u64::from_le_bytes(eight) != 0 {
                break;
            }
            line += 8;
        }
        line - start
    }

    fn first(&self) -> Group {
        self.grown(Group { start: 0, end: 0 })
    }

    /// With the changed lines right behind it.
    fn grown(&self, mut group: Group) -> Group {
        while self.is_changed(group.end) {
            group.end += 1;
        }
        group
    }

    /// With the changed lines right before it.
    fn grown_up(&self, mut group: Group) -> Group {
        while group.start > 0 && self.is_changed(group.start - 1) {
            group.start -= 1;
        }
        group
    }

    fn next(&self, group: Group) -> Option<Group> {
        let start = group.end + 1;
        (group.end < self.tokens.len()).then(|| self.grown(Group { start, end: start }))
    }

    fn previous(&self, group: Group) -> Option<Group> {
        let end = group.start.checked_sub(1)?;
        Some(self.grown_up(Group { start: end, end }))
    }

    /// One line up, where that leaves the document as it is.
    fn slid_up(&mut self, group: Group) -> Option<Group> {
        let (start, end) = (group.start.checked_sub(1)?, group.end.checked_sub(1)?);
        if self.tokens.get(start)? != self.tokens.get(end)? {
            return None;
        }
        self.mark(start, true);
        self.mark(end, false);
        Some(self.grown_up(Group { start, end }))
    }

    /// One line down, where that leaves the document as it is.
    fn slid_down(&mut self, group: Group) -> Option<Group> {
        if self.tokens.get(group.start)? != self.tokens.get(group.end)? {
            return None;
        }
        self.mark(group.start, false);
        self.mark(group.end, true);
        Some(self.grown(Group { start: group.start + 1, end: group.end + 1 }))
    }
}

/// Slides the hunks between two documents.
pub fn slid(hunks: &[Hunk], before: &[u32], after: &[u32]) -> Vec<Hunk> {
    let (mut removed, mut added) = (vec![0; before.len()], vec![0; after.len()]);
    for hunk in hunks {
        removed[hunk.before.start as usize..hunk.before.end as usize].fill(1);
        added[hunk.after.start as usize..hunk.after.end as usize].fill(1);
    }
    slid_marks(removed, added, before, after)
}

/// The hunks of lines that are marked with 1.
pub(crate) fn hunks_of_marks(removed: Vec<u8>, added: Vec<u8>, before: &[u32], after: &[u32]) -> Vec<Hunk> {
    hunks_of(&Side { changed: removed, tokens: before }, &Side { changed: added, tokens: after })
}

/// The same, slid.
pub(crate) fn slid_marks(removed: Vec<u8>, added: Vec<u8>, before: &[u32], after: &[u32]) -> Vec<Hunk> {
    let mut removed = Side { changed: removed, tokens: before };
    let mut added = Side { changed: added, tokens: after };
    // In Git's order: deletions first, so that insertions can be put beside where those end up.
    slide_all(&mut removed, &added);
    slide_all(&mut added, &removed);
    hunks_of(&removed, &added)
}

/// The next groups of both documents; pairs of which both are empty may be left out. `None` where no line follows.
fn next_pair(one: &Side<'_>, other: &Side<'_>, mut pair: (Group, Group)) -> Option<(Group, Group)> {
    // The last of them is where the next pair starts.
    let quiet = one.quiet(pair.0.end).min(other.quiet(pair.1.end)).saturating_sub(1);
    pair.0.end += quiet;
    pair.1.end += quiet;
    Some((one.next(pair.0)?, other.next(pair.1)?))
}

fn slide_all(side: &mut Side<'_>, other: &Side<'_>) {
    let mut pair = (side.first(), other.first());
    loop {
        if pair.0.start < pair.0.end {
            pair = slide(side, other, pair);
        }
        match next_pair(side, other, pair) {
            Some(next) => pair = next,
            None => return,
        }
    }
}

/// Slides one group, and keeps the group of the other document that goes with it.
fn slide(side: &mut Side<'_>, other: &Side<'_>, (mut group, mut beside): (Group, Group)) -> (Group, Group) {
    let is_beside_change = |beside: Group| beside.start < beside.end;
    let (mut top_end, mut meets);
    loop {
        let length = group.end - group.start;
        while let Some(up) = side.slid_up(group) {
            group = up;
            beside = other.previous(beside).unwrap_or(beside);
        }
        top_end = group.end;
        meets = is_beside_change(beside);
        while let Some(down) = side.slid_down(group) {
            group = down;
            beside = other.next(beside).unwrap_or(beside);
            meets |= is_beside_change(beside);
        }
        // A group that grew on its way has met another one, and may go further up now.
        if group.end - group.start == length {
            break;
        }
    }
    if group.end > top_end && meets {
        while !is_beside_change(beside) {
            let Some(up) = side.slid_up(group) else { break };
            group = up;
            beside = other.previous(beside).unwrap_or(beside);
        }
    }
    (group, beside)
}

fn hunks_of(removed: &Side<'_>, added: &Side<'_>) -> Vec<Hunk> {
    let mut hunks = Vec::new();
    let mut pair = Some((removed.first(), added.first()));
    while let Some((before, after)) = pair {
        if before.start < before.end || after.start < after.end {
            let span = |group: Group| Span::new(group.start as u32, group.end as u32);
            hunks.push(Hunk { before: span(before), after: span(after) });
        }
        pair = next_pair(removed, added, (before, after));
    }
    hunks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hunk(before: (u32, u32), after: (u32, u32)) -> Hunk {
        Hunk { before: Span::new(before.0, before.1), after: Span::new(after.0, after.1) }
    }

    #[test]
    fn an_insertion_goes_down_and_stops_beside_a_deletion() {
        // 1 2 2 3 with one more 2: found as the first, moved to the last.
        assert_eq!(slid(&[hunk((1, 1), (1, 2))], &[1, 2, 3], &[1, 2, 2, 3]), [hunk((2, 2), (2, 3))]);
        // 9 2 → 2 2: the insertion of a 2 belongs to the deletion of the 9.
        assert_eq!(slid(&[hunk((0, 1), (0, 0)), hunk((2, 2), (1, 2))], &[9, 2], &[2, 2]), [hunk((0, 1), (0, 1))]);
    }

    #[test]
    fn hunks_that_meet_become_one() {
        let hunks = [hunk((0, 0), (0, 1)), hunk((1, 1), (2, 3))];
        assert_eq!(slid(&hunks, &[1], &[1, 1, 1]), [hunk((1, 1), (1, 3))]);
    }
}
