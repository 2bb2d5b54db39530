//! Counters: both sides' differences add up, also where they are equal.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test may fail loudly")]

use mergefetch::conflict::{Choice, Conflict, Document as Whole, Engine, MergeOptions};
use mergefetch::http::Format;
use mergefetch::merge::json::{Document, Documents, JsonMerge, Options, Rule, apply_patch, merge};
use mergefetch::merge::{ChangeOp, ChangeState, Pick};

fn options(pointers: &[&str]) -> Options {
    let rules = pointers.iter().map(|pointer| ((*pointer).to_owned(), Rule::Counter)).collect();
    Options { rules, ..Options::default() }
}

/// Merges, checks the patch and the mirrored merge, and gives the result.
fn merged(pointers: &[&str], [base, mine, theirs]: [&str; 3]) -> (JsonMerge, String) {
    let [base, mine, theirs] = [base, mine, theirs].map(|text| Document::parse(text).unwrap());
    let documents = Documents { base: Some(&base), mine: &mine, theirs: &theirs };
    let merge_of = |documents| merge(documents, &options(pointers)).unwrap();
    let found = merge_of(documents);
    let text = found.text(documents).unwrap();
    let patched = apply_patch(&theirs, &found.patch(documents).unwrap()).unwrap();
    let is_equal =
        |one: &str, other: &str| Document::parse(one).unwrap().root().equals(Document::parse(other).unwrap().root());
    assert!(is_equal(&patched, &text), "J13: {patched} {text}");
    let swapped = Documents { base: Some(&base), mine: &theirs, theirs: &mine };
    let other = merge_of(swapped);
    assert_eq!(other.conflicts(), found.conflicts(), "L3: {text}");
    assert!(!found.is_clean() || is_equal(&other.text(swapped).unwrap(), &text), "L3: {text}");
    for (pick, side) in [(Pick::Mine, &mine), (Pick::Theirs, &theirs), (Pick::Base, &base)] {
        let composed = found.compose(documents, &vec![pick; found.changes().len()]).unwrap();
        assert!(is_equal(&composed, side.text()), "R1: {composed}");
    }
    if found.is_clean() {
        let result = Document::parse(text.as_str()).unwrap();
        let successor = Documents { base: Some(&theirs), mine: &result, theirs: &theirs };
        assert!(is_equal(&merge_of(successor).text(successor).unwrap(), &text), "R5: {text}");
    }
    (found, text)
}

