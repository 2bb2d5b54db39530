//! Several edits of one base by one client: insertions of all edits stay, and the later of two replacements stays.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test may fail loudly")]

use mergefetch::conflict::{Choice, Conflict, Document, Engine, MergeOptions};
use mergefetch::http::Format;
use mergefetch::merge::Favor;
use mergefetch::merge::json::Rule;
use mergefetch::merge::text::{Adjacency, Granularity, Style};

fn document(format: Format, text: &str) -> Document {
    Document::parse(format, text.as_bytes()).unwrap()
}

/// The merge of the edit `mine` of `base` by a client that has saved `own` from it before, with `theirs`.
fn met(format: Format, options: &MergeOptions, [base, own, mine, theirs]: [&str; 4]) -> Conflict {
    let [base, own, mine, theirs] = [base, own, mine, theirs].map(|text| document(format, text));
    Engine::linked().conflict_after(&own, [Some(base), Some(mine), Some(theirs)], options.clone()).unwrap()
}

fn result(conflict: &Conflict) -> String {
    conflict.merged().unwrap().unwrap().text().unwrap().to_owned()
}

/// The result of several saves from one base, one after the other, without another writer.
fn saved_with(format: Format, options: &MergeOptions, base: &str, saves: &[&str]) -> String {
    let (first, later) = saves.split_first().unwrap();
    later.iter().fold((*first).to_owned(), |own, mine| {
        let conflict = met(format, options, [base, &own, mine, &own]);
        assert_eq!(conflict.unresolved(), 0, "{base:?} {saves:?}: {:?}", conflict.changes());
        result(&conflict)
    })
}

fn json(base: &str, saves: &[&str]) -> String {
    saved_with(Format::Json, &MergeOptions::default(), base, saves)
}

fn text(base: &str, saves: &[&str]) -> String {
    saved_with(Format::Text, &MergeOptions::default(), base, saves)
}

#[test]
fn insertions_of_lines_at_one_place_are_all_kept() {
    for (base, saves, expected) in [
        ("A\nB\n", &["A\nX\nB\n", "A\nY\nB\n"][..], "A\nX\nY\nB\n"),
        ("A\nB\n", &["A\nX\nB\n", "A\nY\nB\n", "A\nZ\nB\n"], "A\nX\nY\nZ\nB\n"),
        ("A\nB\n", &["A\nY\nB\n", "A\nX\nB\n"], "A\nY\nX\nB\n"),
        ("A\nB\n", &["A\nX\nB\n", "A\nX\nY\nB\n"], "A\nX\nY\nB\n"),
        ("A\nB\n", &["A\nX\nB\n", "A\nY\nX\nB\n"], "A\nY\nX\nB\n"),
        ("A\nB\n", &["A\nX\nQ\nB\n", "A\nY\nQ\nB\n"], "A\nX\nY\nQ\nB\n"),
        ("A\nB\n", &["A\nX\nY\nB\n", "A\nY\nX\nB\n"], "A\nY\nX\nB\n"),
        ("", &["X\n", "Y\n"], "X\nY\n"),
        // Without a final newline no lines are glued.
        ("A", &["A\nX", "A\nY"], "A\nX\nY"),
        ("A\r\nB\r\n", &["A\r\nX\r\nB\r\n", "A\r\nY\r\nB\r\n"], "A\r\nX\r\nY\r\nB\r\n"),
        // Where both replaced a value, the later save wins, with the insertions of the first one beside it.
        ("A\nB\n", &["A1\nB\n", "A2\nB\n"], "A2\nB\n"),
        ("A\nB\n", &["X\nA\nB\n", "A2\nB\n"], "X\nA2\nB\n"),
        ("A\nB\n", &["A1\nB\n", "A\nY\nB\n"], "A1\nY\nB\n"),
        ("some words\nB\n", &["some word\nX\nB\n", "some other words\nB\n"], "some other words\nX\nB\n"),
        ("A\nB\n", &["B\n", "A\nY\nB\n"], "Y\nB\n"),
        ("A\nB\n", &["A1\nB1\n", "A2\nB\n"], "A2\nB1\n"),
    ] {
        assert_eq!(text(base, saves), expected, "{base:?} {saves:?}");
    }
}

