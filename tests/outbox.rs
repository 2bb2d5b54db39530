//! Edits without an answer: their order, their pauses, and that each of them ends.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use std::collections::BTreeMap;

use mergefetch::outbox::{Answer, Outbox, Turn, Waiting};

/// An edit whose first second is over at the time 0.
fn edit(id: &str, document: &str, order: f64) -> Waiting {
    Waiting { id: id.into(), document: document.into(), saved_at_ms: order - 2_000.0, is_foreign: false }
}

fn send(id: &str) -> Turn {
    Turn::Send(id.into())
}

#[test]
fn edits_of_a_document_go_out_in_the_order_of_their_saves() {
    let mut outbox = Outbox::default();
    outbox.found(vec![edit("late", "/a", 2.0), edit("first", "/a", 1.0), edit("other", "/b", 3.0)]);
    assert_eq!(outbox.next(10.0), send("first"));
    assert_eq!(outbox.next(10.0), Turn::Idle, "one edit is under way at a time");
    outbox.answered("first", Answer::Missing, 10.0, 0.5);
    assert_eq!(outbox.next(11.0), send("other"), "another document does not wait");
    outbox.answered("other", Answer::Stored, 11.0, 0.5);
    assert_eq!(outbox.next(11.0), Turn::Wait(999.0), "the later edit waits for the earlier one");
    assert_eq!(outbox.next(1_010.0), send("first"));
    outbox.answered("first", Answer::Stored, 1_011.0, 0.5);
    assert_eq!(outbox.next(1_011.0), send("late"));
}

#[test]
fn a_save_that_has_just_failed_is_sent_again_after_a_second() {
    let mut outbox = Outbox::default();
    outbox.found(vec![Waiting { saved_at_ms: 100.0, ..edit("1", "/a", 0.0) }]);
    assert_eq!(outbox.next(150.0), Turn::Wait(950.0));
    outbox.online(true);
    assert_eq!(outbox.next(150.0), send("1"));
}

#[test]
fn two_pages_agree_on_the_order_of_one_moment() {
    for edits in [["a", "b"], ["b", "a"]] {
        let mut outbox = Outbox::default();
        outbox.found(edits.map(|id| edit(id, "/a", 5.0)).into());
        assert_eq!(outbox.next(9.0), send("a"));
    }
}

#[test]
fn pauses_double_up_to_five_minutes_and_end_when_the_network_returns() {
    let mut outbox = Outbox::default();
    outbox.found(vec![edit("1", "/a", 1.0)]);
    let (mut now, mut pauses) = (0.0, Vec::new());
    for _ in 0..40 {
        assert_eq!(outbox.next(now), send("1"));
        outbox.answered("1", Answer::Missing, now, 0.5);
        let Turn::Wait(pause) = outbox.next(now) else { panic!("expected a pause") };
        pauses.push(pause);
        // The store is read anew with every turn, which must not end the pause.
        outbox.found(vec![edit("1", "/a", 1.0)]);
        assert_eq!(outbox.next(now), Turn::Wait(pause));
        now += pause;
    }
    assert_eq!(pauses[..4], [1_000.0, 2_000.0, 4_000.0, 8_000.0]);
    assert_eq!(pauses[39], 300_000.0);
    outbox.answered("1", Answer::Missing, now, 0.5);
    outbox.online(false);
    assert_eq!(outbox.next(now + 1e9), Turn::Idle, "nothing is sent without a network");
    outbox.online(true);
    assert_eq!(outbox.next(now), send("1"));
}

#[test]
fn chance_keeps_pages_apart() {
    for (chance, pause) in [(0.0, 500.0), (1.0, 1_500.0)] {
        let mut outbox = Outbox::default();
        outbox.found(vec![edit("1", "/a", 1.0)]);
        outbox.next(0.0);
        outbox.answered("1", Answer::Missing, 0.0, chance);
        assert_eq!(outbox.next(0.0), Turn::Wait(pause));
    }
}

