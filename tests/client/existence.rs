//! Creations, removals, and documents that come back (X6, W2, W3).

use std::cell::RefCell;
use std::rc::Rc;

use mergefetch::client::{SavedKind, Warning, WriteOptions};
use mergefetch::conflict::{Choice, RefusalKind};
use mergefetch::http::{Method, Versioning};

use super::drive::{Fault, on_writes};
use super::page::*;
use super::server::{Server, Tags};

const BASE: &str = "{\"a\":1,\"version\":7}";

fn removed() -> Server {
    let mut server = Server::json(BASE);
    server.compete(None);
    server
}

#[test]
fn a_creation_never_overwrites_where_if_none_match_is_ignored_whatever_carries_the_version() {
    for versioning in [
        Versioning::default(),
        Versioning::member("/version"),
        Versioning::header("X-Version", "X-Version"),
        Versioning::couchdb(),
        Versioning::odata(),
    ] {
        let mut server = Server::json(BASE);
        server.ignores_if_none_match = true;
        let mut page = Page::with(WriteOptions { versioning, ..WriteOptions::default() });
        conflict(page.create("{\"a\":2}", &mut server));
        assert_eq!(server.now(), Some(BASE));
    }
}

#[test]
fn a_creation_reads_no_more_once_the_origin_has_refused_one() {
    let mut server = removed();
    let mut page = Page::default();
    page.faults.writes.push_back(vec![Fault::Competitor(Some(BASE))]);
    conflict(page.create("{\"a\":2}", &mut server));
    server.compete(None);
    server.log.clear();
    is_kind(&page.create("{\"a\":3}", &mut server), SavedKind::Created);
    assert_eq!(server.requests(), ["PUT If-None-Match: *"]);
}

#[test]
fn a_lost_creation_is_found_again() {
    let mut server = removed();
    let mut page = Page::default();
    page.faults.writes.push_back(vec![Fault::LostAfter]);
    saved(page.create("{\"a\":2}", &mut server));
    assert_eq!(server.now(), Some("{\"a\":2}"));
}

#[test]
fn x6_an_edit_of_what_was_removed_is_asked_about_the_first_time_too() {
    for is_known in [false, true] {
        let mut server = Server::json(BASE);
        server.recreates = true;
        let mut page = Page::default();
        if is_known {
            let base = page.get(&mut server);
            saved(page.save(&base, "{\"a\":2,\"version\":7}", &mut server));
        }
        let base = page.get(&mut server);
        server.compete(None);
        let state = conflict(page.save(&base, "{\"a\":9,\"version\":7}", &mut server));
        assert!(state.theirs.is_none() && state.stored.is_some(), "{is_known}");
    }
}

#[test]
fn x6_an_origin_that_answers_each_update_with_201_causes_no_question_and_no_warning() {
    let mut server = Server::json(BASE);
    server.answers_with_201 = true;
    let mut page = Page::default();
    for n in 2..5 {
        let base = page.get(&mut server);
        is_kind(&page.save(&base, &format!("{{\"a\":{n},\"version\":7}}"), &mut server), SavedKind::Saved);
    }
    assert_eq!(page.warnings(), []);
}

#[test]
fn x6_a_repeated_update_whose_answer_says_nothing_about_creations_is_warned_about() {
    for status in [202, 207, 303, 409, 500] {
        let (mut server, mut page, base) = opened(BASE);
        server.answers_with_201 = true;
        page.faults = on_writes([vec![], vec![Fault::AnswerAfter(status, "", "")]]);
        is_kind(&page.save(&base, "{\"a\":2,\"version\":7}", &mut server), SavedKind::Saved);
        assert_eq!(page.warnings(), [Warning::Recreated], "{status}");
        assert_eq!(server.now(), Some("{\"a\":2,\"version\":7}"));
    }
}

#[test]
fn a_removal_that_is_not_compared_has_a_pre_write_check() {
    let mut server = Server::json(BASE);
    server.ignores_versions_of_removals = true;
    let mut page = Page::default();
    let base = page.get(&mut server);
    server.compete(Some("{\"a\":5,\"version\":8}"));
    conflict(page.remove(&base, &mut server));
    assert_eq!(server.now(), Some("{\"a\":5,\"version\":8}"));
}

