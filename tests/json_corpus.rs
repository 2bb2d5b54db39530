//! Real merges from `../shared/corpus`: where a merge by value has one answer, that is ours; nothing is called clean that
//! sets a place two ways.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::too_many_lines,
    missing_docs,
    reason = "a table or a law may be long, and a test may fail loudly"
)]

use std::io::Read;
use std::path::Path;

use mergefetch::merge::json::{Document, Documents, Options, Value, merge};

fn records() -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("../shared/corpus/json.jsonl.gz");
    let file = std::fs::File::open(path).ok()?;
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).ok()?;
    Some(text)
}

fn string(record: Value<'_>, name: &str) -> String {
    record.member(name).and_then(Value::as_str).unwrap()
}

/// Merges in which both sides gave one member different names (law J15).
const RENAMED_TWICE: [&str; 1] = ["e663817d24ba"];

#[test]
fn real_merges_have_their_one_answer_and_hide_no_conflict() {
    let Some(text) = records() else {
        println!("skipped: no ../shared/corpus beside the project");
        return;
    };
    let (mut right, mut wrong, mut clean, mut conflicts) = (0, Vec::new(), 0, 0);
    for line in text.lines() {
        let record = Document::parse(line).unwrap();
        let root = record.root();
        let id = string(root, "id");
        let [base, mine, theirs] = ["base", "mine", "theirs"].map(|side| Document::parse(string(root, side)));
        let (base, mine, theirs) = match (base, mine, theirs) {
            (Ok(base), Ok(mine), Ok(theirs)) => (base, mine, theirs),
            (base, mine, theirs) => {
                // Real files have duplicate members; those are refused.
                let error = [base, mine, theirs].into_iter().find_map(Result::err).unwrap();
                assert!(error.to_string().contains("twice"), "{id}: {error}");
                continue;
            }
        };
        let documents = Documents { base: Some(&base), mine: &mine, theirs: &theirs };
        let merged = merge(documents, &Options::default()).unwrap();
        let result = Document::parse(merged.text(documents).unwrap()).unwrap();
        let json = root.member("json").unwrap();
        if merged.is_clean() {
            clean += 1
        } else {
            conflicts += 1
        }
        // The reference has the member under both new names.
        let is_renamed_twice = RENAMED_TWICE.contains(&id.as_str());
        assert!(!is_renamed_twice || merged.conflicts() == 1, "{id}");
        if let Some(reference) = json.member("reference").filter(|_| !is_renamed_twice) {
            if merged.is_clean() && result.root().equals(reference) { right += 1 } else { wrong.push(id.clone()) }
        }
        let leaf_conflicts = json.member("leaf_conflicts").map_or("0", |value| value.source());
        if leaf_conflicts != "0" && merged.is_clean() {
            wrong.push(format!("{id} is clean with {leaf_conflicts} places in conflict"));
        }
    }
    println!("{right} right, {clean} clean, {conflicts} with conflicts");
    assert_eq!(wrong, Vec::<String>::new());
    assert!(right >= 300);
}