#[test]
fn an_edit_that_waits_for_a_person_is_not_sent_again_and_holds_nobody_back() {
    let mut outbox = Outbox::default();
    outbox.found(vec![edit("1", "/a", 1.0), edit("2", "/a", 2.0)]);
    assert_eq!(outbox.next(5.0), send("1"));
    outbox.answered("1", Answer::Held, 5.0, 0.5);
    outbox.online(true);
    assert_eq!(outbox.next(5.0), send("2"));
    outbox.answered("2", Answer::Stored, 6.0, 0.5);
    assert_eq!(outbox.next(6.0), Turn::Idle);
}

#[test]
fn an_earlier_edit_of_another_page_goes_first() {
    let mut outbox = Outbox::default();
    let foreign = Waiting { is_foreign: true, ..edit("theirs", "/a", 1.0) };
    outbox.found(vec![edit("mine", "/a", 2.0), foreign.clone()]);
    assert_eq!(outbox.next(5.0), Turn::Wait(1_000.0));
    outbox.found(vec![edit("mine", "/a", 2.0)]);
    assert_eq!(outbox.next(5.0), send("mine"));
    outbox.answered("mine", Answer::Stored, 5.0, 0.5);
    // The other page may crash, and then its edit is everybody's.
    outbox.found(vec![foreign]);
    assert_eq!(outbox.next(5.0), Turn::Wait(10_000.0));
}

/// A generator of numbers for schedules (PCG, Melissa O'Neill, HMC-CS-2014-0905).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % limit
    }
}

/// Pages that come and go share one store. Whatever the network does, each edit ends once, and the edits of a document end in their order.
#[test]
fn every_edit_ends_once_and_in_order_whatever_pages_and_network_do() {
    let schedules = std::env::var("MERGEFETCH_SCHEDULES").map_or(10_000, |count| count.parse().unwrap());
    for seed in 0..schedules {
        let mut random = Random(seed);
        let (mut now, mut store, mut ended) = (0.0, Vec::<Waiting>::new(), Vec::<Waiting>::new());
        let mut pages = vec![Outbox::default()];
        // By edit: the page that kept it, as long as that page lives.
        let mut owners = BTreeMap::<String, usize>::new();
        let mut saved = 0;
        for turn in 0..2_000 {
            now += random.below(3_000) as f64;
            let is_calm = turn > 300;
            match random.below(6) {
                0 if !is_calm => {
                    let id = format!("{saved:03}");
                    owners.insert(id.clone(), random.below(pages.len()));
                    store.push(edit(&id, ["/a", "/b"][random.below(2)], now));
                    saved += 1;
                }
                1 if !is_calm && pages.len() < 4 => pages.push(Outbox::default()),
                2 if !is_calm => {
                    // A page crashes: the others find its edits, and another page opens.
                    let page = random.below(pages.len());
                    pages[page] = Outbox::default();
                    owners.retain(|_, owner| *owner != page);
                }
                3 => {
                    let page = random.below(pages.len());
                    pages[page].online(is_calm || random.below(2) == 0);
                }
                _ => {
                    let page = random.below(pages.len());
                    let seen = store.iter().map(|one| {
                        let is_foreign = owners.get(&one.id).is_some_and(|owner| *owner != page);
                        Waiting { is_foreign, ..one.clone() }
                    });
                    let seen = seen.collect();
                    pages[page].found(seen);
                    if let Turn::Send(id) = pages[page].next(now) {
                        let has_answer = is_calm || random.below(3) == 0;
                        if has_answer {
                            ended.extend(store.extract_if(.., |one| one.id == id));
                        }
                        let answer = if has_answer { Answer::Stored } else { Answer::Missing };
                        pages[page].answered(&id, answer, now, random.below(100) as f64 / 100.0);
                    }
                }
            }
        }
        assert!(store.is_empty(), "seed {seed}: edits wait for ever: {store:?}");
        assert_eq!(ended.len(), saved, "seed {seed}");
        for document in ["/a", "/b"] {
            let order: Vec<_> = ended.iter().filter(|one| one.document == document).map(|one| &one.id).collect();
            assert!(order.is_sorted_by(|one, other| one < other), "seed {seed}: {order:?}");
        }
    }
}
