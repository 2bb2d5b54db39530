//! `docs/HTTP.md` speaks of every rule, and of nothing that is not there.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a document that cannot be read is a test that fails")]

use std::path::Path;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(ROOT).join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The ids of the rules: `- **V1** Parse …`.
fn rules() -> Vec<String> {
    let rules = read("docs/HTTP-RULES.md");
    let listed =
        rules.lines().filter_map(|line| line.strip_prefix("- **")?.split_once("**").map(|(id, _)| id.to_owned()));
    // The classes of section 4.7 have theirs within one paragraph.
    let inline = rules.split("**").filter(|word| is_id(word)).map(str::to_owned);
    let mut ids: Vec<String> = listed.chain(inline).filter(|id| is_id(id)).collect();
    ids.sort();
    ids.dedup();
    ids
}

fn is_id(word: &str) -> bool {
    let (letter, number) = word.split_at(usize::from(!word.is_empty()));
    "VCFWRDKLX".contains(letter) && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

struct Row {
    id: String,
    places: String,
    proof: String,
}

fn rows() -> Vec<Row> {
    let table = read("docs/HTTP.md");
    let cells = table.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ").unwrap_or(line.strip_prefix('|')?).split('|').map(str::trim);
        let row = Row { id: cells.next()?.into(), places: cells.next()?.into(), proof: cells.next()?.into() };
        is_id(&row.id).then_some(row)
    });
    cells.collect()
}

/// What stands between backticks.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_rule_has_one_row() {
    let mut ids: Vec<String> = rows().into_iter().map(|row| row.id).collect();
    ids.sort();
    let rules = rules();
    assert!(rules.len() > 90, "{rules:?}");
    assert_eq!(ids, rules);
}

#[test]
fn every_row_names_a_test_or_says_why_there_is_none() {
    for row in rows() {
        let has_test = quoted(&row.proof).iter().any(|proof| proof.contains("::"));
        let has_reason = row.proof.split_once("not yet: ").is_some_and(|(_, reason)| reason.len() > 5);
        assert!(has_test || has_reason, "{}: {}", row.id, row.proof);
        assert!(!has_test || !row.places.is_empty(), "{} names no file", row.id);
    }
}

#[test]
fn every_file_and_test_that_is_named_exists() {
    for row in rows() {
        for place in quoted(&row.places) {
            assert!(Path::new(ROOT).join(place).is_file(), "{}: {place}", row.id);
        }
        for (path, name) in quoted(&row.proof).into_iter().filter_map(|proof| proof.split_once("::")) {
            let text = read(path);
            let is_there = if path.ends_with(".rs") {
                text.contains(&format!("fn {name}("))
            } else {
                text.contains(&format!("test(\"{name}\""))
            };
            assert!(is_there, "{}: {path} has no test \"{name}\"", row.id);
        }
    }
}
