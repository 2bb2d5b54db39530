//! Laws of text merges and comparisons.

use std::collections::{HashMap, HashSet};

use mergefetch::merge::text::{
    Granularity, Options, Side, Style, TextChangeKind, TextMerge, Texts, Utf16Index, diff, merge,
};
use mergefetch::merge::{Favor, Pick};

use super::super::common::assert_regions;

fn merged(texts: Texts<'_>, options: &Options) -> TextMerge {
    merge(texts, options).expect("a document within the limits")
}

fn clean_text(base: &str, mine: &str, theirs: &str) -> Option<String> {
    let texts = Texts { base: Some(base), mine, theirs };
    let merge = merged(texts, &Options::default());
    merge.is_clean().then(|| merge.text(texts))
}

/// L1, L2, L3, L8, S1 to S4, E2, E6, E7, R1.
pub fn check_merge(base: &str, mine: &str, theirs: &str) {
    let texts = Texts { base: Some(base), mine, theirs };
    assert_eq!(clean_text(base, base, theirs).as_deref(), Some(theirs), "L1: {texts:?}");
    assert_eq!(clean_text(base, mine, base).as_deref(), Some(mine), "L1: {texts:?}");
    assert_eq!(clean_text(base, mine, mine).as_deref(), Some(mine), "L2: {texts:?}");
    assert_eq!(clean_text(base, mine, theirs), clean_text(base, theirs, mine), "L3: {texts:?}");
    for granularity in [Granularity::Line, Granularity::Word] {
        let merge = merged(texts, &Options { granularity, ..Options::default() });
        assert_regions(&merge, texts);
        check_offsets(&merge, texts);
        check_picks(&merge, texts, granularity);
        if base.is_ascii() && mine.is_ascii() && theirs.is_ascii() {
            check_words(&merge, texts);
        }
        if granularity == Granularity::Line && merge.is_clean() {
            check_lines(&merge, texts);
        }
    }
    check_views(texts);
    let without_base = Texts { base: None, ..texts };
    assert_regions(&merged(without_base, &Options::default()), without_base);
}

/// Every style and every winner gives an answer; a winner leaves no conflict.
fn check_views(texts: Texts<'_>) {
    for style in [Style::Merge, Style::Diff3, Style::Zdiff3] {
        let merge = merged(texts, &Options { style, ..Options::default() });
        assert_regions(&merge, texts);
        assert!(merge.is_clean() || merge.text(texts).contains("<<<<<<<"), "{texts:?}");
    }
    for favor in [Favor::Mine, Favor::Theirs, Favor::Union] {
        let merge = merged(texts, &Options { favor: Some(favor), ..Options::default() });
        assert!(merge.is_clean(), "{favor:?}: {texts:?}");
    }
}

fn check_picks(merge: &TextMerge, texts: Texts<'_>, granularity: Granularity) {
    let changes = merge.changes(texts, "");
    let compose = |pick| merge.compose(texts, &vec![pick; changes.len()]).expect("a decision for each change");
    // All conflicts decided for one side: what `favor` makes of them, and every clean change stays. (By words `favor` joins no
    // conflicts, so that more of them merge.)
    let sides = [(Pick::Mine, Favor::Mine), (Pick::Theirs, Favor::Theirs)];
    for (pick, favor) in sides.into_iter().filter(|_| granularity == Granularity::Line) {
        let picks: Vec<Pick<'_>> =
            changes.iter().map(|change| if change.clash.is_some() { pick } else { Pick::Auto }).collect();
        let decided = merge.compose(texts, &picks).expect("a decision for each change");
        let settled = merged(texts, &Options { granularity, favor: Some(favor), ..Options::default() });
        assert_eq!(decided, settled.text(texts), "R1: {texts:?} {favor:?} {granularity:?}");
    }
    // Line ends and the byte order mark are attributes, merged on their own: no decision about a place asks for them.
    let documents = [texts.base.unwrap_or_default(), texts.mine, texts.theirs];
    if documents.iter().all(|text| !text.contains(['\r', '\u{feff}'])) {
        assert_eq!(compose(Pick::Mine), texts.mine, "R1: {texts:?}");
        assert_eq!(compose(Pick::Theirs), texts.theirs, "R1: {texts:?}");
    }
    assert!(!merge.is_clean() || compose(Pick::Auto) == merge.text(texts), "R1: {texts:?}");
}

