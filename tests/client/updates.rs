//! `update`: every change that is acknowledged has been made exactly once.

use std::cell::RefCell;
use std::rc::Rc;

use mergefetch::client::{Held, Machine, Outcome, SavedKind, WriteOptions};
use mergefetch::conflict::{Choice, RefusalKind};

use super::drive::{Fault, on_writes};
use super::page::*;
use super::server::{Server, Tags};

const BASE: &str = "{\"a\":1,\"n\":0}";

fn count(server: &Server) -> usize {
    let text = server.now().unwrap();
    text.split_once("\"n\":").unwrap().1.trim_end_matches('}').parse().unwrap()
}

#[test]
fn an_update_that_meets_the_very_same_change_is_made_again() {
    let mut server = Server::json(BASE);
    let mut page = Page::default();
    page.faults = on_writes([vec![Fault::Competitor(Some("{\"a\":1,\"n\":1}"))]]);
    is_kind(&page.update(one_more, &mut server), SavedKind::Saved);
    assert_eq!(count(&server), 2);
}

#[test]
fn updates_of_one_page_at_once_are_all_made() {
    for tags in [Tags::Strong, Tags::WeakAsString, Tags::Hash, Tags::Hidden] {
        let mut server = Server::json(BASE);
        server.tags = tags;
        let mut page = Page::default();
        let mut updates: Vec<_> = (0..5).map(|_| page.updating(one_more)).collect();
        let mut calls: Vec<_> = updates.iter_mut().map(|update| Call::of(update)).collect();
        page.run(&mut calls, &mut server);
        drop(calls);
        for update in updates {
            is_kind(&written(update), SavedKind::Saved);
        }
        assert_eq!(count(&server), 5, "{tags:?}");
    }
}

#[test]
fn r4_an_update_without_an_answer_is_unknown_where_the_document_has_moved() {
    let mut server = Server::json(BASE);
    let mut page = Page::default();
    page.faults = on_writes([vec![Fault::LostAfter]]);
    refused(&page.update(one_more, &mut server), RefusalKind::Unknown);
    assert_eq!(count(&server), 1);
    // Another call is another change.
    is_kind(&page.update(one_more, &mut server), SavedKind::Saved);
    assert_eq!(count(&server), 2);
}

#[test]
fn r4_an_update_that_did_not_arrive_is_sent_again() {
    let mut server = Server::json(BASE);
    let mut page = Page::default();
    page.faults = on_writes([vec![Fault::LostBefore]]);
    is_kind(&page.update(one_more, &mut server), SavedKind::Saved);
    assert_eq!(count(&server), 1);
}

/// An update whose write meets these faults ends as unknown, and counts once.
#[track_caller]
fn claims_nothing(mut page: Page, faults: Vec<Fault>) {
    let mut server = Server::json(BASE);
    page.faults = on_writes([faults]);
    refused(&page.update(one_more, &mut server), RefusalKind::Unknown);
    assert_eq!(count(&server), 1);
}

#[test]
fn r4_an_update_that_did_not_arrive_is_unknown_if_somebody_else_made_the_same_change() {
    claims_nothing(Page::default(), vec![Fault::Competitor(Some("{\"a\":1,\"n\":1}")), Fault::LostBefore]);
}

#[test]
fn f7_an_update_that_was_redirected_after_it_was_carried_out_is_unknown() {
    claims_nothing(Page::default(), vec![Fault::RedirectedAfter(412)]);
}

#[test]
fn r8_a_409_with_a_key_in_progress_is_not_certain() {
    let options = WriteOptions { has_idempotency_key: true, ..WriteOptions::default() };
    claims_nothing(Page::with(options), vec![Fault::AnswerAfter(409, "", "")]);
}

