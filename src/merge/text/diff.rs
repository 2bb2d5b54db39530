//! Two sequences of tokens compared.

use gix_imara_diff::{Algorithm, Diff, IndentHeuristic, IndentLevel, Token};
use similar::algorithms::{DiffHook, myers};

use super::compact::compacted;
use super::lines::Span;

/// A run of tokens that was replaced; one of the two spans may be empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hunk {
    pub(super) before: Span,
    pub(super) after: Span,
}

/// One of [`line_hunks`] and [`word_hunks`].
pub(super) type Compare = fn(&[u32], &[u32]) -> Vec<Hunk>;

/// Up to this many changed words the search for the shortest script is quick, whatever the words are: its time grows with the square.
const WORDS_FOR_SHORTEST: usize = 1024;

/// The hunks that turn `before` into `after`, in order, with an equal token at least between any two.
pub(super) fn word_hunks(before: &[u32], after: &[u32]) -> Vec<Hunk> {
    if changed_middle(before, after) > WORDS_FOR_SHORTEST {
        return line_hunks(before, after);
    }
    let mut collector = Collector { hunks: Vec::new() };
    // Not `diff`, which brings hash tables and a second copy of the search for long inputs: 5 kB of the download.
    match myers::diff_deadline_raw(&mut collector, before, 0..before.len(), after, 0..after.len(), None) {
        Ok(()) => collector.hunks,
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

/// The hunks between two documents in lines, exactly as Git finds them (Myers, hunks slid down, no indent heuristic).
pub(super) fn line_hunks(before: &[u32], after: &[u32]) -> Vec<Hunk> {
    let mut diff = Diff::default();
    diff.compute_with(Algorithm::Myers, &tokens(before), &tokens(after), 0);
    compacted(&hunks_of(&diff), before, after)
}

fn tokens(lines: &[u32]) -> Vec<Token> {
    lines.iter().map(|token| Token(*token)).collect()
}

/// Compares many short parts of long documents.
///
/// The engine keeps tables as long as the highest token; this gives the tokens of each part low numbers of their own.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// For each token its number in this part plus one, or 0.
    numbers: Vec<u32>,
}

impl Parts {
    /// As [`line_hunks`].
    pub(super) fn hunks(&mut self, before: &[u32], after: &[u32]) -> Vec<Hunk> {
        let mut count = 0;
        let mut renumber = |tokens: &[u32]| -> Vec<u32> {
            let low = |token: &u32| {
                let index = *token as usize;
                if index >= self.numbers.len() {
                    self.numbers.resize(index + 1, 0);
                }
                if self.numbers[index] == 0 {
                    count += 1;
                    self.numbers[index] = count;
                }
                self.numbers[index] - 1
            };
            tokens.iter().map(low).collect()
        };
        let (low_before, low_after) = (renumber(before), renumber(after));
        for token in before.iter().chain(after) {
            self.numbers[*token as usize] = 0;
        }
        line_hunks(&low_before, &low_after)
    }
}

/// Up to this many changed lines Histogram stays quick; above, it takes minutes where every other line changed.
const LINES_FOR_HISTOGRAM: usize = 4096;

/// The engine's own pass, which knows indentation, looks for the next change from each hunk anew; nobody reads more than these.
const HUNKS_FOR_HEURISTIC: usize = 1024;

/// The hunks between two documents in lines, for people: rare lines are the anchors, and a hunk that could stand in several places
/// stands where its indentation begins.
pub(super) fn shown_hunks<'t>(before: &[u32], after: &[u32], line_of: impl Fn(u32) -> &'t str) -> Vec<Hunk> {
    let changed = changed_middle(before, after);
    let algorithm = if changed > LINES_FOR_HISTOGRAM { Algorithm::Myers } else { Algorithm::Histogram };
    let highest = before.iter().chain(after).max().map_or(0, |token| token + 1);
    let (old, new) = (tokens(before), tokens(after));
    let mut diff = Diff::default();
    diff.compute_with(algorithm, &old, &new, highest);
    let found = hunks_of(&diff);
    if found.len() > HUNKS_FOR_HEURISTIC {
        return compacted(&found, before, after);
    }
    let indent = |token: Token| IndentLevel::for_ascii_line(line_of(token.0).bytes(), 8);
    diff.postprocess_with(&old, &new, IndentHeuristic::new(indent));
    hunks_of(&diff)
}

fn hunks_of(diff: &Diff) -> Vec<Hunk> {
    diff.hunks()
        .map(|hunk| Hunk {
            before: Span::new(hunk.before.start, hunk.before.end),
            after: Span::new(hunk.after.start, hunk.after.end),
        })
        .collect()
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
