//! JSON merges timed, text in to text out: `cargo bench --bench json`. Prints a table; asserts answers, never times.
//!
//! `cargo bench --bench json -- --smoke` runs everything once on small inputs, `--only NAME` what has NAME in its name.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs, reason = "a program that measures time")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use mergefetch::merge::json::{Document, Documents, Options, merge};
use support::Random;

struct Case {
    name: &'static str,
    base: String,
    mine: String,
    theirs: String,
}

/// Records of about 150 bytes; every hundredth is edited by one of the sides.
fn records(name: &'static str, bytes: usize, shuffled: bool) -> Case {
    let count = bytes / 150;
    let record = |id: usize, edited: bool| {
        format!(
            "  {{\n    \"id\": {id},\n    \"name\": \"record number {id}\",\n    \"price\": {}.50,\n    \"tags\": [\"a\", \"b\"],\n    \"address\": {{ \"street\": \"High Street {id}\", \"city\": \"Bern\" }}\n  }}",
            if edited { id + 1 } else { id }
        )
    };
    let mut random = Random(1);
    let edited: Vec<usize> = (0..count).map(|_| random.below(200)).collect();
    let mut order: Vec<usize> = (0..count).collect();
    let text = |order: &[usize], by: usize| {
        let parts: Vec<String> = order.iter().map(|&id| record(id, edited[id] == by)).collect();
        format!("[\n{}\n]\n", parts.join(",\n"))
    };
    let (base, theirs) = (text(&order, 2), text(&order, 1));
    if shuffled {
        for at in (1..count).rev() {
            order.swap(at, random.below(at + 1));
        }
    }
    Case { name, base, mine: text(&order, 0), theirs }
}

/// One object with many members.
fn wide(name: &'static str, bytes: usize) -> Case {
    let count = bytes / 30;
    let text = |side: usize| {
        let members: Vec<String> = (0..count)
            .map(|n| format!("  \"member {n}\": {}", if n % 200 == side * 100 { n + 1 } else { n }))
            .collect();
        format!("{{\n{}\n}}\n", members.join(",\n"))
    };
    Case { name, base: text(9), mine: text(0), theirs: text(1) }
}

/// Chains of objects, 100 levels deep.
fn deep(name: &'static str, bytes: usize) -> Case {
    let count = bytes / 1000;
    let text = |side: usize| {
        let chains: Vec<String> = (0..count)
            .map(|n| {
                format!(
                    "\"c{n}\":{}{}{}",
                    "{\"down\":".repeat(100),
                    if n % 100 == side * 50 { 1 } else { 0 },
                    "}".repeat(100)
                )
            })
            .collect();
        format!("{{{}}}", chains.join(","))
    };
    Case { name, base: text(9), mine: text(0), theirs: text(1) }
}

fn numbers(numbers: impl Iterator<Item = usize>) -> String {
    format!("[{}]", numbers.map(|n| n.to_string()).collect::<Vec<_>>().join(","))
}

fn arrays(count: usize) -> Vec<Case> {
    let mut random = Random(2);
    let equal = |extra: usize| numbers((0..count + extra).map(|_| 7));
    let mut shuffle = |count: usize| {
        let mut order: Vec<usize> = (0..count).collect();
        for at in (1..count).rev() {
            order.swap(at, random.below(at + 1));
        }
        numbers(order.into_iter())
    };
    let sorted = numbers(0..count);
    let (one, two) = (shuffle(count), shuffle(count));
    let mut random = Random(3);
    let few: Vec<usize> = (0..count).map(|_| random.below(5)).collect();
    let mut edited =
        |every: usize| numbers(few.clone().into_iter().map(|n| if random.below(every) == 0 { 9 } else { n }));
    vec![
        Case { name: "equal elements, both append", base: equal(0), mine: equal(1), theirs: equal(2) },
        Case {
            name: "disjoint arrays",
            base: sorted.clone(),
            mine: numbers(count..2 * count),
            theirs: numbers(2 * count..3 * count),
        },
        Case { name: "one side shuffled", base: sorted.clone(), mine: one.clone(), theirs: sorted.clone() },
        Case { name: "both sides shuffled", base: sorted.clone(), mine: one, theirs: two },
        Case { name: "reversed", base: sorted.clone(), mine: numbers((0..count).rev()), theirs: numbers(0..count + 1) },
        Case {
            name: "five values, 1 % edits",
            base: numbers(few.clone().into_iter()),
            mine: edited(200),
            theirs: edited(200),
        },
        Case {
            name: "both insert behind every one",
            base: numbers((0..count).map(|n| n % 100)),
            mine: numbers((0..2 * count).map(|n| if n % 2 == 0 { n / 2 % 100 } else { 1000 })),
            theirs: numbers((0..2 * count).map(|n| if n % 2 == 0 { n / 2 % 100 } else { 2000 })),
        },
        Case {
            name: "every other one removed",
            base: sorted.clone(),
            mine: numbers((0..count).step_by(2)),
            theirs: numbers((0..count).filter(|n| n % 3 > 0)),
        },
    ]
}