#[test]
fn equal_increments_are_both_counted() {
    for (rule, sides, expected) in [
        ("/n", [r#"{"n":10}"#, r#"{"n":11}"#, r#"{"n":11}"#], r#"{"n":12}"#),
        ("/n", [r#"{"n":10}"#, r#"{"n":11}"#, r#"{"n":1.1e1}"#], r#"{"n":12}"#),
        ("/n", [r#"{"n":10}"#, r#"{"n":9}"#, r#"{"n":9}"#], r#"{"n":8}"#),
        ("/n", [r#"{"n":0.1}"#, r#"{"n":0.2}"#, r#"{"n":0.2}"#], r#"{"n":0.3}"#),
        (
            "/n",
            [r#"{"n":9007199254740992}"#, r#"{"n":9007199254740993}"#, r#"{"n":9007199254740993}"#],
            r#"{"n":9007199254740994}"#,
        ),
        ("", ["1", "2", "2"], "3"),
        (
            "/*/n",
            [r#"{"a":{"n":1},"b":{"n":5}}"#, r#"{"a":{"n":2},"b":{"n":5}}"#, r#"{"a":{"n":2},"b":{"n":6}}"#],
            r#"{"a":{"n":3},"b":{"n":6}}"#,
        ),
        // Records with a key, which somebody moves.
        (
            "/l/*/n",
            [
                r#"{"l":[{"id":1,"n":1},{"id":2,"n":5}]}"#,
                r#"{"l":[{"id":1,"n":2},{"id":2,"n":5}]}"#,
                r#"{"l":[{"id":2,"n":5},{"id":1,"n":2}]}"#,
            ],
            r#"{"l":[{"id":2,"n":5},{"id":1,"n":3}]}"#,
        ),
        // Records without any difference between them.
        (
            "/l/*/n",
            [
                r#"{"l":[{"t":"a","n":1},{"t":"a","n":1}]}"#,
                r#"{"l":[{"t":"a","n":2},{"t":"a","n":1}]}"#,
                r#"{"l":[{"t":"a","n":2},{"t":"a","n":1}]}"#,
            ],
            r#"{"l":[{"t":"a","n":3},{"t":"a","n":1}]}"#,
        ),
        ("/l/*/n", [r#"{"l":[{"n":10}]}"#, r#"{"l":[{"n":11}]}"#, r#"{"l":[{"n":11}]}"#], r#"{"l":[{"n":12}]}"#),
        // Numbers by their places, as in a histogram.
        ("/h/*", [r#"{"h":[10,5]}"#, r#"{"h":[11,5]}"#, r#"{"h":[11,5]}"#], r#"{"h":[12,5]}"#),
        ("/h/*", [r#"{"h":[0,0,0]}"#, r#"{"h":[1,0,1]}"#, r#"{"h":[0,1,1]}"#], r#"{"h":[1,1,2]}"#),
        ("/h/1", [r#"{"h":[1,1]}"#, r#"{"h":[1,2]}"#, r#"{"h":[1,2]}"#], r#"{"h":[1,3]}"#),
        ("/h/*", [r#"{"h":[1,2,3]}"#, r#"{"h":[2,1,3]}"#, r#"{"h":[1,2,4]}"#], r#"{"h":[2,1,4]}"#),
    ] {
        let (found, text) = merged(&[rule], sides);
        assert!(found.is_clean() && !found.is_ambiguous(), "{sides:?}: {:?}", found.changes());
        assert_eq!(text, expected, "{sides:?}");
    }
}

#[test]
fn equal_increments_look_like_different_ones_and_can_be_decided() {
    let equal = merged(&["/n"], [r#"{"n":10}"#, r#"{"n":11}"#, r#"{"n":11}"#]).0;
    let different = merged(&["/n"], [r#"{"n":10}"#, r#"{"n":11}"#, r#"{"n":13}"#]).0;
    for (found, sum) in [(equal, "12"), (different, "14")] {
        let [change] = found.changes() else { panic!("one change: {:?}", found.changes()) };
        assert_eq!((change.state, change.op, change.clash), (ChangeState::Same, ChangeOp::Replace, None));
        assert_eq!(change.suggestion.as_deref(), Some(sum));
    }
}

#[test]
fn equal_numbers_are_told_apart_by_their_places() {
    let sides = [r#"{"h":[0,0,0]}"#, r#"{"h":[1,0,1]}"#, r#"{"h":[1,0,1]}"#];
    let found = merged(&["/h/*"], sides).0;
    let ids: Vec<&str> = found.changes().iter().map(|change| change.id.as_str()).collect();
    assert_eq!(ids, ["/h/=0", "/h/=0+2"]);
}

#[test]
fn changes_without_a_sum_are_merged_as_before() {
    // Without a base nobody knows who added how much.
    let [mine, theirs] = [r#"{"n":11}"#; 2].map(|text| Document::parse(text).unwrap());
    let documents = Documents { base: None, mine: &mine, theirs: &theirs };
    let found = merge(documents, &options(&["/n"])).unwrap();
    assert!(found.changes().is_empty());
    assert_eq!(found.text(documents).unwrap(), r#"{"n":11}"#);
    for sides in [
        // Added by both, no number any more, without a rule.
        ["{}", r#"{"n":1}"#, r#"{"n":1}"#],
        [r#"{"n":1}"#, r#"{"n":null}"#, r#"{"n":null}"#],
        [r#"{"n":1}"#, "{}", "{}"],
        [r#"{"m":10}"#, r#"{"m":11}"#, r#"{"m":11}"#],
    ] {
        assert_eq!(merged(&["/n"], sides).1, sides[1]);
    }
    // An element that one side removes is no counter whose place another one takes.
    assert_eq!(merged(&["/h/*"], [r#"{"h":[1,2]}"#, r#"{"h":[1,2,3]}"#, r#"{"h":[2]}"#]).1, r#"{"h":[2,3]}"#);
    assert!(!merged(&["/h/*"], [r#"{"h":[10]}"#, r#"{"h":[11]}"#, r#"{"h":[11,5]}"#]).0.is_clean());
}

#[test]
fn a_sum_that_javascript_cannot_hold_is_a_conflict() {
    for numbers in [
        ["0", "1.7976931348623157e308", "1.7976931348623157e308"],
        ["9007199254740991", "9007199254740992", "9007199254740992"],
        ["9007199254740990", "9007199254740991", "9007199254740992"],
    ] {
        let [base, mine, theirs] = numbers.map(|number| format!(r#"{{"n":{number}}}"#));
        let (found, text) = merged(&["/n"], [&base, &mine, &theirs]);
        let is_right = found.is_clean() && text == r#"{"n":9007199254740993}"#;
        assert!(is_right || found.conflicts() == 1, "{text}");
    }
    let one = merged(
        &["/h/*"],
        [r#"{"h":[0,9007199254740992]}"#, r#"{"h":[1,9007199254740993]}"#, r#"{"h":[0,9007199254740994]}"#],
    );
    assert_eq!(one.1, r#"{"h":[1,9007199254740995]}"#, "digits that JavaScript cannot hold stay exact");
}

#[test]
fn all_small_counters_add_up() {
    let text = |n: i64, of_list: i64, h: i64| format!(r#"{{"n":{n},"l":[{{"id":1,"n":{of_list}}}],"h":[{h},0]}}"#);
    let rules = ["/n", "/l/*/n", "/h/*"];
    for base in -2..2_i64 {
        for mine in -2..3 {
            for theirs in -2..3 {
                let sides = [base, mine, theirs].map(|n| text(n, n + 5, n * 2));
                let sum = mine + theirs - base;
                let [base, mine, theirs] = &sides;
                assert_eq!(merged(&rules, [base, mine, theirs]).1, text(sum, sum + 5, sum * 2), "{sides:?}");
            }
        }
    }
}

fn whole(text: &str) -> Whole {
    Whole::parse(Format::Json, text.as_bytes()).unwrap()
}

fn conflict(sides: [&str; 3]) -> Conflict {
    let [base, mine, theirs] = sides.map(|text| Some(whole(text)));
    Engine::linked()
        .conflict([base, mine, theirs], MergeOptions { json: options(&["/n"]), ..MergeOptions::default() })
        .unwrap()
}

fn result(conflict: &Conflict) -> String {
    conflict.merged().unwrap().unwrap().text().unwrap().to_owned()
}

#[test]
fn a_conflict_counts_and_keeps_what_was_decided() {
    let sides = [r#"{"n":10,"t":"a"}"#, r#"{"n":11,"t":"b"}"#, r#"{"n":11,"t":"c"}"#];
    let mut undecided = conflict(sides);
    assert_eq!(undecided.unresolved(), 1);
    undecided.take(Choice::Theirs, None).unwrap();
    assert_eq!(result(&undecided), r#"{"n":12,"t":"c"}"#);
    // Theirs counts on: so does the merge.
    assert!(undecided.rebase(Some(whole(r#"{"n":12,"t":"c"}"#)), None).unwrap().is_empty());
    assert_eq!(result(&undecided), r#"{"n":13,"t":"c"}"#);

    let mut decided = conflict(sides);
    decided.take(Choice::Theirs, None).unwrap();
    for (choice, expected) in [(Choice::Base, 10), (Choice::Theirs, 11), (Choice::Mine, 11), (Choice::Suggested, 12)] {
        decided.take(choice, Some("/n")).unwrap();
        assert_eq!(result(&decided), format!(r#"{{"n":{expected},"t":"c"}}"#));
    }
    // Mine is not where a merge leads by itself: another theirs asks again.
    decided.take(Choice::Mine, Some("/n")).unwrap();
    assert_eq!(decided.rebase(Some(whole(r#"{"n":12,"t":"c"}"#)), None).unwrap(), ["/n"]);

    // The decision has arrived without an answer: its increment is not added again.
    let mut sent = conflict(sides);
    sent.take(Choice::Theirs, None).unwrap();
    sent.set("/n", "20".into()).unwrap();
    let arrived = whole(&result(&sent));
    assert!(sent.rebase(Some(arrived.clone()), Some(&arrived)).unwrap().is_empty());
    assert_eq!(result(&sent), r#"{"n":20,"t":"c"}"#);
}

#[test]
fn an_edit_is_said_to_change_a_counter_or_not() {
    let rules = |pointers: &[&str]| MergeOptions { json: options(pointers), ..MergeOptions::default() };
    let base = whole(r#"{"n":1,"l":[{"id":1,"n":1}],"t":"a"}"#);
    let counts =
        |pointers: &[&str], mine: &str| Engine::linked().changes_counter(Some(&base), &whole(mine), &rules(pointers));
    for (mine, expected) in [
        (r#"{"n":2,"l":[{"id":1,"n":1}],"t":"a"}"#, true),
        (r#"{"n":1,"l":[{"id":1,"n":2}],"t":"a"}"#, true),
        (r#"{"n":1,"l":[{"id":0,"n":1},{"id":1,"n":3}],"t":"a"}"#, true),
        (r#"{"n":1.0,"l":[{"id":1,"n":1},{"id":2,"n":1}],"t":"b"}"#, false),
        (r#"{"n":null,"l":[],"t":"a"}"#, false),
    ] {
        assert_eq!(counts(&["/n", "/l/*/n"], mine), expected, "{mine}");
        assert!(!counts(&["/other"], mine) && !counts(&[], mine));
    }
    let two = whole(r#"{"n":2}"#);
    assert!(!Engine::linked().changes_counter(None, &two, &rules(&["/n"])));
    let text = Whole::parse(Format::Text, b"2").unwrap();
    assert!(!Engine::linked().changes_counter(Some(&text), &text, &rules(&["/n"])));
}

#[test]
fn what_this_client_counted_before_is_not_counted_again() {
    let options = || MergeOptions { json: options(&["/n", "/l/*/n"]), ..MergeOptions::default() };
    let text = |n: i32, of_list: i32| format!(r#"{{"n":{n},"l":[{{"id":1,"n":{of_list}}}]}}"#);
    // From 10: the earlier save, the later one, the server's number, and the sum of both.
    for (own, mine, theirs, expected) in [
        (11, 11, 11, 11),
        (11, 12, 11, 12),
        (12, 11, 12, 11),
        (11, 11, 16, 16),
        (11, 12, 12, 13),
        (11, 12, 16, 17),
        (12, 10, 12, 12),
        (10, 11, 11, 12),
    ] {
        let [base, own, mine, theirs] = [10, own, mine, theirs].map(|n| whole(&text(n, n * 3)));
        let met = Engine::linked().conflict_after(&own, [Some(base), Some(mine), Some(theirs)], options()).unwrap();
        assert_eq!((met.unresolved(), result(&met)), (0, text(expected, expected * 3)));
    }
}
