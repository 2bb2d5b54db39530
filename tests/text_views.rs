//! Changes, decisions, offsets, comparisons (MERGE-RULES R1 to R5, E6, E7).
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests may fail")]

mod common;
mod given;

use common::*;
use mergefetch::merge::text::{Granularity, Options, Side, TextChangeKind, diff, diff_with};
use mergefetch::merge::{ChangeState, Clash, Pick};

const WORDS: [&str; 10] = ["a", "b", "c", "d", "é", "😀 f", "", "}", "two words", "long line of words"];

fn random_triples(count: u32, mut each: impl FnMut(&str, &str, &str)) {
    given::all(count, &given::triples(&WORDS, 16, 6), |triple| {
        let [b, m, t] = triple.map(|lines| text_of(&lines));
        each(&b, &m, &t);
    });
}

#[test]
fn r1_all_conflicts_settled_with_one_side_keep_every_clean_change() {
    let texts = texts("1\n2\n3\n4\n5\n6\n7\n", "1\nm\n3\n4\n5\nM\n7\n", "1\nt\n3\nT\n5\n6\n7\n");
    let merge = merged(texts);
    let fill = |pick: Pick<'static>| {
        let picks: Vec<_> = merge
            .changes(texts, "")
            .iter()
            .map(|change| if change.state == ChangeState::Conflict { pick } else { Pick::Auto })
            .collect();
        merge.compose(texts, &picks).unwrap()
    };
    assert_eq!(fill(Pick::Mine), "1\nm\n3\nT\n5\nM\n7\n");
    assert_eq!(fill(Pick::Theirs), "1\nt\n3\nT\n5\nM\n7\n");
    assert_eq!(fill(Pick::Base), "1\n2\n3\nT\n5\nM\n7\n");
}

#[test]
fn r1_every_place_settled_with_one_side_is_that_side() {
    for granularity in [Granularity::Line, Granularity::Word] {
        random_triples(4000, |b, m, t| {
            let texts = texts(b, m, t);
            let merge = merged_with(texts, &Options { granularity, ..Options::default() });
            assert_regions(&merge, texts);
            let count = merge.changes(texts, "").len();
            assert_eq!(merge.compose(texts, &vec![Pick::Mine; count]).unwrap(), m);
            assert_eq!(merge.compose(texts, &vec![Pick::Theirs; count]).unwrap(), t);
            assert_eq!(merge.compose(texts, &vec![Pick::Base; count]).unwrap(), b);
        });
    }
}

#[test]
fn r3_ids_name_the_content_and_survive_when_theirs_moves_elsewhere() {
    let (b, m) = ("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\nm\n3\n4\n5\nM\n7\n8\n9\n");
    let ids = |t: &str| -> Vec<String> {
        let texts = texts(b, m, t);
        merged(texts)
            .changes(texts, "/note")
            .into_iter()
            .filter(|change| change.mine != change.base)
            .map(|change| change.id)
            .collect()
    };
    let before = ids("1\nt\n3\n4\n5\n6\n7\n8\n9\n");
    let after = ids("0\n00\n1\nt\n3\n4\n5\n6\n7\n8\n9 and more\n");
    assert!(before.iter().all(|id| after.contains(id)), "{before:?} {after:?}");
    assert!(before.iter().all(|id| id.starts_with("/note#") && id.len() == "/note#".len() + 10));
}

#[test]
fn r3_equal_edits_in_one_document_have_different_ids() {
    let texts = texts("a\nx\nb\nx\nc\n", "a\nY\nb\nY\nc\n", "a\nx\nb\nx\nc\n");
    let changes = merged(texts).changes(texts, "");
    assert_eq!(changes.len(), 2);
    assert_ne!(changes[0].id, changes[1].id);
}

#[test]
fn r5_a_settled_result_is_the_successor_of_theirs() {
    random_triples(3000, |b, m, t| {
        let texts = texts(b, m, t);
        let merge = merged(texts);
        let picks = vec![Pick::Auto; merge.changes(texts, "").len()];
        let settled = merge.compose(texts, &picks).unwrap();
        assert_eq!(clean_text(t, &settled, t), Some(settled));
    });
}

