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

/// The texts between backticks.
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
        let has_reason = row.proof.split_once("why not: ").is_some_and(|(_, reason)| reason.len() > 5);
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
            assert!(is_test(&text, path, name), "{}: {path} has no test \"{name}\"", row.id);
        }
    }
}

fn is_test(text: &str, path: &str, name: &str) -> bool {
    let written = if path.ends_with(".rs") { format!("fn {name}(") } else { format!("test(\"{name}\"") };
    // A test that is made for each of a list begins so.
    text.contains(&written) || text.contains(&format!("test(`{name} "))
}

/// The rows of the table under this heading, without its head.
fn table_of(heading: &str) -> Vec<Vec<String>> {
    let document = read("docs/HTTP.md");
    let (_, section) = document.split_once(heading).unwrap_or_else(|| panic!("no section {heading}"));
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter(|line| line.starts_with("| ")).skip(1);
    rows.map(|row| row.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()).collect()
}

#[test]
fn every_misbehaviour_is_a_switch_of_the_example_server_and_is_turned_on_in_browsers() {
    let (server, browsers) = (read("www/server/README.md"), read("tests/web_faults.rs"));
    let rows = table_of("## Servers that misbehave");
    assert_eq!(rows.len(), 19);
    for row in rows {
        assert!(row.len() == 3 && !row[2].is_empty(), "{row:?}");
        for switch in quoted(&row[1]) {
            // `skew=7200` is `skew=SECONDS` there.
            let name = switch.trim_end_matches(|one: char| one.is_ascii_digit());
            let value = switch.split('=').nth(1).unwrap_or_default();
            assert!(server.contains(name) || server.contains(&format!("`{value}`")), "the server has no {switch}");
            assert!(
                browsers.contains(switch) || browsers.contains(&format!("\"{value}\"")),
                "no browser meets {switch}"
            );
        }
    }
}

#[test]
fn every_difference_between_client_fetch_and_fetch_names_its_test() {
    let rows = table_of("## Where `client.fetch` differs from `fetch`");
    assert!(rows.len() > 10, "{rows:?}");
    for row in rows {
        let proofs: Vec<_> = quoted(&row[2]).into_iter().filter_map(|proof| proof.split_once("::")).collect();
        assert!(!proofs.is_empty(), "{row:?}");
        for (path, name) in proofs {
            assert!(is_test(&read(path), path, name), "{path} has no test \"{name}\"");
        }
    }
}
