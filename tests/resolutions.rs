//! Resolutions of conflicts (MERGE-RULES R2, R4, R7) on seeded random documents. `tests/client` has the resolutions of single changes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests may fail")]

mod common;
mod support;

use mergefetch::conflict::{Choice, Conflict, Document, Engine, MergeOptions};
use mergefetch::http::Format;
use mergefetch::merge::json::{Options, Rule};
use support::{Json, Random};

/// Random conflicts of texts and JSON, with their documents.
fn conflicts(count: u64, mut each: impl FnMut(&mut Random, Conflict, [Document; 3])) {
    let lines = ["a", "b", "c", "d", "e", "f", "g", "h"];
    for seed in 0..count {
        let mut random = Random(seed);
        let (format, texts) = if seed % 2 == 0 {
            let base = Json::random(&mut random, 4);
            let (mine, theirs) = (base.edited(&mut random, 3), base.edited(&mut random, 3));
            (Format::Json, [&base, &mine, &theirs].map(|side| side.text(None)))
        } else {
            let mut own = common::Random::new(seed);
            let base = common::edited(&mut own, &[], 20, &lines);
            let (mine, theirs) =
                (common::edited(&mut own, &base, 5, &lines), common::edited(&mut own, &base, 5, &lines));
            (Format::Text, [&base, &mine, &theirs].map(|side| common::text_of(side)))
        };
        let documents = texts.map(|text| Document::parse(format, text.as_bytes()).unwrap());
        let [base, mine, theirs] = documents.clone().map(Some);
        let conflict = Engine::linked().conflict([base, mine, theirs], MergeOptions::default()).unwrap();
        each(&mut random, conflict, documents);
    }
}

fn merged(conflict: &Conflict) -> Vec<u8> {
    conflict.merged().unwrap().expect("a document").bytes().to_vec()
}

#[test]
fn r2_the_order_of_decisions_does_not_matter() {
    let mut compared = 0;
    conflicts(3_000, |random, conflict, _| {
        let choices = [Choice::Base, Choice::Mine, Choice::Theirs, Choice::Both, Choice::BothReversed];
        let mut decisions: Vec<(String, Choice)> =
            conflict.changes().iter().map(|change| (change.id.clone(), *random.pick(&choices))).collect();
        let (mut one, mut other) = (conflict.clone(), conflict);
        // A choice without a meaning at its change is refused, in any order of the decisions.
        decisions.retain(|(id, choice)| one.take(*choice, Some(id)).is_ok());
        for at in (1..decisions.len()).rev() {
            decisions.swap(at, random.below(at + 1));
        }
        for (id, choice) in &decisions {
            other.take(*choice, Some(id)).unwrap();
        }
        assert_eq!(merged(&one), merged(&other), "{decisions:?}");
        assert_eq!(one.unresolved(), other.unresolved());
        compared += usize::from(decisions.len() > 1);
    });
    assert!(compared > 1_000);
}

#[test]
fn r2_a_decision_that_is_taken_back_was_never_made() {
    conflicts(2_000, |random, conflict, _| {
        let mut decided = conflict.clone();
        let ids: Vec<String> = conflict.changes().iter().map(|change| change.id.clone()).collect();
        for id in &ids {
            decided.take(*random.pick(&[Choice::Base, Choice::Mine, Choice::Theirs]), Some(id)).unwrap();
        }
        for id in ids.iter().rev() {
            decided.reopen(Some(id)).unwrap();
        }
        assert_eq!((merged(&decided), decided.unresolved()), (merged(&conflict), conflict.unresolved()));
    });
}

#[test]
fn r4_a_theirs_that_did_not_move_keeps_every_decision() {
    conflicts(2_000, |random, mut conflict, [_, _, theirs]| {
        let ids: Vec<String> = conflict.changes().iter().map(|change| change.id.clone()).collect();
        for id in &ids {
            conflict.take(*random.pick(&[Choice::Base, Choice::Mine, Choice::Theirs]), Some(id)).unwrap();
        }
        let before = (merged(&conflict), conflict.unresolved());
        let dropped = conflict.rebase(Some(theirs), None).unwrap();
        assert!(dropped.is_empty(), "{dropped:?}");
        assert_eq!((merged(&conflict), conflict.unresolved()), before);
    });
}

#[test]
fn r7_edits_of_one_base_by_one_client_leave_nothing_to_ask() {
    let mut met_themselves = 0;
    conflicts(3_000, |_, conflict, [base, mine, own]| {
        let after = |own: &Document, mine: &Document, theirs: &Document| {
            let [base, mine, theirs] = [&base, mine, theirs].map(|side| Some(side.clone()));
            Engine::linked().conflict_after(own, [base, mine, theirs], MergeOptions::default()).unwrap()
        };
        let mut met = after(&own, &mine, &own);
        assert_eq!(met.unresolved(), 0);
        let both = met.merged().unwrap().unwrap();
        assert_eq!(merged(&after(&own, &own, &own)), own.bytes());
        assert_eq!(after(&both, &mine, &both).unresolved(), 0);
        // It has arrived, though no answer said so.
        assert!(met.rebase(Some(both.clone()), Some(&both)).unwrap().is_empty());
        assert_eq!(met.unresolved(), 0);
        met_themselves += usize::from(conflict.unresolved() > 0);
    });
    assert!(met_themselves > 1_000, "{met_themselves}");
}

/// Decides each change in every way. A document exists after each decision, although only the change itself is checked.
#[test]
fn a_decision_counts_only_if_a_document_can_be_composed_with_it() {
    let values = ["1", "\"a\"", "[]", "[1]", "{}", "{\"a\":1}", "\"\\ud800\"", "[[", "", " [1]"];
    let words = ["base", "mine", "theirs", "both", "both-reversed", "suggested"];
    let choices = words.map(|word| Choice::parse(word).unwrap());
    let rules = [
        ("", Rule::Group(vec!["a".into(), "b".into()])),
        ("/*", Rule::Group(vec!["v".into(), "w".into()])),
        ("/*", Rule::Counter),
        ("/*", Rule::Atomic),
    ];
    let (mut taken, mut refused) = (0, 0);
    let mut check = |mut conflict: Conflict| {
        let ids: Vec<String> = conflict.changes().iter().map(|change| change.id.clone()).collect();
        for id in &ids {
            for way in 0..choices.len() + values.len() {
                let before = (conflict.decisions().to_vec(), conflict.unresolved());
                let result = match choices.get(way) {
                    Some(choice) => conflict.take(*choice, Some(id)),
                    None => conflict.set(id, values[way - choices.len()].to_owned()),
                };
                let composed = conflict.merged();
                assert!(composed.is_ok(), "way {way} at {id}: {composed:?} of {conflict:?}");
                if result.is_ok() {
                    taken += 1;
                } else {
                    assert_eq!((conflict.decisions().to_vec(), conflict.unresolved()), before);
                    refused += 1;
                }
            }
        }
    };
    conflicts(1_000, |_, conflict, _| check(conflict));
    conflicts(2_000, |random, _, [base, mine, theirs]| {
        let rule = random.pick(&rules);
        let json = Options { rules: vec![(rule.0.into(), rule.1.clone())], ..Options::default() };
        let base = (random.below(4) > 0).then_some(base);
        check(
            Engine::linked()
                .conflict([base, Some(mine), Some(theirs)], MergeOptions { json, ..MergeOptions::default() })
                .unwrap(),
        );
    });
    assert!(taken > 1_000 && refused > 1_000, "{taken} {refused}");
}
