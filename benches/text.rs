//! Text merges and comparisons timed by criterion: `cargo bench --bench text [-- FILTER]`. Asserts answers, never times.
//!
//! `-- --table` prints the tables of `docs/DESIGN.md` instead, with memory; `-- --smoke` runs all of that once on small inputs;
//! `-- --answers=FOLDER` writes the inputs and the answers into files, for the runs from JavaScript (`cargo xtask bench`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    clippy::disallowed_methods,
    reason = "a program that measures time"
)]

#[path = "common/answers.rs"]
mod answers;
#[path = "common/cases.rs"]
mod cases;
#[path = "../tests/common/mod.rs"]
mod common;

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use cases::{Case, NAMES, case};
use criterion::{Criterion, SamplingMode, Throughput};
use gix_imara_diff::{Algorithm, Diff, NoSliderHeuristic, Token};
use mergefetch::merge::text::{Granularity, Options, Texts, diff, merge};

fn median(run: impl FnMut(), runs: usize) -> f64 {
    sorted_times(run, runs)[runs / 2]
}

fn sorted_times(mut run: impl FnMut(), runs: usize) -> Vec<f64> {
    let mut times: Vec<f64> = (0..runs)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times
}

fn memory(field: &str) -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with(field))?;
    line.split_whitespace().nth(1)?.parse::<usize>().ok().map(|kilobytes| kilobytes * 1024)
}

