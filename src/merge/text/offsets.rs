//! Where an offset of a document lies in the merged text.

use super::output::Piece;
use super::{ByteRange, Side, TextMerge, Texts};
use text_diff::BOM;

/// Where the offsets of one document lie in the merged text.
///
/// # Examples
///
/// ```
/// use mergefetch::merge::text::{Options, Side, Texts, merge};
///
/// let texts = Texts { base: Some("b\n"), mine: "b\n", theirs: "new\nb\n" };
/// let merged = merge(texts, &Options::default())?;
/// let map = merged.offset_map(texts, Side::Mine);
/// // Byte 0 of mine, the letter b, is byte 4 of the merged text.
/// assert_eq!(map.map(0), 4);
/// assert_eq!(merged.map_offset(texts, Side::Mine, 0), 4);
/// assert!(map.stretches().any(|stretch| stretch == (0, 4, true)));
/// # Ok::<(), mergefetch::error::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct OffsetMap {
    /// Stretches of the document and what became of them, in order; they cover the document.
    stretches: Vec<Stretch>,
}

#[derive(Debug, Clone, Copy)]
struct Stretch {
    document: ByteRange,
    merged: ByteRange,
    /// Every character of it stands in the merged text.
    kept: bool,
}

impl OffsetMap {
    /// The stretches of the document: where each starts, where it lies in the merged text, and whether all of it stands there.
    pub fn stretches(&self) -> impl Iterator<Item = (usize, usize, bool)> {
        self.stretches.iter().map(|stretch| (stretch.document.start, stretch.merged.start, stretch.kept))
    }

    /// The byte offset in the merged text of a byte offset in the document. Never decreases when `offset` grows; an offset in kept
    /// text stays before the same character, one in text that is gone lies where that text would be.
    pub fn map(&self, offset: usize) -> usize {
        let after = self.stretches.partition_point(|stretch| stretch.document.start <= offset);
        let Some(stretch) = after.checked_sub(1).and_then(|index| self.stretches.get(index)) else {
            return 0;
        };
        let inside = offset.saturating_sub(stretch.document.start);
        if stretch.kept { (stretch.merged.start + inside).min(stretch.merged.end) } else { stretch.merged.start }
    }
}

impl TextMerge {
    /// Where the offsets of one document lie in [`text`](Self::text). `texts` are those of the merge.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::merge::text::{Options, Side, Texts, merge};
    ///
    /// let texts = Texts { base: Some("a\nb\n"), mine: "a\nb\n", theirs: "b\n" };
    /// let map = merge(texts, &Options::default())?.offset_map(texts, Side::Mine);
    /// // The line of `a` is gone, so its bytes lie at the place where it would be.
    /// assert_eq!([map.map(0), map.map(1), map.map(2)], [0, 0, 0]);
    /// # Ok::<(), mergefetch::error::Error>(())
    /// ```
    pub fn offset_map(&self, texts: Texts<'_>, side: Side) -> OffsetMap {
        if let Some(by_lines) = &self.by_lines {
            return by_lines.offset_map(texts, side);
        }
        let markers = self.markers(texts);
        let mut builder = Builder { stretches: Vec::new(), merged: 0 };
        let pieces = self.merged_pieces(texts, &markers);
        let mut rest = pieces.as_slice();
        for (index, region) in self.regions().iter().enumerate() {
            let count = rest.iter().take_while(|piece| piece.region == index).count();
            let (inside, after) = rest.split_at(count);
            rest = after;
            let document = region.range(side);
            let copied = |piece: &Piece<'_>| piece.source.is_some_and(|(from, _)| from == side);
            if inside.iter().any(copied) {
                builder.copied(side, document, inside);
            } else {
                // What another side wrote in its place, or the same lines with other ends.
                builder.compared(texts.of(side), document, inside);
            }
        }
        let end = ByteRange { start: builder.merged, end: builder.merged };
        let document = ByteRange { start: texts.of(side).len(), end: usize::MAX };
        builder.stretches.push(Stretch { document, merged: end, kept: false });
        OffsetMap { stretches: builder.stretches }
    }

    /// Where a byte offset of one document lies in [`text`](Self::text).
    ///
    /// For many offsets of one document [`offset_map`](Self::offset_map) is read once.
    ///
    /// # Examples
    ///
    /// ```
    /// use mergefetch::merge::text::{Options, Side, Texts, merge};
    ///
    /// let texts = Texts { base: Some("b\n"), mine: "b\n", theirs: "new\nb\n" };
    /// assert_eq!(merge(texts, &Options::default())?.map_offset(texts, Side::Mine, 1), 5);
    /// # Ok::<(), mergefetch::error::Error>(())
    /// ```
    pub fn map_offset(&self, texts: Texts<'_>, side: Side, offset: usize) -> usize {
        self.offset_map(texts, side).map(offset)
    }
}

struct Builder {
    stretches: Vec<Stretch>,
    /// Where the next piece starts in the merged text.
    merged: usize,
}

impl Builder {
    /// A region whose pieces are copied from the document.
    fn copied(&mut self, side: Side, document: ByteRange, pieces: &[Piece<'_>]) {
        let mut at = document.start;
        let mut gone_at = self.merged;
        for piece in pieces {
            if let Some((from, start)) = piece.source
                && from == side
            {
                self.gone(at, start, gone_at);
                at = start + piece.text.len();
                self.keep(start, self.merged, piece.text.len());
                gone_at = self.merged + piece.text.len();
            }
            self.merged += piece.text.len();
        }
        self.gone(at, document.end, gone_at);
    }

    /// A region that is copied from another document: kept as far as both say the same, apart from line ends.
    fn compared(&mut self, text: &str, document: ByteRange, pieces: &[Piece<'_>]) {
        let mut old = document.slice(text);
        let mut at = document.start;
        let mut same = true;
        if at == 0
            && let Some(after) = old.strip_prefix(BOM)
        {
            old = after;
            at += BOM.len();
            self.gone(0, at, self.merged);
        }
        let mut gone_at = self.merged;
        for piece in pieces {
            let mut new = piece.text;
            while same && !new.is_empty() {
                let length = common_length(old, new);
                let ends = match (line_end_length(&old[length..]), line_end_length(&new[length..])) {
                    (0, _) | (_, 0) => (0, 0),
                    both => both,
                };
                self.keep(at, gone_at, length);
                same = ends != (0, 0) || length == new.len();
                old = &old[length + ends.0..];
                new = &new[length + ends.1..];
                self.gone(at + length, at + length + ends.0, gone_at + length);
                at += length + ends.0;
                gone_at += length + ends.1;
            }
            self.merged += piece.text.len();
        }
        self.gone(at, document.end, gone_at.min(self.merged));
    }

    fn keep(&mut self, document: usize, merged: usize, length: usize) {
        if length > 0 {
            self.stretches.push(Stretch {
                document: ByteRange { start: document, end: document + length },
                merged: ByteRange { start: merged, end: merged + length },
                kept: true,
            });
        }
    }

    fn gone(&mut self, start: usize, end: usize, merged: usize) {
        if start < end {
            let document = ByteRange { start, end };
            self.stretches.push(Stretch { document, merged: ByteRange { start: merged, end: merged }, kept: false });
        }
    }
}

/// How many bytes both start with, up to the end of a line at most.
fn common_length(one: &str, other: &str) -> usize {
    let mut length = 0;
    for (character, same) in one.chars().zip(other.chars()) {
        if character != same || matches!(character, '\r' | '\n') {
            break;
        }
        length += character.len_utf8();
    }
    length
}

fn line_end_length(text: &str) -> usize {
    match text.as_bytes() {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}