#[test]
fn clashes_say_what_each_side_did() {
    let clash = |b, m, t| {
        let texts = texts(b, m, t);
        merged(texts).changes(texts, "").iter().find_map(|change| change.clash)
    };
    assert_eq!(clash("a\n", "b\n", "c\n"), Some(Clash::EditEdit));
    assert_eq!(clash("a\n", "", "c\n"), Some(Clash::DeleteEdit));
    assert_eq!(clash("a\n", "b\n", ""), Some(Clash::EditDelete));
    assert_eq!(clash("", "b\n", "c\n"), Some(Clash::InsertInsert));
    let no_base = mergefetch::merge::text::Texts { base: None, mine: "b\n", theirs: "c\n" };
    assert_eq!(merged(no_base).changes(no_base, "")[0].clash, Some(Clash::NoBase));
}

#[test]
fn a_wrong_number_of_picks_and_a_missing_suggestion_are_refused() {
    let texts = texts("a\n", "b\n", "c\n");
    let merge = merged(texts);
    assert_eq!(merge.compose(texts, &[]).unwrap_err().code().as_str(), "invalid-argument");
    assert_eq!(merge.compose(texts, &[Pick::Suggested]).unwrap_err().code().as_str(), "invalid-argument");
}

#[test]
fn e7_offsets_map_in_order_and_stay_on_their_character() {
    for granularity in [Granularity::Line, Granularity::Word] {
        random_triples(2500, |b, m, t| {
            let texts = texts(b, m, t);
            let merge = merged_with(texts, &Options { granularity, ..Options::default() });
            let text = merge.text(texts);
            for (side, document) in [(Side::Base, b), (Side::Mine, m), (Side::Theirs, t)] {
                let map = merge.offset_map(texts, side);
                let mut last = 0;
                for offset in 0..=document.len() {
                    let to = map.map(offset);
                    assert!(last <= to && to <= text.len(), "{texts:?} {side:?} {offset}");
                    last = to;
                    if document.is_char_boundary(offset) {
                        assert!(text.is_char_boundary(to), "{texts:?} {side:?} {offset}");
                    }
                }
                assert_eq!(map.map(document.len()), text.len());
                for region in merge.regions() {
                    let (range, kept) = match side {
                        Side::Base => (region.base, region.kind == mergefetch::merge::text::RegionKind::Unchanged),
                        Side::Mine => (region.mine, region.kind != mergefetch::merge::text::RegionKind::Theirs),
                        Side::Theirs => (
                            region.theirs,
                            matches!(
                                region.kind,
                                mergefetch::merge::text::RegionKind::Theirs
                                    | mergefetch::merge::text::RegionKind::Conflict
                            ),
                        ),
                    };
                    for (offset, character) in document[range.start..range.end].char_indices().filter(|_| kept) {
                        assert_eq!(
                            text[map.map(range.start + offset)..].chars().next(),
                            Some(character),
                            "{texts:?} {side:?}"
                        );
                    }
                }
            }
        });
    }
}

#[test]
fn e7_a_cursor_keeps_its_place_when_line_ends_are_converted() {
    let texts = texts("one\r\ntwo\r\nthree\r\n", "one\ntwo\nthree\n", "one\r\nTWO\r\nthree\r\n");
    let merge = merged(texts);
    let text = merge.text(texts);
    for (side, document, word) in [
        (Side::Theirs, texts.theirs, "TWO"),
        (Side::Theirs, texts.theirs, "three"),
        (Side::Mine, texts.mine, "three"),
        (Side::Base, texts.base.unwrap(), "three"),
    ] {
        let to = merge.map_offset(texts, side, document.find(word).unwrap() + 1);
        assert_eq!(&text[to - 1..to - 1 + word.len()], word, "{side:?}");
    }
}

fn assert_tiles(before: &str, after: &str, granularity: Granularity) {
    let (mut b, mut a) = (0, 0);
    let changes = diff(before, after, granularity);
    for change in &changes {
        assert_eq!((change.before.start, change.after.start), (b, a));
        (b, a) = (change.before.end, change.after.end);
        let (old, new) = (&before[change.before.start..b], &after[change.after.start..a]);
        match change.kind {
            TextChangeKind::Equal => assert_eq!(old, new),
            TextChangeKind::Insert => assert!(old.is_empty() && !new.is_empty()),
            TextChangeKind::Delete => assert!(new.is_empty() && !old.is_empty()),
            TextChangeKind::Replace => assert!(!old.is_empty() && !new.is_empty() && old != new),
        }
        let mut at = (change.before.start, change.after.start);
        for (old, new) in &change.detail {
            assert_eq!(before[at.0..old.start], after[at.1..new.start], "between two details everything is equal");
            at = (old.end, new.end);
        }
        if !change.detail.is_empty() {
            assert_eq!(before[at.0..b], after[at.1..a]);
        }
    }
    assert_eq!((b, a), (before.len(), after.len()));
}

