//! Two sequences of tokens compared.

use similar::algorithms::{DiffHook, myers};

use super::lines::Span;

/// A run of tokens that was replaced; one of the two spans may be empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hunk {
    pub(super) before: Span,
    pub(super) after: Span,
}

/// The hunks that turn `before` into `after`, in order, with an equal token at least between any two.
pub(super) fn word_hunks(before: &[u32], after: &[u32]) -> Vec<Hunk> {
    let mut collector = Collector { hunks: Vec::new() };
    match myers::diff(&mut collector, before, 0..before.len(), after, 0..after.len()) {
        Ok(()) => collector.hunks,
        Err(never) => match never {},
    }
}

/// As [`word_hunks`], for lines.
pub(super) fn line_hunks(before: &[u32], after: &[u32]) -> Vec<Hunk> {
    word_hunks(before, after)
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