#[test]
fn a_409_a_412_and_a_428_are_certain_so_that_the_change_is_made_once() {
    for status in [409, 412, 428] {
        let mut server = Server::json(BASE);
        let mut page = Page::default();
        page.faults = on_writes([vec![Fault::Competitor(Some("{\"a\":1,\"n\":1}")), Fault::Answer(status, "", "")]]);
        is_kind(&page.update(one_more, &mut server), SavedKind::Saved);
        assert_eq!(count(&server), 2, "{status}");
    }
}

#[test]
fn an_update_whose_answer_is_lost_is_unknown_if_somebody_counts_down_after_it() {
    let mut server = Server::json(BASE);
    let mut page = Page::default();
    page.faults = on_writes([vec![Fault::LostAfter, Fault::CompetitorAfter(Some(BASE))]]);
    refused(&page.update(one_more, &mut server), RefusalKind::Unknown);
    assert_eq!(count(&server), 0);
}

#[test]
fn an_update_behind_a_lagging_replica_counts_once() {
    let mut server = Server::json(BASE);
    let mut page = Page::default();
    for round in 1..=4 {
        server.lags = [1, 0, 2, 1].into();
        is_kind(&page.update(one_more, &mut server), SavedKind::Saved);
        assert_eq!(count(&server), round);
    }
}

#[test]
fn an_update_beside_a_save_from_an_older_snapshot_is_made_on_its_result() {
    let (mut server, mut page, base) = opened(BASE);
    let mut update = page.updating(one_more);
    let mut save = page.saving(&base, "{\"a\":2,\"n\":0}");
    page.run(&mut [Call::of(&mut update), Call::of(&mut save)], &mut server);
    is_kind(&written(update), SavedKind::Saved);
    assert_eq!(server.now(), Some("{\"a\":2,\"n\":1}"));
}

#[test]
fn an_update_that_is_refused_each_time_is_handed_out_with_the_last_try() {
    let mut server = Server::json(BASE);
    let mut page = Page::default();
    const OTHERS: [&str; 6] = ["10", "20", "30", "40", "50", "60"];
    let text = |n: &&str| -> &'static str { Box::leak(format!("{{\"a\":1,\"n\":{n}}}").into_boxed_str()) };
    page.faults.writes = OTHERS.iter().map(|n| vec![Fault::Competitor(Some(text(n)))]).collect();
    let state = conflict(page.update(one_more, &mut server));
    assert_eq!(state.conflict.mine().unwrap().text(), Some("{\"a\":1,\"n\":51}"));
    assert_eq!(count(&server), 60);
}

#[test]
fn a_counter_by_rule_adds_the_counts_of_two_people() {
    let (mut server, mut page, base) = opened_with(counting(), BASE);
    server.compete(Some("{\"a\":1,\"n\":2}"));
    let outcome = page.save(&base, "{\"a\":1,\"n\":1}", &mut server);
    assert!(matches!(outcome, Outcome::Merged(..)), "{outcome:?}");
    assert_eq!(count(&server), 3);
}

#[test]
fn a_counter_by_rule_counts_once_for_each_save_from_one_base() {
    let (mut server, mut page, base) = opened_with(counting(), BASE);
    for n in 1..4 {
        saved(page.save(&base, &format!("{{\"a\":1,\"n\":{n}}}"), &mut server));
        assert_eq!(count(&server), n);
    }
    // The same once more is no edit.
    saved(page.save(&base, "{\"a\":1,\"n\":3}", &mut server));
    assert_eq!(count(&server), 3);
}

#[test]
fn an_update_at_a_server_that_compares_nothing_counts_what_others_counted_before() {
    let mut server = Server::json(BASE);
    server.tags = Tags::WeakAsString;
    server.ignores_versions = true;
    let mut page = Page::default();
    page.faults = page.faults.and_on_reads([vec![], vec![Fault::Competitor(Some("{\"a\":1,\"n\":1}"))]]);
    is_kind(&page.update(one_more, &mut server), SavedKind::Saved);
    assert_eq!(count(&server), 2);
}