#[test]
fn typing_on_never_doubles_a_line() {
    // A form that saves from its first snapshot, whatever it has saved since.
    for typed in ["Hello, world", "- [ ] milk", "fn main() {}", "日本語です"] {
        let stops: Vec<usize> = (1..=typed.len()).filter(|&at| typed.is_char_boundary(at)).collect();
        for (before, after) in [("A\n", "B\n"), ("", ""), ("A\n", ""), ("", "B\n")] {
            let base = format!("{before}{after}");
            for every in 1..4 {
                let saves: Vec<String> =
                    stops.iter().step_by(every).map(|&at| format!("{before}{}\n{after}", &typed[..at])).collect();
                let all: Vec<&str> = saves.iter().map(String::as_str).collect();
                assert_eq!(text(&base, &all), saves.last().unwrap().as_str());
            }
        }
    }
    for (saves, expected) in [
        // In the middle, and on in the next line.
        (&["A\nThe quick brwn\nB\n", "A\nThe quick brown fox\nB\n"][..], "A\nThe quick brown fox\nB\n"),
        (&["A\nworld\nB\n", "A\nHello world\nB\n"], "A\nHello world\nB\n"),
        (&["A\nHel\nB\n", "A\nHello\n\nB\n", "A\nHello\n\nworld\nB\n"], "A\nHello\n\nworld\nB\n"),
        (&["A\n\nB\n", "A\nx\nB\n"], "A\nx\nB\n"),
        // The line above was edited meanwhile.
        (&["A\nHel\nB\n", "A2\nHello\nB\n"], "A2\nHello\nB\n"),
        // Two forms, both of which type on.
        (&["A\nfirst\nB\n", "A\nsec\nB\n", "A\nsecond\nB\n", "A\nfirst one\nB\n"], "A\nfirst one\nsecond\nB\n"),
        // A bracket is nobody's word.
        (&["A\nif a {\n}\nB\n", "A\nif b { }\nB\n"], "A\nif a {\n}\nif b { }\nB\n"),
    ] {
        assert_eq!(text("A\nB\n", saves), expected, "{saves:?}");
    }
}

