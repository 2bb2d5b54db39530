//! Writes through `fetch` are protected as saves are.

use mergefetch::client::{Answer, ConflictState, Kept, Save, Warning, WriteOptions, answer_of};
use mergefetch::http::{Headers, Method};

use super::drive::Fault;
use super::page::*;
use super::server::{Server, Tags, answer};

const BASE: &str = "{\"a\":1,\"b\":1}";

#[track_caller]
fn own(save: Save) {
    let (answer, conflict) = answer_of(save);
    assert!(matches!(answer, Answer::Own) && conflict.is_none(), "{answer:?}, {conflict:?}");
}

#[track_caller]
fn made(save: Save, status: u16) -> Option<Box<ConflictState>> {
    let (answer, conflict) = answer_of(save);
    assert!(matches!(answer, Answer::Made(found) if found == status), "expected {status}, but found {answer:?}");
    conflict
}

/// The answer to a write that hands out a conflict.
#[track_caller]
fn asked(save: Save) -> Answer {
    let (answer, conflict) = answer_of(save);
    assert!(conflict.is_some(), "{answer:?}");
    answer
}

fn put(page: &mut Page, server: &mut Server, body: &str) -> Save {
    page.fetch_write(Method::Put, Some(body), server)
}

#[test]
fn each_put_names_the_version_that_its_caller_has_read_or_written() {
    let mut server = Server::json(BASE);
    let mut page = Page::default();
    page.fetch(&mut server);
    own(put(&mut page, &mut server, "{\"a\":2,\"b\":1}"));
    own(put(&mut page, &mut server, "{\"a\":3,\"b\":1}"));
    server.compete(Some("{\"a\":9,\"b\":1}"));
    let answer = asked(put(&mut page, &mut server, "{\"a\":4,\"b\":1}"));
    assert!(matches!(answer, Answer::Own), "{answer:?}");
    assert_eq!(server.now(), Some("{\"a\":9,\"b\":1}"));
    assert_eq!(server.requests()[1..3], ["PUT If-Match: \"0\"", "PUT If-Match: \"1\""]);
}

#[test]
fn a_patch_names_the_version_of_an_answer_whose_body_nobody_could_read() {
    for tags in [Tags::Strong, Tags::Dated] {
        let mut server = Server::json(BASE);
        server.tags = tags;
        let mut page = Page::default();
        page.faults.reads.push_back(vec![Fault::Cut]);
        page.fetch(&mut server);
        server.clock_ms += 2_000;
        server.compete(Some("{\"a\":1,\"b\":7}"));
        page.fetch_write(Method::Patch, Some("{\"b\":2}"), &mut server);
        assert_eq!(server.now(), Some("{\"a\":1,\"b\":7}"), "{tags:?}");
    }
}

#[test]
fn without_a_readable_version_a_put_is_compared_with_what_is_there_and_warned_about() {
    let mut server = Server::json(BASE);
    server.tags = Tags::Hidden;
    let mut page = Page::default();
    page.fetch(&mut server);
    own(put(&mut page, &mut server, "{\"a\":2,\"b\":1}"));
    assert_eq!(page.warnings(), [Warning::Unprotected]);
    server.compete(Some("{\"a\":2,\"b\":7}"));
    assert!(made(put(&mut page, &mut server, "{\"a\":3,\"b\":1}"), 412).is_some());
    assert_eq!(server.now(), Some("{\"a\":2,\"b\":7}"));
}

#[test]
fn the_form_of_a_tag_is_found_as_by_save() {
    let mut server = Server::json(BASE);
    server.tags = Tags::WeakenedOnTheWay;
    let mut page = Page::default();
    page.fetch(&mut server);
    own(put(&mut page, &mut server, "{\"a\":2,\"b\":1}"));
    assert_eq!(server.now(), Some("{\"a\":2,\"b\":1}"));
}

#[test]
fn at_a_server_that_compares_nothing_a_stale_put_a_patch_and_a_delete_are_stopped() {
    for (method, body) in
        [(Method::Put, Some("{\"a\":2,\"b\":1}")), (Method::Patch, Some("{\"a\":2}")), (Method::Delete, None)]
    {
        let mut server = Server::json(BASE);
        server.tags = Tags::WeakAsString;
        server.ignores_versions = true;
        let mut page = Page::default();
        page.fetch(&mut server);
        server.compete(Some("{\"a\":1,\"b\":7}"));
        let conflict = made(page.fetch_write(method, body, &mut server), 412);
        assert_eq!(conflict.is_some(), method != Method::Patch);
        assert_eq!(server.now(), Some("{\"a\":1,\"b\":7}"), "{method:?}");
    }
}

#[test]
fn after_a_probe_that_was_refused_the_answer_has_the_words_of_the_server() {
    let mut server = Server::json(BASE);
    server.tags = Tags::WeakAsString;
    let mut page = Page::default();
    page.fetch(&mut server);
    server.compete(Some("{\"a\":1,\"b\":7}"));
    let answer = asked(put(&mut page, &mut server, "{\"a\":2,\"b\":1}"));
    assert!(matches!(answer, Answer::Own), "{answer:?}");
}

