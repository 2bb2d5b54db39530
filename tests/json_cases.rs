//! The table in `tests/cases/json.txt`, alone and inside larger documents that both sides edit elsewhere.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::too_many_lines,
    missing_docs,
    reason = "a table or a law may be long, and a test may fail loudly"
)]

mod support;

use mergefetch::merge::json::{Document, Documents, Options, merge};
use support::{Random, random_value};

struct Case {
    name: String,
    documents: [String; 3],
    accepted: Vec<String>,
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut name = String::new();
    for line in include_str!("cases/json.txt").lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let Some((input, accepted)) = line.split_once(" => ") else {
            line.clone_into(&mut name);
            continue;
        };
        let mut parts = input.split(" | ").map(str::to_owned);
        let documents = [(); 3].map(|()| parts.next().unwrap());
        assert_eq!(parts.next(), None, "{name}");
        cases.push(Case {
            name: name.clone(),
            documents,
            accepted: accepted.split(" or ").map(str::to_owned).collect(),
        });
    }
    cases
}

/// The merged text, or X for a conflict.
fn run(documents: &[String; 3]) -> String {
    let [base, mine, theirs] = documents.each_ref().map(|text| Document::parse(text.as_str()).unwrap());
    let documents = Documents { base: Some(&base), mine: &mine, theirs: &theirs };
    let merged = merge(documents, &Options::default()).unwrap();
    if merged.is_clean() { merged.text(documents).unwrap() } else { "X".into() }
}

fn equal(left: &str, right: &str) -> bool {
    left == right
        || left != "X"
            && right != "X"
            && Document::parse(left).unwrap().root().equals(Document::parse(right).unwrap().root())
}

#[test]
fn every_case_has_an_accepted_result_also_with_the_sides_swapped() {
    let cases = cases();
    assert_eq!(cases.len(), 33, "case 28 is about duplicate members and stands in json_tree.rs");
    for case in &cases {
        let [base, mine, theirs] = case.documents.clone();
        let swapped = [base, theirs, mine];
        for documents in [&case.documents, &swapped] {
            let result = run(documents);
            assert!(case.accepted.iter().any(|accepted| equal(accepted, &result)), "{}: {result}", case.name);
        }
    }
}

#[test]
fn every_case_has_the_same_result_with_noise_around_it() {
    let mut random = Random(7);
    for case in cases() {
        for round in 0..40 {
            let surroundings: Vec<[String; 3]> = (0..4).map(|_| noise(&mut random)).collect();
            let wrapped = [0, 1, 2].map(|side| wrap(&case.documents[side], &surroundings, side, round));
            let result = run(&wrapped);
            let expected = case.accepted.iter().map(|accepted| {
                if accepted == "X" {
                    "X".to_owned()
                } else {
                    wrap(
                        accepted,
                        &surroundings.iter().map(|[base, mine, theirs]| merged(base, mine, theirs)).collect::<Vec<_>>(),
                        0,
                        round,
                    )
                }
            });
            assert!(
                expected.into_iter().any(|accepted| equal(&accepted, &result)),
                "{} in {wrapped:?}: {result}",
                case.name
            );
        }
    }
}

/// A value that at most one side changes.
fn noise(random: &mut Random) -> [String; 3] {
    let base = random_value(random, 2);
    let other = random_value(random, 2);
    match random.below(3) {
        0 => [base.clone(), base.clone(), base],
        1 => [base.clone(), other, base],
        _ => [base.clone(), base, other],
    }
}

fn merged(base: &str, mine: &str, theirs: &str) -> [String; 3] {
    let result = if equal(base, mine) { theirs } else { mine };
    [result.to_owned(), String::new(), String::new()]
}

fn wrap(case: &str, noise: &[[String; 3]], side: usize, round: usize) -> String {
    let around: Vec<&str> = noise.iter().map(|values| values[side].as_str()).collect();
    if round.is_multiple_of(2) {
        format!(
            r#"{{"before":{},"case":{case},"list":[{}],"after":{}}}"#,
            around[0],
            [r#"{"id":1,"v":"#, around[1], "}"].concat(),
            around[2]
        )
    } else {
        format!(r#"[{{"name":"n","v":{}}},{{"name":"case","v":{case}}},{{"name":"m","v":{}}}]"#, around[0], around[3])
    }
}
