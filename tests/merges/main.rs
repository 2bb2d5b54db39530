//! A simulator of merges with known truth (law S11).
//!
//! A world makes a document whose records have hidden identities. Two people edit it. The world keeps each edit by hidden identity.
//! So it knows the right result, or knows that the edits conflict. The merge sees only the three documents. The simulator does not use
//! the code that matches records.
//!
//! `cargo xtask simulate --merges N --seed S` runs any number of merges.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::too_many_lines,
    missing_docs,
    reason = "a broken world should fail loudly"
)]

mod edits;
mod judge;
mod model;
mod renames;
#[path = "../support/mod.rs"]
mod support;
mod truth;
mod worlds;

use judge::{Tally, Verdict, judge};
use support::Random;
use worlds::{Sort, World};

const MERGES: u64 = 20_000;
/// The number of failures that are printed.
const SHOWN: usize = 5;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().expect("a number"))
}

/// Makes the world of `seed`, lets two people edit it, and judges the merge.
fn run(seed: u64) -> (Sort, Verdict, String) {
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let mut world = World::new(&mut random);
    let base = world.document.clone();
    // In most merges one person arranges elements, and the other person only sets values.
    let only_sets_values =
        *random.pick(&[[true, false], [false, true], [true, false], [false, true], [true, true], [false, false]]);
    let [mine, theirs] =
        only_sets_values.map(|only_sets_values| edits::edited(&base, &mut world, &mut random, only_sets_values));
    let (verdict, story) = judge(&base, &mine, &theirs, &world);
    (world.sort, verdict, story)
}

#[test]
fn s11_no_clean_merge_is_wrong() {
    let merges = number("MERGEFETCH_MERGES").unwrap_or(MERGES);
    let first = number("MERGEFETCH_SEED").unwrap_or(0);
    let only = std::env::var("MERGEFETCH_SORT").ok();
    let shown_verdict = std::env::var("MERGEFETCH_SHOW").ok();
    let mut tally = Tally::default();
    let mut shown = 0;
    for seed in first..first.saturating_add(merges) {
        let (sort, verdict, story) = run(seed);
        if only.as_ref().is_some_and(|only| *only != format!("{sort:?}")) {
            continue;
        }
        tally.add(sort, verdict);
        let is_wanted = match &shown_verdict {
            Some(name) => *name == format!("{verdict:?}"),
            None => verdict == Verdict::Wrong,
        };
        if is_wanted && shown < SHOWN {
            shown += 1;
            println!("{verdict:?}, {sort:?}: cargo xtask simulate --merges 1 --seed {seed}\n{story}\n");
        }
    }
    println!("{tally}");
    tally.check();
}
