//! Separation, adjacency, styles, line ends (MERGE-RULES A1 to A6, E1 to E6).
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests may fail")]

mod common;
mod given;

use common::*;
use mergefetch::merge::text::{Adjacency, Options, Style, Texts};
use mergefetch::merge::{Favor, Pick};

fn with(options: &Options, b: &str, m: &str, t: &str) -> (usize, String) {
    let texts = texts(b, m, t);
    let merge = merged_with(texts, options);
    assert_regions(&merge, texts);
    (merge.conflicts(), merge.text(texts))
}

#[test]
fn a1_edits_of_unique_lines_with_a_line_between_merge() {
    for seed in 0..3000 {
        let mut random = Random::new(seed);
        let length = 3 + random.below(20);
        let base: Vec<String> = (0..length).map(|line| format!("line {line}\n")).collect();
        let (mut mine, mut theirs, mut expected) = (base.clone(), base.clone(), base.clone());
        // Every third line at most is edited, by one side or the other, in one of three ways.
        for line in (0..length).step_by(2 + random.below(3)).collect::<Vec<_>>() {
            let edit = match random.below(4) {
                0 => String::new(),
                1 => format!("edited {line}\n"),
                2 => format!("one {line}\ntwo {line}\n"),
                _ => continue,
            };
            let side = if random.below(2) == 0 { &mut mine } else { &mut theirs };
            side[line].clone_from(&edit);
            expected[line] = edit;
        }
        let (b, m, t) = (base.concat(), mine.concat(), theirs.concat());
        assert_eq!(clean_text(&b, &m, &t), Some(expected.concat()), "{m:?} {t:?}");
    }
}

#[test]
fn a3_touching_replacements_merge_only_where_asked() {
    let touch = Options { adjacency: Adjacency::Touch, ..Options::default() };
    let (b, m, t) = ("a\nb\nc\n", "A\nb\nc\n", "a\nB\nc\n");
    assert_eq!(with(&Options::default(), b, m, t).0, 1);
    assert_eq!(with(&touch, b, m, t), (0, "A\nB\nc\n".to_owned()));
    assert_eq!(with(&touch, b, "A\nb\nc\n", "a\nc\n"), (0, "A\nc\n".to_owned()));
    // Insertions at the touching point still conflict.
    assert_eq!(with(&touch, b, "A\nb\nc\n", "a\nx\nb\nc\n").0, 1);
    assert_eq!(with(&touch, b, "a\nB\nc\n", "a\nx\nb\nc\n").0, 1);
    assert_eq!(with(&touch, b, "a\nx\nb\nc\n", "a\ny\nb\nc\n").0, 1);
    assert_eq!(with(&touch, b, "a\nB\nc\n", "a\nQ\nc\n").0, 1);
}

#[test]
fn a3_touch_merges_whatever_git_adjacency_merges_and_keeps_the_other_laws() {
    let touch = Options { adjacency: Adjacency::Touch, ..Options::default() };
    let documents: Vec<String> = all_sequences(&["a", "b", "c"], 3).iter().map(|lines| text_of(lines)).collect();
    for b in &documents {
        for m in documents.iter().step_by(2) {
            assert_eq!(with(&touch, b, b, m), (0, m.clone()));
            assert_eq!(with(&touch, b, m, m), (0, m.clone()));
            for t in documents.iter().step_by(3) {
                let git = with(&Options::default(), b, m, t);
                let (conflicts, text) = with(&touch, b, m, t);
                assert!(git.0 > 0 || (conflicts == 0 && text == git.1));
            }
        }
    }
}

#[test]
fn a4_two_insertions_at_one_point_conflict_and_offer_both_orders() {
    let texts = texts("a\nb\n", "a\nmine\nb\n", "a\ntheirs\nb\n");
    let merge = merged(texts);
    assert_eq!(merge.conflicts(), 1);
    assert_eq!(merge.compose(texts, &[Pick::Both]).unwrap(), "a\nmine\ntheirs\nb\n");
    assert_eq!(merge.compose(texts, &[Pick::BothReversed]).unwrap(), "a\ntheirs\nmine\nb\n");
}

