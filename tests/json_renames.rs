//! Renames of law J15: two things never share one new name, and a rename never passes a removal of the same thing.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test may fail loudly")]

mod support;

use mergefetch::merge::json::{Document, Options, Rule};
use mergefetch::merge::{Clash, Favor, Pick};
use support::Merged;

/// Checks that people decide, whichever side is mine, and that each side can be chosen as a whole.
fn asks(base: &str, mine: &str, theirs: &str) -> Vec<Clash> {
    let swapped = Merged::new(base, theirs, mine);
    assert!(!swapped.merge.is_clean(), "swapped: {base} | {mine} | {theirs} = {}", swapped.text());
    let merged = Merged::new(base, mine, theirs);
    assert!(!merged.merge.is_clean(), "{base} | {mine} | {theirs} = {}", merged.text());
    merged.clashes()
}

fn object(members: &[(&str, &str)]) -> String {
    let members: Vec<String> = members.iter().map(|(name, value)| format!(r#""{name}":{value}"#)).collect();
    format!("{{{}}}", members.join(","))
}

#[test]
fn j15_two_members_with_one_new_name_are_a_conflict() {
    let long = r#"[{"id":1,"text":"Bake bread"}]"#;
    let other_long = r#"[{"id":2,"text":"Buy milk"}]"#;
    let values = [
        ("1", "1"),
        ("1", "2"),
        (r#"{"size":1}"#, r#"{"color":2}"#),
        (r#"{"size":1}"#, r#"{"size":1}"#),
        ("[]", "[]"),
        (r#"["a"]"#, r#"["b"]"#),
        (long, other_long),
        (long, "[]"),
    ];
    for (one, other) in values {
        let base = object(&[("a", one), ("b", other), ("c", "true")]);
        let mine = object(&[("x", one), ("b", other), ("c", "true")]);
        let theirs = object(&[("a", one), ("x", other), ("c", "true")]);
        asks(&base, &mine, &theirs);
        let merged = Merged::new(&base, &mine, &theirs);
        assert_eq!(merged.picked(|_| Pick::Mine), mine, "{:?}", merged.merge.changes());
        assert_eq!(merged.picked(|_| Pick::Theirs), theirs);
        assert_eq!(merged.picked(|_| Pick::Base), base);
        // The same below the root.
        let inside = |text: &str| format!(r#"{{"view":{text}}}"#);
        asks(&inside(&base), &inside(&mine), &inside(&theirs));
    }
}

#[test]
fn j15_a_member_renamed_to_the_name_of_a_new_member_is_a_conflict() {
    let values = [
        ("1", "2"),
        (r#"{"size":1}"#, r#"{"color":2}"#),
        (r#"{"size":1}"#, r#"{"size":1,"color":2}"#),
        ("[]", r#"["b"]"#),
        ("[1,2]", r#"["b"]"#),
    ];
    for (old, new) in values {
        let base = object(&[("a", old), ("c", "true")]);
        let mine = object(&[("x", old), ("c", "true")]);
        let theirs = object(&[("a", old), ("x", new), ("c", "true")]);
        asks(&base, &mine, &theirs);
        let merged = Merged::new(&base, &mine, &theirs);
        assert_eq!(merged.picked(|_| Pick::Mine), mine, "{:?}", merged.merge.changes());
        assert_eq!(merged.picked(|_| Pick::Theirs), theirs);
    }
}

#[test]
fn j15_equal_renames_and_equal_new_members_stay_clean() {
    for value in ["1", r#"{"size":1}"#, r#"[{"id":1,"text":"Bake bread"}]"#] {
        let base = object(&[("a", value), ("c", "true")]);
        let both = object(&[("x", value), ("c", "true")]);
        assert_eq!(Merged::new(&base, &both, &both).clean(), Some(both.clone()));
        let edited = object(&[("x", value), ("c", "false")]);
        assert_eq!(Merged::new(&base, &both, &edited).clean(), Some(edited));
    }
    // One side renames a chain: `b` to `c`, then `a` to `b`. The other side edits something else.
    let base = object(&[("a", r#"{"p":1}"#), ("b", r#"{"q":2}"#), ("n", "1")]);
    let mine = object(&[("b", r#"{"p":1}"#), ("c", r#"{"q":2}"#), ("n", "1")]);
    let theirs = object(&[("a", r#"{"p":1}"#), ("b", r#"{"q":2}"#), ("n", "2")]);
    assert_eq!(Merged::new(&base, &mine, &theirs).clean(), Some(mine.replace(r#""n":1"#, r#""n":2"#)));
}

#[test]
fn j15_chains_of_renames_unite_no_members() {
    let (p, q) = (r#"{"p":1}"#, r#"{"q":2}"#);
    let base = object(&[("a", p), ("b", q)]);
    // Mine renames `b` to `c` and `a` to `b`. Theirs renames `a` to `c`, or to `b` after it renamed `b`.
    let mine = object(&[("b", p), ("c", q)]);
    asks(&base, &mine, &object(&[("c", p), ("b", q)]));
    asks(&base, &mine, &object(&[("a", p), ("b", q), ("c", r#"{"r":3}"#)]));
    asks(&base, &mine, &object(&[("a", p), ("c", q)]).replace(r#""p":1"#, r#""p":7"#));
    // Both rename `b` to `c`, and only mine renames `a` to `b`.
    let merged = Merged::new(&base, &mine, &object(&[("a", p), ("c", q)]));
    assert!(merged.clean().is_none_or(|text| text == mine), "{}", merged.text());
}

fn fields(names: &[&str]) -> String {
    let of = |name: &&str| {
        let (name, old) = name.split_once('=').unwrap_or((name, name));
        format!(r#"{{"name":"{old}","type":"string","help":"The help of {name}"}}"#)
    };
    format!("[{}]", names.iter().map(of).collect::<Vec<_>>().join(","))
}

#[test]
fn j15_two_records_with_one_new_key_are_a_conflict() {
    for count in 2..6 {
        let all = ["age", "city", "street", "phone", "mail"];
        let base: Vec<&str> = all[..count].to_vec();
        let (mut mine, mut theirs) = (base.clone(), base.clone());
        mine[0] = "age=field";
        theirs[1] = "city=field";
        let clashes = asks(&fields(&base), &fields(&mine), &fields(&theirs));
        let merged = Merged::new(&fields(&base), &fields(&mine), &fields(&theirs));
        assert_eq!(merged.picked(|_| Pick::Mine), fields(&mine), "{clashes:?}");
        assert_eq!(merged.picked(|_| Pick::Theirs), fields(&theirs), "{clashes:?}");
        // Theirs adds a record with the new name.
        let mut added = base.clone();
        added.push("field");
        asks(&fields(&base), &fields(&mine), &fields(&added));
    }
}

#[test]
fn j15_records_with_ids_may_have_equal_names() {
    let rows = |names: [&str; 3]| {
        let rows = names.iter().enumerate().map(|(at, name)| format!(r#"{{"id":{at},"name":"{name}"}}"#));
        format!("[{}]", rows.collect::<Vec<_>>().join(","))
    };
    let merged = Merged::new(&rows(["a", "b", "c"]), &rows(["x", "b", "c"]), &rows(["a", "x", "c"]));
    assert_eq!(merged.clean(), Some(rows(["x", "x", "c"])));
}

#[test]
fn j15_a_name_that_base_has_twice_is_no_identity() {
    let rows = |names: [&str; 4]| {
        let rows =
            names.iter().enumerate().map(|(at, name)| format!(r#"{{"name":"{name}","text":"The text of {at}"}}"#));
        format!("[{}]", rows.collect::<Vec<_>>().join(","))
    };
    let merged = Merged::new(&rows(["a", "b", "c", "c"]), &rows(["c", "b", "c", "c"]), &rows(["a", "c", "c", "c"]));
    assert!(merged.clean().is_none_or(|text| text == rows(["c", "c", "c", "c"])));
}

/// A board with columns of cards; a column is `(name, cards)`.
fn board(columns: &[(&str, &str)]) -> String {
    let columns = columns.iter().map(|(name, cards)| format!(r#"{{"name":"{name}","cards":[{cards}]}}"#));
    format!("[{}]", columns.collect::<Vec<_>>().join(","))
}

fn members(columns: &[(&str, &str)]) -> String {
    let columns = columns.iter().map(|(name, cards)| format!(r#""{name}":[{cards}]"#));
    format!("{{{}}}", columns.collect::<Vec<_>>().join(","))
}

type Shape = fn(&[(&str, &str)]) -> String;
const SHAPES: [Shape; 2] = [board, members];

fn cards(ids: std::ops::Range<u32>) -> String {
    ids.map(|id| format!(r#"{{"id":{id},"text":"The text of card {id}"}}"#)).collect::<Vec<_>>().join(",")
}

#[test]
fn j15_two_columns_with_one_new_name_are_a_conflict() {
    for shape in SHAPES {
        for (one, other) in [(0..0, 0..0), (0..0, 3..5), (0..1, 3..4), (0..2, 3..5)] {
            let (one, other, third) = (cards(one), cards(other), cards(7..9));
            let base = shape(&[("todo", &one), ("doing", &other), ("done", &third)]);
            let mine = shape(&[("now", &one), ("doing", &other), ("done", &third)]);
            let theirs = shape(&[("todo", &one), ("now", &other), ("done", &third)]);
            asks(&base, &mine, &theirs);
            let merged = Merged::new(&base, &mine, &theirs);
            assert_eq!(merged.picked(|_| Pick::Mine), mine, "{:?}", merged.merge.changes());
            assert_eq!(merged.picked(|_| Pick::Theirs), theirs, "{:?}", merged.merge.changes());
            // Theirs adds a column with the new name. An equal value would be the same member.
            for new in ["", &cards(20..21)].into_iter().filter(|new| !new.is_empty() || !one.is_empty()) {
                let theirs = shape(&[("todo", &one), ("doing", &other), ("done", &third), ("now", new)]);
                asks(&base, &mine, &theirs);
            }
        }
    }
}

#[test]
fn j15_a_renamed_column_that_the_other_side_closed_is_a_conflict() {
    for shape in SHAPES {
        for (count, others) in [(0, 2), (1, 0), (1, 1), (2, 0), (2, 2), (3, 1)] {
            let (one, other, third) = (cards(0..count), cards(10..10 + others), cards(20..21));
            let base = shape(&[("todo", &one), ("doing", &other), ("done", &third)]);
            let mine = shape(&[("now", &one), ("doing", &other), ("done", &third)]);
            let all = [other.as_str(), &one].into_iter().filter(|one| !one.is_empty()).collect::<Vec<_>>().join(",");
            let theirs = shape(&[("doing", &all), ("done", &third)]);
            asks(&base, &mine, &theirs);
            // One card of the renamed column is edited, removed or new.
            let edited = one.replacen("The text", "The new text", 1);
            asks(&base, &shape(&[("now", &edited), ("doing", &other), ("done", &third)]), &theirs);
            if count == 0 && shape(&[]) == "{}" {
                // A new member with other content is a new member.
                continue;
            }
            let more =
                [one.as_str(), &cards(30..31)].into_iter().filter(|one| !one.is_empty()).collect::<Vec<_>>().join(",");
            asks(&base, &shape(&[("now", &more), ("doing", &other), ("done", &third)]), &theirs);
        }
    }
}

#[test]
fn j15_a_renamed_and_edited_object_that_the_other_side_removed_is_a_conflict() {
    let section = r#"{"label":"Where to write to","size":1,"color":"red"}"#;
    let edited = section.replace("red", "blue");
    let base = object(&[("a", section), ("c", "true")]);
    let mine = object(&[("x", &edited), ("c", "true")]);
    assert_eq!(asks(&base, &mine, r#"{"c":true}"#), [Clash::EditDelete]);
    assert_eq!(asks(&base, &mine, &object(&[("y", &edited), ("c", "true")])), [Clash::EditEdit]);
    // Another object under a new name is a new member.
    let mine = object(&[("x", r#"{"label":"Whom to call"}"#), ("c", "true")]);
    assert_eq!(Merged::new(&base, &mine, r#"{"c":true}"#).clean(), Some(mine));
}

#[test]
fn j15_two_new_records_with_one_name_and_without_a_key_are_a_conflict() {
    let row = |name: &str, kind: &str, help: &str| format!(r#"{{"name":"{name}","type":"{kind}","help":"{help}"}}"#);
    let (one, other) = (row("age", "number", "apple cable"), row("city", "number", "island fence"));
    let new = row("field", "string", "island bridge");
    // Theirs removes `age`, and gives `city` the name of the new record of mine.
    let renamed = format!("[{}]", row("field", "number", "island fence"));
    asks(&format!("[{one},{other}]"), &format!("[{new},{one},{other}]"), &renamed);
}

/// Checks that people decide, and that each decision gives the whole version of one side: no value is lost, and no value is there twice.
fn decides_the_whole(base: &str, mine: &str, theirs: &str) {
    for (mine, theirs) in [(mine, theirs), (theirs, mine)] {
        let merged = Merged::new(base, mine, theirs);
        let shown = format!("{base} {mine} {theirs}: {:?}", merged.merge.changes());
        assert!(!merged.merge.is_clean(), "{shown}");
        let is_like = |text: String, side: &str| {
            Document::parse(text).unwrap().root().equals(Document::parse(side).unwrap().root())
        };
        assert!(is_like(merged.text(), mine), "{shown}");
        assert!(is_like(merged.decided(Pick::Mine), mine), "{shown}");
        assert!(is_like(merged.decided(Pick::Theirs), theirs), "{shown}");
        assert!(is_like(merged.picked(|_| Pick::Base), base), "{shown}");
        // The same below the root.
        let [base, mine, theirs] = [base, mine, theirs].map(|text| format!(r#"{{"view":{text}}}"#));
        assert!(!Merged::new(&base, &mine, &theirs).merge.is_clean(), "{shown}");
    }
}

#[test]
fn j15_a_chain_of_renames_is_decided_as_one_if_the_other_side_touched_it() {
    let values = [
        (r#"["p","q"]"#, r#"["r","s"]"#, r#"["r","s","t"]"#),
        (r#""foo""#, r#""bar""#, r#""baz""#),
        ("10", "20", "30"),
        (r#"{"p":1}"#, r#"{"q":2}"#, r#"{"q":2,"r":3}"#),
        (r#"[{"id":1,"t":"a"}]"#, r#"[{"id":2,"t":"b"}]"#, r#"[{"id":2,"t":"b"},{"id":3,"t":"c"}]"#),
        (r#"[[1,2],[3]]"#, r#"[[4],[5,6]]"#, r#"[[4],[5,6],[7]]"#),
    ];
    for (one, other, edited) in values {
        let base = object(&[("a", one), ("b", other), ("z", "true")]);
        let theirs = object(&[("a", one), ("b", edited), ("z", "true")]);
        let chain = object(&[("b", one), ("c", other), ("z", "true")]);
        decides_the_whole(&base, &chain, &theirs);
        let swapped = object(&[("b", one), ("a", other), ("z", "true")]);
        decides_the_whole(&base, &swapped, &theirs);
        let swapped = object(&[("a", other), ("b", one), ("z", "true")]);
        decides_the_whole(&base, &swapped, &theirs);
        // Three members change their names in turn.
        let base = object(&[("a", one), ("b", other), ("c", r#"["x","y"]"#)]);
        let turned = object(&[("b", one), ("c", other), ("a", r#"["x","y"]"#)]);
        decides_the_whole(&base, &turned, &object(&[("a", one), ("b", edited), ("c", r#"["x","y"]"#)]));
    }
}

#[test]
fn j15_a_chain_from_a_lost_to_a_new_name_counts_with_empty_and_with_like_values() {
    let (other, edited) = (r#"{"q":2,"s":3}"#, r#"{"q":7,"s":3}"#);
    // The values of the chain are half the same, so that each of them may be an edit.
    for (one, other, edited) in [
        (r#"{"p":1,"s":3}"#, other, edited),
        ("{}", other, edited),
        (r#"["a","b"]"#, r#"["a","c"]"#, r#"["a","c","d"]"#),
        ("[]", r#"["a"]"#, r#"["a","d"]"#),
    ] {
        let base = object(&[("a", one), ("b", other), ("z", "true")]);
        let mine = object(&[("b", one), ("c", other), ("z", "true")]);
        decides_the_whole(&base, &mine, &object(&[("a", one), ("b", edited), ("z", "true")]));
        asks(&base, &mine, &object(&[("b", other), ("z", "true")]));
    }
    // Two objects that are half the same change their names.
    let (one, other) = (r#"{"p":1,"s":3}"#, r#"{"q":2,"s":3}"#);
    let base = object(&[("a", one), ("b", other), ("z", "true")]);
    let swapped = object(&[("b", one), ("a", other), ("z", "true")]);
    decides_the_whole(&base, &swapped, &object(&[("a", one), ("b", r#"{"q":2,"s":4}"#), ("z", "true")]));
    // Two empty members are lost, and either may have got one of the new names.
    let base = object(&[("a", "[]"), ("b", "[]"), ("z", "true")]);
    asks(
        &base,
        &object(&[("a", "[]"), ("x", "[]"), ("z", "true")]),
        &object(&[("x", "[]"), ("y", "[]"), ("z", "true")]),
    );
}

#[test]
fn j15_a_chain_of_edited_lists_is_decided_as_one() {
    let base = r#"{"a":["p","q"],"b":["r","s"]}"#;
    let theirs = r#"{"a":["p","q"],"b":["r","s","t"]}"#;
    for mine in [
        r#"{"b":["p","q","x"],"c":["r","s"]}"#,
        r#"{"b":["p","q"],"c":["r","s","y"]}"#,
        r#"{"b":["p","x"],"c":["r","s","y"]}"#,
        r#"{"b":["p","q"]}"#,
    ] {
        asks(base, mine, theirs);
    }
    for mine in [r#"{"b":["p","q"],"c":["r","s"]}"#, r#"{"b":["p","q"],"a":["r","s"]}"#] {
        asks(base, mine, r#"{"a":["p","q"],"b":["s"]}"#);
    }
}

#[test]
fn j15_a_chain_that_the_other_side_left_alone_merges() {
    let base = r#"{"a":["p","q"],"b":["r","s"],"c":"foo","n":1}"#;
    let theirs = base.replace("\"n\":1", "\"n\":2");
    for mine in [
        r#"{"b":["p","q"],"x":["r","s"],"c":"foo","n":1}"#,
        r#"{"b":["p","q"],"a":["r","s"],"c":"foo","n":1}"#,
        r#"{"a":["p","q"],"b":["r","s"],"d":"foo","n":1}"#,
    ] {
        assert_eq!(Merged::new(base, mine, &theirs).clean(), Some(mine.replace("\"n\":1", "\"n\":2")));
        // Both sides made the same chain.
        assert_eq!(
            Merged::new(base, mine, &mine.replace("\"n\":1", "\"n\":2")).clean(),
            Some(mine.replace("\"n\":1", "\"n\":2"))
        );
    }
}

#[test]
fn j15_values_that_pass_on_under_the_same_names_are_no_renames() {
    // Versions have states, and each state passes on to the next version.
    let base = r#"{"74":{"status":"beta"},"75":{"status":"nightly"}}"#;
    let mine = r#"{"74":{"status":"beta","engine":"Blink"},"75":{"status":"nightly","engine":"Blink"}}"#;
    let theirs = r#"{"74":{"status":"current","date":"2019-04-24"},"75":{"status":"beta"},"76":{"status":"nightly"}}"#;
    let right = r#"{"74":{"status":"current","date":"2019-04-24","engine":"Blink"},"75":{"status":"beta","engine":"Blink"},"76":{"status":"nightly"}}"#;
    assert_eq!(Merged::new(base, mine, theirs).clean().as_deref(), Some(right));
    // A card moves into an empty column, and the other side adds a card.
    let base = r#"{"todo":["one"],"doing":[]}"#;
    let merged = Merged::new(base, r#"{"todo":[],"doing":["one"]}"#, r#"{"todo":["one","two"],"doing":[]}"#);
    assert_eq!(merged.clean().as_deref(), Some(r#"{"todo":["two"],"doing":["one"]}"#));
}

#[test]
fn j15_a_rename_and_an_edit_of_the_old_name_are_one_decision() {
    for (old, new) in [
        (r#""foo""#, r#""foo2""#),
        ("1", "2"),
        (r#"["p","q"]"#, r#"["p","q","t"]"#),
        (r#"{"p":1,"q":"text"}"#, r#"{"p":2,"q":"text"}"#),
    ] {
        decides_the_whole(
            &object(&[("a", old), ("z", "true")]),
            &object(&[("b", old), ("z", "true")]),
            &object(&[("a", new), ("z", "true")]),
        );
        // The new name replaces another member.
        if old != "1" {
            let base = object(&[("a", old), ("b", r#""other""#), ("z", "true")]);
            decides_the_whole(
                &base,
                &object(&[("b", old), ("z", "true")]),
                &object(&[("a", new), ("b", r#""other""#), ("z", "true")]),
            );
        }
    }
    decides_the_whole(r#"{"a":"foo","b":"bar"}"#, r#"{"b":"bar"}"#, r#"{"a":"bar"}"#);
}

#[test]
fn j15_two_new_names_of_one_member_are_one_decision_if_one_is_taken() {
    for value in [r#""foo""#, "1", r#"["p","q"]"#, r#"{"p":1}"#] {
        let (base, mine) = (object(&[("a", value)]), object(&[("x", value)]));
        decides_the_whole(&base, &mine, &object(&[("y", value), ("x", r#""bar""#)]));
        let base = object(&[("a", value), ("c", r#""other""#)]);
        let mine = object(&[("x", value), ("c", r#""other""#)]);
        if value != "1" {
            decides_the_whole(&base, &mine, &object(&[("c", value)]));
        }
    }
}

#[test]
fn j15_a_group_of_a_chain_has_all_its_names() {
    let base = r#"{"a":"foo","b":"bar"}"#;
    let merged = Merged::new(base, r#"{"b":"foo","c":"bar"}"#, r#"{"a":"foo","b":"bar2"}"#);
    let ids: Vec<&str> = merged.merge.changes().iter().map(|change| change.id.as_str()).collect();
    assert_eq!(ids, ["#a+b+c"]);
    for (favor, right) in [(Favor::Mine, r#"{"b":"foo","c":"bar"}"#), (Favor::Theirs, r#"{"a":"foo","b":"bar2"}"#)] {
        let options = Options { favor: Some(favor), ..Options::default() };
        let merged = Merged::with(base, r#"{"b":"foo","c":"bar"}"#, r#"{"a":"foo","b":"bar2"}"#, &options);
        assert_eq!(merged.clean().as_deref(), Some(right));
    }
    // Two chains are two decisions.
    let base = r#"{"a":"foo","b":"bar","p":"one","q":"two"}"#;
    let mine = r#"{"b":"foo","c":"bar","q":"one","r":"two"}"#;
    let theirs = r#"{"a":"foo","b":"bar2","p":"one","q":"two2"}"#;
    let merged = Merged::new(base, mine, theirs);
    let ids: Vec<&str> = merged.merge.changes().iter().map(|change| change.id.as_str()).collect();
    assert_eq!(ids, ["#a+b+c", "#p+q+r"]);
}

#[test]
fn j15_columns_that_passed_on_their_names_are_decided_as_one() {
    for is_record in [true, false] {
        let cards = |texts: &[&str]| {
            let card = |text: &&str| {
                if is_record {
                    format!(r#"{{"id":"{text}","text":"The text of {text}"}}"#)
                } else {
                    format!(r#""{text}""#)
                }
            };
            texts.iter().map(card).collect::<Vec<_>>().join(",")
        };
        for others in [0, 2] {
            let shape = |columns: &[(&str, &[&str])]| {
                let mut columns: Vec<(String, String)> =
                    columns.iter().map(|(name, texts)| ((*name).to_owned(), cards(texts))).collect();
                columns.extend((0..others).map(|at| (format!("other {at}"), cards(&[["x", "y"][at]]))));
                let columns: Vec<(&str, &str)> =
                    columns.iter().map(|(name, cards)| (name.as_str(), cards.as_str())).collect();
                board(&columns)
            };
            let base = shape(&[("todo", &["a", "b"]), ("doing", &["c", "d"])]);
            let theirs = shape(&[("todo", &["a", "b"]), ("doing", &["c", "d", "e"])]);
            for mine in [
                shape(&[("doing", &["a", "b"]), ("done", &["c", "d"])]),
                shape(&[("doing", &["a", "b"]), ("todo", &["c", "d"])]),
            ] {
                asks(&base, &mine, &theirs);
            }
        }
    }
}

fn keyed(rows: &[&str]) -> String {
    format!(r#"{{"rows":[{}]}}"#, rows.join(","))
}

#[test]
fn j15_two_records_with_one_new_key_of_a_rule_are_a_conflict() {
    let options = |key: &[&str]| Options {
        rules: vec![("/rows".into(), Rule::Key(key.iter().map(|&name| name.to_owned()).collect()))],
        ..Options::default()
    };
    let other = r#"{"sku":"z","size":1,"t":"the last row"}"#;
    for (one, two) in
        [("\"n\":1", "\"n\":2"), ("\"n\":1", "\"n\":1"), ("\"t\":\"apple\",\"n\":1", "\"t\":\"pear\",\"m\":2")]
    {
        let row = |key: &str, rest: &str| format!(r#"{{"sku":"{key}","size":1,{rest}}}"#);
        let base = keyed(&[&row("a", one), &row("b", two), other]);
        let mine = keyed(&[&row("c", one), &row("b", two), other]);
        let edited = row("a", one).replace(":1}", ":5}");
        for theirs in [
            keyed(&[&row("a", one), &row("c", two), other]),
            // A new record has the new key, or the renamed record is edited or removed.
            keyed(&[&row("a", one), &row("b", two), other, &row("c", "\"k\":7")]),
            keyed(&[&edited, &row("b", two), other]),
            keyed(&[&row("b", two), other]),
            keyed(&[&row("d", one), &row("b", two), other]),
        ] {
            for key in [&["sku"][..], &["sku", "size"]] {
                for (mine, theirs) in [(&mine, &theirs), (&theirs, &mine)] {
                    let merged = Merged::with(&base, mine, theirs, &options(key));
                    let shown = format!("{base} {mine} {theirs}: {:?}", merged.merge.changes());
                    assert!(!merged.merge.is_clean(), "{shown}");
                    // The edit of another member is clean.
                    let plain = |text: &str| Document::parse(text.replace(":5}", ":1}")).unwrap();
                    for (pick, side) in [(Pick::Mine, mine), (Pick::Theirs, theirs)] {
                        let found = merged.decided(pick);
                        assert!(plain(&found).root().equals(plain(side).root()), "{found} {shown}");
                    }
                }
            }
        }
        // Both sides gave the record the same new key.
        let theirs = mine.replace("the last row", "the very last row");
        assert_eq!(Merged::with(&base, &mine, &theirs, &options(&["sku"])).clean(), Some(theirs));
    }
}