/// E6, E7.
fn check_offsets(merge: &TextMerge, texts: Texts<'_>) {
    let text = merge.text(texts);
    let base = texts.base.unwrap_or_default();
    for (side, document) in [(Side::Base, base), (Side::Mine, texts.mine), (Side::Theirs, texts.theirs)] {
        let (index, map) = (Utf16Index::new(document), merge.offset_map(texts, side));
        let (mut units, mut last) = (0, 0);
        for (at, character) in document.char_indices().chain([(document.len(), '\0')]) {
            assert_eq!((index.utf16(at), index.byte(units)), (units, at), "E6: {document:?}");
            let to = map.map(at);
            assert!(last <= to && text.is_char_boundary(to), "E7: {texts:?} {side:?} {at}");
            (units, last) = (units + character.len_utf16(), to);
        }
        assert_eq!(map.map(document.len()), text.len(), "E7: {texts:?} {side:?}");
    }
}

/// S1 for merges by words, applied or suggested.
fn check_words(merge: &TextMerge, texts: Texts<'_>) {
    let documents = [texts.base.unwrap_or_default(), texts.mine, texts.theirs];
    let known: HashSet<&str> = documents.iter().flat_map(|text| numbers_and_words(text)).collect();
    let suggestions = merge.regions().iter().filter_map(|region| region.suggestion.clone());
    for result in merge.is_clean().then(|| merge.text(texts)).into_iter().chain(suggestions) {
        for word in numbers_and_words(&result) {
            assert!(known.contains(word), "S1: {word:?} in {result:?} of {texts:?}");
        }
    }
}

/// The units of ASCII letters and digits. Such runs are joined by a comma between two digits, by a space beside a digit, and by marks as in
/// addresses. This code is independent of the engine, so that it can find the engine's errors.
pub fn numbers_and_words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = &rest[rest.find(|character: char| character.is_ascii_alphanumeric())?..];
        let bytes = rest.as_bytes();
        let mut end = 0;
        while end < bytes.len() {
            let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
            let inside = bytes[end].is_ascii_alphanumeric();
            let marks = bytes[end..].iter().take_while(|byte| b".:-/\\+@#?=&~*!^".contains(byte)).count();
            let goes_on = |length: usize| bytes.get(end + length).is_some_and(u8::is_ascii_alphanumeric);
            let joins = match bytes[end] {
                b',' => end > 0 && digit(end - 1) && digit(end + 1),
                b' ' => end > 0 && (digit(end - 1) || digit(end + 1)) && goes_on(1),
                _ => marks > 0 && goes_on(marks),
            };
            if !inside && !joins {
                break;
            }
            end += marks.max(1);
        }
        let (word, after) = rest.split_at(end);
        rest = after;
        Some(word)
    })
}

/// S1 to S4 and E2, of a clean merge by lines.
fn check_lines(merge: &TextMerge, texts: Texts<'_>) {
    let documents = [texts.base.unwrap_or_default(), texts.mine, texts.theirs];
    let result = merge.text(texts);
    let lines = |text: &str| -> Vec<String> {
        text.trim_start_matches('\u{feff}').split(['\n', '\r']).map(str::to_owned).collect()
    };
    let known: HashSet<String> = documents.iter().flat_map(|text| lines(text)).collect();
    assert!(lines(&result).iter().all(|line| known.contains(line)), "S1: {result:?} of {texts:?}");
    // A carriage return alone is a line end where a document has no other, and content elsewhere: content that cannot
    // be told from the line end where a line feed comes to stand behind it. So it is with a second byte order mark, and
    // with a blank line that ends in a line feed behind a line that got a carriage return alone.
    let lone_cr = documents.iter().any(|text| text.contains('\r') && !text.contains('\n'));
    let documents = documents.map(|text| read_lines(text, lone_cr));
    let told_apart = |(content, end): &(String, &str)| {
        let joins = lone_cr && content.is_empty() && *end == "\n";
        !content.ends_with('\r') && !content.starts_with('\u{feff}') && !joins
    };
    if documents.iter().flatten().all(told_apart) {
        check_endings(&documents, &read_lines(&result, lone_cr));
        check_counts(&documents, &read_lines(&result, lone_cr), merge.is_ambiguous(), texts);
    }
}