#[test]
fn a5_settling_every_conflict_on_one_side_gives_the_same_text_in_every_style() {
    let words = ["a", "b", "c", "d", "e", "", "}"];
    given::all(4000, &given::triples(&words, 20, 8), |triple| {
        let [b, m, t] = triple.map(|lines| text_of(&lines));
        let texts = texts(&b, &m, &t);
        for pick in [Pick::Mine, Pick::Theirs] {
            let settled = [Style::Merge, Style::Diff3, Style::Zdiff3].map(|style| {
                let merge = merged_with(texts, &Options { style, ..Options::default() });
                assert_regions(&merge, texts);
                let picks: Vec<_> = merge
                    .changes(texts, "")
                    .iter()
                    .map(|change| if change.clash.is_some() { pick } else { Pick::Auto })
                    .collect();
                merge.compose(texts, &picks).unwrap()
            });
            assert_eq!(settled[0], settled[1], "{texts:?}");
            assert_eq!(settled[0], settled[2], "{texts:?}");
            let favor = if pick == Pick::Mine { Favor::Mine } else { Favor::Theirs };
            let favored = with(&Options { favor: Some(favor), ..Options::default() }, &b, &m, &t);
            assert_eq!(favored, (0, settled[0].clone()), "{texts:?}");
        }
    });
}

#[test]
fn a6_a_union_repeats_no_common_line() {
    let union = Options { favor: Some(Favor::Union), ..Options::default() };
    let (b, m, t) = ("a\nb\nc\nd\ne\nf\n", "a\nB\nc\nd\nE\nf\n", "a\nQ\nc\nd\nR\nf\n");
    assert_eq!(with(&union, b, m, t), (0, "a\nB\nQ\nc\nd\nE\nR\nf\n".to_owned()));
    assert_eq!(with(&union, "a", "a\nb", "a\nc"), (0, "a\nb\nc".to_owned()));
    let moved = with(&union, "x\n1\n2\n3\n4\n5\n6\n", "1\n2\nx\n3\n4\n5\n6\n", "1\n2\n3\n4\n5\n6\nx\n").1;
    assert_eq!(moved.matches('x').count(), 1);
}

#[test]
fn e1_each_line_keeps_the_end_that_a_side_gave_it() {
    assert_eq!(clean_text("a\r\nb\r\nc\r\n", "a\nb\r\nc\r\n", "a\r\nb\r\nC\r\n").unwrap(), "a\nb\r\nC\r\n");
    assert_eq!(clean_text("a\r\nb\r\nc\r\n", "a\nb\r\nc\r\n", "A\r\nb\r\nc\r\n").unwrap(), "A\nb\r\nc\r\n");
    assert_eq!(clean_text("a\rb\rc\r", "a\nb\nc\n", "a\rB\rc\r").unwrap(), "a\nB\nc\n");
}

#[test]
fn e1_a_conflict_is_written_with_one_kind_of_line_end() {
    let (conflicts, text) = with(&Options::default(), "a\r\nb\r\nc\r\n", "a\nB\nc\n", "a\r\nX\r\nc\r\n");
    assert_eq!((conflicts, text.as_str()), (1, "a\n<<<<<<< mine\nB\n=======\nX\n>>>>>>> theirs\nc\n"));
}

#[test]
fn e1_both_sides_convert_in_different_ways_is_ambiguous() {
    let texts = texts("a\nb\n", "a\r\nb\r\n", "a\rb\r");
    let merge = merged(texts);
    assert!(merge.is_clean() && merge.is_ambiguous());
}

#[test]
fn e2_mixed_line_ends_that_nobody_touches_survive() {
    let (b, m, t) = ("a\r\nb\nc\r\nd\ne\r\nf\n", "a\r\nb\nc\r\nd\ne\r\nF\n", "A\r\nb\nc\r\nd\ne\r\nf\n");
    assert_eq!(clean_text(b, m, t).unwrap(), "A\r\nb\nc\r\nd\ne\r\nF\n");
    let (b, m, t) = ("10 %\r20 %\nb\nc\n", "10 %\r20 %\nb\nC\n", "10 %\r30 %\nb\nc\n");
    assert_eq!(clean_text(b, m, t).unwrap(), "10 %\r30 %\nb\nC\n");
}

