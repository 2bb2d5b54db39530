//! Many clients, one document, random edits, faults and schedules; the promises are checked at every step.
//!
//! Every value is a token that is written once, so that whoever overwrites one must have seen it. A failing run prints its seed and
//! what happened; `MERGEFETCH_SEED=N` runs that one alone, `MERGEFETCH_EFFORT=N` N times as many.

mod model;
mod world;

use model::Kind;
use world::{Habits, World};

use super::server::{PutAnswer, Tags};

/// How many edits came to a good end.
fn simulate(habits: &[Habits], runs: u64) -> usize {
    let only = std::env::var("MERGEFETCH_SEED").ok();
    let only = only.and_then(|seed| seed.parse().ok());
    let effort = std::env::var("MERGEFETCH_EFFORT").ok();
    let runs = runs * effort.and_then(|times| times.parse().ok()).unwrap_or(1);
    let mut finished = 0;
    for seed in 0..runs {
        if only.is_some_and(|only: u64| only != seed) {
            continue;
        }
        let habits = habits[seed as usize % habits.len()].clone();
        finished += World::new(seed, habits).run();
    }
    finished
}

/// Whether only one run was asked for.
fn is_single() -> bool {
    std::env::var("MERGEFETCH_SEED").is_ok()
}

fn orderly(kind: Kind) -> Habits {
    Habits { kind, tags: Tags::Strong, put_answer: PutAnswer::Tag, fault_percent: 0, is_slow_to_arrive: false }
}

#[test]
fn nothing_is_lost_or_overwritten_unseen_on_a_network_without_faults() {
    let finished = simulate(&[orderly(Kind::Json), orderly(Kind::Text)], 1500);
    assert!(finished > 4 * 1500 || is_single(), "only {finished} edits came to an end");
}

#[test]
fn nothing_is_lost_or_overwritten_unseen_whatever_gets_lost() {
    let faulty = |kind, put_answer| Habits { put_answer, fault_percent: 25, is_slow_to_arrive: true, ..orderly(kind) };
    let habits = [
        faulty(Kind::Json, PutAnswer::Tag),
        faulty(Kind::Text, PutAnswer::Tag),
        faulty(Kind::Json, PutAnswer::Bare),
        faulty(Kind::Json, PutAnswer::Representation),
        faulty(Kind::Text, PutAnswer::Report),
    ];
    let finished = simulate(&habits, 2500);
    assert!(finished > 4 * 2500 || is_single(), "only {finished} edits came to an end");
}

#[test]
fn nothing_is_lost_or_overwritten_unseen_whatever_the_tags_are_like() {
    let tagged = |tags, fault_percent| Habits { tags, fault_percent, is_slow_to_arrive: true, ..orderly(Kind::Json) };
    let habits = [
        tagged(Tags::WeakAsString, 0),
        tagged(Tags::WeakenedOnTheWay, 0),
        tagged(Tags::WeakAsString, 20),
        tagged(Tags::WeakenedOnTheWay, 20),
    ];
    let finished = simulate(&habits, 1500);
    assert!(finished > 4 * 1500 || is_single(), "only {finished} edits came to an end");
}

#[test]
fn every_write_ends_and_leaves_mine_with_the_caller_also_where_no_tag_ever_matches() {
    let habits = Habits { tags: Tags::WeakNeverMatching, fault_percent: 20, ..orderly(Kind::Json) };
    simulate(&[habits], 300);
}
