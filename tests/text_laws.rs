//! The laws of text merges (MERGE-RULES: L, S, A, E, R), on all small documents and on seeded random ones.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests may fail")]

mod common;
mod given;

use common::*;
use mergefetch::merge::Pick;
use mergefetch::merge::text::{Granularity, Options, TextMerge, Texts, merge};

/// Every document of up to three lines of two symbols, with each combination of line ends at the last line.
fn small_documents() -> Vec<String> {
    let mut documents = Vec::new();
    for lines in all_sequences(&["a", "b", "c"], 3) {
        let text = text_of(&lines);
        if !text.is_empty() {
            documents.push(text[..text.len() - 1].to_owned());
        }
        documents.push(text);
    }
    documents
}

fn random_triples(count: u32, mut each: impl FnMut(&str, &str, &str)) {
    let words = ["a", "b", "c", "d", "e", "f", "", "}", "the end"];
    given::all(count, &(given::triples(&words, 20, 6), given::layouts()), |(triple, layouts)| {
        let [b, m, t] = [0, 1, 2].map(|side| given::text_in(&triple[side], &layouts[side]));
        each(&b, &m, &t);
    });
}

#[test]
fn l1_an_edit_of_one_side_is_the_result_byte_for_byte() {
    let check = |b: &str, x: &str| {
        assert_eq!(clean_text(b, b, x).as_deref(), Some(x), "theirs edits {b:?}");
        assert_eq!(clean_text(b, x, b).as_deref(), Some(x), "mine edits {b:?}");
    };
    let documents = small_documents();
    for b in &documents {
        for x in &documents {
            check(b, x);
        }
    }
    random_triples(4000, |b, m, _| check(b, m));
}

#[test]
fn l2_the_same_edit_on_both_sides_is_made_once() {
    for b in &small_documents() {
        for x in &small_documents() {
            assert_eq!(clean_text(b, x, x).as_deref(), Some(x.as_str()), "base {b:?}");
        }
    }
    random_triples(4000, |b, m, _| assert_eq!(clean_text(b, m, m).as_deref(), Some(m)));
}

#[test]
fn l3_swapping_the_sides_changes_neither_cleanness_nor_the_clean_text() {
    random_triples(6000, |b, m, t| {
        let (one, other) = (clean_text(b, m, t), clean_text(b, t, m));
        assert_eq!(one, other, "{b:?} {m:?} {t:?}");
    });
}

#[test]
fn l3_swapping_the_sides_swaps_the_result_also_if_the_search_runs_out_of_steps() {
    let mut cut = 0;
    for seed in 0..6 {
        let mut random = Random::new(seed);
        let base: Vec<String> = (0..6_000).map(|_| format!("symbol {}\n", random.below(10))).collect();
        let mut edited = |count: usize| {
            let mut lines = base.clone();
            for _ in 0..count {
                let at = random.below(lines.len());
                match random.below(3) {
                    0 => drop(lines.remove(at)),
                    1 => lines.insert(at, format!("symbol {}\n", random.below(10))),
                    _ => lines[at] = format!("symbol {}\n", random.below(10)),
                }
            }
            lines.concat()
        };
        let (mine, theirs) = (edited(1_500 + 500 * seed as usize), edited(1_500));
        let base = base.concat();
        let (one, other) = (texts(&base, &mine, &theirs), texts(&base, &theirs, &mine));
        let (merge, swapped) = (merged(one), merged(other));
        cut += usize::from(!merge.is_precise());
        let with = |merge: &TextMerge, texts: Texts<'_>, pick: Pick<'static>| {
            let changes = merge.changes(texts, "");
            let picks = changes.iter().map(|change| if change.clash.is_some() { pick } else { Pick::Auto });
            merge.compose(texts, &picks.collect::<Vec<_>>()).unwrap()
        };
        assert_eq!(merge.conflicts(), swapped.conflicts());
        assert_eq!(merge.is_ambiguous(), swapped.is_ambiguous());
        assert_eq!(with(&merge, one, Pick::Mine), with(&swapped, other, Pick::Theirs));
        assert_eq!(with(&merge, one, Pick::Theirs), with(&swapped, other, Pick::Mine));
    }
    assert!(cut >= 3, "{cut}");
}