/// Memory at its peak over the size of the documents, in a process of its own that holds nothing else.
fn memory_of(case: &Case) -> Option<String> {
    let folder = std::env::temp_dir().join(format!("mergefetch-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).ok()?;
    for (name, text) in [("base", &case.base), ("mine", &case.mine), ("theirs", &case.theirs)] {
        std::fs::write(folder.join(name), text).ok()?;
    }
    let mut command = std::process::Command::new(std::env::current_exe().ok()?);
    let output = command.arg(format!("--memory={}", folder.display())).output().ok()?;
    std::fs::remove_dir_all(&folder).ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn print_memory(folder: &Path) -> Option<()> {
    let read = |name| std::fs::read_to_string(folder.join(name)).ok();
    let (base, mine, theirs) = (read("base")?, read("mine")?, read("theirs")?);
    let texts = Texts { base: Some(&base), mine: &mine, theirs: &theirs };
    let input = base.len() + mine.len() + theirs.len();
    let before = memory("VmRSS")?;
    let merged = merge(texts, &Options::default()).ok()?;
    black_box(merged.text(texts));
    println!("{:.1}", memory("VmHWM")?.saturating_sub(before) as f64 / input as f64);
    Some(())
}

fn bench_case(case: &Case, runs: usize) {
    let texts = Texts { base: Some(&case.base), mine: &case.mine, theirs: &case.theirs };
    let merged = merge(texts, &Options::default()).expect("a merge");
    common::assert_regions(&merged, texts);
    let merging = median(|| drop(black_box(merge(texts, &Options::default()))), runs);
    let text = median(|| drop(black_box(merged.text(texts))), runs);
    let comparing = median(|| drop(black_box(diff(&case.base, &case.mine, Granularity::Line))), runs);
    let megabytes = (case.base.len() + case.mine.len() + case.theirs.len()) as f64 / 1e6;
    println!(
        "| {:<20} | {megabytes:>6.1} | {:>7} | {:>6} | {merging:>8.1} | {text:>6.1} | {comparing:>8.1} | {:>6.1} | {:>6} |",
        case.name,
        merged.regions().len(),
        merged.conflicts(),
        (merging + text) / megabytes,
        memory_of(case).unwrap_or_default(),
    );
}

fn tokens(text: &str, known: &mut std::collections::HashMap<String, u32>) -> Vec<u32> {
    text.lines()
        .map(|line| {
            let next = known.len() as u32;
            *known.entry(line.to_owned()).or_insert(next)
        })
        .collect()
}

/// The name of an engine, and what compares with it.
type Engine = (&'static str, Box<dyn Fn() -> usize>);

/// Each engine, for the two line diffs of a merge on tokens.
fn engines(case: &Case) -> Vec<Engine> {
    let mut known = std::collections::HashMap::new();
    let [base, mine, theirs] = [&case.base, &case.mine, &case.theirs].map(|text| tokens(text, &mut known));
    let as_tokens = |tokens: &[u32]| tokens.iter().map(|token| Token(*token)).collect::<Vec<_>>();
    let (imara_base, imara_sides) = (as_tokens(&base), [as_tokens(&mine), as_tokens(&theirs)]);
    let count = known.len() as u32;
    let imara = move |algorithm| {
        let (base, sides) = (imara_base.clone(), imara_sides.clone());
        move || {
            let hunks = sides.iter().map(|side| {
                let mut diff = Diff::default();
                diff.compute_with(algorithm, &base, side, count);
                diff.postprocess_with(&base, side, NoSliderHeuristic);
                diff.hunks().count()
            });
            hunks.sum()
        }
    };
    let sides = [mine, theirs];
    let (ours, our_sides) = (base.clone(), sides.clone());
    let similar = move |algorithm| {
        let (base, sides) = (base.clone(), sides.clone());
        move || sides.iter().map(|side| similar::capture_diff_slices(algorithm, &base, side).len()).sum()
    };
    vec![
        ("own", Box::new(move || our_sides.iter().map(|side| text_diff::compare(&ours, side).hunks.len()).sum())),
        ("imara Myers", Box::new(imara(Algorithm::Myers))),
        ("imara Histogram", Box::new(imara(Algorithm::Histogram))),
        ("similar Myers", Box::new(similar(similar::Algorithm::Myers))),
        ("similar Histogram", Box::new(similar(similar::Algorithm::Histogram))),
    ]
}

/// Histogram takes seconds to minutes where every other or fourth line changed.
fn has_engines(name: &str, engine: &str) -> bool {
    name != "one long line" && !(engine.ends_with("Histogram") && ["100,000 edits", "alternating"].contains(&name))
}

fn table_of_engines(case: &Case, runs: usize) {
    let times = engines(case).into_iter().map(|(engine, run)| match has_engines(case.name, engine) {
        true => format!("{:>9.1}", median(|| _ = black_box(run()), runs)),
        false => " ".repeat(9),
    });
    println!("| {:<20} | {} |", case.name, times.collect::<Vec<_>>().join(" | "));
}

fn tables(smoke: bool, runs: usize) {
    println!("Three-way merge (ms, median of {runs}; MB of all three documents; memory at its peak over their size)\n");
    println!("| input                | MB     | regions | confl. | merge    | text   | diff     | ms/MB  | memory |");
    println!("|----------------------|--------|---------|--------|----------|--------|----------|--------|--------|");
    for number in 0..NAMES.len() {
        bench_case(&case(number, smoke), runs);
    }
    println!("\nThe two line diffs on interned tokens (ms)\n");
    println!("| input                | own       | imara M.  | imara H.  | similar M | similar H |");
    println!("|----------------------|-----------|-----------|-----------|-----------|-----------|");
    for number in 0..NAMES.len() {
        table_of_engines(&case(number, smoke), runs.min(3));
    }
}

fn criterion_groups() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    for number in 0..NAMES.len() {
        let case = case(number, false);
        let texts = Texts { base: Some(&case.base), mine: &case.mine, theirs: &case.theirs };
        let merged = merge(texts, &Options::default()).expect("a merge");
        common::assert_regions(&merged, texts);
        let mut group = criterion.benchmark_group(case.name);
        group.sampling_mode(SamplingMode::Flat);
        group.throughput(Throughput::Bytes((case.base.len() + case.mine.len() + case.theirs.len()) as u64));
        group.bench_function("merge", |bencher| bencher.iter(|| merge(texts, &Options::default())));
        group.bench_function("text", |bencher| bencher.iter(|| merged.text(texts)));
        group.bench_function("diff", |bencher| bencher.iter(|| diff(&case.base, &case.mine, Granularity::Line)));
        for (engine, run) in engines(&case).into_iter().filter(|(engine, _)| has_engines(case.name, engine)) {
            group.bench_function(engine, |bencher| bencher.iter(&run));
        }
        group.finish();
    }
    criterion.final_summary();
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let smoke = arguments.iter().any(|argument| argument == "--smoke");
    let option = |name: &str| arguments.iter().find_map(|argument| argument.strip_prefix(name));
    if let Some(folder) = option("--memory=") {
        print_memory(Path::new(folder));
        return;
    }
    let asked = option("--runs=").and_then(|runs| runs.parse().ok());
    let runs = asked.unwrap_or(if smoke { 1 } else { 5 });
    if let Some(folder) = option("--answers=") {
        answers::write(Path::new(folder), smoke, runs).expect("files of answers");
        return;
    }
    if smoke || arguments.iter().any(|argument| argument == "--table") {
        tables(smoke, runs);
    } else {
        criterion_groups();
    }
}
