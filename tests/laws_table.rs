//! docs/LAWS.md names a test for every law of docs/MERGE-RULES.md, and every test that it names exists.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests may fail")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const LAWS: &str = include_str!("../docs/LAWS.md");
const RULES: &str = include_str!("../docs/MERGE-RULES.md");

/// The cells of the rows whose first cell is the name of a law.
fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().filter_map(|line| {
        let cells: Vec<&str> = line.strip_prefix('|')?.split('|').map(str::trim).collect();
        let (kind, number) = cells.first()?.split_at_checked(1)?;
        ("LSAEJR".contains(kind) && number.parse::<u8>().is_ok()).then_some(cells)
    })
}

fn laws(text: &str) -> BTreeSet<&str> {
    rows(text).map(|cells| cells[0]).collect()
}

/// The code spans with `::`, as file and name.
fn tests_in(cell: &str) -> impl Iterator<Item = (&str, &str)> {
    cell.split('`').skip(1).step_by(2).filter_map(|word| word.split_once("::"))
}

#[test]
fn every_law_has_one_row_in_the_table() {
    assert_eq!(laws(LAWS), laws(RULES));
    assert_eq!(rows(LAWS).count(), laws(LAWS).len());
    assert_eq!(laws(RULES).len(), 57);
}

#[test]
fn every_law_names_tests_and_every_named_test_exists() {
    for cells in rows(LAWS) {
        assert_eq!(cells.len(), 5, "{cells:?}");
        assert!(tests_in(cells[2]).count() > 0, "{} names no test", cells[0]);
        for (file, name) in tests_in(cells[2]) {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
            let source = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
            let wanted = if file.ends_with(".rs") { format!("fn {name}()") } else { format!("test(\"{name}") };
            let at = source.find(&wanted).unwrap_or_else(|| panic!("{}: no test {name} in {file}", cells[0]));
            let is_test = !file.ends_with(".rs") || source[..at].trim_end().ends_with("#[test]");
            assert!(is_test, "{}: {name} in {file} is no test", cells[0]);
        }
    }
}