/// A conflict about `a` whose edit counts one; decided, so that a submit counts two with what somebody else has counted.
fn counting_clash(page: &mut Page, server: &mut Server) -> Held {
    let base = page.get(server);
    server.compete(Some("{\"a\":5,\"n\":1}"));
    let state = conflict(page.save(&base, "{\"a\":2,\"n\":1}", server));
    let held = Rc::new(RefCell::new(state));
    held.borrow_mut().conflict.take(Choice::Theirs, Some("/a")).unwrap();
    held
}

#[test]
fn r4_a_count_that_a_submit_has_sent_without_an_answer_is_not_added_by_the_next_one() {
    let mut server = Server::json(BASE);
    let mut page = Page::with(counting());
    let held = counting_clash(&mut page, &mut server);
    page.faults = on_writes([vec![Fault::LostAfter, Fault::CompetitorAfter(Some("{\"a\":7,\"n\":2}"))]]);
    refused(&page.submit(&held, &mut server), RefusalKind::Unknown);
    refused(&page.submit(&held, &mut server), RefusalKind::Unknown);
    // A read of theirs settles nothing, either: it may have the count in it.
    let mut refresh = page.refreshing(&held);
    page.run_one(&mut refresh, &mut server);
    held.borrow_mut().conflict.take(Choice::Theirs, Some("/a")).unwrap();
    refused(&page.submit(&held, &mut server), RefusalKind::Unknown);
    assert_eq!(count(&server), 2);
    // People may say that it has.
    held.borrow_mut().conflict.take(Choice::Theirs, Some("/n")).unwrap();
    held.borrow_mut().conflict.take(Choice::Mine, Some("/a")).unwrap();
    saved(page.submit(&held, &mut server));
    assert_eq!(server.now(), Some("{\"a\":2,\"n\":2}"));
}

#[test]
fn r4_a_count_of_an_aborted_submit_is_not_added_by_the_next_one() {
    let mut server = Server::json(BASE);
    let mut page = Page::with(counting());
    let held = counting_clash(&mut page, &mut server);
    let mut submit = page.submitting(&held);
    {
        let mut call = Call::of(&mut submit);
        page.step_until(&mut call, &mut server, |server| server.history.len() >= 3);
    }
    submit.abandon(&mut page.memory);
    server.compete(Some("{\"a\":7,\"n\":2}"));
    refused(&page.submit(&held, &mut server), RefusalKind::Unknown);
    assert_eq!(count(&server), 2);
}

#[test]
fn r4_a_submit_that_did_not_arrive_counts_when_it_is_sent_again() {
    let mut server = Server::json(BASE);
    let mut page = Page::with(counting());
    let held = counting_clash(&mut page, &mut server);
    let lost = || Fault::Answer(502, "", "");
    page.faults = on_writes([vec![lost()]]).and_on_reads([vec![lost()]]);
    refused(&page.submit(&held, &mut server), RefusalKind::Unknown);
    saved(page.submit(&held, &mut server));
    assert_eq!(server.now(), Some("{\"a\":5,\"n\":2}"));
}

#[test]
fn a_counter_that_was_saved_before_a_conflict_counts_once_after_it() {
    let (mut server, mut page, base) = opened_with(counting(), BASE);
    saved(page.save(&base, "{\"a\":1,\"n\":1}", &mut server));
    server.compete(Some("{\"a\":5,\"n\":3}"));
    let held = Rc::new(RefCell::new(conflict(page.save(&base, "{\"a\":2,\"n\":1}", &mut server))));
    held.borrow_mut().conflict.take(Choice::Mine, None).unwrap();
    saved(page.submit(&held, &mut server));
    assert_eq!(server.now(), Some("{\"a\":2,\"n\":3}"));
    // Neither once more nor back again.
    saved(page.save(&base, "{\"a\":7,\"n\":1}", &mut server));
    assert_eq!(server.now(), Some("{\"a\":7,\"n\":3}"));
}