#[test]
fn a_comparison_covers_both_texts_and_applies() {
    random_triples(3000, |b, m, _| {
        for granularity in [Granularity::Line, Granularity::Word, Granularity::Grapheme] {
            assert_tiles(b, m, granularity);
            assert_tiles(b.trim_end(), m, granularity);
        }
    });
    assert_tiles("a\r\nb\r", "a\nb\n", Granularity::Line);
    assert_tiles("\u{feff}a\n", "a\n", Granularity::Word);
}

#[test]
fn a_replaced_line_says_which_words_differ_and_never_cuts_one() {
    let changes = diff("the total is 100 EUR\n", "the total is 250 EUR\n", Granularity::Line);
    assert_eq!(changes.len(), 1);
    let (before, after) = changes[0].detail[0];
    assert_eq!((before.start, before.end, after.start, after.end), (13, 16, 13, 16));
    let changes = diff("running\n", "runner\n", Granularity::Word);
    assert_eq!((changes[0].kind, changes[0].before.end, changes[0].after.end), (TextChangeKind::Replace, 7, 6));
}

#[test]
fn e6_graphemes_are_never_cut() {
    for (before, after) in [
        ("e\u{301}", "e"),
        ("👩\u{200d}👩\u{200d}👧", "👩\u{200d}👩"),
        ("🇩🇪", "🇫🇷"),
        ("👍🏽", "👍"),
        ("\r\n", "\n"),
        ("ก\u{e35}", "ก"),
    ] {
        let changes = diff(before, after, Granularity::Grapheme);
        assert_eq!(changes.len(), 1, "{before:?} {after:?}");
        assert_eq!(changes[0].kind, TextChangeKind::Replace);
    }
}

#[test]
fn scripts_without_spaces_are_compared_in_parts() {
    let changes = diff("今天天气很好\n", "今天天气不好\n", Granularity::Line);
    let (before, _) = changes[0].detail[0];
    assert_eq!(&"今天天气很好\n"[before.start..before.end], "很");
}

#[test]
fn a_segmenter_says_where_words_end_except_in_ascii() {
    fn two_by_two(text: &str) -> Vec<usize> {
        text.char_indices().map(|(at, _)| at).skip(2).step_by(2).chain([text.len()]).collect()
    }
    let changes = diff_with("今天天气很好", "今天天气不好", Granularity::Word, Some(two_by_two));
    assert_eq!(&"今天天气很好"[changes[1].before.start..changes[1].before.end], "很好");
    let changes = diff_with("é 1234", "é 1235", Granularity::Word, Some(two_by_two));
    let last = changes.last().unwrap();
    assert_eq!(&"é 1234"[last.before.start..last.before.end], "1234");
    fn nonsense(_: &str) -> Vec<usize> {
        vec![1, 1, 99]
    }
    assert_eq!(diff_with("今天", "今日", Granularity::Word, Some(nonsense)).len(), 2);
}

#[test]
fn a_word_that_could_stand_in_two_places_starts_with_the_word() {
    let inserted = |before: &str, after: &'static str| {
        let changes = diff(before, after, Granularity::Word);
        let change = changes.iter().find(|change| change.kind == TextChangeKind::Insert).unwrap();
        &after[change.after.start..change.after.end]
    };
    assert_eq!(inserted("the cat\n", "the big cat\n"), "big ");
    assert_eq!(inserted("one\nthree\n", "one\ntwo\nthree\n"), "two\n");
}

#[test]
fn a_block_with_two_possible_places_is_put_where_its_indentation_begins() {
    let before = "function a() {\n  one();\n}\n\nfunction c() {\n  three();\n}\n";
    let after = "function a() {\n  one();\n}\n\nfunction b() {\n  two();\n}\n\nfunction c() {\n  three();\n}\n";
    let changes = diff(before, after, Granularity::Line);
    let change = changes.iter().find(|change| change.kind == TextChangeKind::Insert).unwrap();
    assert_eq!(&after[change.after.start..change.after.end], "function b() {\n  two();\n}\n\n");
}

#[test]
fn a_comparison_by_words_distinguishes_line_ends() {
    for granularity in [Granularity::Line, Granularity::Word, Granularity::Grapheme] {
        assert_tiles("a\r\nb\rc\n", "a\nb\nc", granularity);
    }
}
