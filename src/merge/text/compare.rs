//! Two texts compared, for showing.

use super::diff::compare_words;
use super::shown::compare_shown;
use super::words::Units;
use super::{ByteRange, Granularity, Segmenter};
use text_diff::{Comparison, Hunk, Interner, LineKey, Sequence, Span, lone_cr_ends_lines, split_lines};

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
    /// The search for it, or for its detail, did not stop at a limit: no other alignment there keeps more.
    pub precise: bool,
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
///
/// # Examples
///
/// ```
/// use mergefetch::merge::text::{Granularity, TextChangeKind, diff_with};
///
/// // Two characters at a time, as a page may cut them with `Intl.Segmenter`.
/// let pairs = |text: &str| text.char_indices().skip(2).step_by(2).map(|(at, _)| at).chain([text.len()]).collect();
/// let changes = diff_with("éèéü", "éèéä", Granularity::Grapheme, Some(pairs));
/// assert_eq!(changes[1].kind, TextChangeKind::Replace);
/// assert_eq!(changes[1].before.slice("éèéü"), "éü");
/// ```
pub fn diff_with(before: &str, after: &str, granularity: Granularity, segmenter: Option<Segmenter>) -> Vec<TextChange> {
    let mut units = Units::new(segmenter);
    let lone_cr = lone_cr_ends_lines(&[before, after]);
    let mut split = |text| match granularity {
        Granularity::Auto | Granularity::Line | Granularity::Sentence => {
            split_lines(text, lone_cr, LineKey::Bytes, &mut units.interner)
        }
        Granularity::Word => units.words(text, LineKey::Bytes),
        Granularity::Grapheme => units.graphemes(text),
    };
    let (old, new) = (split(before), split(after));
    let found = match granularity {
        Granularity::Auto | Granularity::Line | Granularity::Sentence => {
            compare_shown(&old.tokens, &new.tokens, |token| units.interner.unit(token))
        }
        Granularity::Word | Granularity::Grapheme => shown_words(&old, &new, &units.interner),
    };
    let mut changes = tile(&old, &new, &found);
    if !matches!(granularity, Granularity::Word | Granularity::Grapheme) {
        for change in changes.iter_mut().filter(|change| change.kind == TextChangeKind::Replace) {
            detail(before, after, change, segmenter);
        }
    }
    changes
}

fn tile(old: &Sequence, new: &Sequence, found: &Comparison) -> Vec<TextChange> {
    let mut changes = Vec::with_capacity(found.hunks.len() * 2 + 1);
    let (mut before, mut after) = (0, 0);
    let mut cut = found.cut.iter().peekable();
    let mut push = |kind, before: Span, after: Span| {
        if !before.is_empty() || !after.is_empty() {
            while cut.next_if(|cut| cut.before.end < before.start).is_some() {}
            let precise = kind == TextChangeKind::Equal || cut.peek().is_none_or(|cut| before.end < cut.before.start);
            let (before, after) = (old.bytes(before), new.bytes(after));
            changes.push(TextChange { kind, before, after, detail: Vec::new(), precise });
        }
    };
    for hunk in &found.hunks {
        push(TextChangeKind::Equal, Span::new(before, hunk.before.start), Span::new(after, hunk.after.start));
        let kind = match (hunk.before.is_empty(), hunk.after.is_empty()) {
            (true, _) => TextChangeKind::Insert,
            (_, true) => TextChangeKind::Delete,
            _ => TextChangeKind::Replace,
        };
        push(kind, hunk.before, hunk.after);
        (before, after) = (hunk.before.end, hunk.after.end);
    }
    push(TextChangeKind::Equal, Span::new(before, old.len()), Span::new(after, new.len()));
    changes
}

/// Finds the words of a replaced stretch that differ.
fn detail(before: &str, after: &str, change: &mut TextChange, segmenter: Option<Segmenter>) {
    let mut units = Units::new(segmenter);
    let old = units.words(change.before.slice(before), LineKey::Bytes);
    let new = units.words(change.after.slice(after), LineKey::Bytes);
    let shifted = |range: ByteRange, by: usize| ByteRange { start: range.start + by, end: range.end + by };
    let found = shown_words(&old, &new, &units.interner);
    change.precise &= found.cut.is_empty();
    for hunk in found.hunks {
        let before = shifted(old.bytes(hunk.before), change.before.start);
        change.detail.push((before, shifted(new.bytes(hunk.after), change.after.start)));
    }
}

/// Compares two texts in words; each hunk stands where a person would put it.
fn shown_words(old: &Sequence, new: &Sequence, interner: &Interner<'_>) -> Comparison {
    let mut found = compare_words(&old.tokens, &new.tokens);
    let hunks = &mut found.hunks;
    for index in 0..hunks.len() {
        let floor = index.checked_sub(1).and_then(|last| hunks.get(last)).map_or(0, |last| last.after.end + 1);
        let ceiling = hunks.get(index + 1).map_or(new.len(), |next| next.after.start.saturating_sub(1));
        if let Some(hunk) = hunks.get_mut(index) {
            if hunk.before.is_empty() {
                let by = best_shift(&new.tokens, hunk.after, floor, ceiling, interner);
                *hunk = shifted(hunk, by);
            } else if hunk.after.is_empty() {
                // The unchanged words around it are as many in both texts.
                let (room, after) =
                    (hunk.after.start - floor.min(hunk.after.start), ceiling.max(hunk.after.end) - hunk.after.end);
                let by = best_shift(
                    &old.tokens,
                    hunk.before,
                    hunk.before.start.saturating_sub(room),
                    hunk.before.end + after,
                    interner,
                );
                *hunk = shifted(hunk, by);
            }
        }
    }
    found
}

fn shifted(hunk: &Hunk, by: i64) -> Hunk {
    let span = |span: Span| Span::new((i64::from(span.start) + by) as u32, (i64::from(span.end) + by) as u32);
    Hunk { before: span(hunk.before), after: span(hunk.after) }
}

/// By how much to move a run of words that could stand in several places between `floor` and `ceiling`: so that it starts with a word
/// and ends with the space after it.
fn best_shift(tokens: &[u32], run: Span, floor: u32, ceiling: u32, interner: &Interner<'_>) -> i64 {
    /// Further than that nobody sees the difference.
    const FURTHEST: u32 = 32;
    let unit = |at: u32| tokens.get(at as usize).map_or("", |token| interner.unit(*token));
    let is_space = |at: u32| unit(at).starts_with([' ', '\t', '\n']);
    let score = |run: Span| {
        let starts_line = run.start == 0 || unit(run.start - 1) == "\n";
        let ends_line = unit(run.end - 1) == "\n";
        4 * i32::from(starts_line && ends_line) + 2 * i32::from(!is_space(run.start)) + i32::from(is_space(run.end - 1))
    };
    let mut best = (score(run), 0);
    let mut try_run = |run: Span, by: i64| {
        let score = score(run);
        if score > best.0 {
            best = (score, by);
        }
    };
    let same = |one: u32, other: u32| tokens.get(one as usize) == tokens.get(other as usize);
    for step in 1..=FURTHEST.min(run.start.saturating_sub(floor)) {
        if !same(run.start - step, run.end - step) {
            break;
        }
        try_run(Span::new(run.start - step, run.end - step), -i64::from(step));
    }
    for step in 1..=FURTHEST.min(ceiling.saturating_sub(run.end)) {
        if !same(run.start + step - 1, run.end + step - 1) {
            break;
        }
        try_run(Span::new(run.start + step, run.end + step), i64::from(step));
    }
    best.1
}
