//! The targets of fuzzing on stable Rust: the seed corpus, and seeded random mutations of it.
//!
//! `MERGEFETCH_FUZZ_SECONDS` says for how long each target runs (`cargo xtask fuzz --seconds N`), and `MERGEFETCH_FUZZ_SEED` from where;
//! without it a fixed number of mutations runs. `fuzz/` has the same targets for cargo-fuzz.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests may fail")]

mod common;
mod laws;

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;
use std::time::{Duration, Instant};

use common::Random;

/// Enough to reach every kind of mutation of every seed.
const MUTATIONS: usize = 2_500;

/// Longer ones only take longer.
const LONGEST: usize = 2_000;

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "no seeds in {}", folder.display());
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

/// A piece of another seed: half of the time whole lines or parts.
fn piece<'a>(random: &mut Random, seeds: &'a [Vec<u8>]) -> &'a [u8] {
    let seed = &seeds[random.below(seeds.len())];
    if random.below(2) == 0 {
        let pieces: Vec<&[u8]> = seed.split_inclusive(|byte| b"\n\x1e,".contains(byte)).collect();
        return pieces.get(random.below(pieces.len())).copied().unwrap_or_default();
    }
    let start = random.below(seed.len() + 1);
    &seed[start..start + random.below((seed.len() - start).min(12) + 1)]
}

fn mutate(random: &mut Random, data: &mut Vec<u8>, seeds: &[Vec<u8>]) {
    let at = random.below(data.len() + 1);
    let end = at + random.below((data.len() - at).min(16) + 1);
    match random.below(7) {
        0 => data.insert(at, random.below(256) as u8),
        1 if at < data.len() => data[at] ^= 1 << random.below(8),
        2 => drop(data.drain(at..end)),
        3 => {
            let copy = data[at..end].to_vec();
            let to = random.below(data.len() + 1);
            data.splice(to..to, copy);
        }
        4 if at < data.len() => data[at] = b"\n\r\x1e\"{}[],:0-.<=>| \xef"[random.below(19)],
        _ => {
            let piece = piece(random, seeds).to_vec();
            data.splice(at..if random.below(2) == 0 { at } else { end }, piece);
        }
    }
}

fn run(name: &str, target: laws::Target, data: &[u8]) {
    if catch_unwind(|| target(data)).is_err() {
        panic!("{name} fails for b\"{}\"", data.escape_ascii());
    }
}

#[allow(clippy::disallowed_methods, reason = "the time that was asked for")]
fn fuzz(name: &str) {
    let target = laws::TARGETS.iter().find(|target| target.0 == name).expect("a target").1;
    let seeds = corpus(name);
    for seed in &seeds {
        run(name, target, seed);
    }
    let number = |name: &str| std::env::var(name).ok().map(|value| value.parse::<u64>().expect("a number"));
    let limit = number("MERGEFETCH_FUZZ_SECONDS").map(Duration::from_secs);
    let mut random = Random::new(number("MERGEFETCH_FUZZ_SEED").unwrap_or(1));
    let start = Instant::now();
    let mut runs = 0;
    while limit.map_or(runs < MUTATIONS, |limit| start.elapsed() < limit) {
        let mut data = seeds[random.below(seeds.len())].clone();
        for _ in 0..=random.below(8) {
            mutate(&mut random, &mut data, &seeds);
        }
        data.truncate(LONGEST);
        run(name, target, &data);
        runs += 1;
    }
    println!("{name}: {} seeds, {runs} mutations", seeds.len());
}

#[test]
fn text_merges_keep_their_laws_for_any_bytes() {
    fuzz("text_merge");
}

#[test]
fn comparisons_tile_both_documents_for_any_bytes() {
    fuzz("text_diff");
}

#[test]
fn json_merges_keep_their_laws_for_any_bytes() {
    fuzz("json_merge");
}

#[test]
fn headers_problems_and_records_of_any_bytes_are_read_or_refused() {
    fuzz("http_parse");
}

#[test]
fn reads_and_writes_end_whatever_is_answered() {
    fuzz("http_loop");
}

#[test]
fn every_target_has_a_test_here_and_a_file_for_cargo_fuzz() {
    let own = include_str!("fuzz.rs");
    for (name, _) in laws::TARGETS {
        assert!(own.contains(&format!("fuzz(\"{name}\")")), "{name}");
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fuzz/fuzz_targets/{name}.rs"));
        assert!(fs::read_to_string(file).unwrap().contains(&format!("\"{name}\"")), "{name}");
    }
}