#[test]
fn e3_markers_end_as_the_line_before_and_a_settled_conflict_has_no_newline_too_many() {
    let (_, text) = with(&Options::default(), "a\r\nb", "a\r\nB", "a\r\nX");
    assert_eq!(text, "a\r\n<<<<<<< mine\r\nB\r\n=======\r\nX\r\n>>>>>>> theirs\r\n");
    let texts = texts("a\r\nb", "a\r\nB", "a\r\nX");
    let merge = merged(texts);
    assert_eq!(merge.compose(texts, &[Pick::Mine]).unwrap(), texts.mine);
    assert_eq!(merge.compose(texts, &[Pick::Theirs]).unwrap(), texts.theirs);
    assert_eq!(merge.compose(texts, &[Pick::Both]).unwrap(), "a\r\nB\r\nX");
    assert_eq!(merge.compose(texts, &[Pick::Custom("own\r\n")]).unwrap(), "a\r\nown\r\n");
}

#[test]
fn e3_lines_are_never_glued() {
    let texts = texts("a\nb\nc\n", "a\nB\nc\n", "a\nX\nc\n");
    let merge = merged(texts);
    assert_eq!(merge.compose(texts, &[Pick::Custom("own")]).unwrap(), "a\nown\nc\n");
    assert_eq!(merge.compose(texts, &[Pick::Custom("")]).unwrap(), "a\nc\n");
}

/// The conflicts of a rendered text as (mine, base, theirs), and the text between them.
fn parse(text: &str, size: usize) -> Vec<Vec<String>> {
    let marker = |line: &str, character: &str| {
        let line = line.trim_end_matches(['\r', '\n']);
        let run = character.repeat(size);
        line == run || line.strip_prefix(&run).is_some_and(|label| label.starts_with(' '))
    };
    let mut parts = vec![vec![String::new()]];
    for line in text.split_inclusive('\n') {
        let inside = parts.len() % 2 == 0;
        let last = parts.last_mut().unwrap();
        if marker(line, "<") {
            parts.push(vec![String::new()]);
        } else if marker(line, "|") || marker(line, "=") && last.len() < 3 && inside {
            parts.last_mut().unwrap().push(String::new());
        } else if marker(line, ">") {
            parts.push(vec![String::new()]);
        } else {
            last.last_mut().unwrap().push_str(line);
        }
    }
    parts
}

#[test]
fn e4_rendered_conflicts_are_read_back_whatever_the_content_holds() {
    let words = ["a", "b", "=======", "<<<<<<< mine", ">>>>>>> theirs", "|||||||||", "======= ", "c"];
    given::all(3000, &given::triples(&words, 12, 5), |triple| {
        let [b, m, t] = triple.map(|lines| text_of(&lines));
        let texts = texts(&b, &m, &t);
        let merge = merged_with(texts, &Options { style: Style::Diff3, ..Options::default() });
        if merge.is_clean() {
            return;
        }
        let text = merge.text(texts);
        let size = (7..40).find(|size| {
            let run = "<".repeat(*size);
            text.lines().any(|line| line == format!("{run} mine"))
                && !m.contains(&run)
                && !t.contains(&run)
                && !b.contains(&run)
        });
        let parts = parse(&text, size.expect("a marker that no line of the content holds"));
        let conflicts: Vec<Vec<String>> = parts.into_iter().skip(1).step_by(2).collect();
        let regions = merge.changes(texts, "").into_iter().filter(|change| change.clash.is_some());
        let expected: Vec<Vec<String>> = regions
            .map(|change| [change.mine, change.base, change.theirs].map(Option::unwrap_or_default).to_vec())
            .collect();
        assert_eq!(conflicts, expected, "{text}");
    });
}

#[test]
fn e4_labels_and_sizes_are_as_asked() {
    let options = Options {
        style: Style::Diff3,
        label_mine: Some("my draft".into()),
        label_base: Some(String::new()),
        label_theirs: Some("server".into()),
        marker_size: Some(3),
        ..Options::default()
    };
    assert_eq!(with(&options, "a\n", "b\n", "c\n").1, "<<< my draft\nb\n|||\na\n===\nc\n>>> server\n");
    let empty = Texts { base: Some(""), mine: "", theirs: "" };
    assert_eq!(merged(empty).text(empty), "");
}

#[test]
fn e1_a_blank_last_line_is_not_lost_with_the_final_newline() {
    assert_eq!(clean_text("\n\n}\n", "0}<\n}\n\n", "\n\n}").as_deref(), Some("0}<\n}\n\n"));
    assert_eq!(clean_text("a\nb\nc\n", "a\nb\nc\n\n", "A\nb\nc").as_deref(), Some("A\nb\nc\n\n"));
}
