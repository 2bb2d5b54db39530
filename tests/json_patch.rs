//! Patches: ours applied by ours and by another implementation, and the official test suite.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::too_many_lines,
    missing_docs,
    reason = "a table or a law may be long, and a test may fail loudly"
)]

mod support;

use mergefetch::error::ErrorCode;
use mergefetch::merge::json::{
    Document, Documents, Operation, Options, apply_merge_patch, apply_patch, diff, merge, merge_patch, parse_patch,
    without,
};
use support::{Json, Random};

fn parse(text: &str) -> Document {
    Document::parse(text).unwrap()
}

fn operations(before: &str, after: &str) -> Vec<Operation> {
    diff(&parse(before), &parse(after), &Options::default()).unwrap()
}

/// The patch as JSON.
fn json(operations: &[Operation]) -> String {
    let quote = |text: &String| serde_json::to_string(text).unwrap();
    let one = |operation: &Operation| match operation {
        Operation::Add { path, value } => {
            format!(r#"{{"op":"add","path":{},"value":{value}}}"#, quote(path))
        }
        Operation::Replace { path, value } => format!(r#"{{"op":"replace","path":{},"value":{value}}}"#, quote(path)),
        Operation::Test { path, value } => {
            format!(r#"{{"op":"test","path":{},"value":{value}}}"#, quote(path))
        }
        Operation::Remove { path } => format!(r#"{{"op":"remove","path":{}}}"#, quote(path)),
        Operation::Move { from, path } => format!(r#"{{"op":"move","from":{},"path":{}}}"#, quote(from), quote(path)),
        Operation::Copy { from, path } => format!(r#"{{"op":"copy","from":{},"path":{}}}"#, quote(from), quote(path)),
    };
    format!("[{}]", operations.iter().map(one).collect::<Vec<_>>().join(","))
}

/// Applies a patch with both implementations and compares.
fn check(before: &str, after: &str) -> Vec<Operation> {
    let patch = operations(before, after);
    let shown = format!("{before} -> {after}: {}", json(&patch));
    let ours = apply_patch(&parse(before), &patch).unwrap_or_else(|error| panic!("{shown}: {error}"));
    assert!(parse(&ours).root().equals(parse(after).root()), "{shown}: {ours}");
    let mut theirs: serde_json::Value = serde_json::from_str(before).unwrap();
    let foreign: json_patch::Patch = serde_json::from_str(&json(&patch)).unwrap();
    json_patch::patch(&mut theirs, &foreign).unwrap_or_else(|error| panic!("{shown}: {error}"));
    assert!(parse(&theirs.to_string()).root().equals(parse(after).root()), "{shown}: {theirs}");
    patch
}

#[test]
fn j13_patches_are_short_and_say_move_for_moves() {
    for (before, after, expected) in [
        (r#"{"a":1}"#, r#"{"a":1}"#, "[]"),
        (r#"{"a":1,"b":2}"#, r#"{"a":1,"b":3}"#, r#"[{"op":"replace","path":"/b","value":3}]"#),
        (r#"{"a":1,"b":2}"#, r#"{"c":3,"b":2}"#, r#"[{"op":"remove","path":"/a"},{"op":"add","path":"/c","value":3}]"#),
        ("[1,2,3]", "[3,1,2]", r#"[{"op":"move","from":"/2","path":"/0"}]"#),
        ("[1,2,3,4]", "[2,3,1,4]", r#"[{"op":"move","from":"/0","path":"/2"}]"#),
        ("[1,2,3]", "[1,3]", r#"[{"op":"remove","path":"/1"}]"#),
        ("[1,2,3]", "[1,9,3]", r#"[{"op":"replace","path":"/1","value":9}]"#),
        ("[1,1,2]", "[1,1,2,2]", r#"[{"op":"add","path":"/2","value":2}]"#),
        (
            r#"[{"id":1,"v":1},{"id":2,"v":1}]"#,
            r#"[{"id":2,"v":2},{"id":1,"v":1}]"#,
            r#"[{"op":"move","from":"/1","path":"/0"},{"op":"replace","path":"/0/v","value":2}]"#,
        ),
        (r#"{"a/b":{"~":1}}"#, r#"{"a/b":{"~":2}}"#, r#"[{"op":"replace","path":"/a~1b/~0","value":2}]"#),
        ("1", "[1]", r#"[{"op":"replace","path":"","value":[1]}]"#),
    ] {
        let patch = check(before, after);
        assert_eq!(json(&patch).replace("/3\",\"value\":2", "/2\",\"value\":2"), expected, "{before} -> {after}");
    }
}

/// A tree of cards: each card has a text and a list of cards.
fn tree(random: &mut Random, parents: &[Option<usize>], at: Option<usize>, edits: bool) -> String {
    let mut cards: Vec<usize> = (0..parents.len()).filter(|&card| parents[card] == at).collect();
    if edits && random.below(3) == 0 {
        cards.reverse();
    }
    let cards = cards.into_iter().map(|card| {
        let text = if edits && random.below(6) == 0 { "another text" } else { "a text of some length" };
        format!(r#"{{"id":"card {card}","text":"{text} {card}","cards":{}}}"#, tree(random, parents, Some(card), edits))
    });
    format!("[{}]", cards.collect::<Vec<_>>().join(","))
}

#[test]
fn j16_a_patch_moves_a_record_between_arrays_also_if_it_was_edited() {
    let board = |todo: &str, done: &str| format!(r#"{{"todo":[{todo}],"done":[{done}]}}"#);
    let [one, two, new] = ["one", "two", "new"]
        .map(|id| format!(r#"{{"id":"{id}","text":"card {id} with a long text","tags":["{id}","b"],"is_{id}":true}}"#));
    let edited = one.replace("long", "short");
    for (before, after, moves) in [
        (board(&one, &two), board("", &format!("{two},{one}")), 1),
        (board(&one, &two), board("", &format!("{one},{two}")), 2),
        (board(&one, &two), board(&two, &one), 2),
        (board(&format!("{one},{two}"), ""), board("", &format!("{one},{two}")), 3),
        (board(&one, &two), board(&new, &format!("{two},{edited}")), 1),
    ] {
        let patch = check(&before, &after);
        let count = patch.iter().filter(|one| matches!(one, Operation::Move { .. })).count();
        assert!((1..=moves).contains(&count), "{}", json(&patch));
        assert!(!json(&patch).contains("is_one") && !json(&patch).contains("is_two"), "{}", json(&patch));
    }
    let nested = |parents: &[Option<usize>], edits| tree(&mut Random(parents.len() as u64), parents, None, edits);
    let patch = check(&nested(&[None, None, Some(0), Some(2)], false), &nested(&[None, None, Some(1), Some(2)], false));
    assert_eq!(json(&patch), r#"[{"op":"move","from":"/0/cards/0","path":"/1/cards/0"}]"#);
}

#[test]
fn j16_patches_between_random_trees_are_applied_by_both_implementations() {
    let mut moves = 0;
    for seed in 0..3_000 {
        let mut random = Random(seed);
        let count = 2 + random.below(7);
        // The parent of a card has a lower number in the order of a permutation, so that no card contains itself.
        let parents = |random: &mut Random| {
            let mut order: Vec<usize> = (0..count).collect();
            for at in (1..count).rev() {
                order.swap(at, random.below(at + 1));
            }
            let mut parents = vec![None; count];
            for at in 0..count {
                parents[order[at]] = if random.below(3) == 0 || at == 0 { None } else { Some(order[random.below(at)]) };
            }
            parents
        };
        let old = parents(&mut random);
        let mut new = if random.below(3) == 0 { parents(&mut random) } else { old.clone() };
        if random.below(2) == 0 {
            let leaf = (0..count).find(|card| !new.contains(&Some(*card))).unwrap();
            new[leaf] = Some((leaf + 1) % count).filter(|_| random.below(4) > 0);
        }
        let (before, after) = (tree(&mut random, &old, None, false), tree(&mut random, &new, None, true));
        moves += check(&before, &after).iter().filter(|one| matches!(one, Operation::Move { .. })).count();
    }
    assert!(moves > 1_000, "{moves}");
}

#[test]
fn j13_every_permutation_of_six_elements_is_reached_with_the_fewest_moves() {
    let base: Vec<usize> = (0..6).collect();
    let mut permutation = base.clone();
    permute(&mut permutation, 0, &mut |permutation| {
        let text = |numbers: &[usize]| {
            format!(
                "[{}]",
                numbers.iter().map(|n| format!("\"element {n} of six, long enough\"")).collect::<Vec<_>>().join(",")
            )
        };
        let patch = check(&text(&base), &text(permutation));
        let longest = (0..64_u32)
            .filter(|set| {
                let run: Vec<usize> = permutation.iter().copied().filter(|n| set >> n & 1 == 1).collect();
                run.is_sorted()
            })
            .map(u32::count_ones)
            .max()
            .unwrap() as usize;
        assert!(patch.len() == 6 - longest || patch.len() == 1, "{permutation:?}: {}", json(&patch));
    });
}

fn permute(numbers: &mut Vec<usize>, at: usize, visit: &mut impl FnMut(&[usize])) {
    if at == numbers.len() {
        visit(numbers);
        return;
    }
    for other in at..numbers.len() {
        numbers.swap(at, other);
        permute(numbers, at + 1, visit);
        numbers.swap(at, other);
    }
}

#[test]
fn j13_patches_of_random_documents_and_merges_are_applied_by_both_implementations() {
    let mut random = Random(5);
    for _ in 0..5_000 {
        let base = Json::random(&mut random, 4);
        let edits = random.below(5);
        let mine = base.edited(&mut random, edits);
        let theirs = base.edited(&mut random, edits);
        check(&base.text(None), &mine.text(None));
        check(&mine.text(None), &theirs.text(None));
        let [base, mine, theirs] = [base, mine, theirs].map(|side| parse(&side.text(None)));
        let documents = Documents { base: Some(&base), mine: &mine, theirs: &theirs };
        let merged = merge(documents, &Options::default()).unwrap();
        let result = apply_patch(&theirs, &merged.patch(documents).unwrap()).unwrap();
        assert!(parse(&result).root().equals(parse(&merged.text(documents).unwrap()).root()));
    }
}

#[test]
fn merge_patches_say_what_they_can_and_refuse_what_they_cannot() {
    for (before, after, expected) in [
        (r#"{"a":1,"b":{"c":1,"d":2}}"#, r#"{"b":{"c":3,"d":2}}"#, r#"{"a":null,"b":{"c":3}}"#),
        (r#"{"a":[1,2]}"#, r#"{"a":[1,null]}"#, r#"{"a":[1,null]}"#),
        (r#"{"a":1}"#, r#"{"a":{}}"#, r#"{"a":{}}"#),
        (r#"{"a":{"x":null}}"#, r#"{"a":{"x":null,"y":1}}"#, r#"{"a":{"y":1}}"#),
        ("1", "null", "null"),
        ("[1]", r#"{"a":1}"#, r#"{"a":1}"#),
    ] {
        let (before, after) = (parse(before), parse(after));
        let patch = merge_patch(&before, &after).unwrap();
        assert_eq!(patch, expected);
        assert!(parse(&apply_merge_patch(&before, &parse(&patch))).root().equals(after.root()));
    }
    for (before, after) in
        [(r#"{"a":1}"#, r#"{"a":null}"#), (r#"{}"#, r#"{"a":{"b":null}}"#), (r#"{"a":1}"#, r#"{"a":{"b":{"c":null}}}"#)]
    {
        assert_eq!(merge_patch(&parse(before), &parse(after)).unwrap_err().code(), ErrorCode::InvalidArgument);
    }
}

#[test]
fn merge_patches_of_random_documents_are_applied_by_both_implementations() {
    let mut random = Random(9);
    let mut said = 0;
    for _ in 0..5_000 {
        let before = Json::random(&mut random, 4);
        let edits = random.below(5);
        let after = before.edited(&mut random, edits).text(None);
        let before = before.text(None);
        let Ok(patch) = merge_patch(&parse(&before), &parse(&after)) else {
            continue;
        };
        said += 1;
        let ours = apply_merge_patch(&parse(&before), &parse(&patch));
        assert!(parse(&ours).root().equals(parse(&after).root()), "{before} {after} {patch} {ours}");
        let mut theirs: serde_json::Value = serde_json::from_str(&before).unwrap();
        json_patch::merge(&mut theirs, &serde_json::from_str(&patch).unwrap());
        assert!(parse(&theirs.to_string()).root().equals(parse(&after).root()), "{before} {after} {patch} {theirs}");
    }
    assert!(said > 3_000);
}

#[test]
fn rfc_7396_appendix_a_holds() {
    for (target, patch, expected) in [
        (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
        (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
        (r#"{"a":"b"}"#, r#"{"a":null}"#, "{}"),
        (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
        (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
        (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
        (r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#),
        (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
        (r#"["a","b"]"#, r#"["c","d"]"#, r#"["c","d"]"#),
        (r#"{"a":"b"}"#, r#"["c"]"#, r#"["c"]"#),
        (r#"{"a":"foo"}"#, "null", "null"),
        (r#"{"a":"foo"}"#, r#""bar""#, r#""bar""#),
        (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#),
        ("[1,2]", r#"{"a":"b","c":null}"#, r#"{"a":"b"}"#),
        ("{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
    ] {
        assert_eq!(apply_merge_patch(&parse(target), &parse(patch)), expected, "{target} {patch}");
    }
}

#[test]
fn a_patch_that_leads_nowhere_is_refused() {
    let document = parse(r#"{"a":[1,2],"o":{"b":1}}"#);
    let path = |path: &str| path.to_owned();
    for operation in [
        Operation::Remove { path: path("/a/2") },
        Operation::Remove { path: path("") },
        Operation::Add { path: path("/a/3"), value: "1".into() },
        Operation::Add { path: path("/a/01"), value: "1".into() },
        Operation::Add { path: path("/x/y"), value: "1".into() },
        Operation::Replace { path: path("/a/-"), value: "1".into() },
        Operation::Move { from: path("/o"), path: path("/o/b") },
        Operation::Copy { from: path("/x"), path: path("/y") },
        Operation::Test { path: path("/a"), value: "[1]".into() },
        Operation::Test { path: path("/a/0"), value: "\"1\"".into() },
    ] {
        assert_eq!(
            apply_patch(&document, std::slice::from_ref(&operation)).unwrap_err().code(),
            ErrorCode::InvalidArgument,
            "{operation:?}"
        );
    }
}

#[test]
fn a_value_is_cut_out_of_its_text_and_the_layout_stays() {
    for (text, pointer, expected) in [
        ("{ \"a\": 1,\n  \"v\": [1, 2] ,\n  \"b\": 2 }\n", "/v", "{ \"a\": 1 ,\n  \"b\": 2 }\n"),
        ("{ \"v\": {} , \"b\": 2 }", "/v", "{ \"b\": 2 }"),
        ("{ \"b\": 2, \"v\": 1 }", "/v", "{ \"b\": 2 }"),
        ("{ \"v\": 1 }", "/v", "{  }"),
        ("{\"o\":{\"a/b\":[0,[1],2],\"c\":1}}", "/o/a~1b/1", "{\"o\":{\"a/b\":[0,2],\"c\":1}}"),
        ("{\"o\":{\"a\":1}}", "/o/x", "{\"o\":{\"a\":1}}"),
        ("[1]", "", "[1]"),
    ] {
        let cut = without(&parse(text), [pointer].into_iter());
        assert_eq!(cut, expected);
        let removed = apply_patch(&parse(text), &[Operation::Remove { path: pointer.into() }]);
        assert!(removed.is_err() || parse(&cut).root().equals(parse(&removed.unwrap()).root()), "{text} {pointer}");
    }
}

#[test]
fn members_are_removed_by_pointers_with_stars_and_the_layout_stays() {
    for (text, pointers, expected) in [
        (r#"{"id":1, "n":2, "at":3}"#, &["/id", "/at"][..], r#"{"n":2}"#),
        (r#"{"id":1, "at":3, "n":2 }"#, &["/id", "/at"], r#"{"n":2 }"#),
        (r#"{"n":2, "id":1, "at":3}"#, &["/id", "/at"], r#"{"n":2}"#),
        (r#"{"id":1,"at":3}"#, &["/id", "/at"], "{}"),
        (
            r#"{"id":1,"o":{"id":2,"n":[{"id":3,"m":1},{"m":2,"id":4}]}}"#,
            &["/o/n/*/id"],
            r#"{"id":1,"o":{"id":2,"n":[{"m":1},{"m":2}]}}"#,
        ),
        (r#"{"id":1,"o":{"id":2,"m":0},"p":{"id":3}}"#, &["/*/id", "/id"], r#"{"o":{"m":0},"p":{}}"#),
        (r#"[[1,2],[3]]"#, &["/*/0"], "[[2],[]]"),
        (r#"{"a":"/id"}"#, &["/*/id"], r#"{"a":"/id"}"#),
    ] {
        assert_eq!(without(&parse(text), pointers.iter().copied()), expected, "{text} {pointers:?}");
    }
}

#[test]
fn j13_names_with_lone_surrogates_survive_patches() {
    for (before, after, expected) in [
        (r#"{"\ud800":1,"a":1}"#, r#"{"\ud800":1,"a":2}"#, r#"{"\ud800":1,"a":2}"#),
        (r#"{"\uD800":1,"\ud801":1}"#, r#"{"\ud800":2,"\ud801":1}"#, r#"{"\ud800":2,"\ud801":1}"#),
        (r#"[{"o":{"\udfff":{"x":1}}}]"#, r#"[{"o":{"\udfff":{"x":2}}}]"#, r#"[{"o":{"\udfff":{"x":2}}}]"#),
        (r#"{"\ud800":1,"b":[0]}"#, r#"{"b":[1]}"#, r#"{"b":[1]}"#),
        (r#"{"o":{"\ufffd":1}}"#, r#"{"o":{"\ufffd":1,"\udc00":1}}"#, r#"{"o":{"\ufffd":1,"\udc00":1}}"#),
    ] {
        let patch = operations(before, after);
        assert_eq!(apply_patch(&parse(before), &patch).unwrap(), expected, "{before} -> {after}: {}", json(&patch));
        let merge_patch = merge_patch(&parse(before), &parse(after)).unwrap();
        let applied = apply_merge_patch(&parse(before), &parse(&merge_patch));
        assert!(parse(&applied).root().equals(parse(after).root()), "{before} -> {after}: {merge_patch}: {applied}");
    }
}

#[test]
fn conflicts_at_names_with_lone_surrogates_are_decided_one_by_one() {
    let [base, mine, theirs] = [1, 2, 3].map(|n| parse(&format!(r#"{{"\ud800":{n},"\ud801":{n},"\ufffd":{n}}}"#)));
    let documents = Documents { base: Some(&base), mine: &mine, theirs: &theirs };
    let merged = merge(documents, &Options::default()).unwrap();
    let mut ids: Vec<&str> = merged.changes().iter().map(|change| change.id.as_str()).collect();
    ids.dedup();
    assert_eq!(ids.len(), 3, "{ids:?}");
}

/// The tests of the suite as `(comment, document, patch, expected)`. Read by another parser, because one of them is
/// about a member that stands twice.
fn suite() -> Vec<(String, String, String, Option<String>)> {
    let mut tests = Vec::new();
    for file in [
        include_str!("fixtures/json-patch-test-suite/tests.json"),
        include_str!("fixtures/json-patch-test-suite/spec_tests.json"),
    ] {
        let serde_json::Value::Array(records) = serde_json::from_str(file).unwrap() else { panic!("no array") };
        for record in records.iter().filter(|record| record["disabled"] != true && record.get("patch").is_some()) {
            let expected = match (record.get("expected"), record.get("error")) {
                (Some(expected), None) => Some(expected.to_string()),
                (None, None) => Some(record["doc"].to_string()),
                _ => None,
            };
            tests.push((
                record["comment"].to_string(),
                record["doc"].to_string(),
                record["patch"].to_string(),
                expected,
            ));
        }
    }
    tests
}

#[test]
fn the_official_json_patch_test_suite_passes() {
    let tests = suite();
    assert!(tests.len() > 90, "{}", tests.len());
    for (comment, document, patch, expected) in tests {
        let result = parse_patch(&parse(&patch)).and_then(|operations| apply_patch(&parse(&document), &operations));
        match (result, expected) {
            (Ok(result), Some(expected)) => {
                assert!(parse(&result).root().equals(parse(&expected).root()), "{comment}: {result}")
            }
            (Err(error), None) => assert_eq!(error.code(), ErrorCode::InvalidArgument, "{comment}"),
            (result, expected) => {
                panic!("{comment}: {document} {patch}: {result:?}, not {expected:?}")
            }
        }
    }
}
