//! Two texts compared, for showing.

use super::diff::{Hunk, line_hunks, word_hunks};
use super::intern::Interner;
use super::lines::{LineKey, Sequence, Span, lone_cr_ends_lines, split_lines};
use super::words::{split_graphemes, split_words};
use super::{ByteRange, Granularity, Segmenter};

/// What a [`TextChange`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextChangeKind {
    /// The same in both texts.
    Equal,
    /// Only in the second.
    Insert,
    /// Only in the first.
    Delete,
    /// Different.
    Replace,
}

/// A stretch of two texts. The changes of a comparison cover both texts without gap or overlap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextChange {
    /// What it is.
    pub kind: TextChangeKind,
    /// Where it lies in the first text.
    pub before: ByteRange,
    /// Where it lies in the second text.
    pub after: ByteRange,
    /// For a replaced stretch of lines: the words that really differ. Empty for everything else.
    pub detail: Vec<(ByteRange, ByteRange)>,
}

/// Compares two texts by lines (with the words that differ), by words or by graphemes.
///
/// # Examples
///
/// ```
/// use mergefetch::merge::text::{Granularity, TextChangeKind, diff};
///
/// let changes = diff("total: 100\n", "total: 250\n", Granularity::Line);
/// assert_eq!(changes[0].kind, TextChangeKind::Replace);
/// let (before, after) = changes[0].detail[0];
/// assert_eq!((before.start, before.end, after.end), (7, 10, 10));
/// ```
pub fn diff(before: &str, after: &str, granularity: Granularity) -> Vec<TextChange> {
    diff_with(before, after, granularity, None)
}

/// As [`diff`], with words or graphemes cut by a [`Segmenter`].
pub fn diff_with(
    before: &str,
    after: &str,
    granularity: Granularity,
    segmenter: Option<Segmenter>,
) -> Vec<TextChange> {
    let mut interner = Interner::new();
    let lone_cr = lone_cr_ends_lines(&[before, after]);
    let mut split = |text| match granularity {
        Granularity::Line => split_lines(text, lone_cr, LineKey::Bytes, &mut interner),
        Granularity::Word => split_words(text, segmenter, &mut interner),
        Granularity::Grapheme => split_graphemes(text, segmenter, &mut interner),
    };
    let (old, new) = (split(before), split(after));
    let hunks = match granularity {
        Granularity::Line => line_hunks(&old.tokens, &new.tokens),
        Granularity::Word | Granularity::Grapheme => word_hunks(&old.tokens, &new.tokens),
    };
    let mut changes = tile(&old, &new, &hunks);
    if granularity == Granularity::Line {
        for change in changes
            .iter_mut()
            .filter(|change| change.kind == TextChangeKind::Replace)
        {
            change.detail = detail(before, after, change, segmenter);
        }
    }
    changes
}

fn tile(old: &Sequence, new: &Sequence, hunks: &[Hunk]) -> Vec<TextChange> {
    let mut changes = Vec::with_capacity(hunks.len() * 2 + 1);
    let (mut before, mut after) = (0, 0);
    let mut push = |kind, before: Span, after: Span| {
        if !before.is_empty() || !after.is_empty() {
            changes.push(TextChange {
                kind,
                before: old.bytes(before),
                after: new.bytes(after),
                detail: Vec::new(),
            });
        }
    };
    for hunk in hunks {
        push(
            TextChangeKind::Equal,
            Span::new(before, hunk.before.start),
            Span::new(after, hunk.after.start),
        );
        let kind = match (hunk.before.is_empty(), hunk.after.is_empty()) {
            (true, _) => TextChangeKind::Insert,
            (_, true) => TextChangeKind::Delete,
            _ => TextChangeKind::Replace,
        };
        push(kind, hunk.before, hunk.after);
        (before, after) = (hunk.before.end, hunk.after.end);
    }
    push(
        TextChangeKind::Equal,
        Span::new(before, old.len()),
        Span::new(after, new.len()),
    );
    changes
}

fn detail(
    before: &str,
    after: &str,
    change: &TextChange,
    segmenter: Option<Segmenter>,
) -> Vec<(ByteRange, ByteRange)> {
    let mut interner = Interner::new();
    let old = split_words(change.before.slice(before), segmenter, &mut interner);
    let new = split_words(change.after.slice(after), segmenter, &mut interner);
    let shifted = |range: ByteRange, by: usize| ByteRange {
        start: range.start + by,
        end: range.end + by,
    };
    word_hunks(&old.tokens, &new.tokens)
        .into_iter()
        .map(|hunk| {
            (
                shifted(old.bytes(hunk.before), change.before.start),
                shifted(new.bytes(hunk.after), change.after.start),
            )
        })
        .collect()
}