#[test]
fn what_the_server_holds_already_is_answered_with_the_document() {
    let mut server = Server::json(BASE);
    let mut page = Page::default();
    page.fetch(&mut server);
    server.compete(Some("{\"a\":2,\"b\":1}"));
    let (answer, conflict) = answer_of(put(&mut page, &mut server, "{\"a\":2,\"b\":1}"));
    assert!(matches!(answer, Answer::Document(_)) && conflict.is_none(), "{answer:?}");
}

#[test]
fn with_refuse_nothing_goes_out_without_a_version() {
    let mut server = Server::json(BASE);
    server.tags = Tags::Hidden;
    let mut page = Page::with(WriteOptions { refuse_unprotected: true, ..WriteOptions::default() });
    page.fetch(&mut server);
    made(put(&mut page, &mut server, "{\"a\":2,\"b\":1}"), 428);
    assert_eq!(server.now(), Some(BASE));
}

#[test]
fn a_background_read_does_not_move_the_base_of_a_form() {
    let mut server = Server::json(BASE);
    let mut page = Page::default();
    page.fetch(&mut server);
    server.compete(Some("{\"a\":1,\"b\":7}"));
    page.fetch(&mut server);
    // W1: an edit of the first one.
    asked(put(&mut page, &mut server, "{\"a\":2,\"b\":1}"));
    assert_eq!(server.now(), Some("{\"a\":1,\"b\":7}"));
}

#[test]
fn a_delete_names_the_version_and_meets_an_edit() {
    let mut server = Server::json(BASE);
    let mut page = Page::default();
    page.fetch(&mut server);
    page.faults.writes.push_back(vec![Fault::Competitor(Some("{\"a\":9,\"b\":1}"))]);
    let answer = asked(page.fetch_write(Method::Delete, None, &mut server));
    assert!(matches!(answer, Answer::Own), "{answer:?}");
    assert_eq!(server.now(), Some("{\"a\":9,\"b\":1}"));
}

#[test]
fn w1_an_answer_that_broke_off_does_not_take_the_version_that_was_read_before() {
    let mut server = Server::json(BASE);
    let mut page = Page::default();
    page.get(&mut server);
    server.compete(Some("{\"a\":9,\"b\":1}"));
    let headers = Headers::new().with("Content-Type", "application/json").with("ETag", "\"1\"");
    let kept = fetched().keep(&mut page.memory, &page.options, &answer(200, headers, "{\"a\":9,"));
    assert!(matches!(kept, Kept::Unread), "{kept:?}");
    asked(page.fetch_write(Method::Delete, None, &mut server));
    assert_eq!(server.now(), Some("{\"a\":9,\"b\":1}"));
}

#[test]
fn k8_a_fetch_that_lags_behind_an_own_put_is_read_again() {
    let mut server = Server::json(BASE);
    let mut page = Page::default();
    page.fetch(&mut server);
    own(put(&mut page, &mut server, "{\"a\":2,\"b\":1}"));
    server.lags = [1, 0].into();
    server.log.clear();
    page.fetch(&mut server);
    assert_eq!(server.log.len(), 2);
}

#[test]
fn k8_a_hash_that_returns_counts_after_some_reads_and_from_then_on() {
    let mut server = Server::json(BASE);
    server.tags = Tags::Hash;
    let mut page = Page::default();
    page.fetch(&mut server);
    own(put(&mut page, &mut server, "{\"a\":2,\"b\":1}"));
    server.compete(Some(BASE));
    page.fetch(&mut server);
    server.log.clear();
    page.fetch(&mut server);
    assert_eq!(server.log.len(), 1);
}

#[test]
fn w1_a_put_after_a_save_names_the_version_that_the_save_led_to() {
    let (mut server, mut page, base) = opened(BASE);
    page.save(&base, "{\"a\":2,\"b\":1}", &mut server);
    own(put(&mut page, &mut server, "{\"a\":2,\"b\":2}"));
    assert_eq!(server.log.last().unwrap().if_match.as_deref(), Some("\"1\""));
}

#[test]
fn of_two_puts_at_once_from_one_read_the_second_names_the_version_that_its_caller_has_read() {
    let mut server = Server::json(BASE);
    let mut page = Page::default();
    page.fetch(&mut server);
    let bodies = ["{\"a\":2,\"b\":1}", "{\"a\":1,\"b\":2}"].map(Some);
    let [mut first, mut second] = bodies.map(|body| page.fetch_writing(Method::Put, body));
    let calls = [Call::of(&mut first).with_body(bodies[0]), Call::of(&mut second).with_body(bodies[1])];
    page.run(&mut { calls }, &mut server);
    assert_eq!(server.now(), Some("{\"a\":2,\"b\":1}"));
    let (answer, conflict) = answer_of(second);
    assert!(conflict.is_some(), "{answer:?}");
}