#[test]
fn insertions_of_elements_at_one_place_are_all_kept() {
    for (base, saves, expected) in [
        // Values that repeat: a sequence.
        ("[0,0]", &["[0,1,0]", "[0,2,0]"][..], "[0,1,2,0]"),
        ("[0,0]", &["[0,2,0]", "[0,1,0]", "[0,3,0]"], "[0,2,1,3,0]"),
        ("[0,0]", &["[0,1,0]", "[0,1,2,0]"], "[0,1,2,0]"),
        ("[0,0]", &["[0,1,0]", "[0,2,1,3,0]"], "[0,2,1,3,0]"),
        ("[0,0]", &["[0,1,9,0]", "[0,2,9,0]"], "[0,1,2,9,0]"),
        ("[0,0]", &["[0,[1],0]", "[0,[1,2],0]"], "[0,[1],[1,2],0]"),
        (r#"[{},{}]"#, &[r#"[{},{"t":1},{}]"#, r#"[{},{"t":2},{}]"#], r#"[{},{"t":1},{"t":2},{}]"#),
        ("[]", &[r#"[{"t":1}]"#, r#"[{"t":2}]"#], r#"[{"t":1},{"t":2}]"#),
        // Values that are their own identity, and records with a key.
        (r#"["a","b"]"#, &[r#"["a","x","b"]"#, r#"["a","y","b"]"#], r#"["a","x","y","b"]"#),
        (r#"["a","b"]"#, &[r#"["a","y","b"]"#, r#"["a","x","b"]"#], r#"["a","y","x","b"]"#),
        (r#"[{"id":1}]"#, &[r#"[{"id":1},{"id":3}]"#, r#"[{"id":1},{"id":2}]"#], r#"[{"id":1},{"id":3},{"id":2}]"#),
        (
            r#"[{"id":1}]"#,
            &[r#"[{"id":1},{"id":2,"t":"a"}]"#, r#"[{"id":1},{"id":3},{"id":2,"t":"b"}]"#],
            r#"[{"id":1},{"id":3},{"id":2,"t":"b"}]"#,
        ),
        // Values that both replaced.
        ("[0,0]", &["[1,0]", "[2,0]"], "[2,0]"),
        ("[0,0]", &["[0,1,2]", "[0,3]"], "[0,1,2,3]"),
        (r#"{"a":1}"#, &[r#"{"a":2}"#, r#"{"a":3}"#], r#"{"a":3}"#),
    ] {
        assert_eq!(json(base, saves), expected, "{base} {saves:?}");
    }
}

#[test]
fn members_that_both_added_are_united_or_the_later_ones() {
    for (saves, expected) in [
        ([r#"{"a":1}"#, r#"{"a":2}"#], r#"{"a":2}"#),
        ([r#"{"a":[1]}"#, r#"{"a":[2]}"#], r#"{"a":[1,2]}"#),
        ([r#"{"a":[1,1]}"#, r#"{"a":[2,2]}"#], r#"{"a":[1,1,2,2]}"#),
        ([r#"{"a":[1]}"#, r#"{"a":2}"#], r#"{"a":2}"#),
        ([r#"{"a":{"b":1,"c":[1,1]}}"#, r#"{"a":{"b":2,"c":[2,2]}}"#], r#"{"a":{"b":2,"c":[1,1,2,2]}}"#),
        (
            [r#"{"a":[{"id":1,"t":"x","m":1},{"id":2}]}"#, r#"{"a":[{"id":1,"t":"y"},{"id":3}]}"#],
            r#"{"a":[{"id":1,"t":"y","m":1},{"id":2},{"id":3}]}"#,
        ),
    ] {
        assert_eq!(json("{}", &saves), expected, "{saves:?}");
    }
    // Values with a rule: identified by it, or merged as a whole.
    let ruled = |pointer: &str, rule: Rule, saves: [&str; 2]| {
        let mut options = MergeOptions::default();
        options.json.rules.push((pointer.to_owned(), rule));
        saved_with(Format::Json, &options, "{}", &saves)
    };
    let saves = [r#"{"a":{"l":[{"k":1,"t":1}]}}"#, r#"{"a":{"l":[{"k":1,"t":2}]}}"#];
    assert_eq!(ruled("/a/*", Rule::Key(vec!["k".into()]), saves), saves[1]);
    assert_eq!(ruled("/a/l", Rule::Atomic, saves), saves[1]);
    let inside = [r#"{"a":[{"l":[{"k":1,"t":1}]}]}"#, r#"{"a":[{"l":[{"k":1,"t":2}]}]}"#];
    assert_eq!(ruled("/a", Rule::Atomic, inside), inside[1]);
}

#[test]
fn strings_that_are_merged_as_texts_keep_the_lines_of_both() {
    let string = |lines: &str| format!(r#"{{"t":"a\n{lines}b\n"}}"#);
    let [base, first, second, both] = ["", r"x\u0041\n", r"y\n", r"xA\ny\n"].map(string);
    assert_eq!(json(&base, &[&first, &second]), both);
    assert_eq!(json(&base, &[&string(r"He\n"), &string(r"Hello\n")]), string(r"Hello\n"));
    assert_eq!(json(&base, &[&string(r"1 \n2\n"), &string(r"3\n2\n4\n")]), string(r"1 \n3\n2\n4\n"));
}

/// All lists of up to `longest` of these.
fn lists(letters: &[&'static str], longest: usize) -> Vec<Vec<&'static str>> {
    let mut all = vec![Vec::new()];
    let mut last = all.clone();
    for _ in 0..longest {
        last = last
            .iter()
            .flat_map(|list: &Vec<&'static str>| {
                letters.iter().map(|letter| list.iter().copied().chain([*letter]).collect::<Vec<_>>())
            })
            .collect();
        all.extend(last.iter().cloned());
    }
    all
}

/// Every way to put `new`, in this order, into `base`.
fn insertions(base: &[&'static str], new: &[&'static str]) -> Vec<Vec<&'static str>> {
    let Some((first, rest)) = new.split_first() else { return vec![base.to_vec()] };
    let mut all = Vec::new();
    for at in 0..=base.len() {
        for tail in insertions(&base[at..], rest) {
            all.push(base[..at].iter().copied().chain([*first]).chain(tail).collect());
        }
    }
    all
}

fn options() -> Vec<MergeOptions> {
    let mut all = vec![MergeOptions::default()];
    for style in [Style::Diff3, Style::Zdiff3] {
        let mut options = MergeOptions::default();
        options.text.style = style;
        all.push(options);
    }
    let mut options = MergeOptions::default();
    options.text.adjacency = Adjacency::Touch;
    all.push(options);
    let mut options = MergeOptions::default();
    options.text.granularity = Granularity::Word;
    all.push(options);
    all
}

fn text_of(list: &[&str]) -> String {
    list.iter().map(|line| format!("{line}\n")).collect()
}

fn elements(list: &[&str]) -> String {
    list.iter().map(|one| format!("\"{one}\"")).collect::<Vec<_>>().join(",")
}

fn array_of(list: &[&str]) -> String {
    format!("[{}]", elements(list))
}

fn count(list: &[String], letter: &str) -> usize {
    list.iter().filter(|found| *found == letter).count()
}

fn lines_of(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

fn elements_of(text: &str) -> Vec<String> {
    let text = text.trim_matches(['[', ']']);
    if text.is_empty() { Vec::new() } else { text.split(',').map(|one| one.trim_matches('"').to_owned()).collect() }
}

/// Each item of base stands as often as before, each inserted one once, and none that one save inserted together changed its order.
fn check(found: &[String], base: &[&str], inserted: [&[&str]; 2], shown: &str) {
    for letter in ["a", "b"] {
        let before = base.iter().filter(|one| **one == letter).count();
        assert_eq!(count(found, letter), before, "{shown} {found:?}");
    }
    for new in inserted {
        let kept: Vec<&str> = found.iter().map(String::as_str).filter(|one| new.contains(one)).collect();
        assert_eq!(kept, new, "{shown} {found:?}");
    }
}

#[test]
fn whatever_two_saves_insert_is_in_the_result_once() {
    for base in lists(&["a", "b"], 3) {
        for (new, newer) in
            [(&["x"][..], &["y"][..]), (&["x", "z"], &["y"]), (&["z"], &["y", "x"]), (&["x", "q"], &["y", "r"])]
        {
            for first in insertions(&base, new) {
                for second in insertions(&base, newer) {
                    let shown = format!("{base:?} {first:?} {second:?}");
                    let all = [&base, &first, &second];
                    let [b, f, s] = all.map(|list| array_of(list));
                    check(&elements_of(&json(&b, &[&f, &s])), &base, [new, newer], &shown);
                    let [b, f, s] = all.map(|list| text_of(list));
                    for options in options() {
                        check(
                            &lines_of(&saved_with(Format::Text, &options, &b, &[&f, &s])),
                            &base,
                            [new, newer],
                            &shown,
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn any_repeated_save_loses_nothing_and_duplicates_nothing() {
    for base in lists(&["a", "b"], 2) {
        for first in insertions(&base, &["x"]) {
            for second in insertions(&base, &["y"]) {
                for third in [&first, &second] {
                    let shown = format!("{base:?} {first:?} {second:?} {third:?}");
                    let all = [&base, &first, &second, third];
                    let [b, saves @ ..] = all.map(|list| array_of(list));
                    let [f, s, t] = saves.each_ref().map(String::as_str);
                    check(&elements_of(&json(&b, &[f, s, t])), &base, [&["x"], &["y"]], &shown);
                    let [b, saves @ ..] = all.map(|list| text_of(list));
                    let [f, s, t] = saves.each_ref().map(String::as_str);
                    for options in options() {
                        let found = saved_with(Format::Text, &options, &b, &[f, s, t]);
                        check(&lines_of(&found), &base, [&["x"], &["y"]], &shown);
                    }
                }
            }
        }
    }
}

#[test]
fn whatever_a_second_save_adds_to_its_first_is_in_the_result_once() {
    for base in lists(&["a", "b"], 3) {
        for first in insertions(&base, &["x"]) {
            for second in insertions(&first, &["y"]) {
                let [b, f, s] = [&base, &first, &second].map(|list| array_of(list));
                assert_eq!(json(&b, &[&f, &s]), s);
                for options in options() {
                    let [b, f, s] = [&base, &first, &second].map(|list| text_of(list));
                    assert_eq!(saved_with(Format::Text, &options, &b, &[&f, &s]), s, "{b:?} {f:?}");
                }
            }
        }
    }
}

#[test]
fn what_others_wrote_elsewhere_is_kept_and_what_they_wrote_there_is_asked() {
    let options = MergeOptions::default();
    let sides = ["A\nB\nC\nD\n", "A\nX\nB\nC\nD\n", "A\nY\nB\nC\nD\n", "A\nX\nB\nC\nD2\n"];
    let conflict = met(Format::Text, &options, sides);
    assert_eq!((conflict.unresolved(), result(&conflict).as_str()), (0, "A\nX\nY\nB\nC\nD2\n"));
    let conflict = met(Format::Text, &options, [sides[0], sides[1], sides[2], "A\nX\nZ\nB\nC\nD\n"]);
    assert_eq!(conflict.unresolved(), 1);
    let conflict = met(Format::Json, &options, ["[0,0]", "[0,1,0]", "[0,2,0]", "[0,1,0,5]"]);
    assert_eq!((conflict.unresolved(), result(&conflict).as_str()), (0, "[0,1,2,0,5]"));
    let conflict = met(Format::Json, &options, ["[0,0]", "[0,1,0]", "[0,2,0]", "[0,1,7,0]"]);
    assert_eq!(conflict.unresolved(), 1);
}

#[test]
fn own_edits_do_not_conflict_whichever_side_favor_names() {
    for favor in [Favor::Mine, Favor::Theirs] {
        let mut options = MergeOptions::default();
        (options.json.favor, options.text.favor) = (Some(favor), Some(favor));
        let json = |saves: [&str; 2]| saved_with(Format::Json, &options, r#"{"l":[0,0],"a":1}"#, &saves);
        assert_eq!(json([r#"{"l":[0,1,0],"a":2}"#, r#"{"l":[0,2,0],"a":3}"#]), r#"{"l":[0,1,2,0],"a":3}"#);
        let text = |saves: [&str; 2]| saved_with(Format::Text, &options, "A\nB\nC\n", &saves);
        assert_eq!(text(["A\nX\nB\nC1\n", "A\nY\nB\nC2\n"]), "A\nX\nY\nB\nC2\n");
        // Other people's are settled as they were.
        let sides = [r#"{"a":1,"b":1}"#, r#"{"a":2,"b":1}"#, r#"{"a":3,"b":3}"#, r#"{"a":2,"b":2}"#];
        let b = if favor == Favor::Mine { 3 } else { 2 };
        assert_eq!(result(&met(Format::Json, &options, sides)), format!(r#"{{"a":3,"b":{b}}}"#));
    }
}

#[test]
fn what_was_sent_and_arrived_without_an_answer_is_no_conflict() {
    let options = MergeOptions::default();
    for (format, sides, moved) in [
        (Format::Text, ["A\nB\nC\nD\n", "A\nX\nB\nC\nD\n", "A\nY\nB\nC\nD\n", "A\nX\nB\nC\nD\n"], ("D", "D2")),
        (Format::Json, ["[0,0,9]", "[0,1,0,9]", "[0,2,0,9]", "[0,1,0,9]"], ("9", "8")),
        (
            Format::Json,
            [r#"{"t":9}"#, r#"{"a":[1,1],"t":9}"#, r#"{"a":[2,2],"t":9}"#, r#"{"a":[1,1],"t":9}"#],
            ("9", "8"),
        ),
    ] {
        let mut conflict = met(format, &options, sides);
        let sent = result(&conflict);
        // It did not arrive, and somebody wrote elsewhere.
        let mut other = conflict.clone();
        let theirs = sides[3].replace(moved.0, moved.1);
        assert!(other.rebase(Some(document(format, &theirs)), Some(&document(format, &sent))).unwrap().is_empty());
        assert_eq!((other.unresolved(), result(&other)), (0, sent.replace(moved.0, moved.1)));
        // It did.
        let theirs = sent.replace(moved.0, moved.1);
        let reopened = conflict.rebase(Some(document(format, &theirs)), Some(&document(format, &sent))).unwrap();
        assert_eq!((reopened, conflict.unresolved(), result(&conflict)), (vec![], 0, theirs));
    }
}

/// `list` without any of these letters, and with `new` put anywhere into it.
fn edits(list: &[&'static str], removable: &[&str], new: &[&'static str]) -> Vec<Vec<&'static str>> {
    let mut all = Vec::new();
    for gone in lists(&["a", "b"], 2) {
        let is_kept = |one: &&'static str| !(removable.contains(one) && gone.contains(one));
        let rest: Vec<&'static str> = list.iter().copied().filter(is_kept).collect();
        all.extend(insertions(&rest, new));
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// A sequence, as it holds two equal values.
fn sequence_of(list: &[&str]) -> String {
    if list.is_empty() { "0,0".to_owned() } else { format!("0,0,{}", elements(list)) }
}

fn written(form: usize, list: &[&str]) -> (Format, String) {
    match form {
        0 => (Format::Text, text_of(list)),
        1 => (Format::Json, format!("[{}]", sequence_of(list))),
        2 => {
            (Format::Json, format!(r#"{{"t":"{}"}}"#, list.iter().map(|line| format!("{line}\\n")).collect::<String>()))
        }
        _ => (Format::Json, format!(r#"{{"n":1,"l":[{}]}}"#, sequence_of(list))),
    }
}

fn new_lines(list: &[&'static str], base: &[&str]) -> Vec<&'static str> {
    list.iter().copied().filter(|one| !base.contains(one)).collect()
}

#[test]
fn what_arrived_without_an_answer_and_was_edited_by_others_is_theirs() {
    let mut settled = 0;
    for base in [&["a"][..], &["a", "b"], &["a", "k", "b"]] {
        for sent in [&["x"][..], &["x", "y"]].iter().flat_map(|new| edits(base, &["a", "b"], new)) {
            for theirs in [&[][..], &["p"], &["p", "q"]].iter().flat_map(|new| edits(&sent, &["a", "b"], new)) {
                for form in 0..4 {
                    let [(format, base), (_, own), (_, theirs)] =
                        [base, &sent, &theirs].map(|list| written(form, list));
                    for options in options() {
                        let conflict = met(format, &options, [&base, &own, &own, &theirs]);
                        let shown = format!("{base:?} {own:?} {theirs:?} {:?}", conflict.changes());
                        assert_eq!((conflict.unresolved(), result(&conflict)), (0, theirs.clone()), "{shown}");
                        settled += usize::from(conflict.changes().iter().any(|change| change.clash.is_some()));
                        // The same in a conflict that people had decided.
                        let [old, mine] = [&base, &own].map(|text| Some(document(format, text)));
                        let mut conflict =
                            Engine::linked().conflict([old.clone(), mine, old], options.clone()).unwrap();
                        let reopened =
                            conflict.rebase(Some(document(format, &theirs)), Some(&document(format, &own))).unwrap();
                        assert_eq!((reopened, conflict.unresolved()), (vec![], 0), "{shown}");
                        assert_eq!(result(&conflict), theirs, "{shown}");
                    }
                }
            }
        }
    }
    println!("{settled} would have been asked about");
    assert!(settled > 1_000);
}

#[test]
fn what_others_wrote_never_vanishes_beside_an_edit_without_an_answer() {
    let base = &["a", "k", "b"][..];
    let all = |new: &[&[&'static str]]| new.iter().flat_map(|new| edits(base, &["a", "b"], new)).collect::<Vec<_>>();
    let (mut settled, mut asked) = (0, 0);
    for mine in all(&[&[], &["x"], &["x", "y"]]) {
        for theirs in all(&[&["p"], &["x"], &["p", "x"], &["x", "p"], &["y", "x"], &["x", "p", "y"]]) {
            for form in 0..4 {
                let shown = format!("{form} {mine:?} {theirs:?}");
                let [(format, b), (_, m), (_, t)] = [base, &mine, &theirs].map(|list| written(form, list));
                let conflict = met(format, &MergeOptions::default(), [&b, &m, &m, &t]);
                if conflict.unresolved() > 0 {
                    asked += 1;
                    continue;
                }
                settled += 1;
                let merged = result(&conflict);
                for line in new_lines(&theirs, base).into_iter().chain(new_lines(&mine, base)) {
                    assert!(merged.contains(line), "{line}: {shown}: {merged:?}");
                }
                for line in ["a", "b"] {
                    let is_gone = !mine.contains(&line) || !theirs.contains(&line);
                    assert!(!is_gone || !merged.contains(line), "{line}: {shown}: {merged:?}");
                }
            }
        }
    }
    println!("{settled} settled, {asked} asked");
    assert!(settled > 5_000);
}

#[test]
fn an_edit_that_only_removed_something_leaves_no_trace_and_is_asked_about() {
    for form in 0..4 {
        let [(format, base), (_, own), (_, theirs)] =
            [&["a", "k", "b"][..], &["k", "b"], &["p", "k", "b"]].map(|list| written(form, list));
        let conflict = met(format, &MergeOptions::default(), [&base, &own, &own, &theirs]);
        assert_eq!(conflict.unresolved(), 1, "{base:?} {:?}", conflict.changes());
    }
}

#[test]
fn decisions_that_arrived_without_an_answer_and_were_edited_by_others_are_theirs() {
    let base = &["a", "k", "b"][..];
    let (mut settled, mut asked) = (0, 0);
    for mine in edits(base, &["a", "b"], &["x"]) {
        for theirs in edits(base, &["a", "b"], &["p"]) {
            for form in 0..4 {
                for choice in [Choice::Mine, Choice::Theirs, Choice::Both] {
                    let [(format, b), (_, m), (_, t)] = [base, &mine, &theirs].map(|list| written(form, list));
                    let [b, m, t] = [&b, &m, &t].map(|text| Some(document(format, text)));
                    let mut conflict = Engine::linked().conflict([b, m, t], MergeOptions::default()).unwrap();
                    if conflict.unresolved() == 0 || conflict.take(choice, None).is_err() {
                        continue;
                    }
                    let sent = result(&conflict);
                    let now = match format {
                        Format::Text => format!("q\n{sent}"),
                        _ if form == 2 => sent.replacen(":\"", ":\"q\\n", 1),
                        _ => sent.replacen("0,0", "0,0,\"q\"", 1),
                    };
                    let reopened =
                        conflict.rebase(Some(document(format, &now)), Some(&document(format, &sent))).unwrap();
                    if conflict.unresolved() > 0 {
                        asked += 1;
                        continue;
                    }
                    settled += 1;
                    let shown = format!("{form} {mine:?} {theirs:?} {choice:?} {sent} {:?}", conflict.changes());
                    assert_eq!((reopened, result(&conflict)), (vec![], now), "{shown}");
                }
            }
        }
    }
    println!("{settled} settled, {asked} asked");
    assert!(settled > 1_000);
}
