//! Two sequences of tokens compared.

use similar::algorithms::{DiffHook, myers};
use text_diff::{Comparison, Hunk, Span, compare};

/// [`compare`] for lines, or [`compare_words`].
pub(super) type Compare = fn(&[u32], &[u32]) -> Comparison;

/// Up to this many changed words the search for the shortest script is quick, whatever the words are: its time grows with the square.
const WORDS_FOR_SHORTEST: usize = 128;

/// Compares two texts in words: the shortest script, where there are not too many.
pub(super) fn compare_words(before: &[u32], after: &[u32]) -> Comparison {
    if changed_middle(before, after) > WORDS_FOR_SHORTEST {
        return compare(before, after);
    }
    let mut collector = Collector { hunks: Vec::new() };
    // Not `diff`, which brings hash tables and a second copy of the search for long inputs: 5 kB of the download.
    match myers::diff_deadline_raw(&mut collector, before, 0..before.len(), after, 0..after.len(), None) {
        Ok(()) => Comparison { hunks: collector.hunks, ..Comparison::default() },
        Err(never) => match never {},
    }
}

/// How many tokens of the longer side lie between the common start and the common end.
fn changed_middle(before: &[u32], after: &[u32]) -> usize {
    let same = |(one, other): &(&u32, &u32)| one == other;
    let head = before.iter().zip(after).take_while(same).count();
    let tail = before[head..].iter().rev().zip(after[head..].iter().rev()).take_while(same).count();
    before.len().max(after.len()) - head - tail
}

struct Collector {
    hunks: Vec<Hunk>,
}

impl Collector {
    fn add(&mut self, before: Span, after: Span) {
        if let Some(last) = self.hunks.last_mut()
            && last.before.end == before.start
            && last.after.end == after.start
        {
            last.before.end = before.end;
            last.after.end = after.end;
        } else {
            self.hunks.push(Hunk { before, after });
        }
    }
}

impl DiffHook for Collector {
    type Error = std::convert::Infallible;

    fn delete(&mut self, old: usize, length: usize, new: usize) -> Result<(), Self::Error> {
        self.add(Span::new(old as u32, (old + length) as u32), Span::new(new as u32, new as u32));
        Ok(())
    }

    fn insert(&mut self, old: usize, new: usize, length: usize) -> Result<(), Self::Error> {
        self.add(Span::new(old as u32, old as u32), Span::new(new as u32, (new + length) as u32));
        Ok(())
    }
}
