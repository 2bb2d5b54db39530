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

mod support;

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use mergefetch::merge::json::{Document, Documents, Options, Value, merge};
use mergefetch::merge::text::{self, Texts};

fn records(name: &str) -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join(format!("../shared/corpus/{name}.jsonl.gz"));
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
    let Some(text) = records("json") else {
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

/// The share of clean merges that are marked, and the comparisons that run out of steps.
#[test]
fn few_clean_merges_of_real_files_are_marked_and_no_comparison_runs_out_of_steps() {
    let (mut clean, mut marked, mut compared) = (0, 0, 0);
    for name in ["json", "text"] {
        let Some(text) = records(name) else {
            println!("skipped: no ../shared/corpus beside the project");
            return;
        };
        for line in text.lines() {
            let record = Document::parse(line).unwrap();
            let sides = ["base", "mine", "theirs"].map(|side| string(record.root(), side));
            for edit in &sides[1..] {
                let mut known = HashMap::new();
                let mut tokens = |text: &str| {
                    let mut tokens = Vec::new();
                    for line in text.lines() {
                        let count = known.len() as u32;
                        tokens.push(*known.entry(line.to_owned()).or_insert(count));
                    }
                    tokens
                };
                let (before, after) = (tokens(&sides[0]), tokens(edit));
                assert!(!text_diff::compare(&before, &after).spent, "{}", string(record.root(), "id"));
                compared += 1;
            }
            let (is_clean, is_marked) = if name == "json" {
                let [Ok(base), Ok(mine), Ok(theirs)] = sides.each_ref().map(|side| Document::parse(side.as_str()))
                else {
                    continue;
                };
                let documents = Documents { base: Some(&base), mine: &mine, theirs: &theirs };
                let merged = merge(documents, &Options::default()).unwrap();
                (merged.is_clean(), merged.is_ambiguous())
            } else {
                let [base, mine, theirs] = sides.each_ref().map(String::as_str);
                let texts = Texts { base: Some(base), mine, theirs };
                let merged = text::merge(texts, &text::Options::default()).unwrap();
                (merged.is_clean(), merged.is_ambiguous())
            };
            clean += usize::from(is_clean);
            marked += usize::from(is_clean && is_marked);
        }
    }
    println!("{marked} of {clean} clean merges are marked; {compared} comparisons");
    assert!(clean > 500 && marked * 50 < clean, "{marked} of {clean}");
}

/// Numbers for the lines of two texts; equal lines have equal numbers.
fn line_tokens(sides: [&str; 2]) -> [Vec<u32>; 2] {
    let mut known = HashMap::new();
    sides.map(|side| {
        let token = |line: &str| {
            let count = known.len() as u32;
            *known.entry(line.to_owned()).or_insert(count)
        };
        side.lines().map(token).collect()
    })
}

/// Why a comparison has its budget of steps (docs/MERGE.md): the budget of 0.1.0 cuts real lock files short. The time of the two slow rows of
/// the bench is printed for both budgets.
#[test]
fn the_budget_of_0_1_0_cuts_real_lock_files_short() {
    let old = |[before, after]: &[Vec<u32>; 2]| {
        let distinct: std::collections::HashSet<&u32> = before.iter().chain(after).collect();
        let count = |side: &[u32]| side.iter().collect::<std::collections::HashSet<_>>().len() as u64;
        let budget = (1 << 17) + 16 * (count(before) + count(after));
        (text_diff::compare_within(before, after, Some(budget)), distinct.len())
    };
    let Some(text) = records("json") else {
        println!("skipped: no ../shared/corpus beside the project");
        return;
    };
    let (mut cut, mut compared) = (0, 0);
    for line in text.lines() {
        let record = Document::parse(line).unwrap();
        let [base, mine, theirs] = ["base", "mine", "theirs"].map(|side| string(record.root(), side));
        for edit in [&mine, &theirs] {
            let tokens = line_tokens([&base, edit]);
            let now = text_diff::compare(&tokens[0], &tokens[1]);
            assert!(!now.spent);
            compared += 1;
            let (before, distinct) = old(&tokens);
            if before.spent {
                cut += 1;
                let changed =
                    |hunks: &[text_diff::Hunk]| hunks.iter().map(|one| one.before.len() + one.after.len()).sum::<u32>();
                println!(
                    "{} {}: {} lines, {distinct} different, {} steps; {} lines changed, and {} with the budget of 0.1.0",
                    string(record.root(), "id"),
                    string(record.root(), "path"),
                    tokens[0].len(),
                    now.steps,
                    changed(&now.hunks),
                    changed(&before.hunks)
                );
            }
        }
    }
    println!("{cut} of {compared} comparisons are cut short with the budget of 0.1.0");
    assert!(cut > 0);
    let numbers = |seed: u64| {
        let mut random = support::Random(seed);
        (0..10_000).map(|_| random.below(10) as u32).collect::<Vec<u32>>()
    };
    let sorted: Vec<u32> = (0..40_000).collect();
    let slow = [
        ("reversed", [sorted.clone(), sorted.iter().rev().copied().collect()]),
        ("ten symbols, random", [numbers(1), numbers(2)]),
    ];
    for (name, tokens) in slow {
        let (before, _) = old(&tokens);
        let now = text_diff::compare(&tokens[0], &tokens[1]);
        println!("{name}: {} steps, {} with the budget of 0.1.0", now.steps, before.steps);
        assert!(now.steps > before.steps, "{name}");
    }
}