/// The content of each line, and its end.
fn read_lines(text: &str, lone_cr: bool) -> Vec<(String, &'static str)> {
    let mut lines = Vec::new();
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    while !rest.is_empty() {
        let at = rest.find(|end| end == '\n' || (lone_cr && end == '\r')).unwrap_or(rest.len());
        let (line, after) = rest.split_at(at);
        let (content, end) = match (line, after.as_bytes()) {
            (line, [b'\r', b'\n', ..]) => (line, "\r\n"),
            (line, [b'\r', ..]) => (line, "\r"),
            (line, [b'\n', ..]) => line.strip_suffix('\r').map_or((line, "\n"), |content| (content, "\r\n")),
            (line, _) => (line, ""),
        };
        lines.push((content.to_owned(), end));
        rest = &rest[content.len() + end.len()..];
    }
    lines
}

/// E2: a line that has one and the same end wherever it stands keeps it.
fn check_endings(documents: &[Vec<(String, &str)>; 3], result: &[(String, &str)]) {
    let mut ends: HashMap<&str, HashSet<&str>> = HashMap::new();
    for (content, end) in documents.iter().flatten().filter(|(_, end)| !end.is_empty()) {
        ends.entry(content).or_default().insert(end);
    }
    if ends.values().any(|ends| ends.len() > 1) {
        return;
    }
    // Where the last line of a document has no end and something comes to stand behind it, it gets that of the line before.
    let unended: HashSet<&str> =
        documents.iter().flatten().filter(|(_, end)| end.is_empty()).map(|(content, _)| content.as_str()).collect();
    for (content, end) in result.iter().filter(|(content, end)| !end.is_empty() && !unended.contains(content.as_str()))
    {
        let known = ends.get(content.as_str()).is_none_or(|ends| ends.contains(end));
        assert!(known, "E2: {content:?} ends with {end:?} in {result:?} of {documents:?}");
    }
}

/// S2, S3, S4.
fn check_counts(documents: &[Vec<(String, &str)>; 3], result: &[(String, &str)], ambiguous: bool, texts: Texts<'_>) {
    let counts = |lines: &[(String, &str)]| {
        let mut counts: HashMap<String, i64> = HashMap::new();
        for (content, _) in lines {
            *counts.entry(content.clone()).or_default() += 1;
        }
        counts
    };
    let [base, mine, theirs] = documents.each_ref().map(|lines| counts(lines));
    let merged = counts(result);
    for line in base.keys().chain(mine.keys()).chain(theirs.keys()) {
        let of = |counts: &HashMap<String, i64>| counts.get(line).copied().unwrap_or_default();
        let (b, m, t, r) = (of(&base), of(&mine), of(&theirs), of(&merged));
        let changes = [0, m - b, t - b, m + t - 2 * b];
        let lawful = changes.iter().min() <= Some(&(r - b)) && Some(&(r - b)) <= changes.iter().max();
        let once = b <= 1 && m <= 1 && t <= 1;
        assert!(lawful || (!once && ambiguous), "S3: {line:?} in {result:?} of {texts:?}");
        assert!(!once || b == 0 || r <= 1, "S4: {line:?} in {result:?} of {texts:?}");
        assert!(b > 0 || r > 0, "S2: {line:?} is lost in {result:?} of {texts:?}");
        assert!(m > 0 || t > 0 || r == 0, "S2: {line:?} is back in {result:?} of {texts:?}");
    }
}

/// The changes tile both documents, and their content matches their kinds.
pub fn check_diff(before: &str, after: &str) {
    for granularity in [Granularity::Line, Granularity::Word, Granularity::Grapheme] {
        let (mut b, mut a) = (0, 0);
        for change in diff(before, after, granularity) {
            assert_eq!((change.before.start, change.after.start), (b, a), "{before:?} {after:?}");
            (b, a) = (change.before.end, change.after.end);
            let old = before.get(change.before.start..b).expect("a range of before");
            let new = after.get(change.after.start..a).expect("a range of after");
            let named = match change.kind {
                TextChangeKind::Equal => old == new && !old.is_empty(),
                TextChangeKind::Insert => old.is_empty() && !new.is_empty(),
                TextChangeKind::Delete => !old.is_empty() && new.is_empty(),
                TextChangeKind::Replace => !old.is_empty() && !new.is_empty() && old != new,
            };
            assert!(named, "{:?} of {old:?} and {new:?} in {before:?} {after:?}", change.kind);
            for (old, new) in &change.detail {
                let inside = change.before.start <= old.start && old.end <= b && change.after.start <= new.start;
                assert!(inside && new.end <= a, "{before:?} {after:?}");
                assert!(before.get(old.start..old.end).is_some() && after.get(new.start..new.end).is_some());
            }
        }
        assert_eq!((b, a), (before.len(), after.len()), "{before:?} {after:?}");
    }
}
