//! A result as pieces of the documents, so that it can be written and offsets can be mapped into it.

use super::attributes::{Conversion, lines_of};
use super::{ByteRange, Side};
use text_diff::{BOM, Ending};

/// A stretch of a result.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<'a> {
    pub(super) text: &'a str,
    /// The document it is copied from and the byte offset there; `None` for what the merge adds.
    pub(super) source: Option<(Side, usize)>,
    /// Which region of the merge it belongs to.
    pub(super) region: usize,
}

/// Collects the pieces of a result and keeps lines from being glued together.
#[derive(Debug)]
pub(super) struct Output<'a> {
    pub(super) pieces: Vec<Piece<'a>>,
    pub(super) region: usize,
    lone_cr: bool,
    /// How the last line that was written ends.
    ending: Option<Ending>,
    /// How the line before it ends, or the first line of a document where there is none.
    line_end: Ending,
}

impl<'a> Output<'a> {
    /// `line_end` is used until a line of the result shows another.
    pub(super) fn new(line_end: Ending, lone_cr: bool) -> Self {
        Self { pieces: Vec::new(), region: 0, lone_cr, ending: None, line_end }
    }

    /// The line end of the line before this point.
    pub(super) fn line_end(&self) -> Ending {
        self.line_end
    }

    /// Copies a stretch of a document. Whole lines start on a line of their own; `inline` stretches go where they are put.
    pub(super) fn copy(&mut self, side: Side, text: &'a str, range: ByteRange, follow: &Conversion, inline: bool) {
        let mut at = range.start;
        let mut slice = text.get(range.start..range.end).unwrap_or_default();
        if at == 0
            && let Some(rest) = slice.strip_prefix(BOM)
        {
            at = BOM.len();
            slice = rest;
        }
        if slice.is_empty() {
            return;
        }
        if !inline {
            self.end_line();
        }
        if follow.changes_nothing() {
            self.push(slice, Some((side, at)));
            return;
        }
        for line in lines_of(slice, self.lone_cr) {
            let before = self.ending_of(line);
            let after = follow.apply(before);
            if before == after {
                self.push(line, Some((side, at)));
            } else {
                self.push(&line[..line.len() - before.as_str().len()], Some((side, at)));
                self.push(after.as_str(), None);
            }
            at += line.len();
        }
    }

    /// Adds text that is in no document.
    pub(super) fn add(&mut self, text: &'a str, inline: bool) {
        if text.is_empty() {
            return;
        }
        if !inline {
            self.end_line();
        }
        self.push(text, None);
    }

    /// Ends the last line, where it has no end, in the way of the lines before it.
    pub(super) fn end_line(&mut self) {
        if self.ending == Some(Ending::None) {
            self.push(self.line_end.as_str(), None);
        }
    }

    /// Settles the final newline and returns the pieces.
    pub(super) fn finish(mut self, final_newline: Option<bool>, bom: bool) -> Vec<Piece<'a>> {
        match final_newline {
            Some(true) => self.end_line(),
            Some(false) => self.strip_final_newline(),
            None => {}
        }
        if bom {
            self.pieces.insert(0, Piece { text: BOM, source: None, region: 0 });
        }
        self.pieces
    }

    /// Not from a blank line: without its end it would be none.
    fn strip_final_newline(&mut self) {
        let Some((last, before)) = self.pieces.split_last_mut() else {
            return;
        };
        let mut ending = Ending::of(last.text);
        if ending == Ending::Cr && !self.lone_cr {
            ending = Ending::None;
        }
        let rest = &last.text[..last.text.len() - ending.as_str().len()];
        let content = if rest.is_empty() { before.last().map_or("", |piece| piece.text) } else { rest };
        let blank = content.is_empty() || content.ends_with('\n') || (self.lone_cr && content.ends_with('\r'));
        if !blank {
            last.text = rest;
        }
    }

    fn push(&mut self, text: &'a str, source: Option<(Side, usize)>) {
        if text.is_empty() {
            return;
        }
        let ending = self.ending_of(text);
        self.ending = Some(ending);
        if ending != Ending::None {
            self.line_end = ending;
        } else if let Some(line) = text.rfind('\n') {
            self.line_end = Ending::of(&text[..=line]);
        }
        self.pieces.push(Piece { text, source, region: self.region });
    }

    fn ending_of(&self, text: &str) -> Ending {
        match Ending::of(text) {
            Ending::Cr if !self.lone_cr => Ending::None,
            ending => ending,
        }
    }
}

pub(super) fn concat(pieces: &[Piece<'_>]) -> String {
    let mut text = String::with_capacity(pieces.iter().map(|piece| piece.text.len()).sum());
    for piece in pieces {
        text.push_str(piece.text);
    }
    text
}