#[test]
fn without_a_base_a_byte_order_mark_is_decided_alike_on_both_sides() {
    for (mine, theirs) in [("\u{feff}a\n", "a\n"), ("\u{feff}a\nb\n", "a\nc\n")] {
        for (mine, theirs) in [(mine, theirs), (theirs, mine)] {
            let texts = Texts { base: None, mine, theirs };
            let merge = merged(texts);
            let count = merge.changes(texts, "").len();
            assert!(!merge.is_clean());
            assert_eq!(merge.compose(texts, &vec![Pick::Mine; count]).unwrap(), mine);
            assert_eq!(merge.compose(texts, &vec![Pick::Theirs; count]).unwrap(), theirs);
        }
    }
    for (mine, theirs) in [("\u{feff}", ""), ("", "\u{feff}")] {
        let texts = Texts { base: None, mine, theirs };
        assert_eq!(merged(texts).text(texts), "\u{feff}");
    }
}

#[test]
fn l8_regions_tile_all_three_documents() {
    random_triples(6000, |b, m, t| {
        let texts = texts(b, m, t);
        assert_regions(&merged(texts), texts);
        let without_base = Texts { base: None, ..texts };
        assert_regions(&merged(without_base), without_base);
    });
}

#[test]
fn without_a_base_every_difference_is_a_conflict() {
    let texts = Texts { base: None, mine: "a\nb\n", theirs: "a\nc\n" };
    let merge = merge(texts, &Options::default()).unwrap();
    assert_eq!(merge.conflicts(), 1);
    assert_eq!(merge.text(texts), "a\n<<<<<<< mine\nb\n=======\nc\n>>>>>>> theirs\n");
    let equal = Texts { base: None, mine: "a\n", theirs: "a\n" };
    assert!(merged(equal).is_clean());
    assert!(!merged(Texts { base: None, mine: "a\n", theirs: "a\r\n" }).is_clean());
}

#[test]
fn a_clean_merge_composed_as_it_is_equals_its_text() {
    random_triples(6000, |b, m, t| {
        let texts = texts(b, m, t);
        let merge = merged(texts);
        let picks = vec![Pick::Auto; merge.changes(texts, "").len()];
        let composed = merge.compose(texts, &picks).unwrap();
        if merge.is_clean() {
            assert_eq!(composed, merge.text(texts));
        }
    });
}

#[test]
fn e1_one_side_converts_the_line_ends_and_the_other_edits_a_line() {
    let base = "one\r\ntwo\r\nthree\r\n";
    assert_eq!(
        clean_text(base, "one\ntwo\nthree\n", "one\r\nTWO\r\nthree\r\nfour\r\n").unwrap(),
        "one\nTWO\nthree\nfour\n"
    );
    assert_eq!(clean_text("x\r\n", "x\n", "y\r\n").unwrap(), "y\n");
}

#[test]
fn e1_one_side_adds_the_final_newline_and_the_other_edits() {
    assert_eq!(clean_text("a\nb\nc", "a\nb\nc\n", "a\nB\nc").unwrap(), "a\nB\nc\n");
    assert_eq!(clean_text("a\nb", "a\nb\n", "a\nB").unwrap(), "a\nB\n");
    assert_eq!(clean_text("a\nb", "a\nb\n", "a\nb\nc").unwrap(), "a\nb\nc\n");
}

#[test]
fn e5_the_byte_order_mark_is_merged_on_its_own() {
    assert_eq!(clean_text("\u{feff}a\nb\n", "a\nb\n", "\u{feff}A\nb\n").unwrap(), "A\nb\n");
    assert_eq!(clean_text("a\n", "\u{feff}a\n", "x\na\n").unwrap(), "\u{feff}x\na\n");
    assert_eq!(clean_text("\u{feff}", "", "\u{feff}").unwrap(), "");
}