#[test]
fn a_removal_that_is_not_compared_has_a_pre_write_check_even_if_updates_are_compared() {
    let mut server = Server::json(BASE);
    server.ignores_versions_of_removals = true;
    let mut page = Page::default();
    let base = page.get(&mut server);
    server.compete(Some("{\"a\":1,\"version\":8}"));
    is_merged(&page.save(&base, "{\"a\":2,\"version\":7}", &mut server));
    let base = page.get(&mut server);
    server.compete(Some("{\"a\":5,\"version\":8}"));
    conflict(page.remove(&base, &mut server));
    assert_eq!(server.now(), Some("{\"a\":5,\"version\":8}"));
}

#[test]
fn a_removal_that_is_answered_with_the_document_is_checked() {
    let (mut server, mut page, base) = opened(BASE);
    page.faults.writes.push_back(vec![Fault::Answer(200, "application/json", BASE)]);
    refused(&page.remove(&base, &mut server), RefusalKind::Unknown);
}

#[test]
fn a_read_that_lags_behind_an_own_removal_brings_nothing_back() {
    let (mut server, mut page, base) = opened(BASE);
    is_kind(&page.remove(&base, &mut server), SavedKind::Removed);
    server.lags = [1, 1, 0].into();
    let outcome = page.try_get(&mut server);
    assert!(matches!(outcome, mergefetch::client::ReadOutcome::Refused(_)), "{outcome:?}");
}

#[test]
fn with_refuse_the_save_that_finds_out_that_a_server_compares_nothing_writes_nothing() {
    let mut server = Server::json(BASE);
    server.tags = Tags::WeakHash;
    server.ignores_versions = true;
    let mut page = Page::with(WriteOptions { refuse_unprotected: true, ..WriteOptions::default() });
    let base = page.get(&mut server);
    server.compete(Some("{\"a\":5,\"version\":7}"));
    refused(&page.save(&base, "{\"a\":1,\"version\":9}", &mut server), RefusalKind::Unprotected);
    assert_eq!(server.now(), Some("{\"a\":5,\"version\":7}"));
    let writes = server.log.iter().filter(|one| one.method != Method::Get).count();
    // And no creation, no removal.
    let base = page.get(&mut server);
    refused(&page.remove(&base, &mut server), RefusalKind::Unprotected);
    server.compete(None);
    refused(&page.create("{\"a\":3}", &mut server), RefusalKind::Unprotected);
    assert_eq!(server.log.iter().filter(|one| one.method != Method::Get).count(), writes);
    assert_eq!(server.now(), None);
}

#[test]
fn an_own_adapter_is_believed_only_after_a_refusal() {
    let mut server = Server::json(BASE);
    server.ignores_versions = true;
    let versioning = Versioning::member("/version");
    let mut page = Page::with(WriteOptions { versioning, ..WriteOptions::default() });
    let base = page.get(&mut server);
    server.compete(Some("{\"a\":5,\"version\":8}"));
    saved(page.save(&base, "{\"a\":1,\"version\":7,\"c\":3}", &mut server));
    assert!(server.now().unwrap().contains("\"a\":5"), "{:?}", server.now());
    assert_eq!(page.warnings(), []);
}

#[test]
fn x6_taking_mine_after_a_decided_update_recreated_a_removed_document_keeps_all_of_mine() {
    let mut server = Server::json("{\"a\":1,\"b\":1,\"c\":0}");
    server.recreates = true;
    let mut page = Page::default();
    let first = page.get(&mut server);
    let base = saved(page.save(&first, "{\"a\":1,\"b\":1,\"c\":1}", &mut server));
    server.compete(Some("{\"a\":5,\"b\":1,\"c\":9}"));
    let held = Rc::new(RefCell::new(conflict(page.save(&base, "{\"a\":2,\"b\":2,\"c\":1}", &mut server))));
    held.borrow_mut().conflict.take(Choice::Base, None).unwrap();
    server.compete(None);
    conflict(page.submit(&held, &mut server));
    assert_eq!(server.now(), Some("{\"a\":1,\"b\":2,\"c\":9}"), "the server has made it anew");
    held.borrow_mut().conflict.take(Choice::Mine, None).unwrap();
    saved(page.submit(&held, &mut server));
    // The screen shows mine as it was typed.
    assert_eq!(server.now(), Some("{\"a\":2,\"b\":2,\"c\":9}"));
}