fn run(case: &Case, repeat: usize) {
    let wanted = std::env::args().skip_while(|argument| argument != "--only").nth(1);
    if wanted.is_some_and(|wanted| !case.name.contains(wanted.as_str())) {
        return;
    }
    let mut best = [Duration::MAX; 4];
    let mut conflicts = 0;
    for _ in 0..repeat {
        let start = Instant::now();
        let base = Document::parse(case.base.as_str()).unwrap();
        let [mine, theirs] =
            [&case.mine, &case.theirs].map(|text| Document::parse_like(text.as_str(), Some(&base)).unwrap());
        let parsed = start.elapsed();
        let documents = Documents { base: Some(&base), mine: &mine, theirs: &theirs };
        let merged = merge(documents, &Options::default()).unwrap();
        let decided = start.elapsed();
        let text = merged.text(documents).unwrap();
        let whole = start.elapsed();
        assert!(!text.is_empty());
        conflicts = merged.conflicts();
        let patching = Instant::now();
        let patch = merged.patch(documents).unwrap();
        assert!(patch.len() < usize::MAX);
        for (best, time) in best.iter_mut().zip([parsed, decided - parsed, whole, patching.elapsed()]) {
            *best = time.min(*best);
        }
    }
    let [parsed, decided, whole, patched] = best.map(|time| time.as_secs_f64() * 1000.0);
    println!(
        "{:<32} {:>9.2} MB {parsed:>10.2} {decided:>10.2} {whole:>10.2} {patched:>10.2} {conflicts:>9}",
        case.name,
        case.base.len() as f64 / 1e6
    );
}

/// An edit as JavaScript prints it, of records whose identifiers of 19 digits no double holds: what a page saves.
fn respell(bytes: usize, repeat: usize) {
    const FIRST: u64 = 1_234_567_890_123_456_789;
    let ids = (0..bytes as u64 / 100).map(|at| FIRST + at * 1_000);
    let list = |print: &dyn Fn(u64) -> String, separator: &str| {
        let records: Vec<String> = ids
            .clone()
            .map(|id| format!("{{\"id\":{},\"name\":\"record number {id}\",\"price\":1.50}}", print(id)))
            .collect();
        format!("[{}]", records.join(separator))
    };
    let base = Document::parse(list(&|id| id.to_string(), ",\n  ")).unwrap();
    // The digits of the shortest decimal that reads as the same double, as `JSON.stringify` prints them.
    let edit = list(&|id| format!("{}", id as f64), ",");
    let mut best = Duration::MAX;
    for _ in 0..repeat {
        let start = Instant::now();
        let edit = Document::parse_edit(edit.as_str(), Some(&base)).unwrap();
        best = best.min(start.elapsed());
        assert_eq!(
            edit.root().elements().last().map(|last| last.source()),
            base.root().elements().last().map(|last| last.source())
        );
    }
    println!(
        "{:<32} {:>9.2} MB {:>10.2}",
        "parse_edit, every id rounded",
        base.text().len() as f64 / 1e6,
        best.as_secs_f64() * 1000.0
    );
}

fn main() {
    let smoke = std::env::args().any(|argument| argument == "--smoke");
    let (small, large, count) = if smoke { (2_000, 10_000, 200) } else { (1_000_000, 10_000_000, 100_000) };
    println!(
        "{:<32} {:>12} {:>10} {:>10} {:>10} {:>10} {:>9}",
        "best of several, ms", "base", "parse 3", "merge", "all", "patch", "conflicts"
    );
    for (bytes, repeat) in [(10_000, 20), (small, 7), (large, 3)] {
        let repeat = if smoke { 1 } else { repeat };
        run(&records("records, 1 % edits", bytes, false), repeat);
        run(&records("records, mine shuffled", bytes, true), repeat);
        run(&wide("wide object, 1 % edits", bytes), repeat);
        run(&deep("deep chains, 2 % edits", bytes), repeat);
        respell(bytes, repeat);
    }
    for case in arrays(count) {
        run(&case, if smoke { 1 } else { 2 });
    }
}