#[test]
fn any_text_at_all_is_merged_by_the_same_laws() {
    let parts = [
        "a",
        "b",
        "\n",
        "\n",
        "\r\n",
        "\r",
        "\u{feff}",
        "\0",
        "é",
        "e\u{301}",
        "😀",
        "\u{2028}",
        "<<<<<<<",
        "=======\n",
        " ",
        "\t",
        "100",
        ".5",
        "中文",
        "\u{200d}",
        "\u{10ffff}",
    ];
    given::all(30_000, &given::triples(&parts, 14, 5), |triple| {
        let [base, mine, theirs] = triple.map(|parts| parts.concat());
        let triple = texts(&base, &mine, &theirs);
        for granularity in [Granularity::Line, Granularity::Word] {
            let merge = merged_with(triple, &Options { granularity, ..Options::default() });
            assert_regions(&merge, triple);
            let picks = vec![Pick::Auto; merge.changes(triple, "").len()];
            let composed = merge.compose(triple, &picks).unwrap();
            assert!(!merge.is_clean() || composed == merge.text(triple), "{triple:?}");
        }
        assert_eq!(clean_text(&base, &base, &theirs).as_deref(), Some(theirs.as_str()), "{triple:?}");
        assert_eq!(clean_text(&base, &mine, &base).as_deref(), Some(mine.as_str()), "{triple:?}");
        assert_eq!(clean_text(&base, &mine, &mine).as_deref(), Some(mine.as_str()), "{triple:?}");
        assert_eq!(clean_text(&base, &mine, &theirs), clean_text(&base, &theirs, &mine), "{triple:?}");
        let without_base = Texts { base: None, ..triple };
        assert_regions(&merged(without_base), without_base);
    });
}

#[test]
fn l6_the_same_inputs_give_the_same_answer() {
    random_triples(500, |b, m, t| {
        let texts = texts(b, m, t);
        let (one, other) = (merged(texts), merged(texts));
        assert_eq!(one.regions(), other.regions());
        assert_eq!(one.changes(texts, "/x"), other.changes(texts, "/x"));
    });
}

/// Long documents that make bad algorithms recurse deeply or take forever.
fn hard_triples() -> Vec<[String; 3]> {
    let numbered = |count: usize, line: &dyn Fn(usize) -> String| -> String { (0..count).map(line).collect() };
    let mut random = Random::new(5);
    let mut few = |count: usize, symbols: usize| -> String {
        (0..count).map(|_| format!("{}\n", random.below(symbols))).collect()
    };
    let plain = |name: &str, count: usize| numbered(count, &|line| format!("{name} {line}\n"));
    let reversed = |text: &str| text.lines().rev().map(|line| format!("{line}\n")).collect::<String>();
    let every_other = |name: &str| {
        numbered(6000, &|line| if line % 2 == 0 { format!("{line}\n") } else { format!("{name} {line}\n") })
    };
    vec![
        [few(4000, 2), few(4000, 2), few(4000, 2)],
        [few(4000, 60), few(4000, 60), few(4000, 60)],
        [plain("line", 4000), reversed(&plain("line", 4000)), plain("line", 4000).replace("line 7\n", "seven\n")],
        [plain("base", 9000), plain("mine", 9000), plain("theirs", 9000)],
        [every_other("base"), every_other("mine"), every_other("theirs")],
        ["\n".repeat(9000), "\n".repeat(9100), "\n".repeat(8900)],
        [few(9000, 9), few(9000, 9), few(9000, 9)].map(|text| text.replace('\n', " ")),
        [few(9000, 2), few(9000, 2), few(9000, 2)].map(|text| text.replace('\n', "")),
    ]
}

#[test]
fn hard_documents_need_little_stack_and_keep_the_laws() {
    // A page has a stack of 1 MB in total; unoptimised code takes several times the stack of the shipped code.
    let merges = std::thread::Builder::new().stack_size(512 * 1024).spawn(|| {
        for [b, m, t] in &hard_triples() {
            let texts = texts(b, m, t);
            for granularity in [Granularity::Line, Granularity::Word] {
                let merge = merged_with(texts, &Options { granularity, ..Options::default() });
                assert_regions(&merge, texts);
                let count = merge.changes(texts, "").len();
                assert_eq!(&merge.compose(texts, &vec![Pick::Mine; count]).unwrap(), m);
                assert_eq!(&merge.compose(texts, &vec![Pick::Theirs; count]).unwrap(), t);
            }
            for granularity in [Granularity::Line, Granularity::Word, Granularity::Grapheme] {
                let changes = mergefetch::merge::text::diff(b, m, granularity);
                assert_eq!(changes.last().map(|last| (last.before.end, last.after.end)), Some((b.len(), m.len())));
            }
        }
    });
    merges.unwrap().join().unwrap();
}
